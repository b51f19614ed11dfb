"""The few words that are said once TLS is up, and what is heard."""

import asyncio
from dataclasses import dataclass, field

from scanners.base import ProbeError, Stream
from scanners.starttls.injection import Reading, Verdict
from secaudit.core.vocabulary import Reason

_LAST_WORDS_SECONDS = 0.3
"""How long a late answer is waited for after the one that speaks against an injection."""


@dataclass
class Inside:
    """What was said and heard inside TLS, both in clear."""

    said: bytes = b""
    heard: bytearray = field(default_factory=bytearray)
    verdict: Verdict | None = None
    error: ProbeError | None = None


async def converse(
    stream: Stream, after: bytes, read: Reading, inside: Inside, seconds: float, most: int
) -> None:
    """Say ``after`` and hear until ``read`` knows, the peer ends, or a bound is met.

    Raises ProbeError where there is no verdict.
    """
    inside.said = after
    if after:
        await stream.send(after)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    ended = False
    while not ended and inside.verdict != "proved":
        try:
            piece = await stream.receive(4096, max(0.0, deadline - loop.time()))
        except ProbeError as error:
            if inside.verdict is not None:
                return
            inside.error = error
            # A reset after the last word is an end too; silence is none.
            inside.verdict = read(bytes(inside.heard), error.reason is Reason.CONNECTION_RESET)
            if inside.verdict is None:
                raise
            return
        ended = not piece
        inside.heard += piece
        inside.verdict = read(bytes(inside.heard), ended)
        if inside.verdict == "absent":
            deadline = min(deadline, loop.time() + _LAST_WORDS_SECONDS)
        if len(inside.heard) > most:
            raise ProbeError(Reason.LIMIT_EXCEEDED)
    if inside.verdict is None:
        raise ProbeError(Reason.CONNECTION_CLOSED)
