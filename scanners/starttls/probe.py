"""What a service that goes over to TLS does around that moment. It never judges.

Observation ``starttls.endpoint``, about ``zone/address:port/tcp``:

- ``protocol``: the service's name. ``starts``: whether it goes over to TLS; ``refusal`` and
  ``reason`` say why it does not.
- ``login_in_clear``: whether a password may be sent readable before TLS; null where nothing told.
  ``login_methods``: by which commands and mechanisms.
- ``injection``: ``proved``, ``absent``, ``inconclusive``, or ``not_tried``; ``injection_reason``.
  ``injected`` and ``answered`` are visible text: what was smuggled in, what came inside TLS.
- ``leftover``: bytes in clear after the go-ahead.
- ``direct_tls``: whether TLS is spoken at once on the same port too; null where that is not asked.
- ``facts``: ``required`` (XMPP), ``selected`` and ``rdstls`` (RDP), ``encryption`` (SQL Server).
- ``connections``: how many were made. ``problems``: reason codes of questions without an answer.
"""

import json
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from scanners.base import Dialer, Endpoint, ProbeError, Stream
from scanners.dialer import utc_now
from scanners.network.services.facts import shown
from scanners.network.services.inside_tls import TlsStream
from scanners.starttls.dialer import TRANSCRIPT_TYPE
from scanners.starttls.dialogues import DIALOGUES, Dialogue, Speak
from scanners.starttls.injection import INJECTIONS, Injection
from scanners.starttls.inside import Inside, converse
from scanners.starttls.preamble import DEFAULT_BOUNDS, Bounds, Preamble, StartTlsError
from scanners.starttls.streams import StreamAfter
from scanners.tls.limits import TlsSettings
from scanners.tls.probe import is_tls, sni_of
from secaudit.core.observation import EvidenceSink, Observation
from secaudit.core.vocabulary import ProbeClass, Reason

KIND = "starttls.endpoint"
RECEIVED_KEPT = 16 * 1024
"""Bytes of one conversation that go into the evidence, before TLS and inside it."""
AS_A_CLIENT, WITH_INJECTION = "as a client", "with injection"
"""How the transcript calls the sessions."""
_ENDED = {Reason.CONNECTION_CLOSED, Reason.CONNECTION_RESET, Reason.PROTOCOL_MISMATCH}
"""How a server ends a session in which it found bytes that did not belong there."""


@dataclass(frozen=True)
class StartTlsSettings:
    """Bounds of the probe; times in seconds."""

    preamble: Bounds = DEFAULT_BOUNDS
    inside_seconds: float = 5.0
    """For the handshake's answers, and for those to what is said inside."""
    inside_bytes: int = 32 * 1024
    gentle: bool = False
    """Operational technology: only what an ordinary client says; no injection, no questions."""


_DEFAULT = StartTlsSettings()


async def probe_starttls(
    endpoint: Endpoint,
    dialer: Dialer,
    evidence: EvidenceSink,
    service: str,
    settings: StartTlsSettings = _DEFAULT,
) -> list[Observation]:
    """Look at one endpoint by the dialer that speaks no preamble. Raises ScopeRefusedError."""
    observed_at = utc_now()
    probing = _Probing(endpoint, dialer, settings, service)
    await probing.run()
    digest = evidence.put(probing.transcript(), TRANSCRIPT_TYPE)
    return [Observation(KIND, endpoint.subject, observed_at, probing.data, (digest,))]


@dataclass
class _Attempt:
    """One connection: how far it came."""

    inside: Inside | None = None
    error: ProbeError | None = None
    leftover: int = 0
    started: bool = False
    """The command that starts TLS went out."""


