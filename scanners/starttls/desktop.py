"""RDP's choice of a security protocol by X.224 (MS-RDPBCGR 2.2.1.1 and 2.2.1.2).

TLS itself, CredSSP (network level authentication, over TLS) and RDSTLS all begin with a TLS
handshake right after the connection confirm.
"""

import struct

from scanners.starttls.preamble import Preamble, Refusal, StartTlsError, wrong_protocol

TLS, HYBRID, RDSTLS, HYBRID_EX = 1, 2, 4, 8
_NAMES = {0: "rdp", TLS: "tls", HYBRID: "credssp", RDSTLS: "rdstls", HYBRID_EX: "credssp_ex"}
_FAILURES = {1: "tls_required", 2: "tls_not_allowed", 3: "no_certificate", 4: "inconsistent_flags"}
_FAILURES |= {5: "credssp_required", 6: "tls_with_user_required"}
_NO_TLS = {2, 3}


def request(protocols: int) -> bytes:
    """A connection request with these protocols, and no cookie."""
    negotiation = struct.pack("<BBHI", 1, 0, 8, protocols)
    connection = struct.pack(">BBHHB", 6 + len(negotiation), 0xE0, 0, 0, 0) + negotiation
    return struct.pack(">BBH", 3, 0, 4 + len(connection)) + connection


async def _negotiated(preamble: Preamble) -> tuple[int | None, int]:
    """The answer: the failure code or None, and the protocol that was chosen."""
    head = await preamble.exactly(4)
    size = int.from_bytes(head[2:])
    if head[:2] != b"\x03\x00" or not 11 <= size <= 64:
        raise wrong_protocol(head)
    body = await preamble.exactly(size - 4)
    if body[1] != 0xD0:
        raise wrong_protocol(head + body)
    answer = body[7:15]
    if len(answer) < 8:
        return None, 0
    value = int.from_bytes(answer[4:8], "little")
    if answer[0] == 3:
        return value, 0
    if answer[0] != 2 or value not in _NAMES:
        raise wrong_protocol(head + body)
    return None, value


async def rdp(preamble: Preamble) -> None:
    """Offer what every client offers; what the server chooses is a fact.

    RDSTLS is left out here: xrdp hangs up on a flag that it does not know.
    """
    await preamble.start(request(TLS | HYBRID | HYBRID_EX))
    failure, chosen = await _negotiated(preamble)
    if failure is not None:
        said = _FAILURES.get(failure, str(failure)).encode()
        refusal = Refusal.NOT_OFFERED if failure in _NO_TLS else Refusal.REFUSED
        raise StartTlsError(refusal, said)
    preamble.facts["selected"] = _NAMES[chosen]
    if chosen == 0:
        raise StartTlsError(Refusal.NOT_OFFERED)


async def rdp_without_tls(preamble: Preamble) -> None:
    """Offer RDP's own security alone: whether a session without TLS is agreed to."""
    await preamble.say(request(0))
    failure, chosen = await _negotiated(preamble)
    refused = failure in (1, 5, 6)
    if failure is None and chosen == 0:
        preamble.facts["login_in_clear"] = True
        preamble.facts["login_methods"] = ["STANDARD RDP SECURITY"]
    elif refused:
        preamble.facts["login_in_clear"] = False
        preamble.facts["login_methods"] = []


async def rdstls(preamble: Preamble) -> None:
    """Offer RDSTLS alone. A server that knows nothing of it may hang up."""
    await preamble.say(request(RDSTLS))
    failure, chosen = await _negotiated(preamble)
    preamble.facts["rdstls"] = failure is None and chosen == RDSTLS
