"""Everything that a report shows, read in one consistent view of the workspace."""

from contextvars import copy_context
from functools import partial

from sqlalchemy import Connection

from controls.library import load_library
from reports.model import AssetLine, OwnWordsLine, Period, ReportData, ScopeLine
from secaudit import __version__
from secaudit.app.articles import article_text
from secaudit.app.checks import checks_of
from secaudit.app.reporting.burn_lines import burn_lines
from secaudit.app.reporting.certificate_lines import certificate_lines
from secaudit.app.reporting.conformity_lines import conformity_of
from secaudit.app.reporting.finding_lines import (
    check_lines,
    finding_lines,
    findings_at,
    result_line,
    results_at,
)
from secaudit.app.reporting.request import PackRequest, span_of
from secaudit.app.reporting.risk_lines import risks_of
from secaudit.app.reporting.scan_lines import letter_lines, scan_line, scans_of, trend_of
from secaudit.app.reporting.selection import Selection, select, sorted_words
from secaudit.app.reporting.snapshot import versions_of
from secaudit.app.workspace import Workspace
from secaudit.ledger import scans
from secaudit.registry.asset import Asset
from secaudit.text.language import current_language, set_language


def gather(
    workspace: Workspace,
    connection: Connection,
    request: PackRequest,
    snapshot: dict[str, bytes],
) -> ReportData:
    """Collect the data in the report's language; the language of the session stays as it is."""
    context = copy_context()
    if request.language is not None:
        context.run(set_language, request.language)
    return context.run(_gather, workspace, connection, request, snapshot)


def _gather(
    workspace: Workspace,
    connection: Connection,
    request: PackRequest,
    snapshot: dict[str, bytes],
) -> ReportData:
    settings = workspace.settings
    language = current_language().value
    checks = checks_of(workspace)
    library = load_library(workspace.folder / settings.content)
    known_scans = scans.list_all(connection)
    span = span_of(workspace, request, known_scans[-1].started_at if known_scans else None)
    selection = select(connection, request, span)
    done = scans_of(connection, selection, span)
    found = findings_at(connection, selection, span)
    standing = results_at(connection, selection, span)
    conformity = conformity_of(
        library,
        found,
        standing,
        selection,
        span,
        language,
        settings.binding,
        partial(own_words, workspace),
    )
    named = {item.finding.check for item in found} | {item.check for item in standing}
    risks, matrix = risks_of(workspace, connection, request, span, found)
    return ReportData(
        language=language,
        organisation=settings.organisation,
        unit=settings.unit,
        period=Period(span.first, span.last),
        timezone=settings.timezone,
        tool_version=__version__,
        sample=request.sample,
        scope=ScopeLine(sorted_words(request.zones), tuple(sorted(selection.chosen))),
        authorisations=letter_lines(connection, done, span),
        scans=tuple(scan_line(connection, scan) for scan in done),
        assets=tuple(_asset(item, selection) for item in selection.assets),
        checks=check_lines(checks, named, language),
        findings=finding_lines(connection, found, checks, selection, conformity.citations, span),
        results=tuple(result_line(item, span) for item in standing),
        frameworks=conformity.frameworks,
        certificates=certificate_lines(connection, done, found, selection),
        risks=risks,
        matrix=matrix,
        trend=trend_of(connection, done, selection),
        burn_down=burn_lines(workspace, connection, found, span),
        content=versions_of(snapshot),
    )


def own_words(workspace: Workspace, requirement: str) -> OwnWordsLine | None:
    """What the requirement's article itself says, where its regulation was imported."""
    found = article_text(workspace, requirement)
    return None if found is None else OwnWordsLine(**vars(found))


def _asset(asset: Asset, selection: Selection) -> AssetLine:
    return AssetLine(
        id=asset.id,
        name=asset.name,
        owner=asset.owner,
        zone=asset.zone,
        kind=asset.kind.value,
        addresses=tuple(str(run) for run in asset.addresses.runs),
        hostnames=asset.hostnames,
        confidentiality=asset.confidentiality,
        integrity=asset.integrity,
        availability=asset.availability,
        in_scope=asset.in_scope,
        last_scanned=selection.last_scanned.get(asset.id),
    )
