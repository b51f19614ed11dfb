"""What the evidence says about each requirement; never more than it carries.

A failing check that *tests* a requirement contradicts it for as long as its finding stands, under
an acceptance too. A requirement is supported for the assets where a test passed on a service that
is there, and nothing speaks against it: no failure of any check mapped to it, no answer missing
(not reached, inconclusive, error), no service that nobody could name. That a service is absent is
no sign against the requirement, and no evidence for it, unless the mapping says so. Checks that
only *touch* a requirement give hints. The verdict itself belongs to a person.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from controls.library import Library
from controls.requirement import CheckMapping, Requirement
from controls.vocabulary import Supports
from secaudit.core.vocabulary import FindingState, Outcome, Reason, Relation, Standing

UNIDENTIFIED = "net.service.unknown"
"""The check that fails where something answers and nobody can name it: it may be anything."""

_REFUTED = frozenset({FindingState.FALSE_POSITIVE, FindingState.RETIRED, FindingState.WITHDRAWN})
"""States in which a failing answer counts for nothing: people, or the asset's end, set it aside."""
_STANDING = frozenset(
    {
        FindingState.OPEN,
        FindingState.PLANNED,
        FindingState.CLAIMED_FIXED,
        FindingState.REOPENED,
        FindingState.ACCEPTED,
    }
)
_ABSENT = frozenset({Reason.PORT_CLOSED, Reason.PORT_FILTERED, Reason.NOT_OFFERED})
"""Reasons of a pass that come down to this: what the check looks for is not there."""
_UNDECIDED = frozenset({Outcome.INCONCLUSIVE, Outcome.NOT_REACHED, Outcome.ERROR})


@dataclass(frozen=True)
class Evidence:
    """What stands about one check on one subject.

    ``asset`` is the id of the asset that the subject belongs to, None where none is known;
    ``finding`` and ``finding_state`` are those of its finding, if it ever failed.
    """

    check: str
    subject: str
    asset: str | None
    outcome: Outcome
    observed_at: datetime
    finding: str | None = None
    finding_state: FindingState | None = None
    reason: Reason = Reason.OBSERVED

    @property
    def by_absence(self) -> bool:
        """Whether it passed only because the service that the check is about is not there."""
        return self.outcome is Outcome.PASSED and self.reason in _ABSENT

    @property
    def fails(self) -> bool:
        """Whether it counts as a failure. Not reached, or only claimed, is not fixed.

        A port that is only silent, where the check failed before, waits for a second scan.
        """
        silent = self.reason is Reason.PORT_FILTERED and self.finding_state in _STANDING
        if self.finding_state in _REFUTED or (self.outcome is Outcome.PASSED and not silent):
            return False
        return self.outcome is Outcome.FAILED or self.finding_state in _STANDING

    @property
    def undecided(self) -> bool:
        """Whether the question was asked and got no answer."""
        return not self.fails and self.outcome in _UNDECIDED

    @property
    def accepted(self) -> bool:
        """Whether people accepted the failure for now; it contradicts all the same."""
        return self.finding_state is FindingState.ACCEPTED


@dataclass(frozen=True)
class Assessment:
    """What the evidence says about one requirement. Assets are ids, sorted."""

    requirement: str
    standing: Standing
    contradicting: tuple[Evidence, ...]
    """Standing failures of checks that test it, accepted ones among them."""
    touching: tuple[Evidence, ...]
    """Standing failures of checks that only touch it: hints."""
    scope_assets: tuple[str, ...]
    """The M: every asset in the scope of the management system."""
    supporting_assets: tuple[str, ...]
    """The N: those where a test passed on what is there, and nothing speaks against it."""
    contradicted_assets: tuple[str, ...]
    undecided_assets: tuple[str, ...]
    """Those where a check got no answer or a service has no name: they support nothing."""
    doubted_assets: tuple[str, ...]
    """Those where a test passed, but a check that touches the requirement fails."""
    no_sign_assets: tuple[str, ...]
    """Those where tests passed, but none that is evidence: no sign against it, and no more."""
    untested_assets: tuple[str, ...]
    """Those that were scanned, but where no test of this requirement applied."""
    unscanned_assets: tuple[str, ...]
    """Those that no scan has reached."""
    tests: tuple[CheckMapping, ...]
    touches: tuple[CheckMapping, ...]
    last_tested: datetime | None
    """When a check that tests it last gave an answer that decides."""

    @property
    def contradicting_findings(self) -> tuple[str, ...]:
        """Ids of the findings behind the contradictions, each once."""
        return tuple(dict.fromkeys(item.finding for item in self.contradicting if item.finding))

    @property
    def accepted_findings(self) -> tuple[str, ...]:
        """Those of them that are accepted for now."""
        return tuple(
            dict.fromkeys(
                item.finding for item in self.contradicting if item.finding and item.accepted
            )
        )


@dataclass
class _OfCheck:
    """All evidence of one check, gathered once for every requirement that it is mapped to."""

    failing: list[Evidence] = field(default_factory=list)
    present: set[str] = field(default_factory=set)
    """Assets where it passed on a service that is there."""
    absent: set[str] = field(default_factory=set)
    """Assets where it passed because there is no such service."""
    undecided: set[str] = field(default_factory=set)
    last: datetime | None = None

    def add(self, item: Evidence) -> None:
        if item.fails:
            self.failing.append(item)
        elif item.outcome is Outcome.PASSED and item.asset is not None:
            (self.absent if item.by_absence else self.present).add(item.asset)
        elif item.undecided and item.asset is not None:
            self.undecided.add(item.asset)
        if item.outcome in {Outcome.PASSED, Outcome.FAILED}:
            self.last = item.observed_at if self.last is None else max(self.last, item.observed_at)

    @property
    def failed(self) -> set[str]:
        """The assets where it fails."""
        return {item.asset for item in self.failing if item.asset is not None}

    def supporting(self, which: Supports) -> set[str]:
        """The assets whose pass counts."""
        if which is Supports.NEVER:
            return set()
        return self.present | self.absent if which is Supports.ABSENCE else self.present


