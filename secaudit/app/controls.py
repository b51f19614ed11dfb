"""Requirements as a use case: look at them, and see what the evidence says about each."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from controls.assessment import Assessment, Evidence, assess
from controls.library import Library, load_library
from controls.requirement import CheckMapping, Framework, Requirement
from scanners.registry import load_checks
from secaudit.app.checks import checks_of
from secaudit.app.statements import title_of
from secaudit.app.workspace import Workspace
from secaudit.content.bilingual import Bilingual
from secaudit.core.canonical import to_json
from secaudit.core.vocabulary import Standing
from secaudit.ledger import findings, results, scans
from secaudit.ledger.findings import Finding
from secaudit.registry.asset_index import AssetIndex
from secaudit.text.language import current_language


@dataclass(frozen=True)
class EvidenceBase:
    """All that stands in a workspace at one moment, ready to be held against any framework."""

    evidence: tuple[Evidence, ...]
    assets: AssetIndex
    scope: tuple[str, ...]
    """Ids of the assets in the scope of the management system."""
    reached: frozenset[str]
    """Ids of the assets that answered a scan."""
    at: datetime

    def against(self, library: Library, framework: str) -> list[Assessment]:
        """Assess one framework. Raises NotFoundError for an unknown one."""
        return assess(library, framework, self.evidence, self.scope, self.at, reached=self.reached)


@dataclass(frozen=True)
class Coverage:
    """A row for each requirement, and how many there are of each standing."""

    rows: tuple[Mapping[str, Any], ...]
    standings: Mapping[Standing, int]
    scope: int
    """Assets in scope."""
    unscanned: tuple[str, ...]
    """Ids of the assets in scope that no scan has reached."""


def library_of(workspace: Workspace | None) -> Library:
    """Return our library, with the workspace's own content laid over it."""
    return load_library(None if workspace is None else content_folder(workspace))


def content_folder(workspace: Workspace) -> Path:
    """The folder of the workspace's own content."""
    return workspace.folder / workspace.settings.content


def gather_evidence(connection: Connection) -> EvidenceBase:
    """Read what stands now: results with their findings, assets, and who was reached."""
    now = datetime.now(UTC)
    assets = AssetIndex.of(connection)
    known: dict[str, str | None] = {}

    def asset_id(subject: str) -> str | None:
        if subject not in known:
            asset = assets.asset_of(subject)
            known[subject] = None if asset is None else asset.id
        return known[subject]

    open_findings = {(item.check, item.subject): item for item in findings.list_all(connection)}
    evidence = []
    for result in results.standing(connection):
        finding = open_findings.pop((result.check, result.subject), None)
        evidence.append(
            Evidence(
                check=result.check,
                subject=result.subject,
                asset=asset_id(result.subject),
                outcome=result.outcome,
                observed_at=result.last_seen,
                finding=None if finding is None else finding.id,
                finding_state=None if finding is None else finding.state,
            )
        )
    evidence.extend(_of_finding(item, asset_id(item.subject)) for item in open_findings.values())
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


def _of_finding(item: Finding, asset: str | None) -> Evidence:
    return Evidence(
        check=item.check,
        subject=item.subject,
        asset=asset,
        outcome=item.last_outcome,
        observed_at=item.checked_at,
        finding=item.id,
        finding_state=item.state,
    )


def list_requirements(library: Library, framework: str | None) -> list[dict[str, Any]]:
    """List the requirements of one framework, or of all, as JSON values."""
    chosen = [framework] if framework is not None else list(library.frameworks)
    return [_row(library, item) for name in chosen for item in library.requirements(name)]


def show_requirement(workspace: Workspace | None, requirement_id: str) -> dict[str, Any]:
    """Tell all about one requirement; with a workspace, also what the evidence says now."""
    library = library_of(workspace)
    requirement = library.requirement(requirement_id)
    framework = library.framework(requirement.framework)
    checks = load_checks() if workspace is None else checks_of(workspace)
    record = {
        **_row(library, requirement),
        "framework_title": _say(framework.title),
        "framework_note": _say(framework.note),
        "in_force_since": to_json(framework.in_force_since),
        "modal_words": requirement.modal_words,
        "bearer_named": requirement.bearer_named,
        "due": to_json(requirement.due),
        "cadence": requirement.cadence and requirement.cadence.model_dump(mode="json"),
        "attributes": requirement.attributes and requirement.attributes.model_dump(mode="json"),
        "sources_2013": list(requirement.sources_2013),
        "lines": requirement.lines,
        "elucidation_lines": requirement.elucidation_lines,
        "note": _say(requirement.note),
        "related": [
            {
                "requirement": other.requirement,
                "citation": full_citation(library, library.requirement(other.requirement)),
                "title": _say(library.requirement(other.requirement).title),
                "relation": other.relation.value,
                "rationale": _say(other.rationale),
            }
            for other in library.related(requirement.id)
        ],
        "mapped": [
            {**mapping_row(item), "title": title_of(checks.get(item.check), item.check)}
            for item in library.of_requirement(requirement.id)
        ],
        "assessment": None,
    }
    if workspace is not None and requirement.assessable:
        with workspace.view() as connection:
            base = gather_evidence(connection)
        for assessment in base.against(library, requirement.framework):
            if assessment.requirement == requirement.id:
                record["assessment"] = assessment_row(assessment)
    return record


