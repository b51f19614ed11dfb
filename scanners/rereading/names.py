"""What the answers of a resolver say, read again by the questions that were asked of it."""

import asyncio
from collections.abc import Mapping, Sequence

import dns.exception
import dns.message

from scanners.dns.client import Reply, read_reply
from scanners.dns.probe import RECEIVED_KEPT, NameQuestions
from scanners.dns.server import Server
from scanners.rereading.reading import Account, Material, Reading, Unread
from scanners.rereading.replay import Exchange
from scanners.rereading.talks import transcripts
from secaudit.core.subject import Subject
from secaudit.core.vocabulary import Reason

_PURPOSE_WORDS = 3


class RecordedResolver:
    """Gives the answers of then to whoever asks the same questions now."""

    servers: tuple[Server, ...] = ()

    def __init__(self, lines: Sequence[Exchange]) -> None:
        self._lines: Mapping[tuple[str, str], Exchange] = {
            (words[2], words[1]): line
            for line in lines
            if len(words := line.purpose.split(" ")) == _PURPOSE_WORDS
        }

    async def ask(self, name: str, kind: str) -> Reply:
        """Read the recorded answer; a question that was not asked has none."""
        line = self._lines.get((name, kind))
        if line is None:
            return Reply(name, kind, problem=Reason.NO_OBSERVATION)
        if not line.received:
            return Reply(name, kind, problem=_reason(line.outcome))
        try:
            question = dns.message.from_wire(line.sent)
        except dns.exception.DNSException:
            return Reply(name, kind, problem=Reason.MALFORMED_ANSWER)
        return read_reply(name, kind, question, line.received)


def _reason(outcome: str) -> Reason:
    word = outcome.partition(" ")[0]
    return next((reason for reason in Reason if reason.value == word), Reason.NO_OBSERVATION)


def reread(material: Material) -> Reading:
    """Compare a ``dns.name`` observation with the answers that were kept.

    Raises ValueError for evidence that is no transcript.
    """
    data = material.data
    lines = transcripts(material.evidence)
    account = Account(data)
    if any(len(line.received) >= RECEIVED_KEPT for line in lines):
        account.leave_rest(Unread.CUT_OFF)
        return account.reading()
    subject = material.observation.subject
    port = subject.port if isinstance(subject, Subject) and subject.port else 0
    questions = NameQuestions(RecordedResolver(lines), data["name"])
    certified, mail = data["caa"] is not None, data["mail"] is not None
    read = asyncio.run(questions.run(port, certified=certified, mail=mail))
    account.leave(Unread.ELSEWHERE, "resolver")
    for name in read:
        if name != "resolver":
            account.same(name, read[name])
    account.leave_rest(Unread.ELSEWHERE)
    return account.reading()
