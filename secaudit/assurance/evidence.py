"""A file that proves something: its SHA-256 in the evidence store, and the name it came under."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class EvidenceFile:
    """One file of the evidence store."""

    sha256: str
    name: str


def to_rows(files: Iterable[EvidenceFile]) -> list[dict[str, str]]:
    """As JSON values, the same content once."""
    return list(
        {item.sha256: {"sha256": item.sha256, "name": item.name} for item in files}.values()
    )


def of_rows(rows: Iterable[Mapping[str, Any]]) -> tuple[EvidenceFile, ...]:
    """Read them back."""
    return tuple(EvidenceFile(row["sha256"], row["name"]) for row in rows)
