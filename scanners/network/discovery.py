"""Which TCP ports of one host are open, by connecting to each (RFC 9293).

Observation ``host.ports``, about ``zone/address``: ``state`` (``up``, ``silent``), ``profile``,
``open`` (sorted ports), ``closed`` and ``filtered`` (run text), ``attempts``. A port that is in
none of the three was not probed. Evidence: the same facts as JSON, for a host that is up.
"""

import asyncio
from collections.abc import Iterable, Sequence

from scanners.base import Dialer, ProbeError
from scanners.budget import Budget
from scanners.dialer import utc_now
from scanners.lanes import in_lanes
from scanners.plan import FIRST_LOOK, Host
from scanners.ports import port_runs
from secaudit.core.canonical import canonical_json
from secaudit.core.observation import EvidenceSink, Observation
from secaudit.core.subject import Subject
from secaudit.core.vocabulary import ProbeClass, Reason

KIND = "host.ports"
PROBE = "discovery"

_CANDID = 8
"""Closed ports after which a host is known not to drop what it does not serve."""
_TOO_SILENT = 16
"""Timeouts in a row that a candid host's losses explain, and filtering does not."""
_RETRY_BATCH = 64
"""Silent ports tried again together; when none of so many answers, they are filtered, not lost."""
_LOCAL_PAUSE = 1.0
"""Seconds to wait when this machine itself could not connect (no more files, no more ports)."""


class PortSurvey:
    """One host's ports as they become known; what is known so far survives a cancellation."""

    def __init__(
        self, host: Host, dialer: Dialer, budget: Budget, *, lanes: int, retries: int
    ) -> None:
        self._host = host
        self._dialer = dialer
        self._budget = budget
        self._lanes = lanes
        self._retries = retries
        self._states: dict[int, str] = {}
        self._silent: dict[int, None] = {}
        self._in_a_row = 0
        self._refusals = 0
        self.answered = False
        self.attempts = 0

    @property
    def open_ports(self) -> list[int]:
        """The open ports, sorted."""
        return self._ports_in("open")

    @property
    def looked_at(self) -> int:
        """How many ports were looked at once at least."""
        return len(self._states) + len(self._silent)

    async def run(self) -> None:
        """Look at every port. Raises ScopeRefusedError, and ProbeError when this machine fails."""
        first, rest = self._host.ports[:FIRST_LOOK], self._host.ports[FIRST_LOOK:]
        await self._try(first)
        for _ in range(self._retries):
            if not self.answered:
                await self._try_again(list(self._silent))
        if not self.answered:
            return
        await self._try(rest)
        for _ in range(self._retries):
            await self._try_silent_again()

    def observation(self, zone: str, profile: str, evidence: EvidenceSink) -> Observation:
        """The facts so far. A silent host's ports are neither closed nor filtered: unknown."""
        subject, at = Subject(zone, str(self._host.address)), utc_now()
        filtered = {*self._ports_in("filtered"), *self._silent} if self.answered else set()
        data = {
            "state": "up" if self.answered else "silent",
            "profile": profile,
            "open": self.open_ports,
            "closed": port_runs(self._ports_in("closed")),
            "filtered": port_runs(filtered),
            "attempts": self.attempts,
        }
        if not self.answered:
            return Observation(KIND, subject, at, data)
        content = canonical_json({"subject": subject, "observed_at": at, **data})
        return Observation(KIND, subject, at, data, (evidence.put(content, "application/json"),))

    def _ports_in(self, state: str) -> list[int]:
        return sorted(port for port, seen in self._states.items() if seen == state)

    async def _try(self, ports: Iterable[int]) -> None:
        await in_lanes(ports, self._lanes, self._probe)

    async def _try_silent_again(self) -> None:
        waiting = list(self._silent)
        for start in range(0, len(waiting), _RETRY_BATCH):
            batch = waiting[start : start + _RETRY_BATCH]
            lost = await self._try_again(batch)
            if not lost and len(batch) == _RETRY_BATCH:
                return

    async def _try_again(self, ports: Sequence[int]) -> int:
        """Probe silent ports once more; return how many answered, for they had been lost."""
        known = self.answered
        await self._try(ports)
        lost = sum(port not in self._silent for port in ports)
        if lost and known:
            self._budget.slow_down(self._host.address)
        return lost

    async def _probe(self, port: int) -> None:
        reason = await self._connect(port)
        if reason is Reason.PROBE_FAILED:
            await asyncio.sleep(_LOCAL_PAUSE)
            reason = await self._connect(port)
            if reason is Reason.PROBE_FAILED:
                raise ProbeError(Reason.PROBE_FAILED, "this machine could not open a connection")
        if reason is Reason.TIMED_OUT:
            self._silent[port] = None
            self._notice_silence()
            return
        self._silent.pop(port, None)
        if reason is Reason.UNREACHABLE:
            self._states[port] = "filtered"
            return
        self._states[port] = "open" if reason is None else "closed"
        self._refusals += reason is not None
        self.answered = True
        self._in_a_row = 0

    async def _connect(self, port: int) -> Reason | None:
        """Connect and close at once; None when the port is open.

        A reset is not a refusal: the port took the connection, and dropped it before we looked.
        """
        self.attempts += 1
        try:
            stream = await self._dialer.connect(self._host.address, port, ProbeClass.DISCOVERY)
        except ProbeError as error:
            return None if error.reason is Reason.CONNECTION_RESET else error.reason
        await stream.close()
        return None

    def _notice_silence(self) -> None:
        """Slow down when a host that refused ports candidly suddenly answers nothing."""
        self._in_a_row += 1
        if self._refusals >= _CANDID and self._in_a_row % _TOO_SILENT == 0:
            self._budget.slow_down(self._host.address)
