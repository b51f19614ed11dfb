"""Authorisations as people use them: record a letter, ask what it permits, withdraw it."""

import mimetypes
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from secaudit.app.workspace import Workspace
from secaudit.content.yaml import Document
from secaudit.core.authorisation import Authorisation
from secaudit.core.errors import InputError
from secaudit.core.network import LOOPBACK, Address, parse_address, parse_target
from secaudit.core.os_words import os_words
from secaudit.core.vocabulary import ProbeClass, Reason
from secaudit.registry import authorisations
from secaudit.registry import resolve as resolutions
from secaudit.registry.authorisation_files import AuthorisationFile, to_authorisation
from secaudit.registry.resolve import Resolver, resolve

LARGEST_ATTACHMENT = 64 * 2**20


def add_scope(
    workspace: Workspace,
    written: AuthorisationFile,
    *,
    document: Document | None = None,
    letter: Path | None = None,
    resolver: Resolver = resolve,
) -> Authorisation:
    """Record a letter. Its names are resolved now, once, and the answers are kept with it.

    ``document`` is the file that it was read from, for errors with a line; ``letter`` the signed
    letter, kept as evidence. Raises InputError or RefusedError; then nothing was recorded.
    """
    authorisation, answers = to_authorisation(
        written,
        workspace.settings.time_zone,
        resolver=resolver,
        document=document,
    )
    if letter is not None:
        authorisation = replace(authorisation, document_sha256=keep_file(workspace, letter))
    with workspace.change() as change:
        authorisations.add(change.connection, authorisation, change.at)
        resolutions.record(change.connection, answers, change.at, authorisation.number)
        change.record("scope.add", authorisation.number, vars(authorisation))
    return authorisation


def revoke_scope(workspace: Workspace, number: str, reason: str) -> Authorisation:
    """Withdraw a letter from now on. Raises InputError without a reason."""
    if not reason.strip():
        raise InputError("a reason is needed to revoke an authorisation")
    with workspace.change() as change:
        letter = authorisations.revoke(change.connection, number, change.at, reason)
        change.record("scope.revoke", number, {"revoked_at": change.at}, reason=reason)
    return letter


@dataclass(frozen=True)
class Permission:
    """What one letter says about one address and port. ``reason`` is None where it permits."""

    number: str
    address: str
    port: int | None
    reason: Reason | None
    until: datetime | None = None
    """The end of the letter's time, where it permits."""


def check_scope(
    workspace: Workspace,
    target: str,
    at: datetime,
    *,
    zone: str | None = None,
    probe_class: ProbeClass = ProbeClass.DISCOVERY,
    resolver: Resolver = resolve,
) -> list[Permission]:
    """Ask every letter about a target such as ``192.0.2.7:443``. Nothing is sent to it.

    A name is answered by what the letter recorded, else by the resolver. Loopback needs no letter.
    Letters that permit come first; the list is empty only where there is no letter at all.
    """
    host, port = split_port(target)
    with workspace.view() as connection:
        letters = authorisations.list_all(connection)
        implicit = authorisations.implicit(connection, at)
    found: list[Permission] = []
    asked: dict[str, None] = {}
    resolved: tuple[str, ...] | None = None
    for letter in letters:
        addresses = letter.names.get(host.lower().removesuffix("."))
        if addresses is None:
            resolved = resolved or _addresses(host, resolver)
            addresses = resolved
        asked |= dict.fromkeys(addresses)
        for text in addresses:
            refusal = _refusal(letter, parse_address(text), port, probe_class, at, zone)
            until = letter.valid_until if refusal is None else None
            found.append(Permission(letter.number, text, port, refusal, until))
    for text in asked or _addresses(host, resolver):
        address = parse_address(text)
        if address in LOOPBACK:
            refusal = implicit.refusal(address, port, probe_class, at)
            found.append(Permission(authorisations.IMPLICIT, text, port, refusal))
    return sorted(found, key=lambda item: item.reason is not None)


def _refusal(
    letter: Authorisation,
    address: Address,
    port: int | None,
    probe_class: ProbeClass,
    at: datetime,
    zone: str | None,
) -> Reason | None:
    refusal = letter.refusal(address, port, probe_class, at)
    if refusal is None and zone is not None and not letter.permits_zone(zone):
        return Reason.ZONE_NOT_PERMITTED
    return refusal


def moment(text: str, zone: tzinfo) -> datetime:
    """Read a day or a moment, in ``zone`` where it names no offset. Raises InputError."""
    try:
        written = datetime.fromisoformat(text)
        return (written if written.tzinfo else written.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError(
            "{text!r} is not a day or a moment",
            hint="examples: 2026-11-21, 2026-11-21T18:00, 2026-11-21T18:00+07:00",
            text=text,
        ) from None


def split_port(text: str) -> tuple[str, int | None]:
    """Part ``host:port``; an IPv6 address with a port stands in brackets. Raises InputError."""
    host, _, port = text.strip().rpartition(":")
    if not host or (":" in host and not (host.startswith("[") and host.endswith("]"))):
        host, port = text.strip(), ""
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not port:
        return host, None
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise InputError("{port!r} is not a port between 1 and 65535", port=port)
    return host, int(port)


def _addresses(host: str, resolver: Resolver) -> tuple[str, ...]:
    target = parse_target(host)
    if target.addresses is None:
        return resolver(target.text)
    run = target.addresses
    if run.first != run.last:
        raise InputError("{host!r} is not one address", hint="ask about one address", host=host)
    return (str(run),)


def keep_file(workspace: Workspace, path: Path) -> str:
    """Put a signed document into the evidence; return its SHA-256. Raises InputError."""
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return workspace.evidence.put(read_attachment(path), media_type)


def read_attachment(path: Path) -> bytes:
    """Read a file that somebody gives as a document. Raises InputError."""
    try:
        if path.stat().st_size > LARGEST_ATTACHMENT:
            raise InputError(
                "{path} is larger than {limit} MiB", path=path, limit=LARGEST_ATTACHMENT // 2**20
            )
        content = path.read_bytes()
    except OSError as error:
        raise InputError("{path}: {why}", path=path, why=os_words(error)) from None
    if not content:
        raise InputError("{path} is empty", path=path)
    return content
