"""The TLS probe: which versions and suites one endpoint speaks. It never judges.

Observation ``tls.endpoint``, about ``zone/address:port/tcp``:

- ``protocols``: version name -> ``accepted``, ``refused`` or ``inconclusive``; ``reasons`` has the
  reason code of each that is inconclusive.
- ``suites``: accepted version -> IANA names. They stand in the server's order of choice, except for
  the versions in ``unordered``. ``incomplete``: version -> why its list may be too short.
- ``preference``: accepted version -> ``server``, ``client``, or null where it was not to be seen.
- ``groups``: accepted version (TLS 1.2 and 1.3) -> names, in the server's order of choice;
  ``groups_incomplete``: version -> why that list may be too short; ``group_preference`` likewise.
- ``key_exchange``: ``dh_bits`` (each size of prime seen, ascending), ``curves``, ``dh`` (the facts
  of each prime: :func:`scanners.tls.dh.dh_facts`), ``compared`` and ``reused``: the groups (or
  ``dh`` and bits) of which more than one ephemeral key was seen, and of which one came twice.
- ``asked_name``: the name in the hellos, or null. ``connections`` made, ``problems`` (reasons).
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from scanners.base import Dialer, Endpoint
from scanners.dialer import utc_now
from scanners.lanes import in_lanes
from scanners.tls.chain import X25519, ProtocolSurvey
from scanners.tls.dh import all_dh_facts
from scanners.tls.exchange import TRANSCRIPT_TYPE, Exchanger
from scanners.tls.facts import ProtocolFacts
from scanners.tls.hello import Offer
from scanners.tls.limits import Meter, TlsSettings
from scanners.tls.liveness import PROTOCOL_VERSION
from scanners.tls.messages import KeyExchange, group_name
from scanners.tls.suites import all_suites, common_suites_for
from scanners.tls.version import Protocol
from secaudit.core.network import is_host_name
from secaudit.core.observation import EvidenceSink, Observation
from secaudit.core.vocabulary import Reason

KIND = "tls.endpoint"
_DEFAULT = TlsSettings()
_FIRST = Protocol.TLS1_2
_NEWEST = Protocol.TLS1_3
_OLDER = (Protocol.TLS1_1, Protocol.TLS1_0, Protocol.SSL3)
_HOPELESS = {
    Reason.PROTOCOL_MISMATCH,
    Reason.CONNECTION_REFUSED,
    Reason.UNREACHABLE,
    Reason.LIMIT_EXCEEDED,
}
"""After one of these the other versions are not asked for."""


async def probe_tls(
    endpoint: Endpoint,
    dialer: Dialer,
    evidence: EvidenceSink,
    settings: TlsSettings = _DEFAULT,
) -> list[Observation]:
    """Survey one endpoint, whatever it does. Raises ScopeRefusedError alone."""
    exchanger = Exchanger(endpoint, dialer, Meter(settings))
    name = sni_of(endpoint.names)
    observed_at = utc_now()
    found = [await ProtocolSurvey(_FIRST, exchanger, name).run()]
    first = found[0]
    sturdy = first.state == "accepted" and first.ordered
    spare = first.dies_of_finite

    async def survey(protocol: Protocol) -> None:
        asked = ProtocolSurvey(protocol, exchanger, name, sturdy=sturdy, spare=spare)
        found.append(await asked.run())

    if first.speaks_tls:
        # What answers TLS 1.3 afterwards was not too weary of us to answer older hellos.
        await in_lanes(_OLDER, settings.lanes, survey)
        await survey(_NEWEST)
    elif first.reason not in _HOPELESS:
        await survey(_NEWEST)
        if found[-1].speaks_tls:
            await in_lanes(_OLDER, settings.lanes, survey)
    _settle(found)
    await exchanger.assure()
    digest = evidence.put(exchanger.transcript.content(), TRANSCRIPT_TYPE)
    data = _data(found, exchanger.meter.connections, name)
    return [Observation(KIND, endpoint.subject, observed_at, data, (digest,))]


async def is_tls(endpoint: Endpoint, dialer: Dialer, settings: TlsSettings = _DEFAULT) -> bool:
    """Tell, by one hello, whether TLS is spoken at once: a handshake or an alert comes back.

    So it is where that is broken, or drips so slowly that it never ends: then it is TLS that
    misbehaves. Silence, a closed connection and another protocol are False. Raises
    ScopeRefusedError.
    """
    versions = (Protocol.TLS1_2, Protocol.TLS1_1, Protocol.TLS1_0)
    suites = (*common_suites_for(Protocol.TLS1_3), *common_suites_for(Protocol.TLS1_2))
    share = (X25519, os.urandom(32))
    offer = Offer(Protocol.TLS1_3, suites, sni_of(endpoint.names), share, also=versions)
    answer = await Exchanger(endpoint, dialer, Meter(settings)).ask(offer)
    return answer.speaks_tls or answer.began


def sni_of(names: Sequence[str]) -> str | None:
    """The first name that server name indication can carry (RFC 6066: no address)."""
    return next((name for name in names if _can_be_asked(name)), None)


def _can_be_asked(name: str) -> bool:
    return is_host_name(name) and not name.replace(".", "").isdigit()


def _settle(found: list[ProtocolFacts]) -> None:
    """Weigh each refusal by the others.

    Where some version is spoken, a bare close or reset refuses the rest, as long as the server is
    then seen to be still there. Where none is, an alert that does not speak of the version may have
    another cause, such as a name that was not sent.
    """
    spoken = any(facts.state == "accepted" for facts in found)
    for facts in found:
        closed = facts.reason in (Reason.CONNECTION_CLOSED, Reason.CONNECTION_RESET)
        if spoken and facts.state == "inconclusive" and closed:
            facts.state = "refused"
        elif not spoken and facts.state == "refused" and facts.alert != PROTOCOL_VERSION:
            facts.state, facts.reason = "inconclusive", Reason.TLS_REFUSED


def _data(found: Iterable[ProtocolFacts], connections: int, name: str | None) -> dict[str, Any]:
    by_protocol = {facts.protocol: facts for facts in found}
    everything = [by_protocol[protocol] for protocol in Protocol if protocol in by_protocol]
    accepted = [facts for facts in everything if facts.state == "accepted"]
    table = all_suites()
    exchanges = [exchange for facts in accepted for exchange in facts.exchanges]
    fallback = next((facts.reason for facts in everything), Reason.NO_OBSERVATION)
    reasons = {
        protocol.value: by_protocol[protocol].reason if protocol in by_protocol else fallback
        for protocol in Protocol
        if protocol not in by_protocol or by_protocol[protocol].state == "inconclusive"
    }
    incomplete = {
        facts.protocol.value: facts.incomplete.value for facts in accepted if facts.incomplete
    }
    return {
        "protocols": {
            protocol.value: by_protocol[protocol].state
            if protocol in by_protocol
            else "inconclusive"
            for protocol in Protocol
        },
        "reasons": {protocol: reason.value for protocol, reason in reasons.items()},
        "suites": {
            facts.protocol.value: [table[code].name for code in facts.suites] for facts in accepted
        },
        "unordered": [facts.protocol.value for facts in accepted if not facts.ordered],
        "incomplete": incomplete,
        "preference": {facts.protocol.value: facts.preference for facts in accepted},
        **_groups_data(accepted),
        "key_exchange": {
            "dh_bits": sorted({item.dh_bits for item in exchanges if item.dh_bits is not None}),
            "curves": sorted({item.group for item in exchanges if item.group is not None}),
            "dh": all_dh_facts(exchanges),
            **reuse_data(exchanges),
        },
        "asked_name": name,
        "connections": connections,
        "problems": sorted({*(reason.value for reason in reasons.values()), *incomplete.values()}),
    }


def _groups_data(accepted: Iterable[ProtocolFacts]) -> dict[str, Any]:
    searched = [
        (facts.protocol.value, facts.groups) for facts in accepted if facts.groups is not None
    ]
    return {
        "groups": {
            protocol: [group_name(code) for code in search.found] for protocol, search in searched
        },
        "groups_incomplete": {
            protocol: search.incomplete.value for protocol, search in searched if search.incomplete
        },
        "group_preference": {protocol: search.preference for protocol, search in searched},
    }


def reuse_data(exchanges: Iterable[KeyExchange]) -> dict[str, list[str]]:
    """Which groups showed more than one ephemeral key, and which the same key again."""
    keys: dict[str, list[bytes]] = defaultdict(list)
    for item in exchanges:
        if item.public:
            kind = item.group or f"dh {item.dh_bits}"
            keys[kind].append(item.prime.to_bytes((item.prime.bit_length() + 7) // 8) + item.public)
    return {
        "compared": sorted(kind for kind, seen in keys.items() if len(seen) > 1),
        "reused": sorted(kind for kind, seen in keys.items() if len(set(seen)) < len(seen)),
    }
