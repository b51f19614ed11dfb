"""Reading the evidence of a stored scan again: do the bytes still bear out what was observed?"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from scanners.rereading.registry import REREADERS, differing
from secaudit.app.workspace import Workspace
from secaudit.core.errors import NotFoundError, VerificationError
from secaudit.core.observation import Observation
from secaudit.ledger import scans


class EvidenceState(StrEnum):
    """What became of the evidence of one observation."""

    AGREES = "agrees"
    DIFFERS = "differs"
    """Today's parsers read something else in the same bytes."""
    UNREADABLE = "unreadable"
    MISSING = "missing"
    CHANGED = "changed"
    """The file is not what it was when it was written."""


@dataclass(frozen=True)
class Rereading:
    """One observation: ``facts`` names what differs, ``evidence`` what it was read from."""

    subject: str
    kind: str
    state: EvidenceState
    facts: tuple[str, ...]
    evidence: tuple[str, ...]


def reread_scan(workspace: Workspace, scan: str) -> list[Rereading]:
    """Read again every observation that can be. Raises NotFoundError for an unknown scan."""
    with workspace.view() as connection:
        scans.get(connection, scan)
        return [
            found
            for host in scans.hosts(connection, scan)
            for found in _of(workspace, host.observations)
        ]


def _of(workspace: Workspace, observations: tuple[Observation, ...]) -> Iterator[Rereading]:
    for item in observations:
        if item.kind in REREADERS and item.evidence:
            state, facts = _state(workspace, item)
            yield Rereading(str(item.subject), item.kind, state, facts, item.evidence)


def _state(workspace: Workspace, item: Observation) -> tuple[EvidenceState, tuple[str, ...]]:
    try:
        contents = [workspace.evidence.get(digest) for digest in item.evidence]
    except NotFoundError:
        return EvidenceState.MISSING, ()
    except VerificationError:
        return EvidenceState.CHANGED, ()
    try:
        facts = tuple(differing(item, contents) or ())
    except ValueError:
        return EvidenceState.UNREADABLE, ()
    return (EvidenceState.DIFFERS if facts else EvidenceState.AGREES), facts
