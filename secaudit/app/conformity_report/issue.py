"""Issuing a report, passing it on to the mayor, and recording that it was received."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Connection

from controls.library import Library
from controls.lookup import find
from reports.conformity.model import ConformityData, FileLine, IssueLine
from reports.conformity.render import conformity_pdf
from reports.conformity.results import conformity_record
from secaudit.app.approvals import Approval, approve
from secaudit.app.attestations import keep_files, require_past
from secaudit.app.calendar import DEADLINE, obligations_of
from secaudit.app.conformity_report.gather import DUTY, Wanted, gather
from secaudit.app.conformity_report.period import Span, span_of
from secaudit.app.controls import library_of
from secaudit.app.finding_acting import expire
from secaudit.app.sla import today
from secaudit.app.workspace import Change, Workspace
from secaudit.assurance import conformity_reports, performances
from secaudit.assurance.conformity_reports import ConformityReport, NewReport, StepKind
from secaudit.assurance.evidence import EvidenceFile
from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError, NotFoundError, RefusedError, VerificationError
from secaudit.ledger import trail

ATTEMPTS = 3
ISSUED, FORWARDED, RECEIVED = "conformity.issued", "conformity.forwarded", "conformity.received"


@dataclass(frozen=True)
class Period:
    """The period as it was asked for; what is left out follows from the report before."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class IssueRequest:
    """What the GCIO issues."""

    by: str | None
    document: Path | None
    """The signed report."""
    period: Period = field(default_factory=Period)
    wanted: Wanted = field(default_factory=Wanted)
    letter: str = ""
    letter_date: date | None = None
    note: str = ""
    replaces: str | None = None
    identity: str | None = None
    """The identity on the draft that was signed: what is issued must be the same."""
    obligations: tuple[str, ...] = ()
    """Duties of the calendar that the report fulfils, besides the one to report."""


@dataclass(frozen=True)
class Issued:
    """A report that was issued, and the records that it left in the calendar."""

    report: ConformityReport
    performed: tuple[str, ...]
    same_as_replaced: bool
    """Whether it says the same as the report that it replaces, and so has its identity."""


@dataclass(frozen=True)
class StepRequest:
    """A report that is passed on, or received; ``note`` is the mayor's direction."""

    report: str
    by: str | None
    on: date | None = None
    note: str = ""
    document: Path | None = None


class _MovedOn(Exception):  # noqa: N818 (no error: it ends a transaction that has no change)
    pass


def draft(workspace: Workspace, period: Period, wanted: Wanted) -> ConformityData:
    """What would be reported now. Raises InputError for a period that has not begun."""
    expire(workspace)
    with workspace.view() as connection:
        span = span_of(workspace, connection, period.first, period.last)
        return gather(workspace, connection, span, wanted)


def issue(workspace: Workspace, request: IssueRequest) -> Issued:
    """Issue a report: keep its content and PDF, and record it with the head of the audit trail.

    Where somebody else changes the workspace meanwhile it is drawn up again, so that the content is
    that of the head it names. Raises InputError without the signed report, for a period that has
    not ended; RefusedError where a report about the period stands, or the content is not that of
    the draft that was signed; VerificationError over a broken audit trail.
    """
    if request.document is None:
        raise InputError("evidence is needed: the signed report", hint="add --document FILE")
    if request.letter_date is not None and not request.letter.strip():
        raise InputError("a letter with a date needs its number", hint="add --letter NUMBER")
    expire(workspace)
    with workspace.view() as connection:  # Before anything is kept.
        span = _span(workspace, connection, request)
        conformity_reports.require_free_period(
            connection, span.first, span.last, _id(request.replaces)
        )
        keys = _duties(workspace, connection, library_of(workspace), request.obligations)
    approval = approve(workspace, ISSUED, by=request.by, document=request.document)
    for attempt in range(ATTEMPTS):
        try:
            return _issue(workspace, request, approval, keys)
        except _MovedOn:
            if attempt == ATTEMPTS - 1:
                break
    raise RefusedError(
        "the workspace is being changed while the report is drawn up",
        hint="issue it again when the others are done",
    )


def _issue(
    workspace: Workspace, request: IssueRequest, approval: Approval, keys: Sequence[str]
) -> Issued:
    replaces = _id(request.replaces)
    with workspace.view() as connection:
        fault = trail.verify(connection)
        if fault is not None:
            raise VerificationError(
                "the audit trail is broken: row {position} {reason}",
                hint="no report is issued over a broken trail; see: secaudit doctor --audit-trail",
                position=fault.position,
                reason=fault.reason,
            )
        span = _span(workspace, connection, request)
        conformity_reports.require_free_period(connection, span.first, span.last, replaces)
        data = gather(workspace, connection, span, request.wanted)
        identity = conformity_reports.next_id(connection)
    _require_identity(request.identity, data.identity)
    data = replace(data, issue=_issue_line(workspace, request, approval, identity, span))
    content = workspace.evidence.put(conformity_record(data), "application/json")
    pdf = workspace.evidence.put(conformity_pdf(data), "application/pdf")
    new = NewReport(
        period_from=span.first,
        period_until=span.last,
        frameworks=tuple(item.id for item in data.frameworks),
        language=data.language,
        sample=data.sample,
        previous=None if data.previous is None else data.previous.id,
        replaces=replaces,
        identity=data.identity,
        content_sha256=content,
        pdf_sha256=pdf,
        trail_position=data.trail_position,
        trail_hash=data.trail_hash,
        letter=request.letter,
        letter_date=request.letter_date,
        document=_signed(approval),
        issued_by=approval.name,
        note=request.note,
    )
    with workspace.change() as change:
        if trail.head(change.connection) != (data.trail_position, data.trail_hash):
            raise _MovedOn
        made = conformity_reports.issue(change.connection, new, span.judged_at, str(change.actor))
        details = {name: value for name, value in to_json(made).items() if name != "steps"}
        change.record(ISSUED, made.id, details, reason=request.note, approval=approval)
        performed = tuple(_perform(workspace, change, made, key) for key in keys)
        same = replaces is not None and (
            conformity_reports.get(change.connection, replaces).identity == made.identity
        )
    return Issued(made, performed, same)


