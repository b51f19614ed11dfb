"""``secaudit scan reread``: read the stored evidence of a scan again."""

from collections.abc import Iterable, Mapping
from typing import Any

import click

from secaudit.cli.command import argument, format_option
from secaudit.cli.output import Column, Format, emit_list, say
from secaudit.cli.session import Session, pass_session
from secaudit.core.errors import VerificationError
from secaudit.text.language import N_, gettext, ngettext

WORDS = {
    "agrees": N_("agrees"),
    "differs": N_("differs"),
    "unreadable": N_("cannot be read"),
    "missing": N_("missing"),
    "changed": N_("was changed"),
}
REASONS = {
    "encrypted": N_("came inside an encrypted session whose keys are never kept"),
    "connection": N_("rests on how a connection ended, which is no byte"),
    "not_kept": N_("its bytes are not kept, on purpose"),
    "cut_off": N_("the answer was longer than what is kept of one"),
    "comparison": N_("rests on comparing many questions, which are not asked again"),
    "elsewhere": N_("rests on more than these bytes, such as trust stores or the clock"),
}
STYLES = {"agrees": "green"}


@click.command(
    "reread",
    help=N_("""Read the stored evidence of a scan again. Nothing is sent.

The bytes that servers sent are parsed anew and compared with what was observed then: TLS versions,
suites, groups, handshakes and weaknesses, the words before TLS, certificates, SSH algorithms, HTTP
headers, DNS answers. What these bytes cannot say is named with the reason. Ends with 4 where they
differ or are gone."""),
)
@argument("scan")
@format_option
@pass_session
def command(session: Session, scan: str, format_: Format) -> None:
    """Read again; fail where evidence does not bear out what was observed."""
    from secaudit.app.scanning.reread import EvidenceState, reread_scan

    found = reread_scan(session.workspace, scan)
    rows: list[dict[str, Any]] = [
        {
            "subject": item.subject,
            "kind": item.kind,
            "state": item.state.value,
            "facts": list(item.facts),
            "unread": {fact: reason.value for fact, reason in item.unread.items()},
            "evidence": list(item.evidence),
        }
        for item in found
    ]
    emit_list(
        rows,
        (
            Column("subject", N_("Subject"), no_wrap=True),
            Column("kind", N_("Observation"), no_wrap=True),
            Column(
                "state",
                N_("Evidence"),
                show=lambda code: gettext(WORDS[str(code)]),
                style=lambda code: STYLES.get(str(code), "red"),
                no_wrap=True,
            ),
            Column("facts", N_("What differs"), show=", ".join),
            Column("unread", N_("Not read again"), show=lambda unread: str(len(unread))),
        ),
        format_,
        empty=N_("Nothing in this scan can be read again."),
    )
    if format_ == "table":
        _tell_unread(rows)
    faults = sum(item.state is not EvidenceState.AGREES for item in found)
    if faults:
        raise VerificationError(
            "the evidence of {count} observations does not bear out what was observed",
            hint="a changed or missing file: see secaudit doctor --evidence; otherwise our parsers "
            "read these bytes in another way than when the scan was made",
            count=faults,
        )
    told = ngettext(
        "{count} observation read again; it agrees with its evidence.",
        "{count} observations read again; all agree with their evidence.",
        len(rows),
    )
    say(told.format(count=len(rows)))


def _tell_unread(rows: Iterable[Mapping[str, Any]]) -> None:
    """Name what could not be read again: by kind of observation and by reason."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for row in rows:
        for fact, reason in row["unread"].items():
            found.setdefault((row["kind"], reason), {})[fact] = None
    for (kind, reason), facts in found.items():
        told = gettext("Not read again in {kind}: {facts}: {reason}.")
        say(told.format(kind=kind, facts=", ".join(facts), reason=gettext(REASONS[reason])))
