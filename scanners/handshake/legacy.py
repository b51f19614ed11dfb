"""What whole handshakes of TLS 1.0 to 1.2 show: features, tickets, resumption, renegotiation."""

from contextlib import suppress
from dataclasses import replace

from scanners.base import ProbeError
from scanners.handshake.extensions import (
    ALPN,
    ALPN_NAMES,
    COMPRESSIONS,
    ENCRYPT_THEN_MAC,
    EXTENDED_MASTER,
    FRAGMENT_4096,
    GREASE_EXTENSION,
    GREASE_SUITE,
    HEARTBEAT,
    MAX_FRAGMENT,
    OCSP_REQUEST,
    PEER_NOT_ALLOWED,
    RENEGOTIATION_INFO,
    SCT,
    SESSION_TICKET,
    STATUS_REQUEST,
    alpn,
    alpn_chosen,
)
from scanners.handshake.facts import Facts, alert_of
from scanners.handshake.offered import NO_APPLICATION_PROTOCOL, OfferedNames
from scanners.tls.hello import Offer
from scanners.tls.session import (
    SESSION_PROTOCOLS,
    Resumable,
    TlsSession,
    open_session,
    resuming,
    session_offer,
    session_suites,
)
from scanners.tls.suites import all_suites
from scanners.tls.version import Protocol
from secaudit.core.vocabulary import Reason

FEATURES = (
    *("secure_renegotiation", "extended_master_secret", "heartbeat", "max_fragment_length"),
    "compression",
)
"""What the answer to one hello shows."""
KEYS = (*FEATURES, "encrypt_then_mac", "client_renegotiation", "resumption_id", "resumption_ticket")
DOWNGRADE = (b"DOWNGRD\x01", b"DOWNGRD\x00")
_USUAL = {STATUS_REQUEST: OCSP_REQUEST, SESSION_TICKET: b""}
_COMPRESSIONS = bytes((1, 64, 0))
_ENDS = {Reason.CONNECTION_CLOSED, Reason.CONNECTION_RESET, Reason.NOT_OFFERED}


