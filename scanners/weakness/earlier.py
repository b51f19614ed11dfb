"""What the handshake probe found out, as far as weaknesses follow from it."""

from collections.abc import Sequence
from dataclasses import dataclass

from secaudit.core.observation import Observation
from secaudit.core.vocabulary import Reason

KIND = "tls.handshake"


@dataclass(frozen=True)
class Prime:
    """A Diffie-Hellman prime: its bits, and its name where many servers share it."""

    bits: int
    name: str = ""
    common: bool = False


@dataclass(frozen=True)
class Handshake:
    """SSL 2.0 (``accepted``, ``refused``, ``inconclusive``) and the primes that were seen."""

    ssl2: str = "inconclusive"
    ssl2_reason: Reason = Reason.NO_OBSERVATION
    primes: tuple[Prime, ...] = ()


def handshake_of(found: Sequence[Observation]) -> Handshake:
    """Read the ``tls.handshake`` observation among these; nothing is known without one."""
    seen = next((item for item in found if item.kind == KIND), None)
    return Handshake() if seen is None else Handshake(ssl2="inconclusive")
