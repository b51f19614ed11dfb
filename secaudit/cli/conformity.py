"""``secaudit conformity``: the GCIO's report to the mayor, by way of the coordinator."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secaudit.cli.command import Group, argument, format_option, option, record_format_option
from secaudit.cli.day import DAY
from secaudit.cli.endings import format_of
from secaudit.cli.output import Column, Format, emit_json, emit_list, emit_text, say
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, Language, gettext

if TYPE_CHECKING:
    from secaudit.app.conformity_report.gather import Wanted
    from secaudit.app.conformity_report.issue import Period, StepRequest

FORMATS = ("html", "pdf", "xlsx", "json")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
STATE_WORDS = {
    "issued": N_("issued"),
    "forwarded": N_("passed on to the mayor"),
    "received": N_("received by the mayor"),
    "replaced": N_("replaced"),
}
COMPARED_WORDS = {
    "content": N_("content"),
    "documents": N_("documents"),
    "audit_trail": N_("audit trail"),
    "numbers": N_("numbers"),
    "evidence": N_("evidence"),
    "recomputed": N_("drawn up again"),
}
COMPARISON_WORDS = {"ok": N_("ok"), "differs": N_("differs"), "fault": N_("fault")}
LIST_COLUMNS = (
    Column("id", N_("Id"), no_wrap=True),
    Column("period_from", N_("From"), no_wrap=True),
    Column("period_until", N_("Until"), no_wrap=True),
    Column("state", N_("State"), show=lambda code: gettext(STATE_WORDS[str(code)])),
    Column("issued_by", N_("Issued by")),
    Column("letter", N_("Letter"), rank=3),
    Column("forwarded_on", N_("Passed on"), no_wrap=True, rank=3),
    Column("received_on", N_("Received"), no_wrap=True, rank=3),
    Column("identity", N_("Identity"), no_wrap=True, rank=4),
)
LIST_CSV = tuple(
    Column(key, key)
    for key in (
        *("id", "period_from", "period_until", "state", "issued_by", "issued_at", "letter"),
        *("letter_date", "forwarded_on", "received_on", "previous", "replaces", "identity"),
        *("content_sha256", "pdf_sha256", "trail_position", "trail_hash", "numbers"),
    )
)
_SELECTION = (
    option(
        "--period",
        metavar="2026-H2",
        help=N_("A year, half-year, quarter or month: 2026, 2026-H2, 2026-Q3, 2026-11."),
    ),
    option(
        "--from",
        "first",
        type=DAY,
        metavar="YYYY-MM-DD",
        help=N_("First day (default: the day after the report before)."),
    ),
    option(
        "--until", "last", type=DAY, metavar="YYYY-MM-DD", help=N_("Last day (default: today).")
    ),
    option(
        "--framework",
        "frameworks",
        multiple=True,
        help=N_("Only this catalogue of those that bind (repeatable)."),
    ),
    option(
        "--lang",
        "language",
        type=click.Choice([item.value for item in Language]),
        help=N_("Language of the report (default: as spoken now)."),
    ),
    option("--sample", is_flag=True, help=N_("Mark every page as a sample, not a real city.")),
)


def _selection(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the period and the content of a report."""
    for add in reversed(_SELECTION):
        command = add(command)
    return command


@click.group("conformity", cls=Group, help=N_("The GCIO's conformity report to the mayor."))
def group() -> None:
    """Hold the verbs."""


@group.command("draft", help=N_("Write what would be reported now, marked as a draft."))
@option(
    "--output",
    "-o",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help=N_("The file to write: HTML, PDF, XLSX or JSON, by its name."),
)
@option("--force", is_flag=True, help=N_("Replace the file if it is there."))
@_selection
@pass_session
def draft(session: Session, /, output: Path, force: bool, **selection: Any) -> None:
    """Write a draft."""
    from secaudit.app.conformity_report.view import write_draft

    format_ = _format(output)
    period, wanted = _read(**selection)
    data = write_draft(session.workspace, period, wanted, output, format_, overwrite=force)
    say(
        gettext("{path} is written: a draft for {first} to {last}, identity {identity}.").format(
            path=output, first=data.first, last=data.last, identity=data.identity
        )
    )
    say(
        gettext("When it is signed: secaudit conformity issue --identity {identity} ...").format(
            identity=data.identity
        )
    )