@dataclass
class _Probing:
    endpoint: Endpoint
    dialer: Dialer
    settings: StartTlsSettings
    service: str
    lines: list[str] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def _dialogue(self) -> Dialogue:
        return DIALOGUES[self.service]

    async def run(self) -> None:
        self.data = {
            "protocol": self.service,
            "starts": False,
            "refusal": None,
            "reason": None,
            "login_in_clear": None,
            "login_methods": [],
            "injection": "not_tried",
            "injection_reason": None,
            "injected": "",
            "answered": "",
            "leftover": 0,
            "direct_tls": None,
            "facts": {},
            "connections": 0,
            "problems": [],
        }
        clean = await self._attempt(None)
        self._note_start(clean)
        injection = INJECTIONS.get(self.service)
        if self.settings.gentle:
            return
        if self.data["starts"] and injection is not None:
            await self._inject(injection, clean)
        for speak in self._dialogue.asks:
            await self._ask(speak)
        if self._dialogue.may_be_direct:
            self.data["connections"] += 1
            limits = TlsSettings(exchange_seconds=self.settings.inside_seconds)
            self.data["direct_tls"] = await is_tls(self.endpoint, self.dialer, limits)

    def _note_start(self, clean: _Attempt) -> None:
        error = clean.error
        self.data["starts"] = error is None or clean.inside is not None
        self.data["leftover"] = clean.leftover
        if error is not None and clean.inside is None:
            self.data["reason"] = error.reason.value
            if isinstance(error, StartTlsError):
                self.data["refusal"] = error.refusal.value

    async def _inject(self, injection: Injection, clean: _Attempt) -> None:
        """Weigh the session with the injection against the one without it.

        Where the clean session went well and the other was ended by the server (a refusal, a close,
        a failed handshake), nothing injected was carried out. Where even the clean one has more
        answers than questions, nothing is proved.
        """
        name = sni_of(self.endpoint.names)
        self.data["injected"] = shown(injection.injected(name))
        seen = await self._attempt(injection)
        verdict = seen.inside.verdict if seen.inside else None
        self.data["leftover"] = max(self.data["leftover"], seen.leftover)
        usual = clean.inside.verdict if clean.inside else None
        if verdict is not None and seen.inside is not None and usual != "proved":
            self.data["injection"] = verdict
            self.data["answered"] = shown(bytes(seen.inside.heard))
            return
        sound = usual == "absent" and seen.started
        error = seen.error
        ended = error is not None and (
            error.reason in _ENDED or error.reason in (Reason.TLS_REFUSED, Reason.NOT_OFFERED)
        )
        if sound and ended:
            self.data["injection"] = "absent"
            return
        self.data["injection"] = "inconclusive"
        other = clean.inside.error if clean.inside else None
        reason = error or other
        self.data["injection_reason"] = (reason.reason if reason else Reason.NO_OBSERVATION).value

    async def _attempt(self, injection: Injection | None) -> _Attempt:
        """One session, with the injection or without it, as far as it goes."""
        usual = INJECTIONS.get(self.service)
        name = sni_of(self.endpoint.names)
        injected = injection.injected(name) if injection else b""
        self.data["connections"] += 1
        attempt = _Attempt()
        preamble: Preamble | None = None
        try:
            async with await self._open(ProbeClass.TLS) as stream:
                preamble = Preamble(stream, name, self.settings.preamble, injected)
                await self._dialogue.speak(preamble)
                attempt.leftover = len(preamble.leftover)
                if usual is not None and (injection or usual.after(name)):
                    attempt.inside = Inside()
                    await self._go_inside(preamble, stream, usual, attempt.inside)
        except ProbeError as error:
            attempt.error = error
            if attempt.inside is not None:
                attempt.inside.error = error
        if preamble is not None:
            attempt.started = preamble.started
            self._learn(preamble.facts)
            purpose = WITH_INJECTION if injection else AS_A_CLIENT
            self._keep(purpose, preamble, attempt)
        return attempt

    async def _go_inside(
        self, preamble: Preamble, stream: Stream, usual: Injection, inside: Inside
    ) -> None:
        inner: Stream = preamble.wrap(
            StreamAfter(stream, preamble.leftover) if preamble.leftover else stream
        )
        seconds = self.settings.inside_seconds
        tls = await TlsStream.over(inner, preamble.name, seconds)
        after = usual.after(preamble.name)
        await converse(tls, after, usual.read, inside, seconds, self.settings.inside_bytes)

    async def _ask(self, speak: Speak) -> None:
        self.data["connections"] += 1
        preamble: Preamble | None = None
        attempt = _Attempt()
        try:
            async with await self._open(ProbeClass.SERVICE) as stream:
                preamble = Preamble(stream, None, self.settings.preamble)
                await speak(preamble)
        except ProbeError as error:
            attempt.error = error
            self.data["problems"] = sorted({*self.data["problems"], error.reason.value})
        if preamble is not None:
            self._learn(preamble.facts)
            self._keep(speak.__name__, preamble, attempt)

    async def _open(self, probe_class: ProbeClass) -> Stream:
        return await self.dialer.connect(self.endpoint.address, self.endpoint.port, probe_class)

    def _learn(self, facts: MutableMapping[str, Any]) -> None:
        for name in ("login_in_clear", "login_methods"):
            if name in facts:
                self.data[name] = facts.pop(name)
        self.data["facts"] |= facts

    def _keep(self, purpose: str, preamble: Preamble, attempt: _Attempt) -> None:
        inside = attempt.inside or Inside()
        line = {
            "purpose": purpose,
            "sent": preamble.words.sent.hex(),
            "received": bytes(preamble.words.received[:RECEIVED_KEPT]).hex(),
            "sent_inside": inside.said.hex(),
            "received_inside": bytes(inside.heard[:RECEIVED_KEPT]).hex(),
            "outcome": str(attempt.error) if attempt.error else inside.verdict or "done",
        }
        self.lines.append(json.dumps(line, separators=(",", ":")))

    def transcript(self) -> bytes:
        return ("\n".join(self.lines) + "\n").encode("ascii")
