"""What is missing for a target: requirement by requirement, with the next step."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from controls.assessment import Assessment
from controls.carrying import Carries
from controls.library import Library
from controls.requirement import Requirement
from secaudit.app.attestations import is_kept
from secaudit.app.attested import Attested, Effective
from secaudit.app.binding import demands
from secaudit.app.controls import full_citation, library_of, marked_citation, moment_of
from secaudit.app.gathered import gather_evidence
from secaudit.app.sla import today
from secaudit.app.workspace import Workspace
from secaudit.assurance import statements
from secaudit.assurance.attestations import Attestation
from secaudit.assurance.vocabulary import (
    MEETS,
    NONCONFORMITIES,
    Grade,
    StatementState,
    Target,
    Verdict,
)
from secaudit.assurance.words import word
from secaudit.core.canonical import to_json
from secaudit.core.vocabulary import Modality, Standing
from secaudit.text.language import N_, current_language, gettext

_MISSING: Mapping[str, str] = {
    "contradicted": N_("findings contradict it: {findings}"),
    "nonconformity": N_("the auditor found a nonconformity: {note}"),
    "not_attested": N_("nobody has attested it"),
    "part_only": N_("evidence of related requirements is only a part or a hint ({ids})"),
    "expired": N_("its evidence expired on {day}"),
    "below_target": N_("it was attested as {verdict}"),
    "no_evidence": N_("it was attested without evidence"),
    "evidence_missing": N_("its evidence is gone from the store: {names}"),
}
_NEXT: Mapping[str, str] = {
    "contradicted": N_("repair or decide: secaudit finding show {finding}"),
    "nonconformity": N_("correct it, then let the auditor grade it anew"),
    "not_attested": N_(
        "collect the evidence, then: secaudit control attest {id} --verdict VERDICT --evidence FILE"
    ),
    "expired": N_(
        "collect it anew: secaudit control attest {id} --verdict VERDICT --evidence FILE"
    ),
    "below_target": N_("do what is missing, then attest it anew"),
    "no_evidence": N_("add it: secaudit control attest {id} --verdict VERDICT --evidence FILE"),
    "evidence_missing": N_("bring it back from a backup, or attest it anew with the file"),
}
_SHOWN = 5


@dataclass(frozen=True)
class Gaps:
    """The requirements below the target, in the order of the catalogue."""

    rows: tuple[Mapping[str, Any], ...]
    asked: int
    """How many requirements were looked at."""
    excluded: tuple[str, ...]
    """Those that the approved Statement of Applicability leaves out."""
    optional: int
    """How many of the rows the text only permits (dapat)."""

    @property
    def next_steps(self) -> tuple[str, ...]:
        """What to do, each kind of step once, with how many of the rows it is for."""
        counted = Counter(row["step"] for row in self.rows)
        facts = {"id": "REQUIREMENT", "finding": "FINDING"}
        return tuple(
            f"{counted[code]} × {gettext(text).format(**facts)}"
            for code, text in _NEXT.items()
            if counted[code]
        )


def find_gaps(
    workspace: Workspace, framework: str, target: Target, day: date | None = None
) -> Gaps:
    """List what lies below the target on a day. Raises NotFoundError, InputError."""
    library = library_of(workspace)
    requirements = library.requirements(framework)
    at = moment_of(workspace, day)
    local = today(workspace, at)
    with workspace.view() as connection:
        base = gather_evidence(connection, None if day is None else at)
        attested = Attested.of(connection, library, local, at)
        approved = statements.latest(connection, framework, StatementState.APPROVED)
    left_out = {
        line.requirement
        for line in (approved.lines.values() if approved else ())
        if line.applicable is False
    }
    rows, asked = [], 0
    for requirement in requirements:
        if not requirement.assessable or not demands(requirement):
            continue
        if requirement.id in left_out:
            continue
        asked += 1
        found = base.weighed.of(library, requirement)
        row = _gap(_Look(workspace, library, attested, local, target), requirement, found)
        if row is not None:
            rows.append(row)
    return Gaps(
        rows=tuple(rows),
        asked=asked,
        excluded=tuple(item.id for item in requirements if item.id in left_out),
        optional=sum(1 for row in rows if row["modality"] == Modality.DAPAT.value),
    )


@dataclass(frozen=True)
class _Look:
    workspace: Workspace
    library: Library
    attested: Attested
    today: date
    target: Target


def _gap(look: _Look, requirement: Requirement, found: Assessment) -> dict[str, Any] | None:
    effective = look.attested.effective(requirement.id)
    grade = look.attested.grade(requirement.id)
    missing = dict(_missing(look, requirement, found, effective, grade))
    if not missing:
        return None
    first = next((code for code in _NEXT if code in missing), "not_attested")
    facts = {
        "id": requirement.id,
        "finding": next(iter(found.contradicting_findings), ""),
    }
    path = effective.path if effective else None
    return {
        "id": requirement.id,
        "citation": full_citation(look.library, requirement),
        "cited": marked_citation(look.library, requirement),
        "title": requirement.title.in_language(current_language().value),
        "modality": to_json(requirement.modality),
        "standing": found.standing.value,
        "verdict": effective.verdict.value if effective else None,
        "via": [step.requirement for step in path.steps] if path else [],
        "grade": grade.value.value if grade else None,
        "missing": list(missing),
        "what": "; ".join(gettext(_MISSING[code]).format(**said) for code, said in missing.items()),
        "step": first,
        "next": gettext(_NEXT[first]).format(**facts),
    }


def _missing(
    look: _Look,
    requirement: Requirement,
    found: Assessment,
    effective: Effective | None,
    grade: Attestation | None,
) -> Iterator[tuple[str, Mapping[str, object]]]:
    own = look.attested.own(requirement.id).self_assessment
    not_applicable = effective is not None and effective.verdict is Verdict.NOT_APPLICABLE
    if found.standing is Standing.CONTRADICTED and not not_applicable:
        ids = found.contradicting_findings
        more = f" (+{len(ids) - _SHOWN})" if len(ids) > _SHOWN else ""
        yield "contradicted", {"findings": ", ".join(ids[:_SHOWN]) + more}
    if grade is not None and Grade(grade.value) in NONCONFORMITIES:
        yield "nonconformity", {"note": grade.note}
    if effective is None:
        if own is not None and own.expired(look.today):
            yield "expired", {"day": own.expires_on}
        else:
            yield "not_attested", {}
        part = [
            item
            for item in look.attested.carried(requirement.id)
            if item.path.carries is not Carries.WHOLE
        ]
        if part:
            yield "part_only", {"ids": ", ".join(item.attestation.id for item in part[:_SHOWN])}
        return
    if effective.verdict not in MEETS[look.target]:
        yield "below_target", {"verdict": word(effective.verdict)}
    elif effective.verdict is not Verdict.NOT_APPLICABLE and not effective.attestation.evidence:
        yield "no_evidence", {}
    gone = [
        item.name for item in effective.attestation.evidence if not is_kept(look.workspace, item)
    ]
    if gone:
        yield "evidence_missing", {"names": ", ".join(gone)}
