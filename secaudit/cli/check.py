"""``secaudit check``: what is judged, why, and what to do about it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from secaudit.cli.check_ct_logs import ct_logs
from secaudit.cli.command import Group, argument, format_option, option
from secaudit.cli.output import Column, Format, emit_json, emit_list, emit_text, severity_style
from secaudit.cli.session import Session, pass_session
from secaudit.core.errors import NotFoundError
from secaudit.text.language import N_, current_language, gettext

if TYPE_CHECKING:
    from scanners.catalogue import Check

SEVERITIES = ["critical", "high", "medium", "low", "info"]
SEVERITY_WORDS = {
    "critical": N_("critical"),
    "high": N_("high"),
    "medium": N_("medium"),
    "low": N_("low"),
    "info": N_("info"),
}


@click.group("check", cls=Group, help=N_("What is judged, and why."))
def group() -> None:
    """Hold the verbs."""


@group.command("list", help=N_("List the checks."))
@option("--severity", type=click.Choice(SEVERITIES), help=N_("Only this severity."))
@option("--prefix", default="", help=N_("Only ids that begin so, such as tls or net.smb."))
@format_option
@pass_session
def list_(session: Session, severity: str | None, prefix: str, format_: Format) -> None:
    """List the checks."""
    checks = _checks(session)
    language = current_language().value
    rows = [
        {
            "id": check.id,
            "severity": check.severity.value,
            "title": check.title.in_language(language),
            "aliases": list(check.aliases),
        }
        for check in checks.values()
        if check.id.startswith(prefix) and severity in (None, check.severity.value)
    ]
    emit_list(
        rows,
        (
            Column("id", N_("Check"), no_wrap=True),
            Column("severity", N_("Severity"), show=_severity_word, style=severity_style),
            Column("title", N_("Title"), rank=1),
        ),
        format_,
        empty=N_("No check is like that."),
    )


@group.command("show", help=N_("Show one check: what it means, why it matters, how to repair."))
@argument("check_id", metavar="CHECK")
@option(
    "--format",
    "format_",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help=N_("How to print the check."),
)
@pass_session
def show(session: Session, check_id: str, format_: str) -> None:
    """Show one check."""
    from scanners.registry import find_check

    check = find_check(check_id, _checks(session))
    if format_ == "json":
        emit_json(check.model_dump(mode="json"))
    else:
        emit_text(_page(check))


def _checks(session: Session) -> "Mapping[str, Check]":
    """The checks with the severities of the workspace, where there is one.

    One that was named must be there.
    """
    from scanners.registry import load_checks

    try:
        session.folder  # noqa: B018  (asks only whether there is one)
    except NotFoundError:
        return load_checks()
    from secaudit.app.checks import checks_of

    return checks_of(session.workspace)


def _severity_word(value: Any) -> str:
    return gettext(SEVERITY_WORDS[str(value)])


def _page(check: "Check") -> str:
    language = current_language().value
    parts = [
        f"{check.id}: {check.title.in_language(language)}",
        f"{gettext('Severity')}: {_severity_word(check.severity.value)}\n"
        + check.severity_reason.in_language(language),
        check.description.in_language(language),
        f"{gettext('How to repair')}:\n" + check.remediation.in_language(language).rstrip(),
    ]
    if check.parameters:
        parts.append(f"{gettext('Parameters')}:\n" + _parameters(check.parameters))
    if check.aliases:
        parts.append(f"{gettext('Former ids')}: " + ", ".join(check.aliases))
    references = (
        f"- {item.title}" + (f" <{item.url}>" if item.url else "") for item in check.references
    )
    parts.append(f"{gettext('References')}:\n" + "\n".join(references))
    return "\n\n".join(parts)


def _parameters(parameters: Mapping[str, Any]) -> str:
    return "\n".join(
        f"- {name}: " + (", ".join(value) if isinstance(value, tuple) else str(value))
        for name, value in parameters.items()
    )


group.add_command(ct_logs)
