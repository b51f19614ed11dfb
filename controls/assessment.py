"""What the evidence says about each requirement; never more than it carries.

A failing check that *tests* a requirement contradicts it for as long as its finding stands, under
an acceptance too. A requirement is supported for the assets where everything that was tested
passed; an asset with an answer missing (not reached, inconclusive, error) supports nothing. Checks
that only *touch* a requirement give hints. The verdict itself belongs to a person.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from controls.library import Library
from controls.requirement import CheckMapping, Requirement
from secaudit.core.vocabulary import FindingState, Outcome, Relation, Standing

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

    @property
    def fails(self) -> bool:
        """Whether it counts as a failure. Not reached, or only claimed, is not fixed."""
        if self.outcome is Outcome.PASSED or self.finding_state in _REFUTED:
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
    """The N: those where at least one test passed, and none failed or stayed unanswered."""
    contradicted_assets: tuple[str, ...]
    undecided_assets: tuple[str, ...]
    """Those where a test got no answer, so that they support nothing."""
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
    passed: set[str] = field(default_factory=set)
    undecided: set[str] = field(default_factory=set)
    last: datetime | None = None

    def add(self, item: Evidence) -> None:
        if item.fails:
            self.failing.append(item)
        elif item.outcome is Outcome.PASSED and item.asset is not None:
            self.passed.add(item.asset)
        elif item.undecided and item.asset is not None:
            self.undecided.add(item.asset)
        if item.outcome in {Outcome.PASSED, Outcome.FAILED}:
            self.last = item.observed_at if self.last is None else max(self.last, item.observed_at)


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
    failed = {item.asset for item in contradicting if item.asset is not None}
    undecided = set().union(*(one.undecided for one in testing)) - failed
    passed = set().union(
        *(checks[item.check].passed for item in tests if item.supports and item.check in checks)
    )
    passed -= failed | undecided
    supporting = scope.among(passed)
    decided = failed | undecided | passed | set(scope.unscanned)
    return Assessment(
        requirement=requirement.id,
        standing=_standing(
            contradicted=bool(contradicting),
            supported=bool(supporting),
            mentioned=any(item.check in checks for item in mappings),
        ),
        contradicting=contradicting,
        touching=_failing(checks[item.check] for item in touches if item.check in checks),
        scope_assets=scope.assets,
        supporting_assets=supporting,
        contradicted_assets=scope.among(failed),
        undecided_assets=scope.among(undecided),
        untested_assets=tuple(asset for asset in scope.assets if asset not in decided),
        unscanned_assets=scope.unscanned,
        tests=tests,
        touches=touches,
        last_tested=max((one.last for one in testing if one.last is not None), default=None),
    )


def _failing(checks: Iterable[_OfCheck]) -> tuple[Evidence, ...]:
    failing = [item for one in checks for item in one.failing]
    return tuple(sorted(failing, key=lambda item: (item.finding or "", item.subject, item.check)))


def _standing(*, contradicted: bool, supported: bool, mentioned: bool) -> Standing:
    if contradicted:
        return Standing.CONTRADICTED
    if supported:
        return Standing.SUPPORTED
    return Standing.SILENT if mentioned else Standing.NEVER_TESTED