@dataclass(frozen=True)
class _Scope:
    assets: tuple[str, ...]
    unscanned: tuple[str, ...]

    def among(self, members: set[str]) -> tuple[str, ...]:
        return tuple(asset for asset in self.assets if asset in members) if members else ()


class Weighed:
    """All evidence of one moment, sorted by check once, to hold against any framework."""

    def __init__(
        self,
        evidence: Iterable[Evidence],
        scope: Iterable[str],
        at: datetime,
        *,
        reached: Iterable[str] = (),
    ) -> None:
        """Take what stands at ``at``, one item for each check and subject; later ones are left out.

        ``scope`` are the ids of the assets in the scope of the management system, and ``reached``
        those that a scan reached although no check had anything to say. Linear in the evidence.
        """
        checks: dict[str, _OfCheck] = {}
        seen = set(reached)
        for item in evidence:
            if item.observed_at > at:
                continue
            if item.asset is not None and item.outcome is not Outcome.NOT_REACHED:
                seen.add(item.asset)
            if item.fails or item.outcome is not Outcome.NOT_APPLICABLE:
                checks.setdefault(item.check, _OfCheck()).add(item)
        assets = tuple(sorted(set(scope)))
        self._checks = checks
        self._scope = _Scope(assets, tuple(asset for asset in assets if asset not in seen))

    def against(self, library: Library, framework: str) -> list[Assessment]:
        """Assess every requirement of one framework but its headings, in order.

        Raises NotFoundError for an unknown framework.
        """
        return [
            self.of(library, requirement)
            for requirement in library.requirements(framework)
            if requirement.assessable
        ]

    def of(self, library: Library, requirement: Requirement) -> Assessment:
        """Assess one requirement."""
        return _assessment(library, requirement, self._checks, self._scope)


def assess(
    library: Library,
    framework: str,
    evidence: Iterable[Evidence],
    scope: Iterable[str],
    at: datetime,
    *,
    reached: Iterable[str] = (),
) -> list[Assessment]:
    """Weigh the evidence and hold it against one framework: see :class:`Weighed`."""
    return Weighed(evidence, scope, at, reached=reached).against(library, framework)


def _assessment(
    library: Library, requirement: Requirement, checks: Mapping[str, _OfCheck], scope: _Scope
) -> Assessment:
    mappings = library.of_requirement(requirement.id)
    tests = tuple(item for item in mappings if item.relation is Relation.TESTS)
    touches = tuple(item for item in mappings if item.relation is Relation.TOUCHES)
    testing = [checks[item.check] for item in tests if item.check in checks]
    contradicting = _failing(testing)
    hinting = [checks[item.check] for item in touches if item.check in checks]
    failed = set().union(*(one.failed for one in testing))
    undecided = set().union(*(one.undecided for one in (*testing, *hinting)))
    undecided = (undecided | _unidentified(checks)) - failed
    passed = set().union(*(one.present | one.absent for one in testing)) - failed
    evident = set().union(
        *(checks[item.check].supporting(item.supports) for item in tests if item.check in checks)
    )
    untold = set().union(*(one.undecided for one in testing)) - failed
    undecided &= passed | untold
    passed -= undecided
    doubted = passed & set().union(*(one.failed for one in hinting))
    passed -= doubted
    supporting = scope.among(passed & evident)
    decided = failed | undecided | doubted | passed | set(scope.unscanned)
    return Assessment(
        requirement=requirement.id,
        standing=_standing(
            contradicted=bool(contradicting),
            supported=bool(supporting),
            mentioned=any(item.check in checks for item in mappings),
        ),
        contradicting=contradicting,
        touching=_failing(hinting),
        scope_assets=scope.assets,
        supporting_assets=supporting,
        contradicted_assets=scope.among(failed),
        undecided_assets=scope.among(undecided),
        doubted_assets=scope.among(doubted),
        no_sign_assets=scope.among(passed - evident),
        untested_assets=tuple(asset for asset in scope.assets if asset not in decided),
        unscanned_assets=scope.unscanned,
        tests=tests,
        touches=touches,
        last_tested=max((one.last for one in testing if one.last is not None), default=None),
    )


def _unidentified(checks: Mapping[str, _OfCheck]) -> set[str]:
    """The assets where a service answers that nobody could name."""
    found = checks.get(UNIDENTIFIED)
    return set() if found is None else found.failed | found.undecided


def _failing(checks: Iterable[_OfCheck]) -> tuple[Evidence, ...]:
    failing = [item for one in checks for item in one.failing]
    return tuple(sorted(failing, key=lambda item: (item.finding or "", item.subject, item.check)))


def _standing(*, contradicted: bool, supported: bool, mentioned: bool) -> Standing:
    if contradicted:
        return Standing.CONTRADICTED
    if supported:
        return Standing.SUPPORTED
    return Standing.SILENT if mentioned else Standing.NEVER_TESTED
