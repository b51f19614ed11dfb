"""Concluding an engagement: every step has a result or a reason, then the opinion, then grades."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from controls.library import Library
from secaudit.app.attestations import MONTHS_THAT_EVIDENCE_COUNTS
from secaudit.app.attested import attestation_row
from secaudit.app.audit.common import account, row_of, this_day
from secaudit.app.audit.planning import chosen_of, member_row
from secaudit.app.audit.scope import owned_things
from secaudit.app.audit.testing import acting, requirements_in
from secaudit.app.calendar import standing
from secaudit.app.controls import library_of
from secaudit.app.signatures import check_document
from secaudit.app.workspace import Change, Workspace
from secaudit.assurance import attestations, performances
from secaudit.assurance.attestations import NewAttestation
from secaudit.assurance.evidence import EvidenceFile
from secaudit.assurance.obligations import add_months
from secaudit.assurance.vocabulary import AttestationKind, Grade
from secaudit.audit import engagements, findings, papers, samples, team
from secaudit.audit.engagements import Concluded, Engagement
from secaudit.audit.finding import AuditFinding
from secaudit.audit.papers import NewTest, TestResult
from secaudit.audit.proofs import Proof
from secaudit.audit.team import Auditor, Conflict
from secaudit.audit.vocabulary import AuditGrade, Conclusion, Opinion, ProofKind, Role, Step
from secaudit.core.canonical import canonical_json, to_json
from secaudit.core.errors import InputError, RefusedError, SecauditError
from secaudit.core.signature import Signature

SHOWN = 6
_WORST_FIRST = list(AuditGrade)


@dataclass(frozen=True)
class ConcludeRequest:
    """The opinion, and the reasons for what was not tested."""

    engagement: str
    opinion: Opinion
    text: str
    limitations: str = ""
    not_tested: Mapping[str, str] = field(default_factory=dict)
    """The reason by requirement, or by requirement and step: ``A.8.24/design``."""
    person: str | None = None
    document: Path | None = None
    """The signed report."""


@dataclass(frozen=True)
class Ended:
    """What concluding did beside the opinion."""

    engagement: Engagement
    graded: tuple[str, ...]
    """Requirements whose grade was recorded."""
    kept: tuple[str, ...]
    """Requirements that had just this grade already."""
    ungraded: tuple[tuple[str, SecauditError], ...]
    """Requirements whose grade was refused, and why."""
    performed: str | None
    """The record of the calendar's obligation."""


def conclude(workspace: Workspace, request: ConcludeRequest) -> Ended:
    """Conclude an engagement.

    Raises RefusedError while steps without a result remain, while a control that does not work has
    no audit finding, where somebody is not independent, or where the opinion does not go with a
    major nonconformity.
    """
    if not request.text.strip():
        raise InputError("an opinion needs the words that explain it", hint="add --text TEXT")
    library = library_of(workspace)
    document, signature = _signed(workspace, request.document)
    day = this_day(workspace)
    with workspace.change() as change:
        connection = change.connection
        found, person = acting(change, request.engagement, request.person)
        if person.role is not Role.LEAD:
            raise RefusedError("only the lead auditor concludes, not {name}", name=person.name)
        _leave_untested(change, library, found, person, request.not_tested, day)
        _require_results(connection, found)
        raised = findings.list_all(connection, engagement=found.id)
        tests = papers.results_of(connection, found.id)
        _require_findings(tests, raised)
        _require_fitting(request.opinion, raised, tests)
        conflicts = conflicts_at_end(connection, library, found)
        team.require_independence(conflicts, team.safeguards(connection, found.id))
        said = Concluded(person.name, request.opinion, request.text, request.limitations, document)
        record = _record(connection, found, conflicts, said)
        digest = workspace.evidence.put(canonical_json(record), "application/json")
        at, who = change.at, account(change)
        engagements.conclude(connection, found.id, said, digest, at, who)
        graded, same, refused = _grade(change, found, person, tests, raised, digest, day)
        performed = None
        if found.obligation is not None:
            performed = _perform(workspace, change, library, found, digest, document, day)
        details = {
            "opinion": said.opinion,
            "by": said.person,
            "record": digest,
            "graded": graded,
            "ungraded": [name for name, _ in refused],
            "performed": performed,
            "signature": None if signature is None else to_json(signature),
        }
        change.record("audit.concluded", found.id, details, reason=said.text)
        ended = engagements.get(connection, found.id)
    return Ended(ended, graded, same, refused, performed)


