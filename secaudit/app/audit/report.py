"""One audit as a file: gathered in its language, written whole or not at all."""

from collections import Counter
from collections.abc import Mapping
from contextvars import copy_context
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from controls.lookup import find
from reports.audit.model import (
    AuditData,
    ConflictLine,
    CriterionLine,
    FindingLine,
    LostLine,
    ProofLine,
    SampleLine,
    StepLine,
    TeamLine,
    UnitLine,
)
from reports.audit.render import FORMATS
from secaudit import __version__
from secaudit.app.approvals import SignedNames
from secaudit.app.audit.common import identity, text_of, this_day
from secaudit.app.audit.conclusion import conflicts_at_end
from secaudit.app.audit.scope import PATTERN, assets_of
from secaudit.app.audit.testing import fits
from secaudit.app.controls import library_of, marked_citation
from secaudit.app.files import require_free, write_whole
from secaudit.app.kept_evidence import LostEvidence, lost_of
from secaudit.app.workspace import Workspace
from secaudit.audit import engagements, findings, papers, programmes, samples, team
from secaudit.audit.engagements import Engagement
from secaudit.audit.finding import UNSETTLED, AuditFinding
from secaudit.audit.papers import Criterion, TestResult, WorkStep
from secaudit.audit.proofs import Proof
from secaudit.audit.vocabulary import AuditGrade
from secaudit.core.errors import InputError, NotFoundError
from secaudit.core.persons import same_person
from secaudit.ledger import trail
from secaudit.registry.asset_index import AssetIndex
from secaudit.text.language import Language, current_language, gettext, set_language

_PAPERS = frozenset(
    {
        *("audit_programme", "audit_engagement", "audit_auditor", "audit_safeguard"),
        *("audit_test", "audit_sample", "audit_finding", "audit_finding_event"),
    }
)
"""The tables that keep what an audit rests on."""


def audit_data(
    workspace: Workspace, engagement_id: str, language: Language | None = None
) -> AuditData:
    """Gather one audit in its language; the language of the session stays as it is."""
    context = copy_context()
    if language is not None:
        context.run(set_language, language)
    return context.run(_audit_data, workspace, engagement_id)


def write_report(
    workspace: Workspace,
    engagement_id: str,
    target: Path,
    format_: str,
    *,
    language: Language | None = None,
    overwrite: bool = False,
) -> AuditData:
    """Write the report of one audit. Raises RefusedError if the file is there."""
    require_free(target, overwrite=overwrite)
    data = audit_data(workspace, engagement_id, language)
    write_whole(target, FORMATS[format_](data))
    return data


def _audit_data(workspace: Workspace, engagement_id: str) -> AuditData:
    settings = workspace.settings
    with workspace.view() as connection:
        found = engagements.get(connection, identity(engagement_id))
        members = _team(workspace, connection, found)
        assets = assets_of(AssetIndex.of(connection), found.scope)
        units = Counter((asset.owner or "–", asset.zone) for asset in assets)
        position, head = trail.head(connection)
        every = findings.list_all(connection)
        mine = [item for item in every if item.engagement_id == found.id]
        lost = _lost(workspace, connection, found, every)
        losses = {item.digest: item.loss.value for item in lost}
        scope = (*found.scope.assets, *found.scope.zones, *found.scope.units)
        return AuditData(
            language=current_language().value,
            organisation=settings.organisation,
            unit=settings.unit,
            timezone=settings.timezone,
            tool_version=__version__,
            day=this_day(workspace),
            engagement=found.id,
            title=found.title,
            objective=found.objective,
            programme=_programme(connection, found),
            obligation=_obligation(workspace, found),
            letter=found.letter,
            state=found.state.value,
            scope=scope,
            units=tuple(
                UnitLine(unit, zone, count) for (unit, zone), count in sorted(units.items())
            ),
            assets=len(assets),
            names=_names(workspace, connection, found),
            excluded=tuple(sorted(Counter(found.excluded.values()).items())),
            period_from=found.period_from,
            period_until=found.period_until,
            planned_from=found.planned_from,
            planned_until=found.planned_until,
            team=members,
            criteria=_criteria(workspace, connection, found, mine, losses),
            samples=_samples(connection, found),
            findings=tuple(_finding(workspace, item, losses) for item in _gravest_first(mine)),
            earlier=tuple(
                _finding(workspace, item, losses)
                for item in _gravest_first(every)
                if item.engagement_id != found.id and item.state in UNSETTLED
            ),
            opinion=None if found.opinion is None else found.opinion.value,
            opinion_text=found.opinion_text or "",
            limitations=found.limitations or "",
            concluded_at=found.concluded_at,
            lead=next((item.name for item in members if item.role == "lead"), ""),
            record_sha256=found.record_sha256 or "",
            lost=tuple(
                LostLine(item.digest, item.name, item.objects, item.loss.value) for item in lost
            ),
            trail_position=position,
            trail_hash=head,
        )


