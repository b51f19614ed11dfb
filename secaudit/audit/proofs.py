"""What a conclusion rests on: a file, or what the workspace knew when it was drawn."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from secaudit.audit.vocabulary import ProofKind
from secaudit.core.canonical import to_json


@dataclass(frozen=True)
class Proof:
    """One piece of evidence. ``facts`` holds what it said then: later changes leave it alone."""

    kind: ProofKind
    reference: str
    """A file's name, an id, or ``check at subject``."""
    sha256: tuple[str, ...] = ()
    """What the evidence store holds of it."""
    facts: Mapping[str, Any] = field(default_factory=dict)


def to_rows(proofs: Iterable[Proof]) -> list[dict[str, Any]]:
    """As JSON values, each once."""
    found = {(item.kind, item.reference, item.sha256): to_json(item) for item in proofs}
    return list(found.values())


def of_rows(rows: Iterable[Mapping[str, Any]]) -> tuple[Proof, ...]:
    """Read them back."""
    return tuple(
        Proof(ProofKind(row["kind"]), row["reference"], tuple(row["sha256"]), row["facts"])
        for row in rows
    )


def file_row(proof: Proof | None) -> dict[str, Any] | None:
    """A single document as a JSON value."""
    return None if proof is None else to_rows([proof])[0]


def file_of(row: Mapping[str, Any] | None) -> Proof | None:
    """Read it back."""
    return None if row is None else of_rows([row])[0]
