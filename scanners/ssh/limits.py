"""How much one SSH endpoint may cost us: seconds of waiting, bytes, and connections."""

from dataclasses import dataclass

from scanners.base import ProbeError
from secaudit.core.vocabulary import Reason

MOST_CONNECTIONS = 3
"""OpenSSH 9.8 and newer bans an address that leaves many connections unauthenticated."""


@dataclass(frozen=True)
class SshSettings:
    """Bounds of the SSH probe. Times are in seconds and do not count waiting for our own budget."""

    connection_seconds: float = 6.0
    """For all the waiting on one connection, however many pieces the answers come in."""
    total_seconds: float = 15.0
    """For all the waiting at one endpoint."""
    silence_seconds: float = 2.0
    """After this long without the server's KEXINIT we send ours first."""
    connection_bytes: int = 128 * 1024
    """A KEXINIT and a certificate of the largest kind are a tenth of it."""
    connections: int = MOST_CONNECTIONS
    """At most."""
    every_key: bool = True
    """See one key of each type, as far as the connections reach. False: only those that decide
    something, since the size of all but RSA's stands in their names; mostly one connection."""

    def __post_init__(self) -> None:
        """Refuse more connections than a server may take for an attack."""
        if not 1 <= self.connections <= MOST_CONNECTIONS:
            raise ValueError(f"1 to {MOST_CONNECTIONS} connections")


@dataclass
class Meter:
    """What one endpoint has cost so far. Raises ProbeError(LIMIT_EXCEEDED) at a bound."""

    settings: SshSettings
    seconds: float = 0.0
    connections: int = 0

    @property
    def may_open(self) -> bool:
        """Whether another connection is within the bounds."""
        left = self.settings.total_seconds - self.seconds
        return self.connections < self.settings.connections and left > 0

    def open(self) -> None:
        """Count one connection."""
        if not self.may_open:
            raise ProbeError(Reason.LIMIT_EXCEEDED)
        self.connections += 1
