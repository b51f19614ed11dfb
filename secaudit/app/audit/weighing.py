"""Does evidence bear what is concluded from it, and is it about what is audited?

Facts alone are weighed: a file is what the auditor says that it is.
"""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Connection

from secaudit.app.audit.scope import assets_of
from secaudit.audit.engagements import Engagement
from secaudit.audit.proofs import Proof
from secaudit.audit.vocabulary import Conclusion, ProofKind
from secaudit.core.errors import RefusedError
from secaudit.core.vocabulary import FindingState, Outcome
from secaudit.registry.asset_index import AssetIndex
from secaudit.text.words import word

_TELL = "add --reason TEXT: the report tells it beside the conclusion"
_STILL_THERE = frozenset(
    {
        FindingState.OPEN,
        FindingState.PLANNED,
        FindingState.CLAIMED_FIXED,
        FindingState.REOPENED,
        FindingState.ACCEPTED,
    }
)


def require_within(found: Engagement, day: date) -> None:
    """Raise RefusedError for a day outside the period in which the team works."""
    if not found.planned_from <= day <= found.planned_until:
        raise RefusedError(
            "{day} is outside the work on {engagement}, from {begin} to {until}",
            hint=_TELL,
            day=day,
            engagement=found.id,
            begin=found.planned_from,
            until=found.planned_until,
        )


def require_supporting(
    connection: Connection,
    found: Engagement,
    proofs: Iterable[Proof],
    conclusion: Conclusion | None = None,
) -> None:
    """Raise RefusedError for a finding or a result that is about something else than the scope.

    Where a step is concluded as effective, for one that still fails, too.
    """
    scanned = [item for item in proofs if item.kind in {ProofKind.FINDING, ProofKind.RESULT}]
    if not scanned:
        return
    index = AssetIndex.of(connection)
    members = frozenset(asset.id for asset in assets_of(index, found.scope))
    for item in scanned:
        said = FindingState(item.facts["state"]) if item.kind is ProofKind.FINDING else None
        if said is FindingState.RETIRED or not _inside(index, members, found, _subject(item)):
            raise RefusedError(
                "{proof} is about something that {engagement} does not audit",
                hint=_TELL if conclusion else "name what was seen on the assets of the scope",
                proof=item.reference,
                engagement=found.id,
            )
        if conclusion is not Conclusion.EFFECTIVE:
            continue
        if said in _STILL_THERE:
            raise RefusedError(
                "{proof} is {state}: it speaks against the conclusion that this is effective",
                hint=_TELL,
                proof=item.reference,
                state=word(said),
            )
        if item.facts.get("outcome") == Outcome.FAILED.value:
            raise RefusedError(
                "{proof} is {state}: it speaks against the conclusion that this is effective",
                hint=_TELL,
                proof=item.reference,
                state=word(Outcome.FAILED),
            )


def _subject(proof: Proof) -> str:
    if proof.kind is ProofKind.FINDING:
        return str(proof.facts["subject"])
    return proof.reference.partition(" ")[2]


def _inside(index: AssetIndex, members: frozenset[str], found: Engagement, subject: str) -> bool:
    """Whether it is about an asset of the scope; what no asset is at belongs to the whole."""
    asset = index.asset_of(subject)
    return found.scope.everything if asset is None else asset.id in members