def forward(workspace: Workspace, request: StepRequest) -> ConformityReport:
    """Record that the coordinator passed a report on to the mayor."""
    day = _day(workspace, request.on)
    with workspace.view() as connection:
        conformity_reports.get(connection, _known(request.report))
    approval = approve(workspace, FORWARDED, by=request.by, document=request.document)
    with workspace.change() as change:
        made = conformity_reports.take_step(
            change.connection,
            _known(request.report),
            StepKind.FORWARDED,
            person=approval.name,
            done_on=day,
            note=request.note,
            document=_signed(approval),
            at=change.at,
            account=str(change.actor),
        )
        _require_after(workspace, made, day)
        change.record(
            FORWARDED, made.id, _told(made, StepKind.FORWARDED), reason=request.note,
            approval=approval,
        )  # fmt: skip
    return made


def receive(workspace: Workspace, request: StepRequest) -> ConformityReport:
    """Record that the mayor received a report, and the direction given on it."""
    day = _day(workspace, request.on)
    if request.by is None or not request.by.strip():
        raise InputError("this needs the name of who does it", hint="add --by NAME")
    workspace.require(RECEIVED)
    document = () if request.document is None else keep_files(workspace, (request.document,))
    with workspace.change() as change:
        made = conformity_reports.take_step(
            change.connection,
            _known(request.report),
            StepKind.RECEIVED,
            person=request.by,
            done_on=day,
            note=request.note,
            document=document,
            at=change.at,
            account=str(change.actor),
        )
        change.record(RECEIVED, made.id, _told(made, StepKind.RECEIVED), reason=request.note)
    return made


def _told(report: ConformityReport, kind: StepKind) -> dict[str, object]:
    step = report.step(kind)
    return {} if step is None else dict(to_json(step))


def _span(workspace: Workspace, connection: Connection, request: IssueRequest) -> Span:
    return span_of(
        workspace,
        connection,
        request.period.first,
        request.period.last,
        whole=True,
        replaces=_id(request.replaces),
    )


def _issue_line(
    workspace: Workspace, request: IssueRequest, approval: Approval, identity: str, span: Span
) -> IssueLine:
    return IssueLine(
        id=identity,
        letter=request.letter.strip(),
        letter_date=request.letter_date,
        by=approval.name,
        on=today(workspace, span.judged_at),
        at=span.judged_at,
        document=FileLine(approval.document_name, approval.document or ""),
        replaces=_id(request.replaces) or "",
    )


def _require_identity(signed: str | None, drawn_up: str) -> None:
    if signed is not None and signed.strip().upper() != drawn_up:
        raise RefusedError(
            "the signed draft is {signed}, but what stands now is {now}",
            hint="draw up the draft again, compare it, and let that one be signed",
            signed=signed.strip().upper(),
            now=drawn_up,
        )


def _duties(
    workspace: Workspace, connection: Connection, library: Library, named: Sequence[str]
) -> tuple[str, ...]:
    """The duties of the calendar that a report fulfils. Raises NotFoundError for an unknown one."""
    known = {item.key for item in obligations_of(workspace, connection, library)}
    keys = [DUTY] if DUTY in known else []
    for name in named:
        local, mark, _ = name.partition(DEADLINE)
        key = find(library, local).id + mark
        if key not in known:
            raise NotFoundError(
                "{name} is no obligation with a date or a rhythm that binds here",
                hint="see: secaudit calendar",
                name=key,
            )
        keys.append(key)
    return tuple(dict.fromkeys(keys))


def _perform(workspace: Workspace, change: Change, made: ConformityReport, key: str) -> str:
    """Record in the calendar that a duty was done, with the report as its proof."""
    day = today(workspace, made.issued_at)
    identity = performances.record(
        change.connection,
        key,
        done_on=day,
        evidence=(EvidenceFile(made.pdf_sha256, f"{made.id}.pdf"), *made.document),
        note=made.id,
        at=change.at,
        account=str(change.actor),
    )
    details = {"record": identity, "on": day, "report": made.id}
    change.record("calendar.done", key, details, reason=made.id)
    return identity


def _signed(approval: Approval) -> tuple[EvidenceFile, ...]:
    if approval.document is None:
        return ()
    return (EvidenceFile(approval.document, approval.document_name),)


def _day(workspace: Workspace, on: date | None) -> date:
    """The day that somebody named, or today. Raises InputError for one to come."""
    now = today(workspace, datetime.now(UTC))
    require_past(on or now, now)
    return on or now


def _require_after(workspace: Workspace, made: ConformityReport, day: date) -> None:
    issued = today(workspace, made.issued_at)
    if day < issued:
        raise InputError("{report} was issued only on {day}", report=made.id, day=issued)


def _id(text: str | None) -> str | None:
    return None if text is None else _known(text)


def _known(text: str) -> str:
    return text.strip().upper()
