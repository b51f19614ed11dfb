"""What the words before TLS say, spoken once more to the very dialogues that heard them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from scanners.base import ProbeError
from scanners.network.services.facts import shown
from scanners.rereading.reading import Account, Material, Reading, Unread
from scanners.rereading.replay import Exchange, ReplayStream
from scanners.rereading.talks import transcripts
from scanners.starttls.dialogues import DIALOGUES, Dialogue, Speak
from scanners.starttls.injection import INJECTIONS
from scanners.starttls.preamble import Preamble, StartTlsError
from scanners.starttls.probe import AS_A_CLIENT, RECEIVED_KEPT, WITH_INJECTION
from secaudit.core.vocabulary import Reason

_VERDICTS = ("proved", "absent")


@dataclass
class _Heard:
    facts: dict[str, Any] = field(default_factory=dict)
    leftover: int = 0
    error: ProbeError | None = field(default_factory=lambda: ProbeError(Reason.NO_OBSERVATION))
    """What ended the words of an ordinary client."""


def reread(material: Material) -> Reading:
    """Compare a ``starttls.endpoint`` observation with its transcript.

    Raises ValueError for evidence that is no transcript.
    """
    data = material.data
    lines = transcripts(material.evidence)
    heard = asyncio.run(_hear(lines, DIALOGUES[data["protocol"]]))
    account = Account(data)
    if any(len(line.received) >= RECEIVED_KEPT for line in lines):
        account.leave_rest(Unread.CUT_OFF)
        return account.reading()
    _start(account, heard, data)
    account.same("leftover", heard.leftover)
    for name in ("login_in_clear", "login_methods"):
        if data[name] is not None:
            account.same(name, heard.facts.pop(name, [] if name == "login_methods" else None))
    heard.facts.pop("login_in_clear", None)
    account.same("facts", heard.facts)
    _injection(account, lines, data)
    account.leave(Unread.NOT_KEPT, "direct_tls")
    account.leave(Unread.CONNECTION, "injection_reason", "problems")
    account.leave_rest(Unread.ELSEWHERE)
    return account.reading()


async def _hear(lines: Sequence[Exchange], dialogue: Dialogue) -> _Heard:
    heard = _Heard()
    asks = {speak.__name__: speak for speak in dialogue.asks}
    for line in lines:
        speak = asks.get(line.purpose)
        if line.purpose in (AS_A_CLIENT, WITH_INJECTION):
            speak = dialogue.speak
        if speak is None:
            continue
        preamble, error = await _spoken(line, speak)
        if line.purpose == AS_A_CLIENT:
            heard.error = error
        if speak is dialogue.speak and error is None:
            heard.leftover = max(heard.leftover, len(preamble.leftover))
        heard.facts |= preamble.facts
    return heard


async def _spoken(line: Exchange, speak: Speak) -> tuple[Preamble, ProbeError | None]:
    preamble = Preamble(ReplayStream(line.received))
    try:
        await speak(preamble)
    except ProbeError as error:
        return preamble, error
    return preamble, None


def _start(account: Account, heard: _Heard, data: Any) -> None:
    """Whether the service goes over to TLS, and in which words it does not."""
    error = heard.error
    if error is None or isinstance(error, StartTlsError):
        account.same("starts", error is None)
        account.same("refusal", error.refusal.value if error else None)
        account.same("reason", error.reason.value if error else None)
    elif data["starts"]:
        account.check("starts", borne_out=False)
    else:
        account.leave(Unread.CONNECTION, "starts", "refusal", "reason")


def _injection(account: Account, lines: Sequence[Exchange], data: Any) -> None:
    """Whose answers came inside TLS. That a session was ended by the server is no byte."""
    injection = INJECTIONS.get(data["protocol"])
    tried = [line for line in lines if line.purpose == WITH_INJECTION]
    if injection is None or not tried or data["injection"] not in _VERDICTS:
        account.leave(Unread.CONNECTION, "injection")
        return
    line = tried[-1]
    verdict = injection.read(line.inside, line.outcome in _VERDICTS) if line.inside else None
    if verdict is None and data["injection"] == "absent":
        account.leave(Unread.CONNECTION, "injection")
    else:
        account.same("injection", verdict)
    account.same("answered", shown(line.inside) if verdict else "")
