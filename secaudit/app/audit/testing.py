"""The fieldwork: the work programme as a list, own questions, and tests with their evidence."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from controls.library import Library
from controls.lookup import find
from secaudit.app.audit.common import account, identity, kept, past_day, row_of, text_of
from secaudit.app.audit.scope import PATTERN
from secaudit.app.audit.weighing import require_supporting, require_within
from secaudit.app.controls import library_of
from secaudit.app.workspace import Change, Workspace
from secaudit.assurance import attestations
from secaudit.assurance.vocabulary import AttestationKind
from secaudit.audit import engagements, papers, samples, team
from secaudit.audit.engagements import Engagement
from secaudit.audit.papers import NewTest, TestResult, WorkStep
from secaudit.audit.proofs import Proof
from secaudit.audit.team import Auditor
from secaudit.audit.vocabulary import Conclusion, EngagementState, ProofKind, Step
from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError, NotFoundError, RefusedError
from secaudit.core.persons import same_account, same_person
from secaudit.ledger import findings, results

_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class ProofRequest:
    """What a conclusion is to rest on, as people name it."""

    files: tuple[Path, ...] = ()
    findings: tuple[str, ...] = ()
    results: tuple[tuple[str, str], ...] = ()
    """Check and subject."""
    evidence: tuple[str, ...] = ()
    """SHA-256 of what the evidence store holds."""
    attestations: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()


@dataclass(frozen=True)
class TestRequest:
    """What an auditor did about some requirements and steps."""

    __test__ = False

    engagement: str
    requirements: tuple[str, ...]
    steps: tuple[Step, ...]
    conclusion: Conclusion
    person: str | None = None
    work: str = ""
    reason: str = ""
    on: date | None = None
    proofs: ProofRequest = field(default_factory=ProofRequest)


def record_tests(workspace: Workspace, request: TestRequest) -> tuple[TestResult, ...]:
    """Record the same test for each of the requirements and steps; all of them, or none.

    Raises RefusedError where, without a reason that the report tells, the day is outside the work's
    period, or evidence speaks against the conclusion or about what is not audited.
    """
    library = library_of(workspace)
    day = past_day(workspace, request.on)
    files = kept(workspace, request.proofs.files)
    with workspace.change() as change:
        connection = change.connection
        found, person = acting(change, request.engagement, request.person)
        proofs = (*files, *proofs_of(workspace, connection, found, request.proofs))
        if not request.reason.strip():
            require_within(found, day)
            require_supporting(connection, found, proofs, request.conclusion)
        chosen = requirements_in(connection, library, found, request.requirements)
        made = []
        for requirement in chosen:
            require_not_own(connection, requirement, person, account(change))
            for step in request.steps:
                new = NewTest(
                    requirement=requirement,
                    step=step,
                    conclusion=request.conclusion,
                    person=person.name,
                    performed_on=day,
                    work=request.work,
                    reason=request.reason,
                    proofs=proofs,
                )
                made.append(papers.record(connection, found.id, new, change.at, account(change)))
        for item in made:
            change.record("audit.tested", found.id, row_of(item), reason=item.reason)
    return tuple(made)


def ask(
    workspace: Workspace,
    engagement_id: str,
    requirement: str,
    step: Step,
    text: str,
    person: str | None = None,
) -> WorkStep:
    """Add an auditor's own question to the work programme."""
    library = library_of(workspace)
    with workspace.change() as change:
        found, who = acting(change, engagement_id, person)
        name = one_requirement(change.connection, library, found, requirement)
        made = papers.ask(change.connection, found.id, name, step, text, who.name)
        details = {"requirement": name, "step": step.value, "question": text, "by": who.name}
        change.record("audit.asked", found.id, details)
    return made


def work_rows(
    workspace: Workspace,
    engagement_id: str,
    requirements: Sequence[str] = (),
    *,
    open_only: bool = False,
) -> list[dict[str, Any]]:
    """The work programme, step by step, with what is known, what to ask, and what came of it."""
    library = library_of(workspace)
    with workspace.view() as connection:
        found = engagements.get(connection, identity(engagement_id))
        if found.state is EngagementState.PLANNED:
            engagements.require(found, EngagementState.RUNNING)
        wanted = set(requirements_in(connection, library, found, requirements))
        criteria = {item.requirement: item for item in papers.criteria_of(connection, found.id)}
        tests = {
            (item.requirement, item.step): item for item in papers.results_of(connection, found.id)
        }
        steps = papers.steps_of(connection, found.id)
    rows = []
    for step in steps:
        test = tests.get((step.requirement, step.step))
        if step.requirement not in wanted or (open_only and test is not None):
            continue
        criterion = criteria[step.requirement]
        rows.append(
            {
                "requirement": step.requirement,
                "citation": text_of(criterion.citation),
                "title": text_of(criterion.title),
                "binding": criterion.binding.value,
                "step": step.step.value,
                "questions": [
                    {"text": text_of(item.text), "by": item.by} for item in step.questions
                ],
                "facts": criterion.facts,
                "test": None if test is None else row_of(test),
                "conclusion": None if test is None else test.conclusion.value,
                "person": None if test is None else test.person,
                "performed_on": None if test is None else test.performed_on.isoformat(),
            }
        )
    return rows


