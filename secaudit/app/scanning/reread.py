"""Reading the evidence of a stored scan again: do the bytes still bear out what was observed?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from scanners.rereading.reading import Reading, Unread
from scanners.rereading.registry import REREADERS, reread
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
    """One observation: ``facts`` names what differs, ``evidence`` what it was read from.

    ``unread`` names what the bytes cannot say, and why.
    """

    subject: str
    kind: str
    state: EvidenceState
    facts: tuple[str, ...]
    evidence: tuple[str, ...]
    unread: Mapping[str, Unread] = field(default_factory=dict)


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
            state, read = _state(workspace, item, observations)
            yield Rereading(
                str(item.subject), item.kind, state, read.differing, item.evidence, read.unread
            )


def _state(
    workspace: Workspace, item: Observation, others: Sequence[Observation]
) -> tuple[EvidenceState, Reading]:
    try:
        contents = [workspace.evidence.get(digest) for digest in item.evidence]
    except NotFoundError:
        return EvidenceState.MISSING, Reading()
    except VerificationError:
        return EvidenceState.CHANGED, Reading()
    try:
        read = reread(item, contents, others) or Reading()
    except (ValueError, LookupError):
        # Among them observations of an older version, without facts that are looked for today.
        return EvidenceState.UNREADABLE, Reading()
    return (EvidenceState.DIFFERS if read.differing else EvidenceState.AGREES), read
