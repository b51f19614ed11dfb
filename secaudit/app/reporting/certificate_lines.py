"""The certificates that servers showed in a period, each once, with the places that showed it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from reports.model import CLOSED_STATES, CertificateLine
from secaudit.app.reporting.finding_lines import Dated
from secaudit.app.reporting.selection import Selection
from secaudit.core.errors import InputError
from secaudit.core.instant import parse_instant
from secaudit.ledger import scans
from secaudit.ledger.scans import Scan

KIND = "certificate.chain"
CHECKS = "cert."


@dataclass
class _Sighting:
    facts: Mapping[str, Any]
    trusted: bool | None = None
    places: list[str] = field(default_factory=list)


def certificate_lines(
    connection: Connection, done: Iterable[Scan], found: Iterable[Dated], selection: Selection
) -> tuple[CertificateLine, ...]:
    """The first certificate of each chain, as each place last showed it."""
    sightings: dict[str, _Sighting] = {}
    for place, data in _last_chains(connection, done, selection):
        facts = data["chain"][0]
        sighting = sightings.setdefault(str(facts["sha256"]), _Sighting(facts))
        sighting.places.append(place)
        verdict = _trusted(data["verification"])
        sighting.trusted = verdict if sighting.trusted is None else sighting.trusted or verdict
    failing = _failing(found)
    return tuple(
        _line(fingerprint, sighting, failing) for fingerprint, sighting in sorted(sightings.items())
    )


def _last_chains(
    connection: Connection, done: Iterable[Scan], selection: Selection
) -> list[tuple[str, Mapping[str, Any]]]:
    """Each place with its chain, or with several: some servers have one for each kind of key."""
    chains: dict[str, dict[str, Mapping[str, Any]]] = {}
    for scan in done:
        for item in scans.observations(connection, scan.id):
            place = str(item.subject)
            if item.kind == KIND and selection.holds(place):
                kind = item.data.get("restricted_to") or ""
                if not kind:
                    chains[place] = {}
                if item.data["chain"]:
                    chains.setdefault(place, {})[kind] = item.data
    return [(place, data) for place, found in sorted(chains.items()) for data in found.values()]


def _trusted(verification: Mapping[str, Mapping[str, Any]]) -> bool | None:
    if not verification:
        return None
    return any(verdict["trusted"] for verdict in verification.values())


def _failing(found: Iterable[Dated]) -> dict[str, list[str]]:
    failing: dict[str, list[str]] = {}
    for item in found:
        if item.finding.check.startswith(CHECKS) and item.state not in CLOSED_STATES:
            failing.setdefault(item.finding.subject, []).append(item.finding.id)
    return failing


def _line(
    fingerprint: str, sighting: _Sighting, failing: Mapping[str, list[str]]
) -> CertificateLine:
    facts = sighting.facts
    names = [*facts.get("common_names", ()), *facts.get("dns_names", ())]
    ids = {identity for place in sighting.places for identity in failing.get(place, ())}
    return CertificateLine(
        fingerprint=fingerprint,
        name=str(names[0]) if names else str(facts.get("subject") or ""),
        issuer=str(facts.get("issuer") or ""),
        not_before=_instant(facts.get("not_before")),
        not_after=_instant(facts.get("not_after")),
        key=_key(facts.get("key")),
        signature=str((facts.get("signature") or {}).get("name") or ""),
        places=tuple(sighting.places),
        trusted=sighting.trusted,
        findings=tuple(sorted(ids, key=lambda identity: (len(identity), identity))),
    )


def _instant(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        return parse_instant(value)
    except InputError:
        return None


def _key(key: Any) -> str:
    if not isinstance(key, Mapping):
        return ""
    parts = [key.get("type"), key.get("curve") or key.get("bits")]
    return " ".join(str(part) for part in parts if part)
