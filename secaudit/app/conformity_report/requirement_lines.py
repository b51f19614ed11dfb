"""Every requirement that binds: what people said about it, and beside it what the evidence says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection

from controls.assessment import Assessment
from controls.library import Library
from controls.requirement import Framework, Requirement
from controls.vocabulary import FrameworkKind
from reports.conformity.model import FileLine, FrameworkLine, RequirementLine, SaidLine
from secaudit.app.attested import Attested, Effective
from secaudit.app.binding import binding_frameworks, binding_requirements, demands
from secaudit.app.conformity_report.judgements import at_odds, verdict_of
from secaudit.app.conformity_report.period import Span
from secaudit.app.controls import bearers_of, full_citation, reading_of
from secaudit.app.gathered import EvidenceBase
from secaudit.app.sla import today
from secaudit.app.workspace import Workspace
from secaudit.assurance import statements
from secaudit.assurance.attestations import Attestation
from secaudit.assurance.evidence import EvidenceFile
from secaudit.assurance.vocabulary import Grade, StatementState, Verdict
from secaudit.core.errors import InputError, SecauditError
from secaudit.core.vocabulary import Standing
from secaudit.text.language import current_language

FIRST = ("perda-pekalongan-3-2026", "perwal-pekalongan-26-2021")
"""The region's own law comes first, then other law, then standards."""
_KINDS = (FrameworkKind.REGULATION, FrameworkKind.STANDARD, FrameworkKind.INSTRUMENT)


@dataclass
class Ground:
    """What the lines are drawn from."""

    workspace: Workspace
    library: Library
    base: EvidenceBase
    attested: Attested
    span: Span
    last_scan: datetime | None
    """When the last scan of the period or before it ended."""
    _kept: dict[str, bool] = field(default_factory=dict)

    def is_kept(self, digest: str) -> bool:
        """Tell whether the evidence store still has this content, unchanged."""
        if digest not in self._kept:
            try:
                self.workspace.evidence.get(digest)
                self._kept[digest] = True
            except SecauditError:
                self._kept[digest] = False
        return self._kept[digest]

    def file(self, item: EvidenceFile) -> FileLine:
        """A piece of evidence."""
        return FileLine(item.name, item.sha256, self.is_kept(item.sha256))


def chosen_frameworks(
    workspace: Workspace, library: Library, names: Sequence[str]
) -> tuple[Framework, ...]:
    """The catalogues of a report in its order: all that bind, or those that are named.

    Raises NotFoundError for a name that no catalogue has, InputError for one that does not bind.
    """
    binding = binding_frameworks(library, workspace.settings.binding)
    for name in names:
        if library.framework(name) not in binding:
            raise InputError(
                "{framework} does not bind here, and no report on conformity is due about it",
                hint="see secaudit.yaml, binding; and: secaudit control list --catalogues",
                framework=name,
            )
    chosen = [item for item in binding if not names or item.id in names]
    return tuple(
        sorted(
            chosen,
            key=lambda item: (
                FIRST.index(item.id) if item.id in FIRST else len(FIRST),
                _KINDS.index(item.kind),
                item.id,
            ),
        )
    )


def requirement_lines(
    ground: Ground, connection: Connection, frameworks: Iterable[Framework]
) -> tuple[tuple[FrameworkLine, ...], tuple[RequirementLine, ...]]:
    """The catalogues that ask for something here, and what they ask for, in their order."""
    library, language = ground.library, current_language().value
    binding = binding_requirements(library, ground.workspace.settings.binding)
    heads: list[FrameworkLine] = []
    lines: list[RequirementLine] = []
    for framework in frameworks:
        statement, excluded = _excluded(connection, framework.id, ground.span)
        asked = [
            item
            for item in library.requirements(framework.id)
            if item.id in binding and item.assessable and demands(item)
        ]
        if not asked:
            continue
        heads.append(
            FrameworkLine(
                id=framework.id,
                title=framework.title.in_language(language),
                short_title=framework.short_title.in_language(language),
                kind=framework.kind.value,
                excluded=tuple(
                    item.citation.in_language(language) for item in asked if item.id in excluded
                ),
                statement=statement,
            )
        )
        lines += [_line(ground, framework, item) for item in asked if item.id not in excluded]
    return tuple(heads), tuple(lines)


