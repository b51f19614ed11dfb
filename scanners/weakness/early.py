"""Heartbleed (CVE-2014-0160), CCS injection (CVE-2014-0224) and CRIME, before any keys.

One connection decides all where no heartbeats are offered, two where they are. Its hello also says
whether tickets are given, and whether renegotiation is bound to the handshake before (RFC 5746).

Heartbleed: a heartbeat request of three bytes (RFC 6520) that claims a payload of one byte and has
none. RFC 6520, section 4: it must be discarded. A vulnerable OpenSSL answers with the one byte that
lies behind the request in its memory. The byte is not kept. A close_notify goes out behind the
request, so that a sound server says at once that it has nothing to say.

CCS injection: a ChangeCipherSpec in the place of the ClientKeyExchange. A sound server refuses it,
by an alert or by hanging up. A vulnerable OpenSSL switches to keys that were made of nothing,
silently; a second plain record then cannot be decrypted, which it says by bad_record_mac or
decryption_failed.

CRIME (CVE-2012-4929): the hello offers DEFLATE before no compression; the server's hello decides.
"""

from collections.abc import Mapping
from dataclasses import replace

from scanners.base import ProbeError
from scanners.tls.exchange import Exchanger
from scanners.tls.messages import ServerHello
from scanners.tls.protection import record_bytes
from scanners.tls.records import ALERT, CHANGE_CIPHER, HEARTBEAT
from scanners.tls.session import TlsSession, open_session, session_offer
from scanners.weakness.control import objection, unanswered
from scanners.weakness.ground import Ground
from scanners.weakness.reaction import react
from scanners.weakness.renegotiation import RENEGOTIATION_INFO, look_for_renegotiation
from scanners.weakness.settings import WeaknessSettings
from scanners.weakness.ticketbleed import SESSION_TICKET
from scanners.weakness.verdict import Verdict, Weakness, absent, inconclusive, proved
from secaudit.core.canonical import sha256_hex
from secaudit.core.vocabulary import Reason

HEARTBEAT_EXTENSION = 15
_PEER_MAY_SEND = b"\x01"
_REQUEST, _RESPONSE = 1, 2
_ASKED = 1
"""Bytes asked for beyond the request: the fewest that prove anything."""
_PADDING = 16
"""What follows the payload of an answer, at random (RFC 6520, section 4)."""
_CLOSE_NOTIFY = b"\x01\x00"
UNDECIPHERABLE = {20, 21}
"""bad_record_mac, decryption_failed: the server tried to decrypt."""
_MOST_RECORDS = 8
_DEFLATE_OR_NONE = b"\x01\x00"
_METHODS = {1: "DEFLATE", 64: "LZS"}
_ALL = (
    Weakness.HEARTBLEED,
    Weakness.CCS_INJECTION,
    Weakness.CRIME,
    Weakness.RENEGOTIATION,
)
EARLY_ASKED, CHANGE_ASKED = "heartbleed, ccs injection", "ccs injection"
"""How the transcript calls the two connections."""
_REFUSED = (Weakness.HEARTBLEED, Weakness.CCS_INJECTION)
_MESSAGE_ALERTS = frozenset({10, 20, 21, 22, 47, 50, 51})
"""unexpected_message, and what else says that a record or message was wrong."""
_BLAMING: Mapping[str, frozenset[int]] = {
    "early_change_refused": _MESSAGE_ALERTS,
    "heartbeat_unanswered": _MESSAGE_ALERTS | {0},
}
"""A goodbye behind a heartbeat answers our own."""
Found = dict[Weakness, Verdict]


async def look_early(
    ground: Ground, exchanger: Exchanger, name: str | None, settings: WeaknessSettings
) -> Found:
    """Look for all, and for Ticketbleed where it cannot be. Raises ScopeRefusedError alone."""
    spoken = ground.session()
    if spoken is None:
        return dict.fromkeys(_ALL, nothing_to_speak(ground))
    found: Found = {}
    offer = replace(
        session_offer(spoken[0], name, spoken[1]),
        extensions={HEARTBEAT_EXTENSION: _PEER_MAY_SEND, SESSION_TICKET: b""},
        compressions=_DEFLATE_OR_NONE,
    )
    try:
        async with open_session(exchanger, offer, EARLY_ASKED) as session:
            await session.greet()
            hello = _hello_of(session)
            found[Weakness.CRIME] = judge_compression(hello.compression)
            if SESSION_TICKET not in hello.extensions:
                found[Weakness.TICKETBLEED] = absent("no_tickets")
            if RENEGOTIATION_INFO in hello.extensions:
                found[Weakness.RENEGOTIATION] = absent("renegotiation_bound")
            if HEARTBEAT_EXTENSION in hello.extensions:
                found[Weakness.HEARTBLEED] = await _bleed(session)
            else:
                found[Weakness.HEARTBLEED] = absent("no_heartbeat")
                found[Weakness.CCS_INJECTION] = await _inject(session, settings)
    except ProbeError as error:
        for weakness in (Weakness.HEARTBLEED, Weakness.CCS_INJECTION, Weakness.CRIME):
            found.setdefault(weakness, unanswered(error))
    if Weakness.CCS_INJECTION not in found:
        found[Weakness.CCS_INJECTION] = await _inject_alone(ground, exchanger, name, settings)
    if any(bare_refusal(found[weakness]) for weakness in _REFUSED):
        doubt = await objection(exchanger, name, spoken)
        if doubt is not None:
            found |= {item: doubt for item in _REFUSED if bare_refusal(found[item])}
    if Weakness.RENEGOTIATION not in found:
        found[Weakness.RENEGOTIATION] = await look_for_renegotiation(ground, exchanger, name)
    return found


