"""Several questions to one server, each on a connection of its own, whose answers are compared."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from scanners.lanes import in_lanes
from scanners.tls.exchange import Exchanger
from scanners.tls.session import TlsSession, open_session, session_offer
from scanners.tls.version import Protocol
from scanners.weakness.settings import WeaknessSettings

_LANES = 3
"""A server that serves one client after the other must get to the last one in time."""
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Asking:
    """How the connections are opened. ``purpose`` stands before each vector's name in evidence."""

    exchanger: Exchanger
    name: str | None
    protocol: Protocol
    suites: tuple[int, ...]
    settings: WeaknessSettings
    purpose: str

    async def all_vectors(
        self, vectors: Sequence[str], put: Callable[[TlsSession, str], Awaitable[Answer]]
    ) -> Mapping[str, Answer]:
        """One round: ``put`` asks by one vector. Answers stand in the order of the vectors.

        Raises ProbeError where any one of them cannot be asked.
        """
        found: dict[str, Answer] = {}

        async def one(vector: str) -> None:
            offer = session_offer(self.protocol, self.name, self.suites)
            purpose = f"{self.purpose} {vector}"
            async with open_session(self.exchanger, offer, purpose) as session:
                found[vector] = await put(session, vector)

        await in_lanes(vectors, min(self.settings.tls.lanes, _LANES), one)
        return {vector: found[vector] for vector in vectors}
