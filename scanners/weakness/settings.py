"""How the probes of weaknesses may behave."""

from dataclasses import dataclass, field

from scanners.tls.limits import TlsSettings


@dataclass(frozen=True)
class WeaknessSettings:
    """Times in seconds."""

    tls: TlsSettings = field(default_factory=TlsSettings)
    """Bounds of all connections together, and how many may be open at once."""
    pause_seconds: float = 1.0
    """How long a server that may rightly wait for more is listened to before it gets more."""
    rounds: int = 3
    """How often answers that differ must come again, each as before, to count as a proof."""
    may_send: bool = True
    """False: only what follows from earlier observations is told."""
