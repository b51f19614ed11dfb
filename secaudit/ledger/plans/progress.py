"""How far plans have come, counted from the findings in them: nobody enters progress by hand."""

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, func, select

from secaudit.core.vocabulary import FindingState, Outcome
from secaudit.ledger.findings.model import Finding
from secaudit.ledger.plans.model import DONE_STATES, Place, Progress
from secaudit.ledger.sights import chunks
from secaudit.store.tables.ledger import finding, plan_finding

_FIELD_OF = {
    FindingState.VERIFIED: "verified",
    FindingState.CLAIMED_FIXED: "claimed",
    FindingState.OPEN: "open",
    FindingState.PLANNED: "open",
    FindingState.REOPENED: "open",
    FindingState.ACCEPTED: "accepted",
    FindingState.FALSE_POSITIVE: "false_positive",
    FindingState.RETIRED: "retired",
    FindingState.WITHDRAWN: "withdrawn",
}


def progress_of(connection: Connection, ids: Sequence[str]) -> dict[str, Progress]:
    """Return the progress of each of these plans, by counting in the database."""
    counted: dict[str, list[tuple[FindingState, Outcome, int]]] = {plan: [] for plan in ids}
    for chunk in chunks(ids):
        query = (
            select(plan_finding.c.plan_id, finding.c.state, finding.c.last_outcome, func.count())
            .join(finding, finding.c.id == plan_finding.c.finding_id)
            .where(plan_finding.c.plan_id.in_(chunk), plan_finding.c.removed_at.is_(None))
            .group_by(plan_finding.c.plan_id, finding.c.state, finding.c.last_outcome)
        )
        for plan, state, outcome, count in connection.execute(query):
            counted[plan].append((FindingState(state), Outcome(outcome), count))
    return {plan: _sum(parts) for plan, parts in counted.items()}


def places_of(items: Iterable[Finding]) -> tuple[Place, ...]:
    """Return the progress of a plan's findings for each host, in their order."""
    grouped: dict[str, list[Finding]] = {}
    for item in items:
        place = f"{item.zone}/{item.address}" if item.address else item.subject
        grouped.setdefault(place, []).append(item)
    return tuple(
        Place(
            place,
            _sum((item.state, item.last_outcome, 1) for item in members),
            tuple(item.id for item in members),
        )
        for place, members in grouped.items()
    )


def _sum(parts: Iterable[tuple[FindingState, Outcome, int]]) -> Progress:
    fields: Counter[str] = Counter()
    for state, outcome, count in parts:
        fields["total"] += count
        fields[_FIELD_OF[state]] += count
        if state not in DONE_STATES and outcome is Outcome.NOT_REACHED:
            fields["not_reached"] += count
    return Progress(**fields)
