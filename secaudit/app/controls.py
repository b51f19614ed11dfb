"""Requirements as a use case: look at them, and see what the evidence says about each."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from controls.assessment import Assessment, Evidence
from controls.crosswalk import Correspondence
from controls.library import Library, load_library
from controls.lookup import find
from controls.requirement import CheckMapping, Framework, Requirement
from controls.vocabulary import FrameworkKind
from scanners.registry import load_checks
from secaudit.app.articles import article_record
from secaudit.app.attested import Attested
from secaudit.app.binding import binding_requirements
from secaudit.app.catalogues import catalogue_row
from secaudit.app.checks import checks_of
from secaudit.app.gathered import EvidenceBase, gather_evidence
from secaudit.app.sla import end_of, today
from secaudit.app.statements import title_of
from secaudit.app.workspace import Workspace
from secaudit.content.bilingual import Bilingual
from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError
from secaudit.core.vocabulary import LegalStatus, Standing
from secaudit.text.language import current_language
from secaudit.text.words import reading_caution, word


@dataclass(frozen=True)
class Coverage:
    """A row for each requirement, and how many there are of each standing.

    Only what binds is counted. A catalogue that was asked for by its name and does not bind is
    counted by itself.
    """

    rows: tuple[Mapping[str, Any], ...]
    """Of those that are counted."""
    beside: tuple[Mapping[str, Any], ...]
    """Of those that do not bind: for comparison, drafts, superseded, and what the settings drop."""
    standings: Mapping[Standing, int]
    scope: int
    """Assets in scope."""
    unscanned: tuple[str, ...]
    """Ids of the assets in scope that no scan has reached."""
    at: datetime


def library_of(workspace: Workspace | None) -> Library:
    """Return our library, with the workspace's own content laid over it."""
    return load_library(None if workspace is None else content_folder(workspace))


def content_folder(workspace: Workspace) -> Path:
    """The folder of the workspace's own content."""
    return workspace.folder / workspace.settings.content


def moment_of(workspace: Workspace, day: date | None) -> datetime:
    """The instant to look at: the end of a day where the workspace is, or now for today.

    Raises InputError for a day to come: no evidence speaks about it.
    """
    now = datetime.now(UTC)
    if day is None or day == today(workspace, now):
        return now
    if day > today(workspace, now):
        raise InputError("{day} is still to come", day=day)
    return end_of(workspace, day) - timedelta(microseconds=1)


def list_requirements(library: Library, framework: str | None) -> list[dict[str, Any]]:
    """List the requirements of one framework, or of all, as JSON values."""
    chosen = [framework] if framework is not None else list(library.frameworks)
    return [_row(library, item) for name in chosen for item in library.requirements(name)]


def show_requirement(
    workspace: Workspace | None, requirement_id: str, framework_id: str | None = None
) -> dict[str, Any]:
    """Tell all about one requirement; with a workspace, also what the evidence says now.

    The id may be written as people do; raises InputError where it could mean several. The id of a
    catalogue tells what that is.
    """
    library = library_of(workspace)
    if requirement_id in library.frameworks:
        return catalogue_row(library, library.framework(requirement_id))
    requirement = find(library, requirement_id, framework_id)
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
        "within_hours": requirement.within_hours,
        "cadence": requirement.cadence and requirement.cadence.model_dump(mode="json"),
        "attributes": requirement.attributes and requirement.attributes.model_dump(mode="json"),
        "sources_2013": list(requirement.sources_2013),
        "lines": requirement.lines,
        "elucidation_lines": requirement.elucidation_lines,
        "note": _say(requirement.note),
        "article": article_record(workspace, requirement.id),
        "draft": requirement.draft,
        "candidates": [item.model_dump(mode="json") for item in requirement.candidates],
        "changes": {name: change.value for name, change in library.changes(requirement.id).items()},
        "ancestors": [
            _pair(library, pair, pair.before) for pair in library.ancestors(requirement.id)
        ],
        "successors": [
            _pair(library, pair, pair.after) for pair in library.successors(requirement.id)
        ],
        "related": [
            {
                **_cited(library, library.requirement(other.requirement)),
                "relation": other.relation.value,
                "rationale": _say(other.rationale),
            }
            for other in library.related(requirement.id)
            if other.requirement not in library.counterparts(requirement.id)
        ],
        "mapped": [
            {**mapping_row(item), "title": title_of(checks.get(item.check), item.check)}
            for item in library.of_requirement(requirement.id)
        ],
        "assessment": None,
        "self_assessment": None,
        "grade": None,
        "carried": [],
        "via": [],
    }
    if workspace is not None and requirement.assessable:
        with workspace.view() as connection:
            base = gather_evidence(connection)
            attested = Attested.of(connection, library, today(workspace, base.at))
        record["assessment"] = assessment_row(base.weighed.of(library, requirement))
        record.update(attested.rows(requirement.id))
        for said in (record["self_assessment"], record["grade"]):
            if said is not None:
                said["evidence_missing"] = [
                    file["name"]
                    for file in said["evidence"]
                    if not workspace.evidence.path_of(file["sha256"]).is_file()
                ]
        record["via"] = _via(library, requirement, base, attested)
    return record