def acting(change: Change, engagement_id: str, person: str | None) -> tuple[Engagement, Auditor]:
    """The running engagement, and the member of its team whose word is recorded."""
    found = engagements.get(change.connection, identity(engagement_id))
    engagements.require(found, EngagementState.RUNNING)
    members = team.members(change.connection, found.id)
    return found, team.who_acts(members, person, account(change))


def require_not_own(connection: Connection, requirement: str, person: Auditor, who: str) -> None:
    """Raise RefusedError for the account that assessed the requirement as its owner.

    A person's conflict may stand under a safeguard; the account of another person may not serve.
    """
    for said in attestations.list_all(connection, requirement=requirement):
        if said.kind is not AttestationKind.SELF or same_person(said.person, person.name):
            continue
        if same_account(said.account, who) and not same_account(person.account or "?", who):
            raise RefusedError(
                "{account} gave {attestation} about {requirement} for its owner, and cannot"
                " record its audit",
                hint="the auditor records it, from their own account",
                account=who,
                attestation=said.id,
                requirement=requirement,
            )


def requirements_in(
    connection: Connection, library: Library, found: Engagement, names: Iterable[str]
) -> tuple[str, ...]:
    """The criteria that names and patterns of ids mean, each once; all of them for none.

    Raises NotFoundError for a requirement that is no criterion of the engagement.
    """
    known = [item.requirement for item in papers.criteria_of(connection, found.id)]
    chosen: dict[str, None] = {}
    for name in names:
        if PATTERN & set(name):
            fitting = [item for item in known if fits(item, name)]
            if not fitting:
                raise NotFoundError(
                    "no criterion of {engagement} fits {pattern}",
                    hint="see them with: secaudit audit work {engagement}",
                    engagement=found.id,
                    pattern=name,
                )
            chosen |= dict.fromkeys(fitting)
            continue
        local = [item for item in known if item.partition(":")[2] == name.strip()]
        meant = name if name in known else local[0] if len(local) == 1 else None
        if meant is None:
            meant = find(library, name).id
            papers.criterion_of(connection, found.id, meant)
        chosen[meant] = None
    return tuple(chosen) if chosen else tuple(known)


def one_requirement(connection: Connection, library: Library, found: Engagement, name: str) -> str:
    """The one criterion that a name means. Raises InputError for a pattern that means several."""
    chosen = requirements_in(connection, library, found, (name,))
    if len(chosen) > 1:
        raise InputError("{name} means several criteria; name one", name=name)
    return chosen[0]


def fits(requirement: str, pattern: str) -> bool:
    """Tell whether a pattern of ids, whole or without the catalogue, means a requirement."""
    local = requirement.partition(":")[2]
    return fnmatchcase(requirement, pattern) or fnmatchcase(local, pattern)


def proofs_of(
    workspace: Workspace, connection: Connection, found: Engagement, request: ProofRequest
) -> tuple[Proof, ...]:
    """What the workspace holds under these names, as it is now. Raises NotFoundError."""
    proofs: list[Proof] = []
    for name in request.findings:
        item = findings.get(connection, identity(name))
        facts = {
            "check": item.check,
            "subject": item.subject,
            "state": item.state.value,
            "severity": item.severity.value,
            "last_outcome": item.last_outcome.value,
            "checked_at": item.checked_at,
        }
        proofs.append(Proof(ProofKind.FINDING, item.id, item.evidence, to_json(facts)))
    proofs += [_result(connection, check, subject) for check, subject in request.results]
    for digest in request.evidence:
        proofs.append(_raw(workspace, digest.strip().lower()))
    for name in request.attestations:
        said = attestations.get(connection, identity(name))
        hashes = tuple(file.sha256 for file in said.evidence)
        facts = {"requirement": said.requirement, "value": said.value, "person": said.person}
        proofs.append(Proof(ProofKind.ATTESTATION, said.id, hashes, to_json(facts)))
    for name in request.samples:
        drawn = samples.get(connection, identity(name))
        if drawn.engagement_id != found.id:
            raise RefusedError(
                "{sample} was drawn for {other}", sample=drawn.id, other=drawn.engagement_id
            )
        told = {"drawn": list(drawn.drawn), "seed": drawn.seed, "method": drawn.method.value}
        proofs.append(Proof(ProofKind.SAMPLE, drawn.id, (drawn.population_sha256,), told))
    return tuple(proofs)


def _result(connection: Connection, check: str, subject: str) -> Proof:
    for item in reversed(results.intervals(connection, check, subject)):
        facts = {
            "outcome": item.outcome,
            "reason": item.reason,
            "first_seen": item.first_seen,
            "last_seen": item.last_seen,
            "scan": item.scan,
        }
        return Proof(ProofKind.RESULT, f"{check} {subject}", item.evidence, to_json(facts))
    raise NotFoundError(
        "no scan has a result of {check} about {subject}",
        hint="write the subject as results do: zone/address:port/tcp",
        check=check,
        subject=subject,
    )


def _raw(workspace: Workspace, digest: str) -> Proof:
    if not _HASH.fullmatch(digest):
        raise InputError("{digest!r} is no SHA-256", digest=digest)
    workspace.evidence.get(digest)
    return Proof(ProofKind.EVIDENCE, digest, (digest,))