def _excluded(connection: Connection, framework: str, span: Span) -> tuple[str, frozenset[str]]:
    """The Statement of Applicability approved by then, and the controls that it leaves out."""
    approved = [
        item
        for item in statements.list_all(connection, framework)
        if item.state is StatementState.APPROVED
        and item.approved_at is not None
        and item.approved_at <= span.judged_at
    ]
    if not approved:
        return "", frozenset()
    newest = statements.get(connection, max(approved, key=lambda item: item.version).id)
    out = frozenset(line.requirement for line in newest.lines.values() if line.applicable is False)
    return newest.id, out


def _line(ground: Ground, framework: Framework, item: Requirement) -> RequirementLine:
    language = current_language().value
    found = ground.base.weighed.of(ground.library, item)
    effective = ground.attested.effective(item.id)
    graded = ground.attested.grade(item.id)
    own = ground.attested.own(item.id).self_assessment
    verdict = None if effective is None else effective.verdict
    grade = None if graded is None else Grade(graded.value)
    said = None if effective is None else _said(ground, effective)
    audit = None if graded is None else _word(ground, graded)
    stated = verdict_of(verdict, grade)
    last = ground.span.last
    lapsed = own.expires_on if effective is None and own and own.expired(last) else None
    return RequirementLine(
        id=item.id,
        framework=framework.id,
        citation=item.citation.in_language(language),
        title=item.title.in_language(language),
        bearer=", ".join(bearers_of(framework, item.bearers)),
        caution=reading_of(ground.library, item),
        verdict=stated,
        said=said,
        graded=audit,
        lapsed=lapsed,
        standing=found.standing.shown(item.testability),
        supported=len(found.supporting_assets),
        assets=len(found.scope_assets),
        unscanned=len(found.unscanned_assets),
        contradicting=found.contradicting_findings,
        accepted=found.accepted_findings,
        last_tested=_tested(ground, found),
        differences=tuple(_differences(stated, (said, audit), found, (verdict, grade))),
    )


def _tested(ground: Ground, found: Assessment) -> date | None:
    """The day on which a check last gave an answer about it, no later than the last scan by then.

    What is kept of a past period is that an answer held, not each scan that gave it.
    """
    if found.last_tested is None:
        return None
    last = found.last_tested if ground.last_scan is None else ground.last_scan
    return today(ground.workspace, min(found.last_tested, last))


def _differences(
    stated: str,
    words: tuple[SaidLine | None, SaidLine | None],
    found: Assessment,
    sides: tuple[Verdict | None, Grade | None],
) -> Iterable[str]:
    """Where a person's word does not go together with the evidence, or with another's word."""
    contradicted = found.standing is Standing.CONTRADICTED
    if contradicted and stated == Verdict.CONFORM.value:
        yield "contradicted"
    if at_odds(*sides):
        yield "graded"
    if contradicted and stated == Verdict.NOT_APPLICABLE.value:
        yield "not_applicable_but_contradicted"
    whole = bool(found.scope_assets) and len(found.supporting_assets) == len(found.scope_assets)
    if stated == Verdict.NOT_CONFORM.value and found.standing is Standing.SUPPORTED and whole:
        yield "supported_but_not_conform"
    files = [one for word in words if word is not None for one in word.evidence]
    if stated == Verdict.CONFORM.value and not files:
        yield "no_evidence"
    if any(not one.kept for one in files):
        yield "evidence_gone"


def _said(ground: Ground, effective: Effective) -> SaidLine:
    about = ""
    if effective.path is not None:
        other = ground.library.requirement(effective.path.end)
        about = full_citation(ground.library, other)
    return _word(ground, effective.attestation, about)


def _word(ground: Ground, item: Attestation, about: str = "") -> SaidLine:
    return SaidLine(
        id=item.id,
        value=item.value.value,
        person=item.person,
        on=_day(ground, item),
        until=item.expires_on,
        note=item.note,
        evidence=tuple(ground.file(one) for one in item.evidence),
        about=about,
    )


def _day(ground: Ground, item: Attestation) -> date:
    return today(ground.workspace, item.recorded_at)
