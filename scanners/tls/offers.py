"""Hellos for whole handshakes of TLS 1.0 to 1.2: what a session can speak, and what it resumes."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from scanners.tls.agreement import SESSION_GROUPS, can_agree
from scanners.tls.hello import Offer
from scanners.tls.protection import plan_for
from scanners.tls.suites import all_suites, suites_for
from scanners.tls.version import Protocol

SESSION_PROTOCOLS = (Protocol.TLS1_2, Protocol.TLS1_1, Protocol.TLS1_0)
_SESSION_TICKET = 35


@cache
def session_suites(protocol: Protocol) -> tuple[int, ...]:
    """Every suite that a session can speak in ``protocol``, the strongest first."""
    table = all_suites()
    return tuple(
        code
        for code in suites_for(protocol)
        if can_agree(table[code]) and plan_for(table[code]) is not None
    )


def session_offer(
    protocol: Protocol, name: str | None = None, suites: Sequence[int] | None = None
) -> Offer:
    """An offer that a session can go through with: only our groups, a fresh random."""
    chosen = session_suites(protocol) if suites is None else suites
    return Offer(protocol, chosen, name, groups=SESSION_GROUPS, random=os.urandom(32))


@dataclass(frozen=True)
class Resumable:
    """What a later connection needs to resume a session."""

    protocol: Protocol
    suite: int
    master: bytes
    session_id: bytes
    ticket: bytes
    ticket_lifetime: int | None
    extended_master: bool


def resuming(offer: Offer, kept: Resumable, *, by_ticket: bool | None = None) -> Offer:
    """The same offer, with the session's ticket (where it has one) or its id."""
    use_ticket = bool(kept.ticket) if by_ticket is None else by_ticket
    if use_ticket:
        # RFC 5077, section 3.4: an id of ours, echoed, tells at once that the ticket was taken.
        extensions = {**offer.extensions, _SESSION_TICKET: kept.ticket}
        return replace(offer, extensions=extensions, session_id=os.urandom(32))
    extensions = {**offer.extensions, _SESSION_TICKET: None}
    return replace(offer, extensions=extensions, session_id=kept.session_id)
