"""STARTTLS of XMPP (RFC 6120, section 5): clients' streams and servers' streams.

The stream is read as bytes with bounds, not as a document: nothing in it is ever parsed as XML.
"""

import re

from scanners.network.services.platforms import XMPP_ENDS, xmpp_stream
from scanners.starttls.preamble import Preamble, Refusal, StartTlsError, wrong_protocol
from scanners.starttls.replies import note_login

_TLS = "urn:ietf:params:xml:ns:xmpp-tls"
_FEATURES = re.compile(rb"<(?:\w+:)?features\b")
_STARTTLS = re.compile(
    rb"<starttls\b[^>]{0,200}xmlns=['\"]" + _TLS.encode() + rb"['\"][^>]{0,200}?(/>|>)"
)
_REQUIRED = re.compile(rb"<required\s*/?>")
_MECHANISM = re.compile(
    rb"<mechanism\b[^>]{0,200}>\s{0,20}([A-Za-z0-9_-]{1,20})\s{0,20}</mechanism>"
)
_OLD_LOGIN = b"http://jabber.org/features/iq-auth"
_UNABLE = (b"resource-constraint", b"system-shutdown", b"policy-violation", b"remote-connection")
_UNNAMED = (b"host-unknown", b"host-gone", b"improper-addressing")


async def xmpp(preamble: Preamble) -> None:
    """A client's stream."""
    await _stream(preamble, "client")


async def xmpp_server(preamble: Preamble) -> None:
    """A server's stream."""
    await _stream(preamble, "server")


async def _stream(preamble: Preamble, namespace: str) -> None:
    await preamble.say(xmpp_stream(preamble.name, namespace))
    opening = await preamble.through(*XMPP_ENDS)
    if b"<stream:stream" not in opening:
        raise wrong_protocol(opening[:200])
    if _FEATURES.search(opening) is None:
        raise StartTlsError(_refusal(opening), opening[-200:])
    methods = [match.decode().upper() for match in _MECHANISM.findall(opening)]
    note_login(preamble, methods + ["IQ-AUTH"] * (_OLD_LOGIN in opening))
    match = _STARTTLS.search(opening)
    if match is None:
        raise StartTlsError(Refusal.NOT_OFFERED)
    body = b"" if match[1] == b"/>" else opening[match.end() :].partition(b"</starttls>")[0]
    preamble.facts["required"] = bool(_REQUIRED.search(body))
    await preamble.start(f"<starttls xmlns='{_TLS}'/>".encode())
    answer = await preamble.through(b">")
    proceeds = re.match(rb"\s*<(?:\w+:)?proceed\b", answer) is not None
    if not proceeds and re.match(rb"\s*<(?:\w+:)?(?:failure|error)\b", answer) is None:
        raise wrong_protocol(answer[:200])
    if proceeds and not answer.endswith(b"/>"):
        await preamble.through(b"proceed>")
    if not proceeds:
        raise StartTlsError(Refusal.REFUSED, answer[:200])


def _refusal(opening: bytes) -> Refusal:
    """What a stream without features means, by the condition that its error names (4.9.3)."""
    if any(word in opening for word in _UNNAMED):
        return Refusal.NAME_UNKNOWN
    unable = any(word in opening for word in _UNABLE)
    return Refusal.UNAVAILABLE if unable else Refusal.NOT_OFFERED
