"""Is an issued report still what was issued, and do its numbers still follow from the records?"""

from dataclasses import dataclass, fields
from enum import StrEnum

from sqlalchemy import Connection

from reports.conformity.model import ConformityData
from reports.conformity.numbers import disagreeing
from reports.conformity.results import conformity_record
from secaudit.app.conformity_report.gather import Wanted, gather
from secaudit.app.conformity_report.issue import ISSUED
from secaudit.app.conformity_report.period import span_at
from secaudit.app.conformity_report.progress_lines import content_of
from secaudit.app.workspace import Workspace
from secaudit.assurance import conformity_reports
from secaudit.assurance.conformity_reports import ConformityReport
from secaudit.assurance.evidence import EvidenceFile
from secaudit.core.errors import SecauditError, VerificationError
from secaudit.ledger import trail
from secaudit.text.language import Language, gettext

_NOT_CONTENT = frozenset(
    {"day", "at", "judged_at", "tool_version", "trail_position", "trail_hash", "issue"}
)


class State(StrEnum):
    """What came of one comparison."""

    OK = "ok"
    DIFFERS = "differs"
    """What stands in the workspace now would be reported otherwise; the report itself is whole."""
    FAULT = "fault"


@dataclass(frozen=True)
class Comparison:
    """One thing that was compared, and what it came to."""

    name: str
    state: State
    said: str


def verify_report(workspace: Workspace, report_id: str) -> list[Comparison]:
    """Compare everything about one report. Raises NotFoundError for an unknown one."""
    with workspace.view() as connection:
        report = conformity_reports.get(connection, report_id.strip().upper())
        rows, content = _content(workspace, report)
        rows += [_files(workspace, report), _whole_trail(connection, report)]
        if content is not None:
            rows += [
                _numbers(content),
                _evidence(workspace, content),
                _recomputed(workspace, connection, report, content),
            ]
    return rows


def require_whole(workspace: Workspace) -> int:
    """Compare the content of every issued report with its hash; return how many there are.

    Raises VerificationError for the first that is gone, changed, or at odds with its row in the
    audit trail, which the caller verifies as a whole.
    """
    with workspace.view() as connection:
        found = conformity_reports.list_all(connection)
        for report in found:
            rows, content = _content(workspace, report)
            rows += [_files(workspace, report), _trail(connection, report)]
            if content is not None:
                rows.append(_numbers(content))
            for row in rows:
                if row.state is State.FAULT:
                    raise VerificationError("{report}: {why}", report=report.id, why=row.said)
    return len(found)


def _content(
    workspace: Workspace, report: ConformityReport
) -> tuple[list[Comparison], ConformityData | None]:
    try:
        content = content_of(workspace, report)
    except SecauditError as error:
        message, _ = error.in_words(gettext)
        return [Comparison("content", State.FAULT, message)], None
    same = conformity_record(content) == workspace.evidence.get(report.content_sha256)
    if not same or content.identity != report.identity:
        said = gettext("the content does not have the identity {identity}").format(
            identity=report.identity
        )
        return [Comparison("content", State.FAULT, said)], content
    said = gettext("the content has the SHA-256 {sha256} and the identity {identity}").format(
        sha256=report.content_sha256, identity=report.identity
    )
    return [Comparison("content", State.OK, said)], content


def _files(workspace: Workspace, report: ConformityReport) -> Comparison:
    """The PDF, the signed report, and the documents of its way."""
    files = [EvidenceFile(report.pdf_sha256, f"{report.id}.pdf"), *report.document]
    files += [item for step in report.steps for item in step.document]
    for item in files:
        try:
            workspace.evidence.get(item.sha256)
        except SecauditError as error:
            message, _ = error.in_words(gettext)
            return Comparison("documents", State.FAULT, f"{item.name}: {message}")
    said = gettext("{count} documents are kept as they were").format(count=len(files))
    return Comparison("documents", State.OK, said)


def _trail(connection: Connection, report: ConformityReport) -> Comparison:
    """The head of the trail that it names, and the row that its issue left."""
    rows = [item for item in trail.entries(connection, report.id) if item.action == ISSUED]
    told = rows[0].details if len(rows) == 1 else {}
    expected = {
        "content_sha256": report.content_sha256,
        "pdf_sha256": report.pdf_sha256,
        "identity": report.identity,
        "issued_by": report.issued_by,
    }
    if any(told.get(name) != value for name, value in expected.items()):
        said = gettext("the audit trail tells otherwise about its issue")
        return Comparison("audit_trail", State.FAULT, said)
    if not rows or (rows[0].position, rows[0].previous) != (
        report.trail_position + 1,
        report.trail_hash,
    ):
        said = gettext("the audit trail does not go on from the head that it names")
        return Comparison("audit_trail", State.FAULT, said)
    said = gettext("row {position} of the audit trail records it").format(position=rows[0].position)
    return Comparison("audit_trail", State.OK, said)


def _whole_trail(connection: Connection, report: ConformityReport) -> Comparison:
    """The same, and that nothing in the whole trail was changed."""
    if trail.verify(connection) is not None:
        said = gettext("the audit trail is broken: secaudit doctor --audit-trail")
        return Comparison("audit_trail", State.FAULT, said)
    return _trail(connection, report)


def _numbers(content: ConformityData) -> Comparison:
    wrong = disagreeing(content)
    if wrong:
        said = gettext("numbers do not follow from its lines: {names}").format(
            names=", ".join(sorted(wrong))
        )
        return Comparison("numbers", State.FAULT, said)
    said = gettext("{count} numbers follow from its lines").format(count=len(content.numbers))
    return Comparison("numbers", State.OK, said)


def _evidence(workspace: Workspace, content: ConformityData) -> Comparison:
    """The evidence that its statements name."""
    named = {
        file.sha256: file.name
        for item in content.requirements
        for said in (item.said, item.graded)
        if said is not None
        for file in said.evidence
        if file.kept
    }
    gone = []
    for digest, name in named.items():
        try:
            workspace.evidence.get(digest)
        except SecauditError:
            gone.append(name)
    if gone:
        said = gettext("evidence that it names is gone or was changed: {names}").format(
            names=", ".join(sorted(gone))
        )
        return Comparison("evidence", State.DIFFERS, said)
    said = gettext("{count} pieces of evidence that it names are kept as they were").format(
        count=len(named)
    )
    return Comparison("evidence", State.OK, said)


def _recomputed(
    workspace: Workspace, connection: Connection, report: ConformityReport, content: ConformityData
) -> Comparison:
    """Draw the same report up again from the workspace, as of then."""
    span = span_at(workspace, report.period_from, report.period_until, content.judged_at)
    wanted = Wanted(report.frameworks, Language(report.language), report.sample)
    try:
        again = gather(workspace, connection, span, wanted)
    except SecauditError as error:
        message, _ = error.in_words(gettext)
        return Comparison("recomputed", State.DIFFERS, message)
    moved = [
        item.name
        for item in fields(ConformityData)
        if item.name not in _NOT_CONTENT
        and getattr(again, item.name) != getattr(content, item.name)
    ]
    if moved:
        said = gettext(
            "drawn up again from the records of then, these parts differ: {names}"
            " (the inventory and the catalogues keep no history)"
        ).format(names=", ".join(moved))
        return Comparison("recomputed", State.DIFFERS, said)
    said = gettext("drawn up again from the records of then, it is the same")
    return Comparison("recomputed", State.OK, said)
