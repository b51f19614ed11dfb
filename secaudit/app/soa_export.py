"""The Statement of Applicability as a file, in either language."""

from collections.abc import Iterable
from contextvars import copy_context
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from reports.soa.model import ControlLine, FileLine, ReasonLine, SoaData
from reports.soa.render import FORMATS
from secaudit import __version__
from secaudit.app.approvals import SignedNames
from secaudit.app.attestations import is_kept
from secaudit.app.controls import library_of
from secaudit.app.files import require_free, write_whole
from secaudit.app.sla import today
from secaudit.app.soa_view import DEFAULT_FRAMEWORK, show
from secaudit.app.workspace import Workspace
from secaudit.assurance.evidence import EvidenceFile
from secaudit.assurance.vocabulary import TestState
from secaudit.core.instant import parse_instant
from secaudit.text.language import Language, current_language, set_language


@dataclass(frozen=True)
class SoaRequest:
    """Which version to write; None for the newest, and today."""

    statement: str | None = None
    framework: str = DEFAULT_FRAMEWORK
    day: date | None = None
    language: Language | None = None


def soa_data(workspace: Workspace, request: SoaRequest) -> SoaData:
    """Gather one version in its language; the language of the session stays as it is."""
    context = copy_context()
    if request.language is not None:
        context.run(set_language, request.language)
    return context.run(_soa_data, workspace, request)


def write_soa(
    workspace: Workspace,
    request: SoaRequest,
    target: Path,
    format_: str,
    *,
    overwrite: bool = False,
) -> SoaData:
    """Write one version to a file, whole or not at all. Raises RefusedError if it is there."""
    require_free(target, overwrite=overwrite)
    data = soa_data(workspace, request)
    write_whole(target, FORMATS[format_](data))
    return data


def _soa_data(workspace: Workspace, request: SoaRequest) -> SoaData:
    shown = show(workspace, request.statement, request.framework, request.day)
    item, settings = shown.statement, workspace.settings
    with workspace.view() as connection:
        signed = SignedNames.of(connection)
    language = current_language().value
    framework = library_of(workspace).framework(item.framework)
    return SoaData(
        language=language,
        organisation=settings.organisation,
        unit=settings.unit,
        timezone=settings.timezone,
        tool_version=__version__,
        statement=item.id,
        framework=item.framework,
        framework_title=framework.title.in_language(language),
        version=item.version,
        state=item.state.value,
        made_at=item.made_at,
        note=item.note,
        approver=item.approver
        and signed.name(item.approver, item.document.sha256 if item.document else None),
        approved_at=item.approved_at,
        document=_file(workspace, item.document) if item.document else None,
        day=today(workspace, shown.at),
        controls=tuple(
            _line(row, [_file(workspace, file) for file in item.lines[row["requirement"]].evidence])
            for row in shown.lines
        ),
    )


def reason_line(item: Any) -> ReasonLine:
    """A reason from its JSON values."""
    return ReasonLine(
        item["kind"], item["shown"], item["document"], item["proposed"], item["reading"]
    )


def _file(workspace: Workspace, file: EvidenceFile) -> FileLine:
    return FileLine(file.name, file.sha256, missing=not is_kept(workspace, file))


def _line(row: Any, evidence: Iterable[FileLine]) -> ControlLine:
    last = row["last_tested"]
    return ControlLine(
        id=row["requirement"],
        number=row["control"],
        title=row["title"],
        group=row["group"],
        applicable=row["applicable"],
        justification=row["justification"],
        reasons=tuple(reason_line(item) for item in row["inclusions"]),
        implementation=row["implementation"],
        test=row["test_state"] or TestState.NO_TEST.value,
        last_tested=None if last is None else parse_instant(last),
        findings=tuple(row["contradicting"]),
        supported=row["supported"],
        assets=row["assets"],
        owner=row["owner"],
        evidence=tuple(evidence),
    )