def bare_refusal(verdict: Verdict) -> bool:
    """Absence rests on a close, or on an alert that does not blame the message that was sent."""
    alert = verdict.facts.get("alert")
    return verdict.why in _BLAMING and alert not in _BLAMING[verdict.why]


def _hello_of(session: TlsSession) -> ServerHello:
    if session.hello is None:
        raise ProbeError(Reason.PROBE_FAILED)
    return session.hello


def judge_compression(method: int) -> Verdict:
    """Tell what the method in the server's hello means."""
    if method == 0:
        return absent("no_tls_compression")
    return proved("tls_compression", method=_METHODS.get(method, f"0x{method:02x}"))


async def _inject_alone(
    ground: Ground, exchanger: Exchanger, name: str | None, settings: WeaknessSettings
) -> Verdict:
    spoken = ground.session()
    if spoken is None:
        return nothing_to_speak(ground)
    offer = session_offer(spoken[0], name, spoken[1])
    try:
        async with open_session(exchanger, offer, CHANGE_ASKED) as session:
            await session.greet()
            return await _inject(session, settings)
    except ProbeError as error:
        return unanswered(error)


def nothing_to_speak(ground: Ground) -> Verdict:
    """Say why there is nothing to ask.

    All are of the versions before TLS 1.3; what speaks nothing older cannot have them.
    """
    doubt = ground.doubt()
    if doubt is None and not ground.accepted(lambda _: True):
        return absent("only_tls1_3")
    return inconclusive(doubt or Reason.NO_OBSERVATION, "no_suite_to_speak")


async def _bleed(session: TlsSession) -> Verdict:
    """Ask for one byte too many."""
    request = bytes([_REQUEST]) + _ASKED.to_bytes(2)
    protocol = session.protocol
    await session.send_raw(
        record_bytes(HEARTBEAT, protocol, request) + record_bytes(ALERT, protocol, _CLOSE_NOTIFY)
    )
    for _ in range(_MOST_RECORDS):
        try:
            kind, content = await session.read_record()
        except ProbeError as error:
            if error.reason is Reason.CONNECTION_CLOSED:
                return absent("heartbeat_unanswered")
            raise
        if kind == ALERT:
            return absent("heartbeat_unanswered", alert=content[1] if len(content) == 2 else -1)
        if kind == HEARTBEAT:
            # Whatever came may be somebody's secret: its length and hash alone are kept.
            kept = len(session.records.seen) - len(content)
            session.records.seen[kept:] = bytes(len(content))
            return judge_heartbeat(content)
    raise ProbeError(Reason.MALFORMED_ANSWER)


def judge_heartbeat(content: bytes) -> Verdict:
    """Tell what an answer to the request means: it must bring a byte that was never sent."""
    returned = int.from_bytes(content[1:3])
    whole = len(content) >= 3 + returned
    if len(content) > 3 and content[0] == _RESPONSE and returned >= _ASKED and whole:
        facts: dict[str, object] = {"returned": returned, "answer_bytes": len(content)}
        if len(content) >= 3 + returned + _PADDING:
            # The random padding behind the byte keeps the hash from giving it away.
            facts["answer_sha256"] = sha256_hex(content)
        return proved("memory_returned", **facts)
    return inconclusive(Reason.MALFORMED_ANSWER, "odd_heartbeat")


async def _inject(session: TlsSession, settings: WeaknessSettings) -> Verdict:
    """Change the ciphers too early."""
    change = record_bytes(CHANGE_CIPHER, session.protocol, b"\x01")
    await session.send_raw(change)
    first = await react(session, settings.pause_seconds)
    if first.alerts:
        return absent("early_change_refused", alert=first.alerts[0])
    if first.events[-1] == "closed":
        return absent("early_change_refused")
    if first.events[-1] == "reset":
        return inconclusive(Reason.CONNECTION_RESET)
    await session.send_raw(change)
    second = await react(session)
    if second.alerts and second.alerts[0] in UNDECIPHERABLE:
        return proved("early_change_accepted", alert=second.alerts[0])
    if second.alerts:
        return absent("early_change_refused", alert=second.alerts[0])
    reason = {"closed": Reason.CONNECTION_CLOSED, "reset": Reason.CONNECTION_RESET}
    return inconclusive(reason.get(second.events[-1], Reason.TIMED_OUT))