class LegacyTalk:
    """Two to four connections, the last of which is renegotiated."""

    def __init__(self, facts: Facts, names: OfferedNames) -> None:
        self._facts = facts
        self._names = names
        self._protocol = facts.known.newest(SESSION_PROTOCOLS)
        self._kept: Resumable | None = None
        self._unkept = Reason.NO_OBSERVATION
        """Why there is no session to resume."""
        self.scheme: int | None = None
        """The first signature scheme that the server chose."""

    async def run(self) -> None:
        """Ask. Raises ScopeRefusedError alone."""
        facts = self._facts
        if self._protocol is None:
            facts.miss(facts.known.without(SESSION_PROTOCOLS), *KEYS)
            return
        facts.put(legacy_protocol=self._protocol.value)
        accepted = facts.known.suites[self._protocol]
        suites = [code for code in accepted if code in session_suites(self._protocol)]
        if not suites:
            facts.miss(Reason.NO_OBSERVATION, *KEYS)
            return
        self._offer = session_offer(self._protocol, facts.name, suites)
        await self._first()
        await self._by_ticket()
        await self._by_id()

    async def _first(self) -> None:
        """One handshake with all that can be announced; a plain one where that is not taken."""
        facts, rich = self._facts, self._rich()
        error = await facts.attempt(lambda: self._whole(rich, features=True), *FEATURES)
        if (
            error is not None
            and alert_of(error) == NO_APPLICATION_PROTOCOL
            and ALPN in rich.extensions
        ):
            self._names.refuse()
            rich = replace(rich, extensions={**rich.extensions, ALPN: None})
            error = await facts.attempt(lambda: self._whole(rich, features=True), *FEATURES)
        if error is not None and error.reason is Reason.CLIENT_CERTIFICATE:
            self._unkept = error.reason
        if error is None:
            facts.put(intolerance_legacy=False)
        elif facts.data.get("compression") not in (None, "none"):
            # It compresses, which we cannot: the session is made without.
            await facts.attempt(lambda: self._whole(self._usual()), *FEATURES)
        elif facts.data.get("secure_renegotiation") is None:
            usual = self._usual()
            again = await facts.attempt(lambda: self._whole(usual), *FEATURES)
            if again is None and error.reason in _ENDS and not facts.gentle:
                facts.put(intolerance_legacy=True)

    def _usual(self) -> Offer:
        return replace(self._offer, extensions=_USUAL)

    def _rich(self) -> Offer:
        if self._facts.gentle:
            return self._usual()
        extensions = {
            GREASE_EXTENSION: b"",
            MAX_FRAGMENT: FRAGMENT_4096,
            STATUS_REQUEST: OCSP_REQUEST,
            HEARTBEAT: PEER_NOT_ALLOWED,
            ALPN: alpn(ALPN_NAMES),
            SCT: b"",
            SESSION_TICKET: b"",
        }
        return replace(
            self._offer,
            suites=(GREASE_SUITE, *self._offer.suites),
            compressions=_COMPRESSIONS,
            extensions=extensions,
        )

    async def _whole(self, offer: Offer, *, features: bool = False) -> None:
        """Go through one full handshake and note all that it shows."""
        facts = self._facts
        async with open_session(facts.exchanger, offer, "handshake: features") as session:
            try:
                await session.greet()
            finally:
                self._note_hello(session, features=features)
            if session.hello is not None and session.hello.compression:
                raise ProbeError(Reason.NOT_OFFERED, "the server compresses")
            self._note_flight(session)
            await session.finish()
            self._kept = session.resumable()
            await _part(session)
            facts.put(
                tickets_legacy=bool(session.ticket),
                ticket_lifetime_legacy=session.ticket_lifetime,
            )

    def _note_hello(self, session: TlsSession, *, features: bool) -> None:
        hello, facts = session.hello, self._facts
        if hello is None:
            return
        got = hello.extensions
        facts.put(
            secure_renegotiation=RENEGOTIATION_INFO in got,
            extended_master_secret=EXTENDED_MASTER in got,
        )
        if Protocol.TLS1_3 in facts.known.suites:
            facts.put(downgrade_sentinel=hello.random[-8:] in DOWNGRADE)
        if features and not facts.gentle:
            facts.put(
                heartbeat=HEARTBEAT in got,
                max_fragment_length=MAX_FRAGMENT in got,
                compression=COMPRESSIONS.get(hello.compression, str(hello.compression)),
                sct_extension=facts.data.get("sct_extension") or SCT in got,
            )
            self._names.note(alpn_chosen(got.get(ALPN)))

    def _note_flight(self, session: TlsSession) -> None:
        facts = self._facts
        facts.put(asks_client=facts.data.get("asks_client") or session.asks_client)
        facts.ocsp = facts.ocsp or session.ocsp
        if session.certificates:
            facts.leaves.setdefault("known", session.certificates[0])
        if session.key_exchange is not None:
            facts.keys.append(session.key_exchange)
            self.scheme = session.key_exchange.signature

    async def _by_ticket(self) -> None:
        kept = self._kept
        if kept is None:
            self._facts.miss(self._unkept, "resumption_ticket")
        elif not kept.ticket:
            self._facts.put(resumption_ticket=False)
        else:
            await self._facts.attempt(
                lambda: self._resume(kept, "resumption_ticket"), "resumption_ticket"
            )

    async def _by_id(self) -> None:
        """Resume by session id, and renegotiate on the connection that comes last."""
        facts = self._facts
        if self._kept is None:
            facts.miss(self._unkept, "resumption_id", "client_renegotiation")
            return
        if self._kept.ticket or not self._kept.session_id or self._hides_mac_order():
            await facts.attempt(self._without_ticket, "resumption_id", "client_renegotiation")
        kept = self._kept
        if kept is not None and kept.session_id and not kept.ticket:
            await facts.attempt(
                lambda: self._resume(kept, "resumption_id", last=True),
                *("resumption_id", "client_renegotiation"),
            )

    def _hides_mac_order(self) -> bool:
        """There are suites in CBC mode, and no hello so far offered to put their MAC last."""
        table = all_suites()
        return not self._facts.gentle and any(table[code].cbc for code in self._offer.suites)

    async def _without_ticket(self) -> None:
        """A handshake that leaves an id; with CBC suites alone, where encrypt-then-MAC shows."""
        facts = self._facts
        table = all_suites()
        cbc = [code for code in self._offer.suites if table[code].cbc]
        extensions = {ENCRYPT_THEN_MAC: b"", STATUS_REQUEST: OCSP_REQUEST}
        offer = replace(
            self._offer,
            suites=cbc or self._offer.suites,
            extensions={} if facts.gentle else extensions,
        )
        self._kept = None
        async with open_session(facts.exchanger, offer, "handshake: no ticket") as session:
            await session.greet()
            if cbc and not facts.gentle:
                facts.put(encrypt_then_mac=session.mac_last)
            self._note_flight(session)
            await session.finish()
            self._kept = session.resumable()
            if not self._kept.session_id:
                facts.put(resumption_id=False)
                await self._renegotiate(session)
            else:
                await _part(session)

    async def _resume(self, kept: Resumable, key: str, *, last: bool = False) -> None:
        offer = resuming(replace(self._offer, suites=(kept.suite,), extensions={}), kept)
        if self._facts.data.get("encrypt_then_mac") and last:
            offer = replace(offer, extensions={**offer.extensions, ENCRYPT_THEN_MAC: b""})
        purpose = f"handshake: {key.replace('_', ' by ')}"
        async with open_session(self._facts.exchanger, offer, purpose, kept) as session:
            await session.greet()
            await session.finish()
            self._facts.put(**{key: session.resumed})
            if last:
                await self._renegotiate(session)

    async def _renegotiate(self, session: TlsSession) -> None:
        """One attempt; the connection is closed after it, whatever became of it."""
        if self._facts.gentle:
            self._facts.miss(Reason.ZONE_NOT_PERMITTED, "client_renegotiation")
            return
        try:
            await session.renegotiate()
        except ProbeError as error:
            if error.reason not in _ENDS:
                raise
            self._facts.put(client_renegotiation=False)
        else:
            self._facts.put(client_renegotiation=True)


async def _part(session: TlsSession) -> None:
    """Close properly, so that the session stays good; a peer that is gone does not matter."""
    with suppress(ProbeError):
        await session.say_goodbye()
