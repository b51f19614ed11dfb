"""What stands in a workspace as evidence, gathered to be held against requirements."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

from sqlalchemy import Connection

from controls.assessment import Assessment, Evidence, Weighed
from controls.library import Library
from secaudit.core.instant import parse_instant
from secaudit.core.vocabulary import FindingState, Outcome, Reason
from secaudit.ledger import findings, results, scans
from secaudit.ledger.findings.outlines import Answered, answered
from secaudit.ledger.results import Answer
from secaudit.registry.asset import Asset
from secaudit.registry.asset_index import AssetIndex
from secaudit.registry.asset_rows import read_all


@dataclass(frozen=True)
class EvidenceBase:
    """All that stands in a workspace at one moment, ready to be held against any framework."""

    evidence: tuple[Evidence, ...]
    """Whatever ever failed; of all else one item for each check, asset and answer."""
    assets: AssetIndex
    scope: tuple[str, ...]
    """Ids of the assets in the scope of the management system."""
    reached: frozenset[str]
    """Ids of the assets that answered a scan."""
    at: datetime

    @cached_property
    def weighed(self) -> Weighed:
        """The evidence, sorted once for every framework."""
        return Weighed(self.evidence, self.scope, self.at, reached=self.reached)

    def against(self, library: Library, framework: str) -> list[Assessment]:
        """Assess one framework. Raises NotFoundError for an unknown one."""
        return self.weighed.against(library, framework)


def gather_evidence(connection: Connection, at: datetime | None = None) -> EvidenceBase:
    """Read what stands now, or stood at ``at``: results with their findings, and who was reached.

    The scope is that of today's inventory, with the assets that were retired since.
    """
    now = datetime.now(UTC) if at is None else at
    assets = AssetIndex(
        _standing_at(asset, now) for asset in read_all(connection, include_retired=True)
    )
    known: dict[str, str | None] = {}

    def asset_id(subject: str) -> str | None:
        if subject not in known:
            asset = assets.asset_of(subject)
            known[subject] = None if asset is None else asset.id
        return known[subject]

    states = None if at is None else findings.states_at(connection, at)
    open_findings = {
        (item.check, item.subject): item if states is None else _as_it_was(item, states[item.id][0])
        for item in answered(connection)
        if states is None or item.id in states
    }
    evidence: list[Evidence] = []
    rest: dict[tuple[str, str | None, str, str], tuple[str, str]] = {}
    for check, subject, outcome, reason, seen in results.answers(connection, at):
        finding = open_findings.pop((check, subject), None)
        if finding is not None or outcome == Outcome.FAILED:
            item = _of_answer((check, subject, outcome, reason, seen), asset_id(subject), now)
            if finding is not None:
                item = replace(item, finding=finding.id, finding_state=finding.state)
            evidence.append(item)
            continue
        # What never failed is weighed by asset: of its many ports the latest answer will do.
        place = (check, asset_id(subject), outcome, reason)
        if place not in rest or rest[place] < (seen, subject):
            rest[place] = (seen, subject)
    evidence.extend(
        _of_answer((check, subject, outcome, reason, seen), asset, now)
        for (check, asset, outcome, reason), (seen, subject) in rest.items()
    )
    evidence.extend(
        _of_finding(item, asset_id(item.subject), now) for item in open_findings.values()
    )
    reached = (
        assets.asset_at(zone, address) for zone, address in scans.last_reached(connection, now)
    )
    return EvidenceBase(
        evidence=tuple(evidence),
        assets=assets,
        scope=tuple(asset.id for asset in assets.in_scope),
        reached=frozenset(asset.id for asset in reached if asset is not None),
        at=now,
    )


def _standing_at(asset: Asset, at: datetime) -> Asset:
    retired = asset.retired_at
    return replace(asset, retired_at=None) if retired is not None and retired > at else asset


def _as_it_was(item: Answered, state: FindingState) -> Answered:
    """A finding with the state that it had; what its last answer was then follows from that."""
    if state is FindingState.VERIFIED:
        return replace(item, state=state, outcome=Outcome.PASSED)
    failed = state in findings.LIVE or state is FindingState.ACCEPTED
    return replace(item, state=state, outcome=Outcome.FAILED if failed else item.outcome)


def _of_answer(answer: Answer, asset: str | None, at: datetime) -> Evidence:
    check, subject, outcome, reason, seen = answer
    return Evidence(
        check=check,
        subject=subject,
        asset=asset,
        outcome=Outcome(outcome),
        observed_at=min(parse_instant(seen), at),
        reason=Reason(reason),
    )


def _of_finding(item: Answered, asset: str | None, at: datetime) -> Evidence:
    return Evidence(
        check=item.check,
        subject=item.subject,
        asset=asset,
        outcome=item.outcome,
        observed_at=min(item.at, at),
        reason=item.reason,
        finding=item.id,
        finding_state=item.state,
    )
