"""What is found out about one endpoint's handshakes, and one attempt after the other at it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanners.base import ProbeError
from scanners.tls.exchange import Exchanger
from scanners.tls.messages import KeyExchange
from scanners.tls.records import AlertError
from scanners.tls.version import Protocol
from secaudit.core.vocabulary import Reason

_HOPELESS = {
    Reason.CONNECTION_REFUSED,
    Reason.UNREACHABLE,
    Reason.LIMIT_EXCEEDED,
    Reason.PROTOCOL_MISMATCH,
}
_MOST_SILENCES = 3
"""A server that keeps us waiting so often in a row is not asked any more."""


@dataclass
class Known:
    """What the visit before found: versions, suites by code, groups by code."""

    suites: Mapping[Protocol, tuple[int, ...]]
    groups: Mapping[Protocol, tuple[int, ...]] = field(default_factory=dict)
    problem: Reason | None = None
    """Why nothing is known to be accepted."""
    unsure: Mapping[Protocol, Reason] = field(default_factory=dict)
    """The versions of which nobody knows whether they are spoken."""

    def without(self, among: Iterable[Protocol]) -> Reason:
        """Why none of some versions is there: nobody knows, or the server does not speak them."""
        doubts = (self.unsure[protocol] for protocol in among if protocol in self.unsure)
        return self.problem or next(doubts, Reason.NOT_OFFERED)

    def newest(self, among: Iterable[Protocol]) -> Protocol | None:
        """The newest version that is accepted, of some."""
        accepted = [protocol for protocol in among if protocol in self.suites]
        return max(accepted, key=lambda protocol: protocol.code, default=None)


@dataclass
class Facts:
    """The data of one observation in the making: ``reasons`` has why a fact is null."""

    exchanger: Exchanger
    name: str | None
    known: Known
    gentle: bool = False
    """Nothing is sent that a whole and ordinary client would not send."""
    data: dict[str, Any] = field(default_factory=dict)
    reasons: dict[str, Reason] = field(default_factory=dict)
    keys: list[KeyExchange] = field(default_factory=list)
    """Ephemeral keys seen on the way."""
    leaves: dict[str, bytes] = field(default_factory=dict)
    ocsp: bytes = b""
    _silences: int = 0
    _stopped: Reason | None = None

    def put(self, **facts: Any) -> None:
        """Note facts that were seen; a reason noted before is gone."""
        for key, value in facts.items():
            self.data[key] = value
            self.reasons.pop(key, None)

    def miss(self, reason: Reason, *keys: str) -> None:
        """Note why facts are not known, where they are not."""
        for key in keys:
            if self.data.get(key) is None:
                self.data[key] = None
                self.reasons[key] = reason

    def doubt(self, *keys: str) -> None:
        """Take these facts back where the server does not answer again after a refusal."""

        def undo(reason: Reason) -> None:
            for key in keys:
                self.data[key] = None
                self.reasons[key] = reason

        self.exchanger.liveness.refused(undo)

    def stop(self, reason: Reason) -> None:
        """Let every further attempt fail for this reason, without a connection."""
        self._stopped = reason

    async def attempt(self, work: Callable[[], Awaitable[None]], *keys: str) -> ProbeError | None:
        """Try to find some facts; whatever is still unknown after a failure gets its reason.

        Returns the failure. Raises ScopeRefusedError alone.
        """
        if self._stopped is not None:
            self.miss(self._stopped, *keys)
            return ProbeError(self._stopped)
        try:
            await work()
        except ProbeError as error:
            self._note(error)
            # "Not offered" is for questions that do not arise; an alert leaves one open.
            unsaid = alert_of(error) is not None and error.reason is Reason.NOT_OFFERED
            self.miss(Reason.NO_OBSERVATION if unsaid else error.reason, *keys)
            return error
        self._silences = 0
        return None

    def _note(self, error: ProbeError) -> None:
        self._silences = self._silences + 1 if error.reason is Reason.TIMED_OUT else 0
        if error.reason in _HOPELESS or self._silences >= _MOST_SILENCES:
            self._stopped = error.reason


def alert_of(error: ProbeError | None) -> int | None:
    """The alert that ended an attempt, if one did."""
    return error.code if isinstance(error, AlertError) else None
