"""What the evidence of a period says about each framework, and which articles a finding meets."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from controls.assessment import Assessment, Evidence, assess
from controls.library import Library
from controls.requirement import Framework
from reports.model import ContradictionLine, FrameworkLine, OwnWordsLine, RequirementLine
from secaudit.app.binding import binding_frameworks, binding_requirements
from secaudit.app.reporting.finding_lines import Dated
from secaudit.app.reporting.request import Span
from secaudit.app.reporting.selection import Selection
from secaudit.app.settings import Binding
from secaudit.core.vocabulary import LegalStatus
from secaudit.ledger.results import StandingResult

NOTHING_CHOSEN = Binding()
OwnWords = Callable[[str], OwnWordsLine | None]
"""Looks an article's own words up by the requirement's id."""


@dataclass(frozen=True)
class Conformity:
    """All frameworks, and for each finding the citations that it contradicts."""

    frameworks: tuple[FrameworkLine, ...]
    citations: Mapping[str, tuple[str, ...]]


def conformity_of(
    library: Library,
    found: tuple[Dated, ...],
    standing: tuple[StandingResult, ...],
    selection: Selection,
    span: Span,
    language: str,
    chosen: Binding = NOTHING_CHOSEN,
    own_words: OwnWords = lambda _requirement: None,
) -> Conformity:
    """Assess every framework that asks for something and is not superseded, those that bind first.

    What a superseded edition asked for is read through its crosswalk, not beside its successor.
    """
    evidence = _evidence(found, standing, selection, span)
    scope = [asset.id for asset in selection.assets if asset.in_scope]
    citations: dict[str, list[str]] = defaultdict(list)
    lines = []
    binding = {item.id for item in binding_frameworks(library, chosen)}
    binding_ones = binding_requirements(library, chosen)
    order = sorted(
        library.frameworks.values(),
        key=lambda item: (
            item.id not in binding,
            list(LegalStatus).index(item.status),
            item.id,
        ),
    )
    for framework in order:
        assessed = assess(
            library, framework.id, evidence, scope, span.final, reached=selection.last_scanned
        )
        binds = framework.id in binding
        if not assessed or (framework.status is LegalStatus.SUPERSEDED and not binds):
            continue
        requirements = []
        for item in assessed:
            line = replace(
                _requirement(library, framework, item, language),
                binds=item.requirement in binding_ones,
            )
            if line.contradictions:
                line = replace(line, own_words=own_words(line.id))
            requirements.append(line)
            if line.binds:
                cited = f"{framework.short_title.in_language(language)} {line.citation}"
                for finding in item.contradicting_findings:
                    citations[finding].append(cited)
        lines.append(
            FrameworkLine(
                id=framework.id,
                title=framework.title.in_language(language),
                short_title=framework.short_title.in_language(language),
                status=framework.status,
                requirements=tuple(requirements),
                note=framework.note.in_language(language) if framework.note else "",
                binds=binds,
            )
        )
    return Conformity(tuple(lines), {key: tuple(value) for key, value in citations.items()})


def _evidence(
    found: tuple[Dated, ...], standing: tuple[StandingResult, ...], selection: Selection, span: Span
) -> list[Evidence]:
    known = {(item.finding.check, item.finding.subject): item for item in found}
    evidence = []
    for result in standing:
        dated = known.pop((result.check, result.subject), None)
        evidence.append(
            Evidence(
                check=result.check,
                subject=result.subject,
                asset=selection.asset_id(result.subject),
                outcome=result.outcome,
                observed_at=min(result.last_seen, span.final),
                reason=result.reason,
                finding=dated.finding.id if dated else None,
                finding_state=dated.state if dated else None,
            )
        )
    evidence.extend(_of_finding(item, selection, span) for item in known.values())
    return evidence


def _of_finding(item: Dated, selection: Selection, span: Span) -> Evidence:
    finding = item.finding
    return Evidence(
        check=finding.check,
        subject=finding.subject,
        asset=selection.asset_id(finding.subject),
        outcome=finding.last_outcome,
        observed_at=min(finding.checked_at, span.final),
        reason=finding.last_reason,
        finding=finding.id,
        finding_state=item.state,
    )


def _requirement(
    library: Library, framework: Framework, item: Assessment, language: str
) -> RequirementLine:
    requirement = library.requirement(item.requirement)
    summary = requirement.summary or requirement.title
    bearers = [
        framework.bearers[name].in_language(language) if name in framework.bearers else name
        for name in requirement.bearers
    ]
    return RequirementLine(
        id=requirement.id,
        citation=requirement.citation.in_language(language),
        title=summary.in_language(language),
        standing=item.standing,
        testability=requirement.testability,
        supported=len(item.supporting_assets),
        assets=len(item.scope_assets),
        contradictions=_contradictions(item, language),
        unscanned=item.unscanned_assets,
        hints=len(item.touching),
        modality=requirement.modality,
        confidence=requirement.confidence,
        bearer=", ".join(bearers),
        last_tested=item.last_tested,
    )


def _contradictions(item: Assessment, language: str) -> tuple[ContradictionLine, ...]:
    by_check: dict[str, list[Evidence]] = defaultdict(list)
    for evidence in item.contradicting:
        by_check[evidence.check].append(evidence)
    rationales = {mapping.check: mapping.rationale for mapping in item.tests}
    return tuple(
        ContradictionLine(
            check=check,
            rationale=rationales[check].in_language(language),
            findings=tuple(dict.fromkeys(one.finding for one in failing if one.finding)),
            assets=tuple(sorted({one.asset for one in failing if one.asset})),
        )
        for check, failing in sorted(by_check.items())
    )
