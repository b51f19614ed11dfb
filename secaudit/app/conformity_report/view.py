"""Issued reports as lists, as records, and as files again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reports.conformity.decisions import decisions
from reports.conformity.model import ConformityData
from reports.conformity.render import FORMATS
from reports.conformity.speech import speech_of
from secaudit.app.conformity_report.gather import Wanted
from secaudit.app.conformity_report.issue import Period, draft
from secaudit.app.conformity_report.progress_lines import content_of
from secaudit.app.files import require_free, write_whole
from secaudit.app.workspace import Workspace
from secaudit.assurance import conformity_reports
from secaudit.assurance.conformity_reports import ConformityReport
from secaudit.core.canonical import to_json
from secaudit.core.errors import NotFoundError, VerificationError

PDF = "pdf"


def list_reports(workspace: Workspace) -> list[dict[str, Any]]:
    """List the issued reports, oldest first, each with its steps and main numbers."""
    with workspace.view() as connection:
        found = conformity_reports.list_all(connection)
    return [report_row(workspace, item) for item in found]


def show_report(workspace: Workspace, report_id: str) -> dict[str, Any]:
    """Return all about one report: what was issued, its way to the mayor, its numbers."""
    found = get_report(workspace, report_id)
    content = content_of(workspace, found)
    return {
        **report_row(workspace, found, content),
        "previous_report": to_json(content.previous),
        "progress": to_json(content.progress),
        "decisions": _decisions(content),
    }


def get_report(workspace: Workspace, report_id: str) -> ConformityReport:
    """Return one issued report, however its id was typed. Raises NotFoundError."""
    with workspace.view() as connection:
        return conformity_reports.get(connection, report_id.strip().upper())


def report_row(
    workspace: Workspace, item: ConformityReport, content: ConformityData | None = None
) -> dict[str, Any]:
    """One report as JSON values; ``numbers`` is None where its content is gone or was changed."""
    if content is None:
        try:
            content = content_of(workspace, item)
        except VerificationError:
            content = None
    numbers: Mapping[str, int] | None = None if content is None else content.numbers
    steps = {step.step.value: to_json(step) for step in item.steps}
    return {
        **to_json(item),
        "steps": steps,
        "forwarded_on": steps.get("forwarded", {}).get("done_on"),
        "received_on": steps.get("received", {}).get("done_on"),
        "numbers": None if numbers is None else dict(numbers),
    }


def write_draft(
    workspace: Workspace,
    period: Period,
    wanted: Wanted,
    target: Path,
    format_: str,
    *,
    overwrite: bool = False,
) -> ConformityData:
    """Write what would be reported now. Raises RefusedError if the file is there."""
    require_free(target, overwrite=overwrite)
    data = draft(workspace, period, wanted)
    write_whole(target, FORMATS[format_](data))
    return data


def write_report(
    workspace: Workspace, report_id: str, target: Path, format_: str, *, overwrite: bool = False
) -> ConformityReport:
    """Write an issued report: the PDF as it was kept, other formats from the kept content.

    Raises RefusedError if the file is there, VerificationError where the content is gone or
    changed.
    """
    require_free(target, overwrite=overwrite)
    found = get_report(workspace, report_id)
    if format_ == PDF:
        try:
            content = workspace.evidence.get(found.pdf_sha256)
        except NotFoundError:
            raise VerificationError(
                "the PDF of {report} is gone from the evidence store",
                hint="bring it back from a backup: secaudit restore FILE FOLDER",
                report=found.id,
            ) from None
    else:
        content = FORMATS[format_](content_of(workspace, found))
    write_whole(target, content)
    return found


def _decisions(content: ConformityData) -> list[dict[str, str]]:
    return [{"text": item.text, "why": item.why} for item in decisions(content, speech_of(content))]
