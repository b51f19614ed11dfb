"""``secaudit notice``: what people are told of without asking."""

from typing import TYPE_CHECKING, Any

import click

from secaudit.app.notices.kinds import Kind
from secaudit.app.notices.words import kind_word, kinds_told, state_word, why_word
from secaudit.cli.command import (
    Group,
    argument,
    format_option,
    option,
    record_format_option,
)
from secaudit.cli.output import (
    Column,
    Format,
    emit_json,
    emit_list,
    emit_text,
    say,
    severity_style,
)
from secaudit.cli.session import Session, pass_session
from secaudit.core.errors import ExitCode, InputError
from secaudit.text.language import N_, NN_, gettext, ngettext

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secaudit.app.notices.sending import SendReport

KINDS = option(
    "--only",
    "only",
    multiple=True,
    type=click.Choice([kind.value for kind in Kind]),
    help=N_("Only this kind (repeatable)."),
)
STYLES = {"sent": "green", "waiting": "yellow", "given_up": "bold red"}


@click.group("notice", cls=Group, help=N_("What people are told of without asking."))
def group() -> None:
    """Hold the verbs."""


def _severity(code: Any) -> str:
    from secaudit.core.vocabulary import Severity
    from secaudit.text.words import word

    return "" if code is None else str(word(Severity(code)))


@group.command("list", help=N_("What stands now, and who was told of it."))
@KINDS
@option("--channel", help=N_("Only what this channel is told."))
@format_option
@pass_session
def list_(session: Session, only: tuple[str, ...], channel: str | None, format_: Format) -> None:
    """List what stands."""
    from secaudit.app.notices.drafting import channel_named
    from secaudit.app.notices.looking import list_standing

    if channel is not None:
        channel_named(session.workspace, channel)
    rows = list_standing(session.workspace, [Kind(kind) for kind in only], channel)
    if format_ != "json":
        rows = [{**row, "told": _told(session, row["channels"])} for row in rows]
    emit_list(
        rows,
        [
            Column("kind", N_("About"), kind_word),
            Column("severity", N_("Severity"), _severity, severity_style, no_wrap=True),
            Column("what", N_("What"), rank=1),
            Column("due", N_("Due"), no_wrap=True),
            Column("told", N_("Told"), rank=3),
        ],
        format_,
        empty=N_("Nothing stands that anybody would be told of."),
    )
    if format_ == "table":
        _tell_left(session)


def _told(session: Session, channels: "Mapping[str, Any]") -> str:
    from secaudit.core.instant import parse_instant

    said = []
    for name, stand in channels.items():
        words = state_word(stand["state"])
        if stand["notice"]:
            words += f" ({stand['notice']})"
        elif stand["until"]:
            words += f" ({session.local(parse_instant(stand['until']))})"
        said.append(f"{name}: {words}")
    return "; ".join(said)


def _tell_left(session: Session) -> None:
    """Say what was not sent although it should have been."""
    from secaudit.app.notices.looking import health

    found = health(session.workspace)
    if not found.channels:
        say(gettext("No channel yet: name one in secaudit.yaml under notices."))
    if found.given_up:
        say(
            ngettext(
                *NN_(
                    "{count} message was given up: {ids}", "{count} messages were given up: {ids}"
                ),
                len(found.given_up),
            ).format(count=len(found.given_up), ids=_some([item.id for item in found.given_up]))
        )
        say(gettext("Send them again with: secaudit notice retry ID"))
    if found.late:
        say(
            ngettext(
                *NN_("{count} message waits: {ids}", "{count} messages wait: {ids}"),
                len(found.late),
            ).format(count=len(found.late), ids=_some([item.id for item in found.late]))
        )


def _some(ids: list[str]) -> str:
    return ", ".join(ids[:5]) + (" ..." if len(ids) > 5 else "")


@group.command("send", help=N_("Send what was not told yet, and try again what failed."))
@option("--dry-run", is_flag=True, help=N_("Print the messages; send and write nothing."))
@option("--now", "at_once", is_flag=True, help=N_("Wait neither for digests nor for quiet hours."))
@KINDS
@pass_session
def send(session: Session, dry_run: bool, at_once: bool, only: tuple[str, ...]) -> int:
    """Send."""
    from secaudit.app.notices import drafting, sending

    workspace = session.workspace
    kinds = [Kind(kind) for kind in only]
    report = sending.send(workspace, only=kinds, dry_run=dry_run, now_at_once=at_once)
    if dry_run:
        for draft in report.drafts:
            channel = drafting.channel_named(workspace, draft.channel)
            emit_text(
                gettext("Channel: {channel}").format(channel=draft.channel)
                + "\n"
                + gettext("To: {recipients}").format(
                    recipients=", ".join(channel.recipients) or "-"
                )
                + "\n"
                + gettext("Subject: {subject}").format(subject=draft.subject)
                + f"\n\n{draft.body}"
            )
    tell(session, report)
    if dry_run:
        say(gettext("Nothing was sent, and nothing was written."))
    return int(ExitCode.FAILED if report.failed else ExitCode.DONE)


