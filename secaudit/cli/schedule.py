"""``secaudit schedule``: scans that run by themselves, on one machine."""

from typing import TYPE_CHECKING, Any

import click

from secaudit.cli.command import Group, argument, format_option, option
from secaudit.cli.output import Column, Format, emit_list, say
from secaudit.cli.session import Session, pass_session
from secaudit.core.errors import ExitCode, SecauditError
from secaudit.text.language import N_, gettext
from secaudit.text.words import code_words

if TYPE_CHECKING:
    from secaudit.registry.schedules import ScheduleRun

RUN_STYLES = {"failed": "red", "missed": "yellow", "running": "cyan"}


@click.group("schedule", cls=Group, help=N_("Scans that run by themselves."))
def group() -> None:
    """Hold the verbs."""


@group.command("add", help=N_("Make a schedule from a crontab line and what is to be scanned."))
@argument("name")
@argument("targets", nargs=-1)
@option("--cron", required=True, help=N_("Five fields, such as '0 22 * * mon'."))
@option("--zone", help=N_("The zone that the scan looks from."))
@option("--authorisation", help=N_("Number of the authorisation."))
@option("--ports", default="top100", show_default=True, help=N_("Ports to look at."))
@option("--no-nmap", is_flag=True, help=N_("Do without nmap's service detection."))
@pass_session
def add(
    session: Session,
    name: str,
    targets: tuple[str, ...],
    cron: str,
    zone: str | None,
    authorisation: str | None,
    ports: str,
    no_nmap: bool,
) -> None:
    """Make a schedule."""
    from secaudit.app.scanning.request import ScanRequest
    from secaudit.app.schedules import add_schedule

    request = ScanRequest(
        targets=targets, zone=zone, authorisation=authorisation, ports=ports, nmap=not no_nmap
    )
    made = add_schedule(session.workspace, name=name, expression=cron, request=request)
    say(
        gettext("{id} ({name}) is due first at {when}.").format(
            id=made.id, name=made.name, when=session.local(made.next_run)
        )
    )


@group.command("list", help=N_("List the schedules."))
@format_option
@pass_session
def list_(session: Session, format_: Format) -> None:
    """List the schedules."""
    from secaudit.registry import schedules

    with session.workspace.view() as connection:
        rows = [vars(item) for item in schedules.list_all(connection)]
    emit_list(
        rows,
        [
            Column("id", N_("Id"), no_wrap=True),
            Column("name", N_("Name")),
            Column("expression", N_("Crontab"), no_wrap=True),
            Column("zone", N_("Zone")),
            Column("authorisation", N_("Authorisation"), rank=3),
            Column("next_run", N_("Next"), session.local, no_wrap=True),
            Column("enabled", N_("State"), lambda on: gettext("on") if on else gettext("paused")),
        ],
        format_,
        empty=N_("No schedule yet. Make one with: secaudit schedule add"),
    )


@group.command("status", help=N_("What became of the times that were due."))
@argument("schedule", required=False)
@format_option
@pass_session
def status(session: Session, schedule: str | None, format_: Format) -> None:
    """List the runs, newest first."""
    from secaudit.registry import schedules

    with session.workspace.view() as connection:
        if schedule:
            schedules.get(connection, schedule)
        rows = [_run_row(session, item) for item in schedules.runs(connection, schedule)]
    emit_list(
        rows,
        [
            Column("schedule", N_("Schedule"), no_wrap=True),
            Column("due_at", N_("Due"), session.local, no_wrap=True),
            Column(
                "state",
                N_("State"),
                code_words,
                lambda state: RUN_STYLES.get(str(state), ""),
            ),
            Column("scan", N_("Scan")),
            Column("message", N_("Message")),
        ],
        format_,
        empty=N_("Nothing was due yet."),
    )


def _run_row(session: Session, item: "ScheduleRun") -> dict[str, Any]:
    row = vars(item)
    note = item.note
    return {
        **{key: value for key, value in row.items() if key != "note"},
        "message": note.words(session.local),
        "why": note.code,
        "facts": dict(note.facts),
    }


@group.command("run", help=N_("Run what is due, and go on until stopped."))
@option("--once", is_flag=True, help=N_("Run what is due now, then end."))
@pass_session
def run(session: Session, once: bool) -> int:
    """Run what is due."""
    import signal
    from datetime import UTC, datetime

    from secaudit.app.scanning.run import run_for_schedule
    from secaudit.app.schedules import Tick, run_due, serve
    from secaudit.registry.schedules import RunState

    def clock() -> datetime:
        return datetime.now(UTC)

    def tell(tick: Tick) -> None:
        say(
            f"{tick.schedule} {session.local(tick.due_at)}: {code_words(tick.state.value)}"
            f" {tick.scan or ''} {tick.note.words(session.local)}".rstrip()
        )

    workspace = session.workspace

    def notify() -> None:
        from secaudit.app.notices.sending import send_quietly
        from secaudit.cli.notice import tell as tell_notices

        report = send_quietly(workspace)
        if isinstance(report, SecauditError):
            message, hint = report.in_words(gettext)
            say(gettext("Notices were not sent: {why}").format(why=message) + f"\n  {hint}")
        elif report is not None:
            tell_notices(session, report, quietly=True)

    if once:
        ticks = run_due(workspace, run_for_schedule, clock())
        for tick in ticks:
            tell(tick)
        if ticks:
            notify()
        else:
            say(gettext("Nothing is due now."))
        failed = any(tick.state is RunState.FAILED for tick in ticks)
        return int(ExitCode.FAILED if failed else ExitCode.DONE)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    say(gettext("Waiting for what is due; stop with Ctrl-C."))
    try:
        serve(workspace, run_for_schedule, tell, clock=clock, after=notify)
    except KeyboardInterrupt:
        say(gettext("Stopped."))
    return int(ExitCode.DONE)


def _change(verb: str, help_: str) -> Any:
    @group.command(verb, help=help_)
    @argument("schedule")
    @option("--reason", required=True, help=N_("Why; it is kept in the audit trail."))
    @pass_session
    def command(session: Session, schedule: str, reason: str) -> None:
        """Change one schedule."""
        from secaudit.app import schedules

        if verb == "remove":
            schedules.remove_schedule(session.workspace, schedule, reason=reason)
        else:
            schedules.set_paused(session.workspace, schedule, paused=verb == "pause", reason=reason)
        say(gettext("{id}: done.").format(id=schedule))

    return command


_change("pause", N_("Let a schedule rest."))
_change("continue", N_("Let a paused schedule run again."))
_change("remove", N_("End a schedule; its history stays."))
