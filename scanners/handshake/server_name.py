"""How a server behaves without a name in the hello, and with one that nobody has (RFC 6066)."""

from functools import partial
from hashlib import sha256
from typing import Any

from scanners.base import ProbeError
from scanners.handshake.facts import Facts
from scanners.tls.liveness import explains_itself
from scanners.tls.modern import modern_offer, open_modern
from scanners.tls.records import AlertError
from scanners.tls.schedule import READABLE_GROUPS
from scanners.tls.session import SESSION_PROTOCOLS, open_session, session_offer, session_suites
from scanners.tls.version import Protocol
from secaudit.core.vocabulary import Reason

UNKNOWN_NAME = "nama-tidak-dikenal.invalid"
"""No server can have it: the zone is reserved (RFC 6761)."""
_KEYS = {None: "without_name", UNKNOWN_NAME: "unknown_name"}


class NameBehaviour:
    """One connection for each way of asking that was not yet used."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    async def run(self) -> None:
        """Ask, and note what was shown. Raises ScopeRefusedError alone."""
        facts = self._facts
        usual = facts.leaves.get("known")
        for name, key in _KEYS.items():
            if usual is None:
                # Where no handshake went well under the usual name, a refusal tells nothing.
                facts.miss(facts.known.problem or Reason.NO_OBSERVATION, key)
            elif name is None and facts.name is None:
                facts.put(**{key: shown_leaf(usual, None)})
            else:
                await facts.attempt(partial(self._ask, name, key, usual), key)

    async def _ask(self, name: str | None, key: str, usual: bytes) -> None:
        try:
            leaf = await self._leaf(name)
        except AlertError as error:
            self._facts.put(**{key: {"answer": "refused", "alert": error.code}})
            if not explains_itself(error.code):
                self._facts.doubt(key)
        else:
            self._facts.put(**{key: shown_leaf(leaf, usual)})

    async def _leaf(self, name: str | None) -> bytes:
        facts = self._facts
        purpose = f"server name: {name or '-'}"
        protocol = facts.known.newest(SESSION_PROTOCOLS)
        if protocol is not None:
            accepted = facts.known.suites[protocol]
            suites = [code for code in accepted if code in session_suites(protocol)]
            if suites:
                offer = session_offer(protocol, name, suites)
                async with open_session(facts.exchanger, offer, purpose) as legacy:
                    await legacy.greet()
                    return legacy.certificates[0] if legacy.certificates else b""
        if Protocol.TLS1_3 not in facts.known.suites:
            raise ProbeError(Reason.NO_OBSERVATION)
        groups = facts.known.groups.get(Protocol.TLS1_3, READABLE_GROUPS)
        modern = modern_offer(name, facts.known.suites[Protocol.TLS1_3], groups)
        async with open_modern(facts.exchanger, modern, purpose) as session:
            await session.greet()
            return session.certificates[0] if session.certificates else b""


def shown_leaf(leaf: bytes, usual: bytes | None) -> dict[str, Any]:
    """What came: the digest of the certificate, and whether it is the one for the known name."""
    digest = sha256(leaf).hexdigest() if leaf else None
    same = None if usual is None or not leaf else leaf == usual
    return {"answer": "certificate", "sha256": digest, "same": same}