def tell(session: Session, report: "SendReport", *, quietly: bool = False) -> None:
    """Say on stderr what became of each message; ``quietly`` leaves out that there was none."""
    for item in report.tried:
        line = gettext("{id} to {channel}: {state}").format(
            id=item.notice.id, channel=item.notice.channel, state=state_word(item.state.value)
        )
        why = f" ({why_word(item.why)})" if item.why else ""
        again = ""
        if item.next_try is not None:
            again = ". " + gettext("Next try: {when}").format(when=session.local(item.next_try))
        say(f"{line}{why}: {kinds_told(item.notice.kinds)}{again}")
    for gone in report.overtaken:
        words = N_("{id} to {channel} is not sent: what it told no longer stands, or is told anew")
        say(gettext(words).format(id=gone.id, channel=gone.channel))
    for held in report.held:
        words = N_("{channel}: {count} held until {when} ({why})")
        say(
            gettext(words).format(
                channel=held.channel,
                count=held.count,
                when=session.local(held.until),
                why=state_word(held.because.value),
            )
        )
    for error in report.faults.values():
        _say_fault(error)
    waiting = {item.channel: item for item in reversed(report.waiting)}
    for channel, first in () if quietly else waiting.items():
        count = sum(item.channel == channel for item in report.waiting)
        told = NN_(
            "{channel}: {count} message waits for its next try, not before {when}",
            "{channel}: {count} messages wait for their next try, not before {when}",
        )
        when = session.local(first.next_try)
        say(ngettext(*told, count).format(channel=channel, count=count, when=when))
    spoken = (*report.drafts, *report.tried, *report.held, *report.overtaken, *report.waiting)
    if not quietly and not (spoken or report.faults):
        if session.workspace.settings.notices.channels:
            say(gettext("There is nothing to tell now."))
        else:
            say(gettext("No channel yet: name one in secaudit.yaml under notices."))


@group.command("test", help=N_("Send one test message to a channel."))
@argument("channel")
@pass_session
def test(session: Session, channel: str) -> None:
    """Send a test message."""
    from secaudit.app.notices.sending import send_test

    send_test(session.workspace, channel)
    say(gettext("The test message to {channel} was sent.").format(channel=channel))


@group.command("channels", help=N_("The channels, without their addresses."))
@format_option
@pass_session
def channels(session: Session, format_: Format) -> None:
    """List the channels."""
    from secaudit.app.notices.looking import list_channels

    rows = list_channels(session.workspace)
    faults = [row["fault"] for row in rows if row["fault"] is not None]
    for row in rows:
        error = row["fault"]
        row["fault"] = None if error is None else error.in_words(gettext)[0]
    emit_list(
        rows,
        [
            Column("channel", N_("Channel"), no_wrap=True),
            Column("service", N_("Service"), lambda code: code or gettext("unknown")),
            Column("recipients", N_("Recipients"), ", ".join),
            Column("digest", N_("When"), state_word),
            Column("quiet", N_("Quiet")),
            Column("owners", N_("Owner"), ", ".join, rank=3),
            Column(
                "kinds",
                N_("About"),
                lambda kinds: ", ".join(kind_word(kind) for kind in kinds),
                rank=4,
            ),
            Column(
                "usable",
                N_("State"),
                lambda fine: gettext("ready") if fine else gettext("not usable"),
                lambda fine: "green" if fine else "bold red",
            ),
        ],
        format_,
        empty=N_("No channel yet: name one in secaudit.yaml under notices."),
    )
    if format_ == "table":
        for error in faults:
            _say_fault(error)


def _say_fault(error: InputError) -> None:
    message, hint = error.in_words(gettext)
    say(f"{message}\n  {hint}")


@group.command("history", help=N_("The messages that were sent, wait or were given up."))
@option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help=N_("How many."))
@format_option
@pass_session
def history(session: Session, limit: int, format_: Format) -> None:
    """List the messages."""
    from secaudit.app.notices.looking import history as book
    from secaudit.core.instant import parse_instant

    def when(value: Any) -> str:
        return session.local(parse_instant(value)) if value else ""

    emit_list(
        book(session.workspace, limit),
        [
            Column("id", N_("Id"), no_wrap=True),
            Column("channel", N_("Channel"), no_wrap=True),
            Column("state", N_("State"), state_word, lambda code: STYLES.get(str(code), "")),
            Column("made_at", N_("Made"), when, no_wrap=True),
            Column("sent_at", N_("Sent"), when, no_wrap=True),
            Column("attempts", N_("Tries"), right=True),
            Column("why", N_("Why"), why_word),
            Column("subject", N_("Subject"), rank=3),
        ],
        format_,
        empty=N_("No message yet."),
    )


@group.command("show", help=N_("One message with its text."))
@argument("notice")
@record_format_option
@pass_session
def show(session: Session, notice: str, format_: str) -> None:
    """Show one message."""
    from secaudit.app.notices.looking import show as look

    record = look(session.workspace, notice.upper())
    if format_ == "json":
        emit_json(record)
        return
    why = f" ({why_word(record['why'])})" if record["why"] else ""
    emit_text(f"{record['id']}  {record['channel']}  {state_word(record['state'])}{why}")
    emit_text(f"{record['subject']}\n\n{record['body']}")


@group.command("retry", help=N_("Put messages that were given up back; the next run sends them."))
@argument("notices", nargs=-1, required=True)
@pass_session
def retry(session: Session, notices: tuple[str, ...]) -> None:
    """Try again."""
    from secaudit.app.notices.sending import try_again

    for item in try_again(session.workspace, [name.upper() for name in notices]):
        say(gettext("{id} waits to be sent.").format(id=item.id))