def coverage(workspace: Workspace, framework: str | None = None) -> Coverage:
    """Hold the evidence of a workspace against one framework, or all."""
    library = library_of(workspace)
    with workspace.view() as connection:
        base = gather_evidence(connection)
    chosen = [framework] if framework is not None else list(library.frameworks)
    assessments = [item for name in chosen for item in base.against(library, name)]
    counted = Counter(item.standing for item in assessments)
    return Coverage(
        rows=tuple(
            {
                **_identity(library, library.requirement(item.requirement)),
                **assessment_row(item),
            }
            for item in assessments
        ),
        standings={standing: counted[standing] for standing in Standing},
        scope=len(base.scope),
        unscanned=assessments[0].unscanned_assets if assessments else (),
    )


def full_citation(library: Library, requirement: Requirement) -> str:
    """The citation with its document, in the current language."""
    framework = library.framework(requirement.framework)
    return f"{_say(framework.short_title)} {_say(requirement.citation)}"


def bearers_of(framework: Framework, keys: Sequence[str]) -> list[str]:
    """The names of duty-bearers in the current language."""
    return [str(_say(framework.bearers[key])) for key in keys]


def assessment_row(item: Assessment) -> dict[str, Any]:
    """What the evidence says about one requirement, as JSON values."""
    return {
        "standing": item.standing.value,
        "supported": len(item.supporting_assets),
        "assets": len(item.scope_assets),
        "contradicting": list(item.contradicting_findings),
        "accepted": list(item.accepted_findings),
        "hints": _findings_of(item.touching),
        "supporting_assets": list(item.supporting_assets),
        "contradicted_assets": list(item.contradicted_assets),
        "undecided_assets": list(item.undecided_assets),
        "untested_assets": list(item.untested_assets),
        "unscanned_assets": list(item.unscanned_assets),
        "evidence": [
            {
                "finding": one.finding,
                "check": one.check,
                "subject": one.subject,
                "asset": one.asset,
                "accepted": one.accepted,
            }
            for one in item.contradicting
        ],
        "last_tested": to_json(item.last_tested),
    }


def mapping_row(mapping: CheckMapping) -> dict[str, Any]:
    """One mapping as JSON values, its rationale in the current language."""
    return {
        "check": mapping.check,
        "requirement": mapping.requirement,
        "relation": mapping.relation.value,
        "rationale": _say(mapping.rationale),
        "supports": mapping.supports,
    }


def _findings_of(evidence: Iterable[Evidence]) -> list[str]:
    return list(dict.fromkeys(item.finding for item in evidence if item.finding))


def _identity(library: Library, requirement: Requirement) -> dict[str, Any]:
    return {
        "id": requirement.id,
        "framework": requirement.framework,
        "citation": full_citation(library, requirement),
        "title": _say(requirement.title),
        "kind": [kind.value for kind in requirement.kind],
        "testability": requirement.testability.value,
    }


def _row(library: Library, requirement: Requirement) -> dict[str, Any]:
    framework = library.framework(requirement.framework)
    return {
        **_identity(library, requirement),
        "type": requirement.type,
        "summary": _say(requirement.summary),
        "group": requirement.group and requirement.group.key,
        "group_title": requirement.group and _say(requirement.group.title),
        "modality": to_json(requirement.modality),
        "bearers": bearers_of(framework, requirement.bearers),
        "status": requirement.status.value,
        "confidence": requirement.confidence.value,
        "checks": [item.check for item in library.of_requirement(requirement.id)],
    }


def _say(text: Bilingual | None) -> str | None:
    return None if text is None else text.in_language(current_language().value)
