"""From what was asked to what may be sent: authorisation, zone, addresses, names and ports."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from scanners.certificate.ct_logs import read_log_list
from scanners.dns.server import RESOLVER
from scanners.plan import ScanOrder
from scanners.ports import parse_ports
from secaudit.app.scanning.request import ScanRequest
from secaudit.app.workspace import Workspace
from secaudit.core.authorisation import Authorisation
from secaudit.core.errors import InputError, NothingScannedError, RefusedError
from secaudit.core.network import LOOPBACK, AddressSet, parse_address, parse_target
from secaudit.core.subject import Subject, is_zone_name, parse_subject
from secaudit.ledger.findings import watched
from secaudit.registry import assets, authorisations
from secaudit.registry.resolve import Resolver, resolve
from secaudit.registry.zones import kind_of
from secaudit.text.words import word

CT_LOGS = "ct-logs.json"
"""The list of Certificate Transparency logs in the workspace's folder of content."""


@dataclass(frozen=True)
class ScanScope:
    """The targets of a request as addresses, and the names to ask for at each address."""

    addresses: AddressSet
    names: Mapping[str, tuple[str, ...]]
    out_of_scope: Mapping[str, tuple[str, ...]]
    """Names with the addresses that they resolved to outside the scope: recorded, not followed."""


def make_order(
    workspace: Workspace,
    request: ScanRequest,
    at: datetime,
    *,
    resolver: Resolver = resolve,
) -> tuple[ScanOrder, ScanScope]:
    """Compose the order for the scanners. Nothing is sent, but names may be resolved.

    Raises RefusedError when no authorisation in force covers the targets, InputError for a target,
    zone or port list that cannot be read.
    """
    zone = request.zone or workspace.settings.default_zone
    if not is_zone_name(zone):
        raise InputError("{zone!r} cannot name a zone", zone=zone)
    with workspace.view() as connection:
        literal, names = _written(request.targets)
        asked = _Asked(literal, names, _answers(connection, names, resolver))
        authorisation = _authorisation(connection, request, zone, asked, at)
        scope = _scope(connection, authorisation, zone, asked, resolver)
        order = ScanOrder(
            authorisation=authorisation,
            zone=zone,
            zone_kind=kind_of(connection, zone) or authorisation.zone_kind(zone),
            targets=scope.addresses,
            names=scope.names,
            ports=parse_ports(request.ports),
            known_ports=_known_ports(connection, zone),
            services=request.services,
            use_nmap=request.nmap,
            timeout=request.timeout,
            retries=request.retries,
            trust_roots=trust_roots(workspace.folder / workspace.settings.trust_roots),
            ct_logs=ct_logs(workspace.folder / workspace.settings.content),
            settings={RESOLVER: workspace.settings.resolver},
        )
    return order, scope


def ct_logs(content: Path) -> bytes | None:
    """The workspace's list of CT logs in its folder of content, where it has imported one.

    Raises InputError for one that cannot be read.
    """
    path = content / CT_LOGS
    if not path.is_file():
        return None
    listed = path.read_bytes()
    try:
        read_log_list(listed)
    except InputError as error:
        error.source = str(path)
        raise
    return listed


def trust_roots(folder: Path) -> tuple[bytes, ...]:
    """The workspace's own roots: the PEM files in its trust folder, in the order of their names."""
    if not folder.is_dir():
        return ()
    return tuple(
        path.read_bytes()
        for path in sorted(folder.iterdir())
        if path.suffix in (".pem", ".crt", ".cer") and path.is_file()
    )


def _written(targets: tuple[str, ...]) -> tuple[AddressSet, tuple[str, ...]]:
    parsed = [parse_target(text) for text in targets]
    addresses = AddressSet.of(item.addresses for item in parsed if item.addresses is not None)
    return addresses, tuple(item.text for item in parsed if item.addresses is None)


@dataclass(frozen=True)
class _Asked:
    """What a request names: addresses as written, names, and what each name resolves to now."""

    literal: AddressSet
    names: tuple[str, ...]
    answers: Mapping[str, tuple[str, ...]]

    @property
    def resolved(self) -> AddressSet:
        return AddressSet.parse(text for found in self.answers.values() for text in found)


def _answers(
    connection: Connection, names: tuple[str, ...], resolver: Resolver
) -> dict[str, tuple[str, ...]]:
    """Resolve each name once; not those that some letter carries with its own answer."""
    recorded = {name for letter in authorisations.list_all(connection) for name in letter.names}
    return {name: resolver(name) for name in dict.fromkeys(names) if name not in recorded}


