"""Everything that a conformity report shows, read in one view of the workspace."""

import re
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

from sqlalchemy import Connection

from controls.library import Library
from reports.conformity.model import ApartLine, ConformityData, PreviousLine, Progress
from reports.conformity.numbers import numbers_of
from secaudit import __version__
from secaudit.app.binding import binding_requirements
from secaudit.app.conformity_report.judgements import attested_for
from secaudit.app.conformity_report.period import Span
from secaudit.app.conformity_report.progress_lines import content_of, previous_line, progress_of
from secaudit.app.conformity_report.requirement_lines import (
    Ground,
    chosen_frameworks,
    requirement_lines,
)
from secaudit.app.conformity_report.work_lines import (
    audit_finding_lines,
    obligation_lines,
    risk_lines,
    work_of,
)
from secaudit.app.controls import library_of, marked_citation
from secaudit.app.gathered import gather_evidence
from secaudit.app.sla import end_of, today
from secaudit.app.workspace import Workspace
from secaudit.app.zones_apart import zones_apart
from secaudit.assurance import conformity_reports
from secaudit.ledger import findings, scans, trail
from secaudit.text.language import Language, current_language, gettext, set_language

DUTY = "perwal-pekalongan-26-2021:pasal-6.ayat-1.huruf-c"
"""The GCIO documents conformity and nonconformity, and reports it to the mayor."""
BASIS = (
    DUTY,
    "perwal-pekalongan-26-2021:pasal-6.ayat-1.huruf-b",
    "perwal-pekalongan-26-2021:pasal-4.ayat-2.huruf-f",
    "perwal-pekalongan-26-2021:pasal-4.ayat-3",
)
_CITY = re.compile(r"\s*(?:Pemerintah\s+)?(Kota|Kabupaten|Provinsi)\s+(.+?)\s*", re.IGNORECASE)
_HEADS = {"kota": "Wali Kota", "kabupaten": "Bupati", "provinsi": "Gubernur"}


@dataclass(frozen=True)
class Wanted:
    """What a report is to be about."""

    frameworks: tuple[str, ...] = ()
    """Catalogues; empty for all that bind."""
    language: Language | None = None
    sample: bool = False


def gather(
    workspace: Workspace, connection: Connection, span: Span, wanted: Wanted
) -> ConformityData:
    """Collect the data in the report's language; the language of the session stays as it is."""
    context = copy_context()
    if wanted.language is not None:
        context.run(set_language, wanted.language)
    return context.run(_gather, workspace, connection, span, wanted)


def _gather(
    workspace: Workspace, connection: Connection, span: Span, wanted: Wanted
) -> ConformityData:
    library, settings = library_of(workspace), workspace.settings
    known_scans = [item for item in scans.list_all(connection) if item.started_at <= span.at]
    ground = Ground(
        workspace,
        library,
        gather_evidence(connection, span.at),
        attested_for(connection, library, span.last, span.judged_at),
        span,
        max((item.finished_at or item.started_at for item in known_scans), default=None),
    )
    chosen = chosen_frameworks(workspace, library, wanted.frameworks)
    frameworks, requirements = requirement_lines(ground, connection, chosen)
    work = work_of(ground, connection, requirements)
    risks = risk_lines(ground, connection)
    begin = datetime.combine(span.first, time(), end_of(workspace, span.first).tzinfo)
    position, head = trail.head(connection)
    base = ground.base
    data = ConformityData(
        language=current_language().value,
        organisation=settings.organisation,
        unit=settings.unit,
        addressee=addressee_of(settings.organisation),
        timezone=settings.timezone,
        tool_version=__version__,
        sample=wanted.sample,
        first=span.first,
        last=span.last,
        day=today(workspace, span.judged_at),
        at=span.at,
        judged_at=span.judged_at,
        basis=_basis(workspace, library),
        frameworks=frameworks,
        requirements=requirements,
        findings=work.findings,
        plans=work.plans,
        audit_findings=audit_finding_lines(ground, connection),
        risks=risks,
        obligations=obligation_lines(ground, connection),
        assets=len(base.scope),
        unscanned=tuple(item.name for item in base.assets.in_scope if item.id not in base.reached),
        scans=tuple(
            item.id for item in reversed(known_scans) if begin.astimezone(UTC) <= item.started_at
        ),
        numbers={},
        previous=None,
        progress=None,
        trail_position=position,
        trail_hash=head,
        apart=tuple(
            ApartLine(item.scanned, item.listed, len(item.addresses), item.assets)
            for item in zones_apart(connection, base.assets, span.at)
        ),
    )
    data = replace(data, numbers=numbers_of(data))
    previous, progress = _progress(workspace, connection, data)
    return replace(data, previous=previous, progress=progress)


def _progress(
    workspace: Workspace, connection: Connection, data: ConformityData
) -> tuple[PreviousLine | None, Progress | None]:
    before = conformity_reports.before(connection, data.first, data.judged_at)
    if before is None:
        return None, None
    content = content_of(workspace, before)
    states = (
        findings.states_at(connection, content.at),
        findings.states_at(connection, data.at),
    )
    progress = progress_of(
        content, states, data.requirements, data.findings, data.plans, data.risks
    )
    return previous_line(workspace, before, content, data.judged_at), progress


def _basis(workspace: Workspace, library: Library) -> tuple[str, ...]:
    """The provisions that ask for the report, as far as they bind here, with what they say."""
    binding = binding_requirements(library, workspace.settings.binding)
    language = current_language().value
    found = []
    for name in BASIS:
        if name in binding:
            item = library.requirement(name)
            text = item.summary or item.title
            found.append(f"{marked_citation(library, item)}: {text.in_language(language)}")
    return tuple(found)


def addressee_of(organisation: str) -> str:
    """How the head of the region is addressed: *Wali Kota Contoh* for *Pemerintah Kota Contoh*."""
    found = _CITY.fullmatch(organisation)
    if found is None:
        return gettext("the mayor")
    return f"{_HEADS[found[1].casefold()]} {found[2]}"