@group.command("issue", help=N_("Issue the report that the GCIO signed."))
@option("--by", help=N_("The GCIO, by name (default: the person with your account)."))
@option("--document", type=FILE, help=N_("The signed report."))
@option("--letter", default="", help=N_("The number of the official letter."))
@option("--letter-date", type=DAY, metavar="YYYY-MM-DD", help=N_("The day of the official letter."))
@option("--identity", help=N_("The identity on the signed draft: refused where it is another."))
@option("--replaces", metavar="REPORT", help=N_("The issued report that this one corrects."))
@option(
    "--obligation",
    "obligations",
    multiple=True,
    help=N_("An obligation of the calendar that the report fulfils (repeatable)."),
)
@option("--note", default="", help=N_("Why, or what to know about it."))
@_selection
@pass_session
def issue(
    session: Session,
    /,
    by: str | None,
    document: Path | None,
    letter: str,
    letter_date: datetime | None,
    identity: str | None,
    replaces: str | None,
    obligations: tuple[str, ...],
    note: str,
    **selection: Any,
) -> None:
    """Issue a report."""
    from secaudit.app.conformity_report.issue import IssueRequest
    from secaudit.app.conformity_report.issue import issue as do

    period, wanted = _read(**selection)
    made = do(
        session.workspace,
        IssueRequest(
            by=by,
            document=document,
            period=period,
            wanted=wanted,
            letter=letter,
            letter_date=_day(letter_date),
            note=note,
            replaces=replaces,
            identity=identity,
            obligations=obligations,
        ),
    )
    report = made.report
    say(
        gettext(
            "{id} is issued by {name} for {first} to {last}: identity {identity}, SHA-256 {sha256}."
        ).format(
            id=report.id,
            name=report.issued_by,
            first=report.period_from,
            last=report.period_until,
            identity=report.identity,
            sha256=report.content_sha256,
        )
    )
    if made.same_as_replaced:
        say(
            gettext(
                "It says the same as {replaced}: its identity is the same, its number is not."
            ).format(replaced=report.replaces)
        )
    for record in made.performed:
        say(gettext("The calendar records it as {record}.").format(record=record))
    say(gettext("Next: secaudit conformity forward {id} --by NAME").format(id=report.id))


@group.command("forward", help=N_("Record that the coordinator passed a report on to the mayor."))
@argument("report")
@option("--by", help=N_("The coordinator, by name (default: the person with your account)."))
@option("--on", type=DAY, metavar="YYYY-MM-DD", help=N_("The day (default: today)."))
@option("--document", type=FILE, help=N_("The coordinator's signed letter."))
@option("--note", default="", help=N_("What the coordinator adds."))
@pass_session
def forward(session: Session, /, report: str, by: str | None, **step: Any) -> None:
    """Pass a report on."""
    from secaudit.app.conformity_report.issue import forward as do

    made = do(session.workspace, _step(report, by, **step))
    say(
        gettext("{id} is passed on to the mayor by {name}.").format(
            id=made.id, name=made.steps[-1].person
        )
    )


@group.command("receive", help=N_("Record that the mayor received a report, and what was said."))
@argument("report")
@option("--by", required=True, help=N_("Who received it, such as: the mayor."))
@option("--on", type=DAY, metavar="YYYY-MM-DD", help=N_("The day (default: today)."))
@option("--document", type=FILE, help=N_("The receipt or the disposition."))
@option("--note", "--direction", "note", default="", help=N_("The mayor's direction."))
@pass_session
def receive(session: Session, /, report: str, by: str | None, **step: Any) -> None:
    """Record the receipt."""
    from secaudit.app.conformity_report.issue import receive as do

    made = do(session.workspace, _step(report, by, **step))
    say(
        gettext("{id} was received by {name} on {day}.").format(
            id=made.id, name=made.steps[-1].person, day=made.steps[-1].done_on
        )
    )


@group.command("list", help=N_("List the reports that were issued."))
@format_option
@pass_session
def list_(session: Session, format_: Format) -> None:
    """List reports."""
    from secaudit.app.conformity_report.view import list_reports

    emit_list(
        list_reports(session.workspace),
        LIST_COLUMNS if format_ == "table" else LIST_CSV,
        format_,
        empty=N_("No conformity report was issued yet: secaudit conformity draft"),
    )