def _gravest_first(items: list[AuditFinding]) -> list[AuditFinding]:
    order = list(AuditGrade)
    return sorted(items, key=lambda item: order.index(item.grade))


def _programme(connection: Connection, found: Engagement) -> str:
    if found.programme_id is None:
        return ""
    item = programmes.get(connection, found.programme_id)
    return f"{item.id} {item.title} ({item.first_year}–{item.last_year})"


def _obligation(workspace: Workspace, found: Engagement) -> str:
    if found.obligation is None:
        return ""
    library = library_of(workspace)
    known = library.all_requirements.get(found.obligation.partition("#")[0])
    return found.obligation if known is None else marked_citation(library, known)


def _names(workspace: Workspace, connection: Connection, found: Engagement) -> tuple[str, ...]:
    """The criteria as they were named; a pattern with as many as it meant."""
    library = library_of(workspace)
    language = current_language().value
    criteria = [item.requirement for item in papers.criteria_of(connection, found.id)]
    named = []
    for name in found.criteria:
        if name in library.frameworks:
            named.append(library.frameworks[name].title.in_language(language))
            continue
        if PATTERN & set(name):
            framework, _, local = name.rpartition(":")
            known = library.frameworks.get(framework)
            said = name if known is None else f"{known.short_title.in_language(language)} {local}"
            count = sum(fits(item, name) for item in criteria)
            if count:
                said = gettext("{pattern} ({count} requirements)").format(pattern=said, count=count)
            named.append(said)
            continue
        try:
            named.append(marked_citation(library, find(library, name)))
        except (InputError, NotFoundError):
            named.append(name)
    return tuple(named)


def _approver(cover: team.Safeguard, signed: SignedNames) -> str:
    document = cover.document.sha256[0] if cover.document else None
    return signed.name(cover.approver, document)


def _team(workspace: Workspace, connection: Connection, found: Engagement) -> tuple[TeamLine, ...]:
    library = library_of(workspace)
    conflicts = conflicts_at_end(connection, library, found)
    guards = team.safeguards(connection, found.id)
    signed = SignedNames.of(connection)
    lines = []
    for member in team.members(connection, found.id, removed=True):
        mine = []
        for item in conflicts:
            if not same_person(item.auditor, member.name):
                continue
            cover = team.covering(item, guards)
            mine.append(
                ConflictLine(
                    kind=item.kind.value,
                    object=item.object_id,
                    owner=item.owner,
                    safeguard=None if cover is None else cover.safeguard,
                    approver=None if cover is None else _approver(cover, signed),
                )
            )
        lines.append(
            TeamLine(
                name=member.name,
                unit=member.unit,
                role=member.role.value,
                competence=member.competence,
                certificate="" if member.certificate is None else member.certificate.reference,
                left=member.removed_at is not None,
                conflicts=tuple(mine),
            )
        )
    return tuple(lines)


