"""A Dialer behind which TLS begins at once, whatever the protocol demands before it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from scanners.base import Dialer, Endpoint, ProbeError, Stream
from scanners.network.services.facts import Service
from scanners.starttls.dialogues import DIALOGUES, Dialogue
from scanners.starttls.preamble import DEFAULT_BOUNDS, Bounds, Preamble
from scanners.starttls.streams import StreamAfter
from scanners.tls.probe import sni_of
from secaudit.core.network import Address
from secaudit.core.observation import EvidenceSink
from secaudit.core.vocabulary import ProbeClass, Reason

TRANSCRIPT_TYPE = "application/jsonl"
_SEEN_BYTES = 4096
_MOST_KINDS = 64
"""Different preambles kept; a server that says something new each time fills no disk."""


@dataclass(frozen=True)
class Patience:
    """When to stop asking one endpoint."""

    bounds: Bounds = DEFAULT_BOUNDS
    total_seconds: float = 120.0
    """Of waiting for preambles."""
    strikes: int = 2
    """Preambles in a row that may fail before no more are begun."""


DEFAULT_PATIENCE = Patience()


class StartTlsDialer:
    """Opens connections to one endpoint and speaks its preamble on each.

    Where the preamble fails the reason is what connecting fails with: NOT_OFFERED, TLS_REFUSED,
    PROTOCOL_MISMATCH, CONNECTION_REFUSED, TIMED_OUT or LIMIT_EXCEEDED. A connection that closes in
    the midst of a preamble is TLS_REFUSED: nothing in it speaks of a version or a suite.
    """

    def __init__(
        self,
        dialer: Dialer,
        dialogue: Dialogue,
        names: Sequence[str] = (),
        patience: Patience = DEFAULT_PATIENCE,
    ) -> None:
        self._dialer = dialer
        self._dialogue = dialogue
        self._name = sni_of(names)
        self._patience = patience
        self._failed = 0
        self._seconds = 0.0
        self._connections = 0
        self._last = Reason.PROBE_FAILED
        self._kinds: dict[tuple[bytes, bytes, bytes, str], int] = {}

    async def connect(self, address: Address, port: int, probe_class: ProbeClass) -> Stream:
        """Open one connection on which the ClientHello is next. Raises as a Dialer does."""
        self._be_patient()
        self._connections += 1
        stream = await self._dialer.connect(address, port, probe_class)
        preamble = Preamble(stream, self._name, self._patience.bounds)
        outcome = "interrupted"
        try:
            await self._dialogue.speak(preamble)
            outcome = "TLS may start"
        except ProbeError as error:
            outcome = str(error)
            self._failed += 1
            self._last = error.reason
            if error.reason in (Reason.CONNECTION_CLOSED, Reason.CONNECTION_RESET):
                self._last = Reason.TLS_REFUSED
                raise ProbeError(Reason.TLS_REFUSED, str(error)) from None
            raise
        finally:
            self._seconds += preamble.seconds
            self._keep(preamble, outcome)
            if outcome != "TLS may start":
                await stream.close()
        self._failed = 0
        inner = StreamAfter(stream, preamble.leftover) if preamble.leftover else stream
        return preamble.wrap(inner)

    def _be_patient(self) -> None:
        most = self._dialogue.most
        if self._failed >= self._patience.strikes:
            raise ProbeError(self._last)
        if self._seconds >= self._patience.total_seconds:
            raise ProbeError(Reason.LIMIT_EXCEEDED)
        if most is not None and self._connections >= most:
            raise ProbeError(Reason.LIMIT_EXCEEDED)

    def _keep(self, preamble: Preamble, outcome: str) -> None:
        words = preamble.words
        kind = (
            bytes(words.sent),
            bytes(words.received[:_SEEN_BYTES]),
            preamble.leftover[:_SEEN_BYTES],
            outcome,
        )
        if kind in self._kinds or len(self._kinds) < _MOST_KINDS:
            self._kinds[kind] = self._kinds.get(kind, 0) + 1

    def keep_words(self, evidence: EvidenceSink) -> tuple[str, ...]:
        """Put the preambles since the last call into evidence, each once with its count."""
        lines = [
            json.dumps(
                {
                    "purpose": "words before TLS",
                    "sent": sent.hex(),
                    "received": received.hex(),
                    "leftover": leftover.hex(),
                    "outcome": outcome,
                    "times": times,
                },
                separators=(",", ":"),
            )
            for (sent, received, leftover, outcome), times in self._kinds.items()
        ]
        self._kinds.clear()
        if not lines:
            return ()
        return (evidence.put(("\n".join(lines) + "\n").encode("ascii"), TRANSCRIPT_TYPE),)


def starts_tls(service: Service) -> bool:
    """Whether TLS is to be had here after a few words in clear.

    What nmap named was never asked for it by us, and so is worth a try.
    """
    unasked = service.starttls is None and service.method == "nmap"
    offered = bool(service.starttls) or unasked
    return not service.tls and offered and service.name in DIALOGUES


def starttls_dialer(service: Service, endpoint: Endpoint, dialer: Dialer) -> StartTlsDialer | None:
    """The dialer for a service that goes over to TLS; None for every other."""
    if not starts_tls(service):
        return None
    return StartTlsDialer(dialer, DIALOGUES[service.name], endpoint.names)
