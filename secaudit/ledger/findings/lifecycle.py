"""The life of a finding as pure rules: what an answer of a scan makes of each state.

Only a passing answer about the same subject verifies. Not reached is not fixed; inconclusive is
not passed; not applicable (a closed port, for a check of what speaks there) is noted, no more. A
pass by a silent port alone is believed when a later scan finds the same.
"""

from dataclasses import dataclass
from datetime import timedelta

from secaudit.core.vocabulary import FindingState, Outcome, Reason
from secaudit.ledger.findings.model import CLOSED, LIVE, SET_ASIDE, Change, EventKind


@dataclass(frozen=True)
class Step:
    """The state that follows, the event to be written and what the scan reports, if any."""

    state: FindingState
    event: EventKind | None = None
    change: Change | None = None


_UNDECIDED = {
    Outcome.NOT_REACHED: Change.NOT_REACHED,
    Outcome.INCONCLUSIVE: Change.INCONCLUSIVE,
    Outcome.ERROR: Change.INCONCLUSIVE,
    Outcome.NOT_APPLICABLE: Change.NOT_APPLICABLE,
}


SILENCE = timedelta(hours=12)
"""Between the scan that first found a port silent and the one that confirms it, at least: longer
than a server is overloaded, or an address that scanned it is shut out, as a rule."""


def only_silent(outcome: Outcome, reason: Reason) -> bool:
    """Tell whether an answer passes for no more than that the port did not answer.

    The way there may be shut for good. But a full backlog looks the same, and so does a firewall
    that shuts out only the scanner.
    """
    return outcome is Outcome.PASSED and reason is Reason.PORT_FILTERED


def seen_gone(state: FindingState, outcome: Outcome, reason: Reason) -> bool:
    """Tell whether a scan had seen that a closed finding is gone, by the last answer about it.

    What was retired by people alone, and still fails, was never away: its time goes on.
    """
    if state is not FindingState.RETIRED:
        return True
    return outcome is Outcome.PASSED or reason is Reason.PORT_CLOSED


def after_answer(
    state: FindingState,
    outcome: Outcome,
    *,
    claimed_since: bool = False,
    doubtful: bool = False,
    news: bool = False,
) -> Step:
    """Tell what an answer makes of a finding in ``state``.

    ``claimed_since``: the repair was claimed after the host was looked at, so that a failure does
    not refute it. ``doubtful``: it passes by a silence that nothing confirms yet; ``news``: the
    scan before had another answer.
    """
    if outcome is Outcome.FAILED:
        return _after_failure(state, claimed_since=claimed_since)
    if doubtful:
        if state in CLOSED:
            return Step(state)
        return Step(state, EventKind.FELL_SILENT if news else None, Change.INCONCLUSIVE)
    if outcome is Outcome.PASSED:
        if state in LIVE | SET_ASIDE:
            return Step(FindingState.VERIFIED, EventKind.VERIFIED, Change.VERIFIED)
        return Step(state)
    return Step(state, change=None if state in CLOSED else _UNDECIDED[outcome])


def _after_failure(state: FindingState, *, claimed_since: bool) -> Step:
    if state in SET_ASIDE:
        return Step(state, change=Change.SET_ASIDE)
    if state is FindingState.CLAIMED_FIXED and not claimed_since:
        return Step(FindingState.REOPENED, EventKind.CLAIM_REFUTED, Change.REOPENED)
    if state in CLOSED:
        return Step(FindingState.REOPENED, EventKind.REOPENED, Change.REOPENED)
    return Step(state, change=Change.STILL_OPEN)


OUTWEIGHS = {
    Change.NEW: 2,
    Change.STILL_OPEN: 2,
    Change.REOPENED: 2,
    Change.SET_ASIDE: 2,
    Change.VERIFIED: 1,
    Change.NOT_APPLICABLE: 0,
    Change.INCONCLUSIVE: 0,
    Change.NOT_REACHED: 0,
}
"""Within one scan a later answer counts only if it says more: failing over passing over silence."""

STRENGTH_OF_OUTCOME = {Outcome.FAILED: 2, Outcome.PASSED: 1}


def says_more(outcome: Outcome, than: Change) -> bool:
    """Tell whether an answer still counts when the same scan already reported ``than``."""
    return STRENGTH_OF_OUTCOME.get(outcome, 0) > OUTWEIGHS[than]
