"""How much one endpoint may cost us: seconds of waiting, bytes, and connections."""

from dataclasses import dataclass, field

from scanners.base import ProbeError
from secaudit.core.vocabulary import Reason


@dataclass(frozen=True)
class TlsSettings:
    """Bounds of the TLS probe. Times are in seconds and do not count waiting for our own budget."""

    exchange_seconds: float = 5.0
    """For one hello and all that answers it, however many pieces it comes in."""
    total_seconds: float = 60.0
    """For all the waiting at one endpoint."""
    flight_bytes: int = 256 * 1024
    """For the answer to one hello; the longest real chains are a tenth of it."""
    total_bytes: int = 16 * 2**20
    connections: int = 800
    """More than all suites of all versions together."""
    split_above: float = 0.04
    """Round-trip time above which a long chain of suites is split into parts run at once."""
    lanes: int = 4
    """Versions, or parts of a chain, asked at once; 1 never opens two connections at a time."""


@dataclass
class Meter:
    """What one endpoint has cost so far. Raises ProbeError(LIMIT_EXCEEDED) at a bound."""

    settings: TlsSettings
    seconds: float = 0.0
    received: int = 0
    connections: int = field(default=0)

    @property
    def seconds_left(self) -> float:
        """How long this endpoint may still keep us waiting."""
        return self.settings.total_seconds - self.seconds

    def open(self) -> None:
        """Count one connection."""
        if self.connections >= self.settings.connections or self.seconds_left <= 0:
            raise ProbeError(Reason.LIMIT_EXCEEDED)
        self.connections += 1

    def take(self, count: int) -> None:
        """Count bytes received."""
        self.received += count
        if self.received > self.settings.total_bytes:
            raise ProbeError(Reason.LIMIT_EXCEEDED)
