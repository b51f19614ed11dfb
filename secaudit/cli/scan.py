"""``secaudit scan``: plan, run, resume, look at and compare scans."""

from typing import TYPE_CHECKING, Any

import click

from secaudit.cli import scan_reread
from secaudit.cli.command import Group, argument, format_option, option, record_format_option
from secaudit.cli.output import Column, Format, emit_json, emit_list, emit_text, say, severity_style
from secaudit.cli.session import Session, pass_session
from secaudit.core.errors import ExitCode
from secaudit.core.vocabulary import Reason, Severity
from secaudit.text.language import N_, NN_, gettext, ngettext
from secaudit.text.words import code_words

if TYPE_CHECKING:
    from scanners.plan import ScanPlan
    from secaudit.app.scanning.request import ScanRequest
    from secaudit.app.scanning.run import ScanReport
    from secaudit.ledger.findings import FindingChanges

OUTCOME_STYLES = {"failed": "red", "passed": "green", "error": "magenta"}
DIFFERENCE_STYLES = {"new": "red", "fixed": "green", "still_failed": "yellow"}


@click.group("scan", cls=Group, help=N_("Plan, run and compare scans."))
def group() -> None:
    """Hold the verbs."""


fail_on_option = option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity]),
    help=N_("Exit with 10 when a finding of this severity or worse is open."),
)


def _request_options(function: Any) -> Any:
    """The options that say what is scanned, shared by plan and run."""
    for decorate in reversed(
        [
            argument("targets", nargs=-1),
            option("--zone", help=N_("The zone that this machine looks from.")),
            option("--authorisation", help=N_("Number of the authorisation to scan under.")),
            option(
                "--ports",
                default="top100",
                show_default=True,
                help=N_("top100, top1000, all, or a list such as 22,443,8000-8100."),
            ),
            option("--no-services", is_flag=True, help=N_("Look at ports only.")),
            option("--no-nmap", is_flag=True, help=N_("Do without nmap's service detection.")),
            option(
                "--timeout",
                type=click.FloatRange(0.1, 60),
                default=3.0,
                show_default=True,
                help=N_("Seconds to wait for an answer."),
            ),
            option(
                "--retries",
                type=click.IntRange(0, 5),
                default=1,
                show_default=True,
                help=N_("How often to ask again when nothing answers."),
            ),
        ]
    ):
        function = decorate(function)
    return function


def _request(options: dict[str, Any]) -> "ScanRequest":
    from secaudit.app.scanning.request import ScanRequest

    return ScanRequest(
        targets=options["targets"],
        zone=options["zone"],
        authorisation=options["authorisation"],
        ports=options["ports"],
        services=not options["no_services"],
        nmap=not options["no_nmap"],
        timeout=options["timeout"],
        retries=options["retries"],
    )


@group.command("plan", help=N_("Say what a scan would send. Nothing is sent."))
@_request_options
@record_format_option
@pass_session
def plan(session: Session, /, format_: str, **options: Any) -> int:
    """Print the plan."""
    from secaudit.app.scanning.run import plan_scan

    made, scope = plan_scan(session.workspace, _request(options))
    if format_ == "json":
        emit_json(_plan_record(made, scope.out_of_scope))
    else:
        _show_plan(made)
        _show_outside(scope.out_of_scope)
    return int(ExitCode.DONE if made.hosts else ExitCode.NOTHING_SCANNED)


def _plan_record(made: "ScanPlan", outside: Any) -> dict[str, Any]:
    return {
        "authorisation": made.order.authorisation.number,
        "zone": made.order.zone,
        "hosts": len(made.hosts),
        "ports": sum(len(host.ports) for host in made.hosts),
        "packets": [made.packets_low, made.packets_high],
        "connections": made.connections,
        "seconds": [made.seconds_low, made.seconds_high],
        "refused": [{"target": text, "reason": reason} for text, reason in made.refused],
        "out_of_scope": outside,
    }


