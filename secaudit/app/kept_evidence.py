"""Is the evidence that the records refer to still in the store, and still what it was?"""

import random
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from sqlalchemy import Connection

from secaudit.app.workspace import Workspace
from secaudit.core.errors import SecauditError, VerificationError
from secaudit.store.evidence import EvidenceStore
from secaudit.store.evidence_references import Reference, evidence_references
from secaudit.text.language import N_
from secaudit.text.words import Word

SAMPLE = 200
"""Pieces that scans made which are read again when not all are asked for."""
SHOWN = 4
"""Objects and pieces that a sentence names; the rest is counted."""
NAMED = 10_000
"""Lost pieces that are told with who refers to them; more are only counted."""


class Loss(StrEnum):
    """What became of a piece of evidence."""

    MISSING = "missing"
    CHANGED = "changed"


_WORDS = {Loss.MISSING: N_("gone"), Loss.CHANGED: N_("changed")}


@dataclass(frozen=True)
class LostEvidence:
    """A piece that is referred to and is not there as it was kept."""

    digest: str
    name: str
    """The file's name as far as any record notes it, else empty."""
    objects: tuple[str, ...]
    """Who refers to it, each once; of many the first. Empty for a piece that nobody names."""
    loss: Loss
    of_scan: bool
    """Whether only what scans saw refers to it."""

    @property
    def said(self) -> str:
        """``R-0002: bukti.pdf (gone)``."""
        name = self.name or self.digest[:16]
        who = f"{', '.join(self.objects)}: " if self.objects else ""
        return f"{who}{name} ({Word(_WORDS[self.loss])})"


@dataclass(frozen=True)
class Examined:
    """What came of holding the records against the store."""

    referred: int
    """Different pieces that records refer to."""
    kept: int
    """Pieces in the store."""
    read: int
    """Those that were read again."""
    lost: tuple[LostEvidence, ...]
    lost_count: int
    """As many as :attr:`lost`, unless there are too many to tell."""


def loss_of(store: EvidenceStore, digest: str) -> Loss | None:
    """Read one piece again; None where it is as it was kept."""
    try:
        store.get(digest)
    except VerificationError:
        return Loss.CHANGED
    except (SecauditError, OSError):
        return Loss.MISSING
    return None


def examine_evidence(
    workspace: Workspace, connection: Connection, *, everything: bool = False
) -> Examined:
    """Hold every hash that a record keeps against the store.

    That each is there is always looked at. Read again are all that people gave, and of the rest
    all or a random sample.
    """
    store = workspace.evidence
    kept = set(store.digests())
    given: set[str] = set()
    seen: set[str] = set()
    missing: dict[str, None] = {}
    for item in evidence_references(connection):
        seen.add(item.digest)
        if item.digest not in kept:
            missing[item.digest] = None
        elif not item.of_scan:
            given.add(item.digest)
    rest = sorted(kept - given)
    if not everything and len(rest) > SAMPLE:
        rest = random.SystemRandom().sample(rest, SAMPLE)
    changed = {digest for digest in (*given, *rest) if loss_of(store, digest) is Loss.CHANGED}
    lost = dict.fromkeys(missing, Loss.MISSING) | dict.fromkeys(changed, Loss.CHANGED)
    named = dict(islice(lost.items(), NAMED))
    read = len(given) + len(rest)
    return Examined(len(seen), len(kept), read, _named(connection, named), len(lost))


def lost_of(
    workspace: Workspace, connection: Connection, tables: Collection[str]
) -> tuple[LostEvidence, ...]:
    """The pieces that records of these tables refer to and that are gone or changed."""
    references = list(evidence_references(connection, tables))
    found = {}
    for digest in dict.fromkeys(item.digest for item in references):
        loss = loss_of(workspace.evidence, digest)
        if loss is not None:
            found[digest] = loss
    return _told(references, found)


def require_kept(examined: Examined) -> None:
    """Raise VerificationError that names the first pieces that are lost, and counts the rest."""
    if examined.lost:
        left = examined.lost_count - SHOWN
        more = f" (+{left})" if left > 0 else ""
        raise VerificationError(
            "evidence is gone or was changed ({count}): {lost}",
            hint="bring the folder evidence back from a backup",
            count=examined.lost_count,
            lost="; ".join(item.said for item in examined.lost[:SHOWN]) + more,
        )


def _named(connection: Connection, lost: dict[str, Loss]) -> tuple[LostEvidence, ...]:
    if not lost:
        return ()
    return _told((item for item in evidence_references(connection) if item.digest in lost), lost)


def _told(references: Iterable[Reference], lost: dict[str, Loss]) -> tuple[LostEvidence, ...]:
    names: dict[str, str] = {}
    objects: dict[str, dict[str, None]] = {}
    given: set[str] = set()
    for item in references:
        if item.digest not in lost:
            continue
        who = objects.setdefault(item.digest, {})
        if item.name:
            names.setdefault(item.digest, item.name)
        if not item.of_scan:
            given.add(item.digest)
        # The trail repeats what the records say; only what no record names goes by it.
        if len(who) < SHOWN and not (who and item.table == "audit_trail"):
            who[item.object] = None
    return tuple(
        LostEvidence(
            digest,
            names.get(digest, ""),
            tuple(objects.get(digest, ())),
            loss,
            digest not in given,
        )
        for digest, loss in lost.items()
    )