def _criteria(
    workspace: Workspace,
    connection: Connection,
    found: Engagement,
    raised: list[AuditFinding],
    losses: Mapping[str, str],
) -> tuple[CriterionLine, ...]:
    library = library_of(workspace)
    language = current_language().value
    tests = {
        (item.requirement, item.step): item for item in papers.results_of(connection, found.id)
    }
    steps: dict[str, list[WorkStep]] = {}
    for step in papers.steps_of(connection, found.id):
        steps.setdefault(step.requirement, []).append(step)

    def framework_of(item: Criterion) -> str:
        known = library.frameworks.get(item.requirement.partition(":")[0])
        return item.requirement if known is None else known.short_title.in_language(language)

    return tuple(
        CriterionLine(
            requirement=item.requirement,
            framework=framework_of(item),
            citation=text_of(item.citation),
            title=text_of(item.title),
            binding=item.binding.value,
            standing=item.facts["standing"],
            supported=item.facts["supported"],
            assets=item.facts["assets"],
            contradicting=tuple(item.facts["contradicting"]),
            steps=tuple(
                _step(step, tests.get((item.requirement, step.step)), losses)
                for step in steps.get(item.requirement, ())
            ),
            findings=tuple(one.id for one in raised if one.requirement == item.requirement),
        )
        for item in papers.criteria_of(connection, found.id)
    )


def _step(step: WorkStep, test: TestResult | None, losses: Mapping[str, str]) -> StepLine:
    if test is None:
        return StepLine(step.step.value, None, "", "", "", None, ())
    return StepLine(
        step=step.step.value,
        conclusion=test.conclusion.value,
        work=test.work,
        reason=test.reason,
        person=test.person,
        on=test.performed_on,
        proofs=_proofs(test.proofs, losses),
    )


def _samples(connection: Connection, found: Engagement) -> tuple[SampleLine, ...]:
    return tuple(
        SampleLine(
            id=item.id,
            population=item.population.value,
            method=item.method.value,
            stratum=None if item.stratum is None else item.stratum.value,
            size=item.size,
            population_size=item.population_size,
            seed=item.seed,
            population_sha256=item.population_sha256,
            reason=item.reason,
            drawn=item.drawn,
        )
        for item in samples.list_all(connection, found.id)
    )


def _finding(workspace: Workspace, item: AuditFinding, losses: Mapping[str, str]) -> FindingLine:
    return FindingLine(
        id=item.id,
        engagement=item.engagement_id,
        grade=item.grade.value,
        title=item.title,
        criterion=text_of(item.criterion),
        condition=item.condition,
        cause=item.cause,
        effect=item.effect,
        correction=item.correction,
        action=item.action,
        owner=item.owner,
        due=item.due,
        overdue=item.overdue(this_day(workspace)),
        state=item.state.value,
        repeats=item.repeats,
        raised_by=item.raised_by,
        proofs=_proofs((*item.proofs, *item.done_proofs, *item.checked_proofs), losses),
        checked=item.checked_how or "",
        checked_by=item.checked_by or "",
        checked_on=item.checked_on,
    )


def _proofs(proofs: tuple[Proof, ...], losses: Mapping[str, str]) -> tuple[ProofLine, ...]:
    return tuple(
        ProofLine(
            item.kind.value,
            item.reference,
            item.sha256,
            next((losses[digest] for digest in item.sha256 if digest in losses), ""),
        )
        for item in proofs
    )


def _lost(
    workspace: Workspace, connection: Connection, found: Engagement, every: list[AuditFinding]
) -> tuple[LostEvidence, ...]:
    """What this audit rests on, or tells of, and the store does not hold as it was kept."""
    tests = papers.results_of(connection, found.id, superseded=True)
    mine = {
        found.id,
        found.programme_id,
        *(item.id for item in tests),
        *(item.id for item in samples.list_all(connection, found.id)),
        *(item.id for item in every if item.engagement_id == found.id or item.state in UNSETTLED),
    }
    lost = []
    for item in lost_of(workspace, connection, _PAPERS):
        objects = tuple(name for name in item.objects if name.partition(" ")[0] in mine)
        if objects:
            lost.append(replace(item, objects=objects))
    return tuple(lost)
