"""Version numbers: is a fallback caught, and is one from the future passed over?"""

from scanners.base import ProbeError
from scanners.handshake.facts import Facts
from scanners.tls.exchange import Answer
from scanners.tls.hello import Offer
from scanners.tls.session import SESSION_PROTOCOLS
from scanners.tls.version import Protocol
from secaudit.core.vocabulary import Reason

FALLBACK_SCSV = 0x5600
FUTURE_VERSION = 0x0305
"""A version after TLS 1.3, by its number alone: a server has to offer what it has."""
_INAPPROPRIATE_FALLBACK = 86
KEYS = ("fallback_scsv", "version_intolerance")


class Tolerance:
    """One connection for each question."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    async def run(self) -> None:
        """Ask. Raises ScopeRefusedError alone."""
        facts = self._facts
        if facts.known.problem is not None:
            facts.miss(facts.known.problem, *KEYS)
            return
        await facts.attempt(self._fallback, "fallback_scsv")
        if facts.gentle:
            facts.miss(Reason.ZONE_NOT_PERMITTED, "version_intolerance")
        else:
            await facts.attempt(self._future, "version_intolerance")

    async def _fallback(self) -> None:
        """Offer the version below the newest one, as a client that falls back does (RFC 7507)."""
        facts = self._facts
        accepted = sorted(facts.known.suites, key=lambda protocol: protocol.code)
        if len(accepted) < 2:
            facts.miss(facts.known.without(Protocol), "fallback_scsv")
            return
        lower = accepted[-2]
        accepted_suites = facts.known.suites[lower]
        suites = (*accepted_suites, FALLBACK_SCSV)
        answer = await facts.exchanger.ask(Offer(lower, suites, facts.name))
        if answer.hello is not None:
            # Without the signal this very offer is accepted, so that an answer ignores it.
            facts.put(fallback_scsv=False)
            return
        if answer.alert != _INAPPROPRIATE_FALLBACK:
            await self._expect_answer(Offer(lower, accepted_suites, facts.name), answer)
        facts.put(fallback_scsv=True, fallback_alert=answer.alert)

    async def _future(self) -> None:
        facts = self._facts
        protocol = facts.known.newest(SESSION_PROTOCOLS)
        if protocol is None or protocol is Protocol.TLS1_0:
            facts.miss(facts.known.without(SESSION_PROTOCOLS), "version_intolerance")
            return
        suites = facts.known.suites[protocol]
        offer = Offer(protocol, suites, facts.name, legacy_version=FUTURE_VERSION)
        answer = await facts.exchanger.ask(offer)
        if answer.hello is None:
            await self._expect_answer(Offer(protocol, suites, facts.name), answer)
        facts.put(version_intolerance=answer.hello is None)

    async def _expect_answer(self, plain: Offer, before: Answer) -> None:
        """Raise ProbeError where the plain offer fails as well: then it had another cause."""
        again = await self._facts.exchanger.ask(plain)
        if again.hello is None:
            raise ProbeError(again.reason or before.reason or Reason.NO_OBSERVATION)
