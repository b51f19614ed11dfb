"""The handshake probe: what a TLS server does beyond versions, suites and groups. It never judges.

Observation ``tls.handshake``, about ``zone/address:port/tcp``. A fact that is null was not to be
seen; ``reasons`` then says why (``not_offered``: the server has no version in which the question
arises; ``zone_not_permitted``: nothing unusual is sent in this zone).

- ``secure_renegotiation``, ``client_renegotiation`` (a renegotiation that we began went through),
  ``extended_master_secret``, ``encrypt_then_mac``, ``heartbeat`` (announced),
  ``max_fragment_length``, ``compression`` (``none`` or the method chosen), ``downgrade_sentinel``:
  of TLS 1.2 or older, in the version ``legacy_protocol``.
- ``resumption_id``, ``resumption_ticket``, ``resumption_psk``; ``tickets_legacy`` (issued or not),
  ``tickets_modern`` (how many), ``ticket_lifetime_legacy`` and ``ticket_lifetime_modern`` (seconds;
  null where no ticket was issued), ``early_data`` (the largest size announced, 0 for none).
- ``alpn``: protocols taken; ``alpn_unknown``: what became of an offer of nothing that the server
  knows (``ignored``, ``refused``). ``signature_schemes``: version -> names in the server's order;
  ``schemes_incomplete``: version -> why that list may be too short.
- ``ocsp``: ``stapled``, and ``sha256`` and ``size`` of the response, whose DER is evidence.
  ``sct_extension``: SCTs came beside the certificate. ``asks_client``: for a certificate.
- ``without_name``, ``unknown_name``: ``answer`` (``certificate``, ``refused``), ``alert``, the
  ``sha256`` of the certificate and ``same`` as under the known name.
- ``fallback_scsv``: a fallback is caught. ``version_intolerance``, ``intolerance_legacy``,
  ``intolerance_modern``. ``ssl2``, ``ssl2_suites``.
- ``keys_compared``, ``keys_reused``: groups of which several ephemeral keys were seen here.
- ``asked_name``, ``connections``.
"""

from collections.abc import Sequence
from typing import Any

from scanners.base import Dialer, Endpoint
from scanners.dialer import utc_now
from scanners.handshake.current import ModernTalk
from scanners.handshake.facts import Facts, Known
from scanners.handshake.legacy import LegacyTalk
from scanners.handshake.offered import OfferedNames
from scanners.handshake.server_name import NameBehaviour
from scanners.handshake.signatures import SchemeWalk, ephemeral_suites
from scanners.handshake.ssl2 import look_for_ssl2
from scanners.handshake.tolerance import Tolerance
from scanners.lanes import in_lanes
from scanners.tls.exchange import TRANSCRIPT_TYPE, Exchanger
from scanners.tls.hello import Offer
from scanners.tls.limits import Meter, TlsSettings
from scanners.tls.messages import GROUP_NAMES
from scanners.tls.probe import reuse_data, sni_of
from scanners.tls.session import SESSION_PROTOCOLS
from scanners.tls.suites import suites_by_name
from scanners.tls.version import Protocol
from secaudit.core.observation import EvidenceSink, Observation
from secaudit.core.vocabulary import Reason

KIND = "tls.handshake"
OCSP_TYPE = "application/ocsp-response"
_DEFAULT = TlsSettings()
_EMPTY: dict[str, Any] = {
    "legacy_protocol": None,
    "downgrade_sentinel": None,
    "tickets_legacy": None,
    "ticket_lifetime_legacy": None,
    "ticket_lifetime_modern": None,
    "asks_client": None,
    "sct_extension": None,
    "intolerance_legacy": None,
    "intolerance_modern": None,
    "fallback_alert": None,
    "signature_schemes": {},
    "schemes_incomplete": {},
}


async def probe_handshake(
    endpoint: Endpoint,
    dialer: Dialer,
    evidence: EvidenceSink,
    seen: Observation | None,
    settings: TlsSettings = _DEFAULT,
    *,
    gentle: bool = False,
) -> list[Observation]:
    """Look at one endpoint, whose ``tls.endpoint`` observation is ``seen``.

    Without one, or where it found no version that is spoken, nothing is known to ask by: every fact
    is then null with its reason. Raises ScopeRefusedError alone.
    """
    observed_at = utc_now()
    exchanger = Exchanger(endpoint, dialer, Meter(settings))
    facts = Facts(exchanger, sni_of(endpoint.names), known_from(seen), gentle)
    facts.data.update({key: dict(value) if value == {} else value for key, value in _EMPTY.items()})
    names = OfferedNames()
    if facts.known.problem not in _HOPELESS:
        await _look(facts, names, settings.lanes)
    else:
        await _look_at_nothing(facts, names)
    data = _finished(facts, names)
    digests = []
    if exchanger.transcript.lines:
        digests.append(evidence.put(exchanger.transcript.content(), TRANSCRIPT_TYPE))
    if facts.ocsp:
        digest = evidence.put(facts.ocsp, OCSP_TYPE)
        digests.append(digest)
        data["ocsp"] = {"stapled": True, "sha256": digest, "size": len(facts.ocsp)}
    return [Observation(KIND, endpoint.subject, observed_at, data, tuple(digests))]


