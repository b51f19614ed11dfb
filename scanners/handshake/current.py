"""What whole handshakes of TLS 1.3 show: tickets, early data, resumption, what is stapled."""

from dataclasses import replace

from scanners.handshake.extensions import (
    ALPN,
    ALPN_NAMES,
    GREASE_EXTENSION,
    GREASE_GROUP,
    GREASE_SUITE,
    GREASE_VERSION,
    OCSP_REQUEST,
    SCT,
    STATUS_REQUEST,
    SUPPORTED_VERSIONS,
    alpn,
    alpn_chosen,
)
from scanners.handshake.facts import Facts, alert_of
from scanners.handshake.offered import NO_APPLICATION_PROTOCOL, OfferedNames
from scanners.tls.hello import Offer
from scanners.tls.messages import KeyExchange, group_name
from scanners.tls.modern import ModernSession, Resumption, modern_offer, open_modern
from scanners.tls.records import AlertError
from scanners.tls.schedule import READABLE_GROUPS, READABLE_SUITES
from scanners.tls.version import Protocol
from scanners.tls.wire import vector
from secaudit.core.vocabulary import Reason

KEYS = ("tickets_modern", "resumption_psk", "early_data")
_USUAL = {STATUS_REQUEST: OCSP_REQUEST, SCT: b""}
_TICKET_SECONDS = 2.0
"""How long we wait for a server that neither sends a ticket nor answers our goodbye."""


class ModernTalk:
    """Two connections: a full handshake, and its resumption."""

    def __init__(self, facts: Facts, names: OfferedNames) -> None:
        self._facts = facts
        self._names = names
        self._ticket: Resumption | None = None
        self._plain: Offer | None = None
        self.scheme: int | None = None
        """The first signature scheme that the server chose."""

    async def run(self) -> None:
        """Ask. Raises ScopeRefusedError alone."""
        facts = self._facts
        if Protocol.TLS1_3 not in facts.known.suites:
            facts.miss(facts.known.without([Protocol.TLS1_3]), *KEYS)
            return
        groups = facts.known.groups.get(Protocol.TLS1_3, READABLE_GROUPS)
        suites = facts.known.suites[Protocol.TLS1_3]
        if not set(groups) & set(READABLE_GROUPS) or not set(suites) & set(READABLE_SUITES):
            facts.miss(Reason.NO_OBSERVATION, *KEYS)
            return
        self._plain = modern_offer(facts.name, suites, groups)
        await self._first()
        ticket = self._ticket
        if ticket is not None:
            await facts.attempt(lambda: self._resume(ticket), "resumption_psk")

    async def _first(self) -> None:
        """One handshake full of values that mean nothing; an ordinary one where that fails."""
        facts = self._facts
        rich = self._rich()
        error = await facts.attempt(lambda: self._whole(rich), *KEYS)
        if error is not None and alert_of(error) == NO_APPLICATION_PROTOCOL:
            self._names.refuse()
            rich = replace(rich, extensions={**rich.extensions, ALPN: None})
            error = await facts.attempt(lambda: self._whole(rich), *KEYS)
        if error is None:
            facts.put(intolerance_modern=False)
        elif self.scheme is None:
            usual = self.usual()
            again = await facts.attempt(lambda: self._whole(usual), *KEYS)
            if again is None and not facts.gentle:
                facts.put(intolerance_modern=True)

    def usual(self) -> Offer:
        """An ordinary offer, with fresh random bytes."""
        offer = self._plain or modern_offer(self._facts.name)
        fresh = modern_offer(offer.name)
        return replace(
            offer, random=fresh.random, session_id=fresh.session_id, extensions=dict(_USUAL)
        )

    def _rich(self) -> Offer:
        usual = self.usual()
        if self._facts.gentle:
            return usual
        versions = GREASE_VERSION.to_bytes(2) + Protocol.TLS1_3.code.to_bytes(2)
        extensions = {
            **usual.extensions,
            GREASE_EXTENSION: b"",
            ALPN: alpn(ALPN_NAMES),
            SUPPORTED_VERSIONS: vector(1, versions),
        }
        return replace(
            usual,
            suites=(GREASE_SUITE, *usual.suites),
            groups=(*(usual.groups or ()), GREASE_GROUP),
            extensions=extensions,
        )

    async def _whole(self, offer: Offer) -> None:
        facts = self._facts
        async with open_modern(facts.exchanger, offer, "handshake: TLS 1.3") as session:
            await session.greet()
            self.note(session)
            if ALPN in offer.extensions:
                self._names.note(alpn_chosen(session.encrypted_extensions.get(ALPN)))
            try:
                await session.finish()
                await session.say_goodbye()
                await session.read_tickets(_TICKET_SECONDS)
            except AlertError as error:
                wants = Reason.CLIENT_CERTIFICATE if session.asks_client else error.reason
                raise AlertError(error.code, wants) from None
            self._note_tickets(session)

    def note(self, session: ModernSession) -> None:
        """Note what the server's flight shows, whatever it was asked for."""
        facts = self._facts
        self.scheme = self.scheme or session.signature_scheme
        facts.put(
            asks_client=facts.data.get("asks_client") or session.asks_client,
            sct_extension=facts.data.get("sct_extension") or bool(session.scts),
        )
        facts.ocsp = facts.ocsp or session.ocsp
        if session.certificates:
            facts.leaves.setdefault("known", session.certificates[0])
        self.note_key(session)

    def note_key(self, session: ModernSession) -> None:
        """Note the server's key share."""
        hello = session.hello
        if hello is not None and hello.group is not None:
            name = group_name(hello.group)
            self._facts.keys.append(KeyExchange(group=name, public=hello.share, code=hello.group))

    def _note_tickets(self, session: ModernSession) -> None:
        facts = self._facts
        facts.put(tickets_modern=len(session.tickets))
        if not session.tickets:
            facts.put(resumption_psk=False, early_data=0, ticket_lifetime_modern=None)
            return
        self._ticket = session.tickets[-1]
        facts.put(
            early_data=max(kept.ticket.early_data or 0 for kept in session.tickets),
            ticket_lifetime_modern=max(kept.ticket.lifetime for kept in session.tickets),
        )

    async def _resume(self, ticket: Resumption) -> None:
        offer = self.usual()
        exchanger = self._facts.exchanger
        async with open_modern(exchanger, offer, "handshake: PSK", ticket) as session:
            await session.greet()
            self._facts.put(resumption_psk=session.resumed)
            self.note_key(session)
