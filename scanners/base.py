"""What the scanners promise: probes return observations, rules turn them into results."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, Self

from secaudit.core.errors import SecauditError
from secaudit.core.network import Address
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.subject import AnySubject, Subject
from secaudit.core.vocabulary import Outcome, ProbeClass, Reason

if TYPE_CHECKING:
    from scanners.catalogue import Check


class ScopeRefusedError(SecauditError):
    """A probe was about to leave the authorisation. Nothing was sent."""

    def __init__(self, address: Address, port: int | None, reason: Reason) -> None:
        super().__init__(
            "{address} port {port}: {reason}", address=address, port=port, reason=reason.value
        )
        self.reason = reason


class ProbeError(SecauditError):
    """A connection or an exchange failed; ``reason`` says how. Never a verdict by itself."""

    def __init__(self, reason: Reason, message: str = "") -> None:
        super().__init__("{message}", message=message or reason.value)
        self.reason = reason


class Stream(Protocol):
    """One open connection whose reads are bounded in bytes and in time."""

    async def send(self, content: bytes) -> None:
        """Send all of ``content``. Raises ProbeError."""
        ...

    async def receive(self, limit: int, timeout: float | None = None) -> bytes:
        """Return 1 to ``limit`` bytes as they arrive, or b"" at the end. Raises ProbeError."""
        ...

    async def receive_exactly(self, count: int, timeout: float | None = None) -> bytes:
        """Return just ``count`` bytes. Raises ProbeError (CONNECTION_CLOSED when fewer came)."""
        ...

    async def close(self) -> None:
        """Close without waiting for the peer. Never raises."""
        ...

    async def __aenter__(self) -> Self:
        """Use the stream in a ``with`` block."""
        ...

    async def __aexit__(self, *_: object) -> None:
        """Close it at the end of the block."""
        ...


class Dialer(Protocol):
    """The only thing that opens sockets: it asks the authorisation and the budget first."""

    async def connect(self, address: Address, port: int, probe_class: ProbeClass) -> Stream:
        """Open one TCP connection. Raises ScopeRefusedError or ProbeError."""
        ...


@dataclass(frozen=True)
class Endpoint:
    """An open port to be probed: its subject (with zone), address, and the names to ask for."""

    subject: Subject
    address: Address
    port: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Watched:
    """A check that failed on a subject before, and so is owed an outcome in this scan."""

    check: str
    subject: Subject


@dataclass(frozen=True)
class Sight:
    """All that was observed about one host in one scan, indexed for the rules.

    ``watched`` are the checks that failed on this host before: a rule may then judge a subject
    that it would otherwise have nothing to say about.
    """

    observations: Sequence[Observation]
    settings: Mapping[str, Any] = field(default_factory=dict)
    watched: tuple[Watched, ...] = ()

    def of(self, kind: str) -> list[Observation]:
        """The observations of one kind, in the order in which they were made."""
        return [item for item in self.observations if item.kind == kind]

    def about(self, kind: str, subject: Subject) -> Observation | None:
        """The first observation of one kind about one subject."""
        return next((item for item in self.of(kind) if item.subject == subject), None)


Rule = Callable[[Sight, "Check"], Iterable[CheckResult]]
"""A pure function from what was seen to results; it is named in its check's declaration.

It gets its own check, with the severity and the parameters that the workspace decided.
"""


def result(
    check: "Check",
    subject: AnySubject,
    outcome: Outcome,
    observation: Observation,
    reason: Reason = Reason.OBSERVED,
    **details: Any,
) -> CheckResult:
    """Build a result that rests on one observation: its time and its evidence.

    ``details`` are JSON values; a failed result carries all that the check's statement needs.
    """
    return CheckResult(
        check=check.id,
        subject=subject,
        outcome=outcome,
        reason=reason,
        severity=check.severity,
        observed_at=observation.observed_at,
        details=details,
        evidence=observation.evidence,
    )