def _via(
    library: Library, requirement: Requirement, base: EvidenceBase, attested: Attested
) -> list[dict[str, Any]]:
    """What evidence about other requirements says about this one, each with the way it came."""
    rows = []
    for path in attested.paths(requirement.id):
        other = library.requirement(path.end)
        if not other.assessable:
            continue
        found = base.weighed.of(library, other)
        said = attested.self_assessment(other.id)
        if said is None and found.standing not in {Standing.CONTRADICTED, Standing.SUPPORTED}:
            continue
        rows.append(
            {
                "requirement": other.id,
                "citation": full_citation(library, other),
                "cited": marked_citation(library, other),
                "path": [
                    {"relation": step.relation.value, "requirement": step.requirement}
                    for step in path.steps
                ],
                "relation": path.relation.value,
                "carries": path.carries.value,
                "standing": found.standing.value,
                "testability": other.testability.value,
                "contradicting": list(found.contradicting_findings),
                "self_assessment": None if said is None else said.value.value,
                "attestation": None if said is None else said.id,
            }
        )
    return rows


def coverage(
    workspace: Workspace, framework: str | None = None, day: date | None = None
) -> Coverage:
    """Hold the evidence of a workspace against one framework, or all; as it stood on ``day``.

    Raises InputError for a day to come, and for a name in the settings that no catalogue has.
    """
    library = library_of(workspace)
    binding = binding_requirements(library, workspace.settings.binding)
    at = moment_of(workspace, day)
    with workspace.view() as connection:
        base = gather_evidence(connection, None if day is None else at)
        attested = Attested.of(connection, library, today(workspace, at), at)
    chosen = [framework] if framework is not None else list(library.frameworks)
    assessments = [item for name in chosen for item in base.against(library, name)]
    rows = [
        {
            **_identity(library, library.requirement(item.requirement)),
            "binds": item.requirement in binding,
            **assessment_row(item),
            **attested.rows(item.requirement),
        }
        for item in assessments
    ]
    alone = framework is not None and not any(row["binds"] for row in rows)
    counted_rows = tuple(row for row in rows if row["binds"] or alone)
    counted = Counter(Standing(row["standing"]) for row in counted_rows)
    return Coverage(
        rows=counted_rows,
        beside=() if alone else tuple(row for row in rows if not row["binds"]),
        standings={standing: counted[standing] for standing in Standing},
        scope=len(base.scope),
        unscanned=assessments[0].unscanned_assets if assessments else (),
        at=base.at,
    )


def full_citation(library: Library, requirement: Requirement) -> str:
    """The citation with its document, in the current language."""
    framework = library.framework(requirement.framework)
    return f"{_say(framework.short_title)} {_say(requirement.citation)}"


def reading_of(library: Library, requirement: Requirement) -> str:
    """What a reader must know of how a provision was read; nothing where its text was.

    Standards say how they were read once, in their note.
    """
    standard = library.framework(requirement.framework).kind is FrameworkKind.STANDARD
    return "" if standard else reading_caution(requirement.confidence)


def marked_citation(library: Library, requirement: Requirement) -> str:
    """The citation with its document, and with what its reader must know beside it."""
    marks = [reading_of(library, requirement)]
    if requirement.status is not LegalStatus.IN_FORCE:
        marks.insert(0, str(word(requirement.status)))
    said = ", ".join(mark for mark in marks if mark)
    citation = full_citation(library, requirement)
    return f"{citation} [{said}]" if said else citation


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
        "doubted_assets": list(item.doubted_assets),
        "no_sign_assets": list(item.no_sign_assets),
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
        "supports": mapping.supports.value,
    }


def _findings_of(evidence: Iterable[Evidence]) -> list[str]:
    return list(dict.fromkeys(item.finding for item in evidence if item.finding))


def _cited(library: Library, requirement: Requirement) -> dict[str, Any]:
    """What another requirement is called, and how surely it was read."""
    return {
        "requirement": requirement.id,
        "citation": full_citation(library, requirement),
        "title": _say(requirement.title),
        "status": requirement.status.value,
        "confidence": requirement.confidence.value,
        "framework_kind": library.framework(requirement.framework).kind.value,
    }


def _pair(library: Library, pair: Correspondence, other: str) -> dict[str, Any]:
    return {
        **_cited(library, library.requirement(other)),
        "crosswalk": pair.crosswalk,
        "change": pair.change.value,
        "relation": pair.relation.value,
        "rationale": _say(pair.rationale),
        "confirmed": pair.confirmed and pair.confirmed.model_dump(mode="json"),
    }


def _identity(library: Library, requirement: Requirement) -> dict[str, Any]:
    return {
        "id": requirement.id,
        "framework": requirement.framework,
        "citation": full_citation(library, requirement),
        "title": _say(requirement.title),
        "kind": [kind.value for kind in requirement.kind],
        "testability": requirement.testability.value,
        "status": requirement.status.value,
        "confidence": requirement.confidence.value,
        "framework_kind": library.framework(requirement.framework).kind.value,
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
        "checks": [item.check for item in library.of_requirement(requirement.id)],
    }


def _say(text: Bilingual | None) -> str | None:
    return None if text is None else text.in_language(current_language().value)