def _authorisation(
    connection: Connection, request: ScanRequest, zone: str, asked: _Asked, at: datetime
) -> Authorisation:
    if request.authorisation and request.authorisation != authorisations.IMPLICIT:
        chosen = authorisations.get(connection, request.authorisation)
        return _standing(chosen, zone, at)
    if request.authorisation == authorisations.IMPLICIT:
        return authorisations.implicit(connection, at)
    standing = [
        letter for letter in authorisations.standing(connection, at) if letter.permits_zone(zone)
    ]
    if _only_loopback(asked.literal, asked.names):
        # A letter that covers all of it was written for it: its caps and zones are meant.
        whole = [letter for letter in standing if _covers_all(letter, asked)]
        return whole[0] if len(whole) == 1 else authorisations.implicit(connection, at)
    candidates = [letter for letter in standing if _covers(letter, asked)]
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        raise RefusedError(
            "several authorisations cover this scan: {numbers}",
            hint="choose one with --authorisation",
            numbers=", ".join(letter.number for letter in candidates),
        )
    if not request.targets:
        raise RefusedError(
            "no authorisation in force permits a scan from zone {zone}",
            hint="record the surat tugas first: secaudit scope add",
            zone=zone,
        )
    if standing and asked.answers and not asked.literal:
        raise OutOfScopeError(asked.answers)
    raise RefusedError(
        "no authorisation in force covers {targets} from zone {zone}",
        hint="record the surat tugas first: secaudit scope add",
        targets=", ".join(request.targets),
        zone=zone,
    )


class OutOfScopeError(NothingScannedError):
    """Names that resolve to nothing that may be scanned: recorded, not followed."""

    def __init__(self, answers: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__(
            "nothing to scan: {names} is out of scope",
            hint="record a surat tugas that names it: secaudit scope add --target NAME",
            names="; ".join(f"{name} ({', '.join(found)})" for name, found in answers.items()),
        )
        self.answers = answers


def _only_loopback(literal: AddressSet, names: tuple[str, ...]) -> bool:
    return (
        bool(literal or names)
        and not literal - LOOPBACK
        and all(name.rstrip(".").lower() == "localhost" for name in names)
    )


def _covers_all(letter: Authorisation, asked: _Asked) -> bool:
    """Tell whether the letter names all of it; what it then excludes stays excluded."""
    known = all(name in letter.names for name in asked.names if name not in asked.answers)
    return known and not (asked.literal | asked.resolved) - letter.permitted


def _covers(letter: Authorisation, asked: _Asked) -> bool:
    """Tell whether some of the addresses, and each of the names, is in the letter's scope."""
    if asked.literal and asked.literal & letter.scope:
        return True
    if asked.literal:
        return False
    return all(
        name in letter.names or bool(AddressSet.parse(asked.answers.get(name, ())) & letter.scope)
        for name in asked.names
    )


def _standing(letter: Authorisation, zone: str, at: datetime) -> Authorisation:
    refusal = letter.standing_refusal(at)
    if refusal is not None:
        raise RefusedError(
            "authorisation {number} permits nothing now: {reason}",
            hint="see its window with: secaudit scope show {number}",
            number=letter.number,
            reason=word(refusal),
        )
    if not letter.permits_zone(zone):
        raise RefusedError(
            "authorisation {number} does not cover zone {zone}",
            hint="see its zones with: secaudit scope show {number}",
            number=letter.number,
            zone=zone,
        )
    return letter


def _scope(
    connection: Connection,
    letter: Authorisation,
    zone: str,
    asked_for: _Asked,
    resolver: Resolver,
) -> ScanScope:
    literal, names = asked_for.literal, asked_for.names
    asked: dict[str, set[str]] = defaultdict(set)
    outside: dict[str, tuple[str, ...]] = {}
    addresses = literal
    for name in names or (() if literal else tuple(letter.names)):
        answers = letter.names.get(name) or asked_for.answers.get(name) or resolver(name)
        inside = [text for text in answers if parse_address(text) in letter.scope]
        addresses |= AddressSet.parse(inside)
        for text in inside:
            asked[text].add(name)
        if len(inside) < len(answers):
            outside[name] = tuple(text for text in answers if text not in inside)
    if not literal and not names:
        addresses = letter.scope
    for asset in assets.list_all(connection):
        if asset.zone == zone and asset.hostnames:
            for address in _first(asset.addresses & addresses, 16):
                asked[address].update(asset.hostnames)
    ordered = {address: tuple(sorted(found)) for address, found in sorted(asked.items())}
    return ScanScope(addresses, ordered, outside)


def _first(addresses: AddressSet, count: int) -> list[str]:
    """Names belong to single machines: a whole network has none at each of its addresses."""
    return [str(address) for address in addresses] if addresses.count <= count else []


def _known_ports(connection: Connection, zone: str) -> dict[str, tuple[int, ...]]:
    ports: dict[str, set[int]] = defaultdict(set)
    for _, text in watched(connection, zone):
        subject = parse_subject(text)
        if isinstance(subject, Subject) and subject.port is not None:
            ports[subject.address].add(subject.port)
    return {address: tuple(sorted(found)) for address, found in sorted(ports.items())}
