"""``secaudit scope``: authorisations, and what they permit."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secaudit.cli.command import Group, argument, format_option, option
from secaudit.cli.output import Column, Format, emit_json, emit_list, emit_text, say
from secaudit.cli.session import Session, pass_session
from secaudit.core.errors import ExitCode, InputError
from secaudit.text.language import N_, gettext

if TYPE_CHECKING:
    from secaudit.app.scopes import Permission
    from secaudit.core.authorisation import Authorisation

FILE = click.Path(path_type=Path, dir_okay=False)
STATE_STYLES = {"in_force": "green", "revoked": "red", "expired": "dim", "not_yet": "yellow"}
STATES = {
    "in_force": N_("in force"),
    "not_yet": N_("not yet"),
    "expired": N_("expired"),
    "revoked": N_("revoked"),
}


@click.group("scope", cls=Group, help=N_("Authorisations: what may be scanned."))
def group() -> None:
    """Hold the verbs."""


@group.command("add", help=N_("Record an authorisation (surat tugas), from options or a file."))
@option("--file", "file", type=FILE, help=N_("A YAML file with the whole authorisation."))
@option("--number", help=N_("Number of the letter."))
@option("--issuer", help=N_("Who signed it: office and name."))
@option(
    "--target",
    "targets",
    multiple=True,
    help=N_("Address, CIDR block, range or host name; may be given again."),
)
@option(
    "--exclude",
    "exclusions",
    multiple=True,
    help=N_("What is never touched; may be given again."),
)
@option("--from", "valid_from", help=N_("First day, or moment: 2026-11-21 or 2026-11-21T18:00."))
@option("--until", "valid_until", help=N_("Last day (included), or moment."))
@option(
    "--zone",
    "zones",
    multiple=True,
    help=N_("NAME or NAME=KIND (it, iot, ot, dc); may be given again."),
)
@option("--rate", type=int, help=N_("Packets per second in all (default 1000)."))
@option("--host-rate", type=int, help=N_("Packets per second to one host (default 40)."))
@option("--connections", type=int, help=N_("Connections at once in all (default 256)."))
@option("--host-connections", type=int, help=N_("Connections at once to one host (default 4)."))
@option(
    "--permit",
    "probe_classes",
    multiple=True,
    help=N_("A probe class besides discovery, service and tls; may be given again."),
)
@option("--document", type=FILE, help=N_("The signed letter; a copy is kept as evidence."))
@pass_session
def add(session: Session, /, file: Path | None, document: Path | None, **given: Any) -> None:
    """Record a letter."""
    from secaudit.app.scopes import add_scope

    workspace = session.workspace
    if file is not None:
        from secaudit.registry.authorisation_files import read_authorisation_file

        extra = sorted(name for name, value in given.items() if value)
        if extra:
            raise InputError(
                "--file has the whole authorisation: leave the other options out",
                hint="only --document may stand beside it",
            )
        written, source = read_authorisation_file(file)
        if document is None and written.document is not None:
            document = file.parent / written.document
        letter = add_scope(workspace, written, document=source, letter=document)
    else:
        letter = add_scope(workspace, _written(given), letter=document)
    _tell(session, letter)


def _written(given: dict[str, Any]) -> Any:
    from secaudit.content.yaml import Document, validate
    from secaudit.registry.authorisation_files import AuthorisationFile

    required = {
        "number": "--number",
        "issuer": "--issuer",
        "targets": "--target",
        "valid_from": "--from",
        "valid_until": "--until",
    }
    missing = [name for key, name in required.items() if not given[key]]
    if missing:
        raise InputError(
            "an authorisation needs {missing}",
            hint="or give the whole of it in a file: secaudit scope add --file FILE",
            missing=", ".join(missing),
        )
    from secaudit.core.vocabulary import DEFAULT_PROBE_CLASSES

    caps = {
        "packets_per_second": given["rate"],
        "packets_per_second_per_host": given["host_rate"],
        "connections": given["connections"],
        "connections_per_host": given["host_connections"],
    }
    value = {
        "number": given["number"],
        "issuer": given["issuer"],
        "targets": list(given["targets"]),
        "exclusions": list(given["exclusions"]),
        "valid_from": given["valid_from"],
        "valid_until": given["valid_until"],
        "zones": [_zone(text) for text in given["zones"]],
        "caps": {key: number for key, number in caps.items() if number is not None},
        "probe_classes": sorted({*DEFAULT_PROBE_CLASSES, *given["probe_classes"]}),
    }
    return validate(Document(gettext("options"), value, {}), AuthorisationFile)


def _zone(text: str) -> dict[str, str]:
    name, equals, kind = text.partition("=")
    return {"name": name, "kind": kind} if equals else {"name": name}


def _tell(session: Session, letter: "Authorisation") -> None:
    from secaudit.core.network import AddressSet, parse_target

    say(
        gettext("Recorded {number}: {count} addresses, from {start} until {end}.").format(
            number=letter.number,
            count=_count_words(letter.scope.count),
            start=session.local(letter.valid_from),
            end=session.local(letter.valid_until),
        )
    )
    literal = AddressSet.of(
        target.addresses
        for target in map(parse_target, letter.targets)
        if target.addresses is not None
    )
    for name, addresses in letter.names.items():
        say(
            gettext("  {name} is {addresses}").format(name=name, addresses=", ".join(addresses))
            + (
                ""
                if all(address in literal for address in addresses) or not literal
                else gettext(" (outside the written addresses; permitted because it is named)")
            )
        )
    if datetime.now(UTC) > letter.valid_until:
        say(
            gettext("Warning: this letter ended on {end}. Nothing can be scanned under it.").format(
                end=session.local(letter.valid_until)
            )
        )
        return
    if letter.document_sha256 is None:
        say(gettext("No signed letter was attached. Give it with --document next time."))
    say(gettext("Next: secaudit scan plan"))


@group.command("list", help=N_("List the authorisations."))
@format_option
@pass_session
def list_(session: Session, format_: Format) -> None:
    """List the letters."""
    from secaudit.registry import authorisations

    now = datetime.now(UTC)
    with session.workspace.view() as connection:
        letters = authorisations.list_all(connection)
    emit_list(
        [
            {
                "number": letter.number,
                "issuer": letter.issuer,
                "state": _state(letter, now),
                "valid_from": letter.valid_from,
                "valid_until": letter.valid_until,
                "addresses": str(letter.scope.count),
                "targets": letter.targets,
                "zones": [permit.name for permit in letter.zones],
            }
            for letter in letters
        ],
        [
            Column("number", N_("Number"), no_wrap=True),
            Column("issuer", N_("Issuer"), rank=3),
            Column("state", N_("State"), _state_words, _state_style, no_wrap=True),
            Column("valid_from", N_("From"), session.local, no_wrap=True),
            Column("valid_until", N_("Until"), session.local, no_wrap=True),
            Column(
                "addresses",
                N_("Addresses"),
                lambda text: _count_words(int(text)),
                right=True,
                rank=4,
            ),
            Column("zones", N_("Zones"), _joined, rank=4),
        ],
        format_,
        empty=N_("No authorisation yet. Record the surat tugas with: secaudit scope add"),
    )


@group.command("show", help=N_("Show one authorisation."))
@argument("number")
@option(
    "--format",
    "format_",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help=N_("How to print it."),
)
@pass_session
def show(session: Session, number: str, format_: str) -> None:
    """Show one letter."""
    from secaudit.core.canonical import to_json
    from secaudit.registry import authorisations

    with session.workspace.view() as connection:
        letter = authorisations.get(connection, number)
    state = _state(letter, datetime.now(UTC))
    if format_ == "json":
        emit_json({**to_json(letter), "state": state})
        return
    caps = letter.caps
    rows = [
        (gettext("Number"), letter.number),
        (gettext("Issuer"), letter.issuer),
        (gettext("State"), _state_words(state)),
        (gettext("From"), session.local(letter.valid_from)),
        (gettext("Until"), session.local(letter.valid_until)),
        (gettext("Targets"), _joined(letter.targets)),
        *(
            (gettext("Name"), f"{name} = {', '.join(found)}")
            for name, found in letter.names.items()
        ),
        (gettext("Excluded"), str(letter.exclusions) or "-"),
        (
            gettext("Zones"),
            _joined(f"{permit.name} ({permit.kind.value})" for permit in letter.zones)
            or gettext("any"),
        ),
        (gettext("Probes"), _joined(sorted(letter.probe_classes))),
        (
            gettext("Caps"),
            gettext(
                "{rate} packets/s in all, {host_rate} to one host; "
                "{connections} connections at once in all, {host_connections} to one host"
            ).format(
                rate=caps.packets_per_second,
                host_rate=caps.packets_per_second_per_host,
                connections=caps.connections,
                host_connections=caps.connections_per_host,
            ),
        ),
        (gettext("Letter"), letter.document_sha256 or gettext("not attached")),
    ]
    width = max(len(label) for label, _ in rows) + 2
    emit_text("\n".join(f"{label:<{width}}{value}" for label, value in rows))


@group.command("check", help=N_("Say whether an address, or ADDRESS:PORT, may be scanned."))
@argument("target")
@option("--at", help=N_("The moment to ask about (default: now)."))
@option("--zone", help=N_("The zone that would be scanned from."))
@option("--probe", help=N_("The probe class to ask about (default: discovery)."))
@format_option
@pass_session
def check(
    session: Session,
    target: str,
    at: str | None,
    zone: str | None,
    probe: str | None,
    format_: Format,
) -> int:
    """Ask every letter; exit 0 when one permits, 2 when none does."""
    from secaudit.app.scopes import check_scope, moment
    from secaudit.core.vocabulary import ProbeClass

    workspace = session.workspace
    if probe is not None and probe not in set(ProbeClass):
        raise InputError("{probe!r} is not a probe class", hint=", ".join(ProbeClass), probe=probe)
    when = moment(at, workspace.settings.time_zone) if at else datetime.now(UTC)
    answers = check_scope(
        workspace, target, when, zone=zone, probe_class=ProbeClass(probe or ProbeClass.DISCOVERY)
    )
    _show_answers(session, answers, format_)
    permitted = _permitted(answers)
    if not answers:
        say(gettext("Refused: there is no authorisation. Record one with: secaudit scope add"))
    elif permitted:
        say(gettext("Permitted: {target}").format(target=target))
    else:
        say(gettext("Refused: {target}").format(target=target))
    return int(ExitCode.DONE if permitted else ExitCode.REFUSED)


def _permitted(answers: "list[Permission]") -> bool:
    """Tell whether every address of the target is permitted by some letter."""
    granted = {answer.address for answer in answers if answer.reason is None}
    return bool(answers) and granted == {answer.address for answer in answers}


def _show_answers(session: Session, answers: "list[Permission]", format_: Format) -> None:
    from secaudit.text.words import word

    rows = [vars(answer) for answer in answers]
    if not rows and format_ == "table":
        return
    emit_list(
        rows,
        [
            Column("number", N_("Authorisation")),
            Column("address", N_("Address"), no_wrap=True),
            Column("port", N_("Port"), right=True),
            Column(
                "reason",
                N_("Answer"),
                lambda reason: gettext("permitted") if reason is None else str(word(reason)),
                lambda reason: "green" if reason is None else "red",
            ),
            Column("until", N_("Until"), session.local),
        ],
        format_,
    )


@group.command("revoke", help=N_("Withdraw an authorisation from now on."))
@argument("number")
@option("--reason", required=True, help=N_("Why; it is kept in the audit trail."))
@pass_session
def revoke(session: Session, number: str, reason: str) -> None:
    """Withdraw a letter."""
    from secaudit.app.scopes import revoke_scope

    revoke_scope(session.workspace, number, reason)
    say(gettext("Revoked {number}. Nothing is scanned under it any more.").format(number=number))


def _count_words(count: int) -> str:
    from secaudit.text.format import number_words

    if count < 10**12:
        return number_words(count)
    return gettext("about 2^{power}").format(power=count.bit_length() - 1)


def _state(letter: "Authorisation", at: datetime) -> str:
    if letter.revoked_at is not None and at >= letter.revoked_at:
        return "revoked"
    if at < letter.valid_from:
        return "not_yet"
    return "expired" if at > letter.valid_until else "in_force"


def _state_words(state: str) -> str:
    return gettext(STATES[state])


def _state_style(state: str) -> str:
    return STATE_STYLES[state]


def _joined(texts: Iterable[str]) -> str:
    return ", ".join(texts)