def _show_plan(made: "ScanPlan") -> None:
    from secaudit.text.format import duration_words, number_words

    ports = sum(len(host.ports) for host in made.hosts)
    lines = [
        (N_("Authorisation"), made.order.authorisation.number),
        (N_("Zone"), made.order.zone),
        (N_("Hosts"), number_words(len(made.hosts))),
        (N_("Ports in all"), number_words(ports)),
        (
            N_("Packets"),
            f"{number_words(made.packets_low)} – {number_words(made.packets_high)}",
        ),
        (N_("Connections"), number_words(made.connections)),
        (
            N_("Time"),
            f"{duration_words(made.seconds_low)} – {duration_words(made.seconds_high)}",
        ),
    ]
    width = max(len(gettext(name)) for name, _ in lines)
    for name, value in lines:
        emit_text(f"{gettext(name):<{width}}  {value}")
    for text, reason in made.refused:
        say(
            gettext("Refused: {target} ({reason})").format(
                target=text, reason=code_words(reason.value)
            )
        )
    say(gettext("Nothing was sent."))


def _show_outside(outside: Any) -> None:
    for name, answers in outside.items():
        say(
            gettext("{name} also resolves to {answers}, out of scope: not followed.").format(
                name=name, answers=", ".join(answers)
            )
        )


@group.command("run", help=N_("Scan what an authorisation permits."))
@_request_options
@fail_on_option
@record_format_option
@pass_session
def run(session: Session, /, fail_on: str | None, format_: str, **options: Any) -> int:
    """Run a scan."""
    from secaudit.app.scanning.run import run_scan
    from secaudit.cli.progress import scan_progress, stop_on_sigterm

    stop_on_sigterm()
    with scan_progress() as observer:
        report = run_scan(session.workspace, _request(options), observer)
    return _conclude(session, report, fail_on, format_)


@group.command("resume", help=N_("Go on with a scan that was interrupted."))
@argument("scan")
@fail_on_option
@record_format_option
@pass_session
def resume(session: Session, scan: str, fail_on: str | None, format_: str) -> int:
    """Go on with a scan."""
    from secaudit.app.scanning.run import resume_scan
    from secaudit.cli.progress import scan_progress, stop_on_sigterm

    stop_on_sigterm()
    with scan_progress() as observer:
        report = resume_scan(session.workspace, scan, observer)
    return _conclude(session, report, fail_on, format_)


def _conclude(session: Session, report: "ScanReport", fail_on: str | None, format_: str) -> int:
    from secaudit.app.scanning.show import failing, scan_record

    if format_ == "json":
        emit_json(scan_record(session.workspace, report.scan))
    _show_report(report)
    _show_apart(session, report.scan)
    if not report.whole:
        return int(ExitCode.FAILED)
    if fail_on and failing(session.workspace, report.scan, Severity(fail_on)):
        return int(ExitCode.FINDINGS)
    return int(ExitCode.DONE)


def _show_report(report: "ScanReport") -> None:
    from secaudit.text.format import number_words

    changes = report.changes
    say(
        gettext(
            "{scan}: {up} of {planned} hosts answered, {silent} silent; "
            "{packets} packets, {connections} connections."
        ).format(
            scan=report.scan,
            up=number_words(report.hosts_up),
            planned=number_words(report.hosts_planned),
            silent=number_words(report.hosts_silent),
            packets=number_words(report.packets),
            connections=number_words(report.connections),
        )
    )
    say(gettext("Findings: {changes}.").format(changes=_change_words(changes)))
    for target, reason in report.refused:
        say(
            gettext("Refused: {target} ({reason})").format(target=target, reason=code_words(reason))
        )
    _show_outside(report.out_of_scope)
    if report.message in set(Reason):
        say(
            gettext("The scan stopped before its end: {why}.").format(
                why=code_words(report.message)
            )
        )
    if not report.whole:
        say(
            gettext(
                "This scan is not whole: {left} hosts left, {failed} failed. "
                "Go on with: secaudit scan resume {scan}"
            ).format(left=report.hosts_left, failed=report.hosts_failed, scan=report.scan)
        )


def _show_apart(session: Session, scan: str) -> None:
    """Say where the inventory has what was scanned under another zone: its owner is not known."""
    from secaudit.app.zones_apart import apart_in

    for item in apart_in(session.workspace, scan):
        told = NN_(
            "{count} scanned address stands in the inventory under another zone.",
            "{count} scanned addresses stand in the inventory under another zone.",
        )
        count = len(item.addresses)
        say(ngettext(*told, count).format(count=count))
        say(
            gettext(
                "Scanned in zone {scanned}, in the inventory in zone {listed}: {assets}. Until it"
                " is mended, findings have no owner. Enter them under zone {scanned} (secaudit"
                " asset import) and retire those of {listed}, or scan with --zone {listed}."
            ).format(scanned=item.scanned, listed=item.listed, assets=", ".join(item.assets[:5]))
        )