def _signed(workspace: Workspace, path: Path | None) -> tuple[Proof | None, Signature | None]:
    """The signed report as it is kept, and what its signature says; an altered one is refused."""
    if path is None:
        return None, None
    workspace.require("audit.concluded")
    checked = check_document(workspace, path)
    return Proof(ProofKind.FILE, path.name, (checked.sha256,)), checked.signature


def conflicts_at_end(
    connection: Connection, library: Library, found: Engagement
) -> tuple[Conflict, ...]:
    """The conflicts of the team and of those who left it after they recorded something."""
    everybody = team.members(connection, found.id, removed=True)
    recorded = {item.person for item in papers.results_of(connection, found.id, superseded=True)}
    concerned = [item for item in everybody if item.removed_at is None or item.name in recorded]
    chosen = frozenset(item.id for item in chosen_of(connection, library, found).requirements)
    return team.conflicts(concerned, owned_things(connection, found, chosen))


def worst(raised: Iterable[AuditFinding]) -> AuditGrade | None:
    """The gravest grade, or None where nothing was found."""
    return min((item.grade for item in raised), key=_WORST_FIRST.index, default=None)


def _leave_untested(
    change: Change,
    library: Library,
    found: Engagement,
    person: Auditor,
    reasons: Mapping[str, str],
    day: date,
) -> None:
    open_steps = papers.open_steps(change.connection, found.id)
    for name, reason in reasons.items():
        local, slash, step_name = name.rpartition("/")
        steps = set(Step)
        if slash and step_name in {step.value for step in Step}:
            steps, name = {Step(step_name)}, local
        chosen = requirements_in(change.connection, library, found, (name,))
        for item in open_steps:
            if item.requirement in chosen and item.step in steps:
                new = NewTest(
                    requirement=item.requirement,
                    step=item.step,
                    conclusion=Conclusion.NOT_TESTED,
                    person=person.name,
                    performed_on=day,
                    reason=reason,
                )
                made = papers.record(change.connection, found.id, new, change.at, account(change))
                change.record("audit.tested", found.id, row_of(made), reason=reason)


def _require_results(connection: Connection, found: Engagement) -> None:
    left = papers.open_steps(connection, found.id)
    if left:
        names = [f"{item.requirement.partition(':')[2]}/{item.step.value}" for item in left]
        more = f" (+{len(names) - SHOWN})" if len(names) > SHOWN else ""
        raise RefusedError(
            "{engagement} has steps without a result ({count}): {steps}",
            hint="record them with: secaudit audit test; or say why each was left out:"
            " --not-tested A.8.24/design=REASON",
            engagement=found.id,
            count=len(left),
            steps=", ".join(names[:SHOWN]) + more,
        )


def _require_findings(tests: Iterable[TestResult], raised: Iterable[AuditFinding]) -> None:
    found = {item.requirement for item in raised}
    bare = sorted(
        {
            item.requirement
            for item in tests
            if item.conclusion is Conclusion.NOT_EFFECTIVE and item.requirement not in found
        }
    )
    if bare:
        raise RefusedError(
            "{requirement} is not effective, but no audit finding says so (in all: {count})",
            hint="raise one: secaudit audit nonconformity raise",
            requirement=bare[0],
            count=len(bare),
        )


def _require_fitting(
    opinion: Opinion, raised: Iterable[AuditFinding], tests: Iterable[TestResult]
) -> None:
    gravest = worst(raised)
    if opinion is Opinion.ADEQUATE and gravest is AuditGrade.MAJOR:
        raise RefusedError(
            "a major nonconformity stands: the opinion cannot be that all is adequate",
            hint="--opinion with_exceptions or inadequate",
        )
    if opinion is not Opinion.NO_OPINION and all(
        item.conclusion is Conclusion.NOT_TESTED for item in tests
    ):
        raise RefusedError(
            "nothing was tested: there is nothing to have an opinion about",
            hint="--opinion no_opinion",
        )


