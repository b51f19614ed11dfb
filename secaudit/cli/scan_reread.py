"""``secaudit scan reread``: read the stored evidence of a scan again."""

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
STYLES = {"agrees": "green"}


@click.command(
    "reread",
    help=N_("""Read the stored evidence of a scan again. Nothing is sent.

The bytes that servers sent are parsed anew and compared with what was observed then: TLS versions,
suites and groups, certificates, SSH algorithms. Ends with 4 where they differ or are gone."""),
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
        ),
        format_,
        empty=N_("Nothing in this scan can be read again."),
    )
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