@group.command("show", help=N_("Show an issued report, write it again, or verify it."))
@argument("report")
@option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help=N_("Write it as PDF (as it was kept), HTML, XLSX or JSON, by the name."),
)
@option("--force", is_flag=True, help=N_("Replace the file if it is there."))
@option("--verify", is_flag=True, help=N_("Compare it with its hashes and with the records."))
@record_format_option
@pass_session
def show(
    session: Session, report: str, output: Path | None, force: bool, verify: bool, format_: str
) -> None:
    """Show a report."""
    from secaudit.app.conformity_report.view import show_report, write_report

    if verify:
        _verify(session, report, format_)
        return
    if output is not None:
        found = write_report(session.workspace, report, output, _format(output), overwrite=force)
        say(gettext("{path} is written: {id}.").format(path=output, id=found.id))
        return
    record = show_report(session.workspace, report)
    if format_ == "json":
        emit_json(record)
        return
    _tell(session, record)


def _tell(session: Session, record: Mapping[str, Any]) -> None:
    state = gettext(STATE_WORDS[record["state"]])
    emit_text(f"{record['id']}  {record['period_from']} – {record['period_until']}  {state}")
    facts = [
        (N_("Issued"), f"{record['issued_by']}, {session.local(_instant(record['issued_at']))}"),
        (N_("Letter"), " ".join(filter(None, (record["letter"], record["letter_date"])))),
        (N_("Previous"), record["previous"]),
        (N_("Replaces"), record["replaces"]),
        (N_("Identity"), record["identity"]),
        ("SHA-256", record["content_sha256"]),
        (N_("Audit trail"), f"{record['trail_position']}  {record['trail_hash']}"),
    ]
    for step in record["steps"].values():
        said = f"{step['person']}, {step['done_on']}"
        facts.append(
            (STATE_WORDS[step["step"]], f"{said}: {step['note']}" if step["note"] else said)
        )
    for label, value in facts:
        if value:
            emit_text(f"  {gettext(label)}: {value}")
    emit_text("")
    for code in ("conform", "partly", "not_conform", "not_applicable", "not_judged"):
        emit_text(f"{record['numbers'][code]:>6}  {_verdict(code)}")
    for number, item in enumerate(record["decisions"], start=1):
        emit_text(f"\n{number}. {item['text']}\n   {item['why']}")


def _verdict(code: str) -> str:
    from secaudit.assurance.vocabulary import Verdict
    from secaudit.assurance.words import say as word_of

    return gettext("not yet judged") if code == "not_judged" else word_of(Verdict, code)


def _verify(session: Session, report: str, format_: str) -> None:
    from secaudit.app.conformity_report.verify import State, verify_report
    from secaudit.core.errors import VerificationError

    rows = verify_report(session.workspace, report)
    emit_list(
        [{"compared": row.name, "state": row.state.value, "said": row.said} for row in rows],
        (
            Column("compared", N_("Compared"), show=lambda name: gettext(COMPARED_WORDS[name])),
            Column("state", N_("State"), show=lambda code: gettext(COMPARISON_WORDS[code])),
            Column("said", N_("What it came to")),
        ),
        "json" if format_ == "json" else "table",
    )
    faults = [row for row in rows if row.state is State.FAULT]
    if faults:
        raise VerificationError(
            "{report} is not as it was issued: {why}",
            hint="keep this workspace as it is, and compare it with the last backup",
            report=report.strip().upper(),
            why=faults[0].said,
        )
    say(gettext("{id} is as it was issued.").format(id=report.strip().upper()))


def _read(
    period: str | None,
    first: datetime | None,
    last: datetime | None,
    frameworks: tuple[str, ...],
    language: str | None,
    sample: bool,
) -> "tuple[Period, Wanted]":
    """The period and the content that were asked for. Raises InputError."""
    from secaudit.app.conformity_report.gather import Wanted
    from secaudit.app.conformity_report.issue import Period
    from secaudit.app.conformity_report.period import parse_period
    from secaudit.core.errors import InputError

    begin, end = _day(first), _day(last)
    if period is not None:
        if begin is not None or end is not None:
            raise InputError("--period says both days: leave --from and --until out")
        begin, end = parse_period(period)
    spoken = None if language is None else Language(language)
    return Period(begin, end), Wanted(frameworks, spoken, sample)


def _step(
    report: str, by: str | None, on: datetime | None, document: Path | None, note: str
) -> "StepRequest":
    from secaudit.app.conformity_report.issue import StepRequest

    return StepRequest(report, by, _day(on), note, document)


def _format(output: Path) -> str:
    from secaudit.core.errors import InputError

    format_ = format_of(output, FORMATS, "")
    if not format_:
        raise InputError(
            "{path}: the file is to end in {endings}",
            path=output,
            endings=", ".join(f".{name}" for name in FORMATS),
        )
    return format_


def _day(value: datetime | None) -> date | None:
    return None if value is None else value.date()


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