def _record(
    connection: Connection, found: Engagement, conflicts: tuple[Conflict, ...], said: Concluded
) -> dict[str, Any]:
    """The whole engagement as it is concluded, to be kept as evidence."""
    guards = team.safeguards(connection, found.id)
    members = team.members(connection, found.id, removed=True)
    return {
        "schema_version": 1,
        "engagement": row_of(found),
        "conclusion": row_of(said),
        "team": [member_row(item, conflicts, guards) for item in members],
        "criteria": [row_of(item) for item in papers.criteria_of(connection, found.id)],
        "steps": [row_of(item) for item in papers.steps_of(connection, found.id)],
        "tests": [
            row_of(item) for item in papers.results_of(connection, found.id, superseded=True)
        ],
        "samples": [row_of(item) for item in samples.list_all(connection, found.id)],
        "findings": [row_of(item) for item in findings.list_all(connection, engagement=found.id)],
    }


def _grade(
    change: Change,
    found: Engagement,
    person: Auditor,
    tests: tuple[TestResult, ...],
    raised: list[AuditFinding],
    digest: str,
    day: date,
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[tuple[str, SecauditError], ...]]:
    """Record the auditor's grade of each requirement that was found or tested throughout.

    A grade that stands with the same value since the audit began is left as it is: nothing is said
    twice.
    """
    grades = _grades(tests, raised)
    standing_now = attestations.standing(change.connection)
    graded: list[str] = []
    same: list[str] = []
    refused: list[tuple[str, SecauditError]] = []
    for requirement, (grade, ids) in grades.items():
        now = standing_now.get(requirement)
        if (
            now is not None
            and now.grade is not None
            and now.grade.value is grade
            and found.started_at is not None
            and now.grade.recorded_at >= found.started_at
            and not now.grade.expired(day)
        ):
            same.append(requirement)
            continue
        said = NewAttestation(
            requirement=requirement,
            kind=AttestationKind.AUDITOR,
            value=grade,
            person=person.name,
            collector=person.name,
            effective_from=min(found.period_from, day),
            effective_until=found.period_until,
            expires_on=add_months(day, MONTHS_THAT_EVIDENCE_COUNTS),
            note=" ".join((found.id, *ids)),
            evidence=(EvidenceFile(digest, f"{found.id}.json"),),
        )
        try:
            made = attestations.record(change.connection, said, change.at, account(change))
        except RefusedError as error:
            refused.append((requirement, error))
            continue
        change.record("control.graded", requirement, attestation_row(made), reason=made.note)
        graded.append(requirement)
    return tuple(graded), tuple(same), tuple(refused)


def _grades(
    tests: Iterable[TestResult], raised: Iterable[AuditFinding]
) -> dict[str, tuple[Grade, tuple[str, ...]]]:
    by_requirement: dict[str, list[AuditFinding]] = {}
    for item in raised:
        by_requirement.setdefault(item.requirement, []).append(item)
    conclusions: dict[str, set[Conclusion]] = {}
    for test in tests:
        conclusions.setdefault(test.requirement, set()).add(test.conclusion)
    grades: dict[str, tuple[Grade, tuple[str, ...]]] = {}
    for requirement, seen in conclusions.items():
        items = by_requirement.get(requirement, [])
        gravest = worst(items)
        if gravest is not None:
            grades[requirement] = (Grade(gravest.value), tuple(item.id for item in items))
        elif seen == {Conclusion.EFFECTIVE}:
            grades[requirement] = (Grade.CONFORM, ())
    return grades


def _perform(
    workspace: Workspace,
    change: Change,
    library: Library,
    found: Engagement,
    digest: str,
    document: Proof | None,
    day: date,
) -> str | None:
    """Record in the calendar that the obligation was fulfilled, with the report as its proof."""
    keys = {item.key for item, _, _ in standing(workspace, change.connection, library, day)}
    if found.obligation not in keys:
        return None
    files = [EvidenceFile(digest, f"{found.id}.json")]
    if document is not None:
        files.append(EvidenceFile(document.sha256[0], document.reference))
    identity_ = performances.record(
        change.connection,
        found.obligation,
        done_on=day,
        evidence=files,
        note=found.id,
        at=change.at,
        account=account(change),
    )
    details = {"record": identity_, "on": day, "audit": found.id}
    change.record("calendar.done", found.obligation, details, reason=found.title)
    return identity_
