"""Faults in what people stated: claims that the evidence, the dates or the law speak against.

Each rule is one function from a :class:`Look` at the workspace to faults. A fault names its code,
what it is about, the sentence, and where it stands (the id of the attestation, version, finding).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from controls.library import Library
from secaudit.app.binding import binds, is_law
from secaudit.app.calendar import standing as obligations
from secaudit.app.controls import full_citation
from secaudit.app.gathered import EvidenceBase, gather_evidence
from secaudit.app.kept_evidence import lost_of
from secaudit.app.sla import today
from secaudit.app.soa_view import controls_of, problems_of
from secaudit.app.workspace import Workspace
from secaudit.assurance import attestations, performances, programmes, statements
from secaudit.assurance.attestations import Attestation
from secaudit.assurance.statements import Statement
from secaudit.assurance.vocabulary import (
    NONCONFORMITIES,
    Grade,
    Implementation,
    InclusionKind,
    ObligationState,
    StatementState,
    Verdict,
)
from secaudit.assurance.words import word
from secaudit.core.persons import same_account, same_person
from secaudit.core.vocabulary import FindingState, Standing
from secaudit.ledger import findings
from secaudit.ledger.findings import FindingFilter
from secaudit.risk import register
from secaudit.text.language import N_, gettext

_SHOWN = 5

MESSAGES: Mapping[str, str] = {
    "conform_without_evidence": N_("{about} is attested as conform without evidence"),
    "attestation_expired": N_("the evidence for {about} expired on {day}"),
    "attested_in_future": N_("{about} is attested from {day} on, which is still to come"),
    "attested_unknown": N_("{about} is attested, but no catalogue has it"),
    "contradicted_but_conform": N_(
        "{about} is attested as conform, but findings contradict it: {ids}"
    ),
    "graded_against_verdict": N_("{about} is attested as conform, but the auditor found: {grade}"),
    "not_independent": N_("{about}: {person} assessed it and graded it"),
    "evidence_missing": N_("{name} for {about} is gone from the evidence store"),
    "evidence_changed": N_("{name} for {about} was changed in the evidence store"),
    "acceptance_expired": N_("{about} is still accepted, although that ended on {day}"),
    "acceptance_without_expiry": N_("{about} is accepted until {day}: longer than is permitted"),
    "acceptance_without_document": N_("{about} was accepted without a signed document"),
    "exclusion_without_justification": N_("{about} is excluded without a justification"),
    "inclusion_without_reason": N_("{about} is included without a confirmed reason"),
    "excluded_against_law": N_("{about} is excluded, but binding law relates to it: {articles}"),
    "soa_missing_control": N_("the Statement of Applicability has no line for {about}"),
    "soa_unknown_control": N_("{about} is in the Statement of Applicability, but in no catalogue"),
    "soa_without_document": N_("{about} is approved without a signed document"),
    "soa_unknown_law": N_("{about} names {reference}, which no catalogue has"),
    "soa_law_not_binding": N_("{about} names {reference} as law, which does not bind here"),
    "soa_unknown_risk": N_("{about} names the risk {reference}, which the register does not have"),
    "soa_implemented_but_contradicted": N_(
        "{about} is stated as implemented, but findings contradict it: {ids}"
    ),
    "soa_excluded_but_attested": N_("{about} is excluded, but attested as {verdict}"),
    "obligation_overdue": N_("{about} was due on {day}, and what is on record does not suffice"),
    "obligation_unknown": N_("{about} was recorded as done, but no catalogue has it"),
    "stage_overdue": N_("{about} was planned for {day} and is not done"),
    "stage_without_evidence": N_("{about} is done without evidence"),
}


@dataclass(frozen=True)
class Look:
    """One consistent view of the workspace on one day."""

    workspace: Workspace
    connection: Connection
    library: Library
    now: datetime
    today: date

    @cached_property
    def base(self) -> EvidenceBase:
        """What stands now."""
        return gather_evidence(self.connection)

    @cached_property
    def attestations(self) -> list[Attestation]:
        """Those that stand."""
        return attestations.list_all(self.connection)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """The newest version of each framework, and the newest that is approved, with lines."""
        frameworks = dict.fromkeys(item.framework for item in statements.list_all(self.connection))
        found = {}
        for name in frameworks:
            for state in (None, StatementState.APPROVED):
                item = statements.latest(self.connection, name, state)
                if item is not None:
                    found[item.id] = item
        return tuple(found.values())

    def contradicting(self, requirement: str) -> tuple[str, ...]:
        """The findings that contradict a requirement; none for one that is unknown."""
        known = self.library.all_requirements.get(requirement)
        if known is None:
            return ()
        found = self.base.weighed.of(self.library, known)
        return found.contradicting_findings if found.standing is Standing.CONTRADICTED else ()


Fault = dict[str, Any]
Rule = Callable[[Look], Iterator[Fault]]


def lint(workspace: Workspace, library: Library) -> list[Fault]:
    """Return a row for each fault in what people stated, in the order of the rules."""
    now = datetime.now(UTC)
    with workspace.view() as connection:
        look = Look(workspace, connection, library, now, today(workspace, now))
        return [fault for rule in RULES for fault in rule(look)]


def _fault(code: str, about: str, source: str, level: str = "fault", **facts: object) -> Fault:
    return {
        "level": level,
        "code": code,
        "about": about,
        "message": gettext(MESSAGES[code]).format(about=about, **facts),
        "source": source,
    }


def _listed(items: Iterable[str]) -> str:
    every = list(items)
    more = f" (+{len(every) - _SHOWN})" if len(every) > _SHOWN else ""
    return ", ".join(every[:_SHOWN]) + more


def _attested(look: Look) -> Iterator[Fault]:
    for item in look.attestations:
        about = item.requirement
        conform = item.value in {Verdict.CONFORM, Grade.CONFORM}
        if about not in look.library.all_requirements:
            yield _fault("attested_unknown", about, item.id)
        if item.effective_from > look.today or item.recorded_at > look.now:
            day = max(item.effective_from, today(look.workspace, item.recorded_at))
            yield _fault("attested_in_future", about, item.id, day=day)
        if item.expired(look.today):
            yield _fault("attestation_expired", about, item.id, day=item.expires_on)
        elif conform:
            if not item.evidence:
                yield _fault("conform_without_evidence", about, item.id)
            ids = look.contradicting(about)
            if ids:
                yield _fault("contradicted_but_conform", about, item.id, ids=_listed(ids))


def _both_sides(look: Look) -> Iterator[Fault]:
    for requirement, both in attestations.standing_of(look.attestations).items():
        own, grade = both.self_assessment, both.grade
        if own is None or grade is None:
            continue
        if same_account(own.account, grade.account) or same_person(own.person, grade.person):
            yield _fault("not_independent", requirement, grade.id, person=grade.person)
        if own.value is Verdict.CONFORM and Grade(grade.value) in NONCONFORMITIES:
            yield _fault("graded_against_verdict", requirement, own.id, grade=word(grade.value))


_STATED = frozenset(
    {
        *("attestation", "statement", "statement_line", "programme_stage", "performance"),
        "acceptance",
    }
)
"""The tables of what people stated."""


def _evidence(look: Look) -> Iterator[Fault]:
    for item in lost_of(look.workspace, look.connection, _STATED):
        for who in item.objects:
            about, _, source = who.partition(" ")
            name = item.name or item.digest
            yield _fault(f"evidence_{item.loss.value}", about, source or about, name=name)


def _acceptances(look: Look) -> Iterator[Fault]:
    wanted = FindingFilter(states=(FindingState.ACCEPTED,))
    accepted = [item.id for item in findings.list_all(look.connection, wanted)]
    for identity, item in findings.acceptance_of(look.connection, accepted).items():
        if item.expires_on < look.today:
            yield _fault("acceptance_expired", identity, identity, day=item.expires_on)
        most = timedelta(days=look.workspace.settings.acceptance_days_at_most)
        latest = today(look.workspace, item.accepted_at) + most
        if item.expires_on > latest:
            yield _fault("acceptance_without_expiry", identity, identity, day=item.expires_on)
        if item.proof_sha256 is None:
            yield _fault("acceptance_without_document", identity, identity)


def _statements(look: Look) -> Iterator[Fault]:
    standing = attestations.standing_of(look.attestations)
    for version in look.statements:
        if version.framework not in look.library.frameworks:
            continue
        controls = controls_of(look.library, version.framework)
        known = {item.id for item in controls}
        for item in controls:
            if item.id not in version.lines:
                yield _fault("soa_missing_control", item.id, version.id)
        approved = version.state is StatementState.APPROVED
        if approved and version.document is None:
            yield _fault("soa_without_document", version.id, version.id)
        for requirement, code in problems_of(version, controls):
            if code in MESSAGES and requirement in version.lines:
                yield _fault(code, requirement, version.id)
        for line in version.lines.values():
            if line.requirement not in known:
                yield _fault("soa_unknown_control", line.requirement, version.id)
            own = standing.get(line.requirement)
            said = own.self_assessment if own else None
            if line.applicable is False and said and said.value is not Verdict.NOT_APPLICABLE:
                yield _fault(
                    "soa_excluded_but_attested",
                    line.requirement,
                    version.id,
                    verdict=word(said.value),
                )
            if line.applicable and line.implementation is Implementation.IMPLEMENTED:
                ids = look.contradicting(line.requirement)
                if ids:
                    yield _fault(
                        "soa_implemented_but_contradicted",
                        line.requirement,
                        version.id,
                        ids=_listed(ids),
                    )


def _reasons(look: Look) -> Iterator[Fault]:
    risks = {item.id for item in register.list_all(look.connection)}
    for version in look.statements:
        for line in version.lines.values():
            about = line.requirement
            for item in line.inclusions:
                if item.kind is InclusionKind.RISK and item.reference not in risks:
                    yield _fault("soa_unknown_risk", about, version.id, reference=item.reference)
                if item.kind is InclusionKind.LAW:
                    yield from _law(look, about, item.reference, version.id)
            if line.applicable is False and about in look.library.all_requirements:
                articles = [
                    full_citation(look.library, look.library.requirement(other.requirement))
                    for other in look.library.related(about)
                    if _is_binding_law(look, other.requirement)
                ]
                if articles:
                    # An overlap is no duty: a justified exclusion may be right all the same.
                    level = "information" if line.justification.strip() else "fault"
                    said = _listed(articles)
                    yield _fault("excluded_against_law", about, version.id, level, articles=said)


def _law(look: Look, about: str, reference: str, source: str) -> Iterator[Fault]:
    if reference not in look.library.all_requirements:
        yield _fault("soa_unknown_law", about, source, reference=reference)
    elif not _is_binding_law(look, reference):
        yield _fault("soa_law_not_binding", about, source, reference=reference)


def _is_binding_law(look: Look, requirement: str) -> bool:
    article = look.library.requirement(requirement)
    return is_law(look.library, article) and binds(
        look.library, look.workspace.settings.binding, article
    )


def _calendar(look: Look) -> Iterator[Fault]:
    for item, found, _ in obligations(look.workspace, look.connection, look.library, look.today):
        if found.state is ObligationState.OVERDUE:
            yield _fault("obligation_overdue", item.key, item.key, day=found.last)
    for record in performances.list_all(look.connection):
        if record.obligation.partition("#")[0] not in look.library.all_requirements:
            yield _fault("obligation_unknown", record.obligation, record.id)


def _programmes(look: Look) -> Iterator[Fault]:
    for programme in programmes.list_all(look.connection):
        for stage in programme.stages:
            about = f"{programme.id}/{stage.stage.key}"
            if stage.overdue(look.today):
                yield _fault("stage_overdue", about, programme.id, day=stage.planned_on)
            if stage.done_on is not None and not stage.evidence:
                yield _fault("stage_without_evidence", about, programme.id)


RULES: tuple[Rule, ...] = (
    _attested,
    _both_sides,
    _evidence,
    _acceptances,
    _statements,
    _reasons,
    _calendar,
    _programmes,
)