_HOPELESS = {
    Reason.PROTOCOL_MISMATCH,
    Reason.CONNECTION_REFUSED,
    Reason.UNREACHABLE,
    Reason.LIMIT_EXCEEDED,
    Reason.TIMED_OUT,
    Reason.CONNECTION_CLOSED,
    Reason.CONNECTION_RESET,
    Reason.MALFORMED_ANSWER,
    Reason.NO_OBSERVATION,
    Reason.TLS_REFUSED,
}
"""Where the survey of versions failed for one of these, another hello would fail likewise."""


async def _look(facts: Facts, names: OfferedNames, lanes: int) -> None:
    async def legacy() -> None:
        talk = LegacyTalk(facts, names)
        await talk.run()
        if ephemeral_suites(facts.known.suites.get(Protocol.TLS1_2, ())):
            await SchemeWalk(facts, names, Protocol.TLS1_2, talk.scheme).run()

    async def modern() -> None:
        talk = ModernTalk(facts, names)
        await talk.run()
        if talk.scheme is not None:
            await SchemeWalk(facts, names, Protocol.TLS1_3, talk.scheme).run(talk)

    async def others() -> None:
        await Tolerance(facts).run()
        await look_for_ssl2(facts)

    async def do(work: Any) -> None:
        await work()

    await in_lanes((legacy, modern, others), lanes, do)
    await NameBehaviour(facts).run()
    await _assure(facts)


async def _assure(facts: Facts) -> None:
    """Where the last thing heard was a refusal: does the server still answer what it answered?"""
    known = facts.known
    newest = known.newest(Protocol)
    if newest is not None:
        # Whole handshakes leave no hello behind that could be sent as it was.
        facts.exchanger.liveness.offer = Offer(newest, known.suites[newest], facts.name)
    await facts.exchanger.assure()


async def _look_at_nothing(facts: Facts, names: OfferedNames) -> None:
    """Note the one reason for every fact; no connection is made, for each asks for the problem."""
    facts.stop(facts.known.problem or Reason.NO_OBSERVATION)
    await _look(facts, names, 1)


def known_from(seen: Observation | None) -> Known:
    """Read a ``tls.endpoint`` observation."""
    if seen is None:
        return Known({}, problem=Reason.NO_OBSERVATION)
    table = suites_by_name()
    codes = {name: code for code, name in GROUP_NAMES.items()}
    suites = {
        Protocol(protocol): tuple(table[name].code for name in names if name in table)
        for protocol, names in seen.data["suites"].items()
        if seen.data["protocols"].get(protocol) == "accepted"
    }
    groups = {
        Protocol(protocol): _codes(names, codes)
        for protocol, names in seen.data.get("groups", {}).items()
    }
    unsure = {Protocol(key): Reason(value) for key, value in seen.data["reasons"].items()}
    problem = None if suites else next(iter(unsure.values()), Reason.NO_OBSERVATION)
    return Known(suites, {key: value for key, value in groups.items() if value}, problem, unsure)


def _codes(names: Sequence[str], codes: dict[str, int]) -> tuple[int, ...]:
    return tuple(codes[name] for name in names if name in codes)


def _note_the_rest(facts: Facts) -> None:
    """Give a reason to every fact that is still null without one."""
    known = facts.known
    either = {
        "legacy": known.newest(SESSION_PROTOCOLS) is not None,
        "modern": Protocol.TLS1_3 in known.suites,
    }
    doubts = {
        "legacy": known.without(SESSION_PROTOCOLS),
        "modern": known.without([Protocol.TLS1_3]),
    }
    for key, needs in _NEEDS.items():
        missing = [side for side in needs if not either[side]]
        reason = doubts[missing[0]] if missing else Reason.NO_OBSERVATION
        if key not in facts.reasons and not (
            key in _MAY_BE_NULL and facts.data[_MAY_BE_NULL[key]] is not None
        ):
            facts.miss(reason, key)


_NEEDS = {
    "downgrade_sentinel": ("legacy", "modern"),
    "intolerance_legacy": ("legacy",),
    "intolerance_modern": ("modern",),
    "tickets_legacy": ("legacy",),
    "ticket_lifetime_legacy": ("legacy",),
    "ticket_lifetime_modern": ("modern",),
    "encrypt_then_mac": ("legacy",),
    "asks_client": (),
    "sct_extension": (),
}
"""Which versions a fact is about that no attempt by itself answers for."""
_MAY_BE_NULL = {
    "ticket_lifetime_legacy": "tickets_legacy",
    "ticket_lifetime_modern": "tickets_modern",
}
"""Null is the answer where no ticket was issued."""


def _finished(facts: Facts, names: OfferedNames) -> dict[str, Any]:
    _note_the_rest(facts)
    data = facts.data
    reuse = reuse_data(facts.keys)
    data["keys_compared"], data["keys_reused"] = reuse["compared"], reuse["reused"]
    stumbles = [data["intolerance_legacy"], data["intolerance_modern"]]
    data["intolerance"] = True in stumbles or (False if False in stumbles else None)
    if data["intolerance"] is None:
        facts.reasons["intolerance"] = facts.known.problem or Reason.NO_OBSERVATION
    data["alpn"] = names.found
    data["alpn_unknown"] = names.unknown
    data["ocsp"] = {"stapled": False if facts.leaves else None, "sha256": None, "size": 0}
    data["asked_name"] = facts.name
    data["connections"] = facts.exchanger.meter.connections
    data["reasons"] = {key: reason.value for key, reason in sorted(facts.reasons.items())}
    return data
