"""What the probes before found out beyond versions and suites, as far as weaknesses rest on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from secaudit.core.observation import Observation
from secaudit.core.vocabulary import Reason

KIND = "tls.handshake"


@dataclass(frozen=True)
class Prime:
    """A Diffie-Hellman prime: its bits, and its name where many servers share it."""

    bits: int
    name: str | None = None


@dataclass(frozen=True)
class Ssl2:
    """SSL 2.0 is spoken or not; None where that was not found out, ``reason`` why."""

    spoken: bool | None = None
    reason: Reason = Reason.NO_OBSERVATION


def ssl2_of(found: Sequence[Observation]) -> Ssl2:
    """Read the ``tls.handshake`` observation among these; nothing is known without one."""
    seen = next((item for item in found if item.kind == KIND), None)
    if seen is None:
        return Ssl2()
    spoken = seen.data.get("ssl2")
    reason = seen.data.get("reasons", {}).get("ssl2", Reason.NO_OBSERVATION)
    return Ssl2(spoken if isinstance(spoken, bool) else None, Reason(reason))


def primes_of(endpoint: Observation) -> tuple[Prime, ...]:
    """Every prime that a ``tls.endpoint`` observation tells of, the shortest first."""
    seen = endpoint.data["key_exchange"].get("dh", ())
    primes = (Prime(int(item["bits"]), item.get("known")) for item in seen)
    return tuple(sorted(primes, key=lambda prime: (prime.bits, prime.name or "")))