def _change_words(changes: "FindingChanges") -> str:
    """Name what happened to the findings; what always matters is named also where it is none."""
    groups = (
        (N_("{count} new"), changes.new, True),
        (N_("{count} already known that still fail"), changes.still_open, True),
        (N_("{count} accepted or disputed that still fail"), changes.set_aside, False),
        (N_("{count} verified"), changes.verified, True),
        (N_("{count} reopened"), changes.reopened, False),
        (N_("{count} not reached"), changes.not_reached, True),
        (N_("{count} inconclusive"), changes.inconclusive, False),
        (N_("{count} that no longer apply"), changes.not_applicable, False),
    )
    return ", ".join(
        gettext(text).format(count=len(found)) for text, found, always in groups if found or always
    )


@group.command("list", help=N_("List the scans, newest first."))
@format_option
@pass_session
def list_(session: Session, format_: Format) -> None:
    """List the scans."""
    from secaudit.ledger import scans

    with session.workspace.view() as connection:
        rows = [
            {**vars(scan), "hosts": dict(scans.totals(connection, scan.id).hosts)}
            for scan in scans.list_all(connection)
        ]
    emit_list(
        rows,
        [
            Column("id", N_("Scan"), no_wrap=True),
            Column("started_at", N_("Started"), session.local, no_wrap=True),
            Column("state", N_("State"), code_words),
            Column("zone", N_("Zone")),
            Column("authorisation", N_("Authorisation"), rank=3),
            Column("hosts", N_("Answered"), lambda hosts: str(hosts.get("up", 0)), right=True),
            Column("hosts_planned", N_("Hosts"), right=True),
            Column("actor", N_("By"), rank=3),
        ],
        format_,
        empty=N_("No scan yet. Start with: secaudit scan plan"),
    )


@group.command("show", help=N_("Show what one scan saw and what was judged."))
@argument("scan")
@option("--all", "everything", is_flag=True, help=N_("Passed results too."))
@format_option
@pass_session
def show(session: Session, scan: str, everything: bool, format_: Format) -> None:
    """Show one scan."""
    from secaudit.app.scanning.show import scan_record
    from secaudit.core.vocabulary import Outcome

    record = scan_record(session.workspace, scan)
    if format_ == "json":
        emit_json(record)
        return
    rows = [
        row
        for row in record["results"]
        if everything or row["outcome"] not in (Outcome.PASSED, Outcome.NOT_APPLICABLE)
    ]
    emit_list(
        rows,
        [
            Column("severity", N_("Severity"), code_words, severity_style),
            Column("check", N_("Check"), no_wrap=True),
            Column("subject", N_("Subject"), rank=4),
            Column(
                "outcome",
                N_("Outcome"),
                code_words,
                lambda word: OUTCOME_STYLES.get(str(word), ""),
            ),
            Column("reason", N_("Reason"), code_words, rank=3),
        ],
        format_,
        empty=N_("Nothing failed in this scan; see what passed with --all."),
    )
    counts = record["counts"]
    say(
        ", ".join(f"{code_words(outcome)}: {count}" for outcome, count in counts.items())
        or gettext("Nothing was judged in this scan.")
    )


@group.command("diff", help=N_("Show what changed between two scans of one zone."))
@argument("before")
@argument("after")
@format_option
@pass_session
def diff(session: Session, before: str, after: str, format_: Format) -> None:
    """Compare two scans."""
    from secaudit.app.judging import judging_of
    from secaudit.app.scanning.compare import compare

    judging = judging_of(session.workspace)
    with session.workspace.view() as connection:
        rows = [vars(row) for row in compare(connection, before, after, judging)]
    emit_list(
        rows,
        [
            Column(
                "difference",
                N_("Difference"),
                code_words,
                lambda word: DIFFERENCE_STYLES.get(str(word), ""),
            ),
            Column("severity", N_("Severity"), code_words, severity_style),
            Column("check", N_("Check"), no_wrap=True),
            Column("subject", N_("Subject"), rank=4),
            Column("reason", N_("Reason"), code_words, rank=3),
        ],
        format_,
        empty=N_("Neither scan has a failed check."),
    )


group.add_command(scan_reread.command)
