"""What a server makes of CBC records that are broken in different ways, under keys.

POODLE on TLS (CVE-2014-8730): the padding is not looked at. A record without content goes out,
whose MAC is right and whose padding is wrong. RFC 5246, section 6.2.3.2: it must be refused. A
vulnerable server goes on: it answers a well-formed close_notify afterwards.

Padding oracles (Zombie POODLE, GOLDENDOODLE, CVE-2019-1559 with records of no content; Merget,
Somorovsky et al., "Scalable Scanning and Automatic Classification of TLS Padding Oracle
Vulnerabilities", USENIX Security 2019): records with a wrong MAC, with a padding longer than the
record, and with a wrong MAC and no content. A sound server refuses all in one way. The answers to
one record each, over connections of their own, are compared; where they differ, all must come again
as they were.

Nothing that is sent reaches an application: what is right in form has no content, and what has
content is refused with its MAC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from scanners.base import ProbeError
from scanners.tls.exchange import Exchanger
from scanners.tls.protection import CbcProtection
from scanners.tls.records import ALERT, APPLICATION
from scanners.tls.session import TlsSession
from scanners.tls.wire import MalformedError
from scanners.weakness.asking import Asking
from scanners.weakness.control import objection, unanswered
from scanners.weakness.ground import OLD_TLS, Ground
from scanners.weakness.reaction import Reaction, react
from scanners.weakness.settings import WeaknessSettings
from scanners.weakness.verdict import State, Verdict, Weakness, absent, inconclusive, proved
from secaudit.core.vocabulary import Reason

WRONG_PADDING = "wrong_padding"
CBC_ASKED = "cbc:"
VECTORS = (WRONG_PADDING, "wrong_mac", "long_padding", "wrong_mac_empty")
_CLOSE_NOTIFY = b"\x01\x00"
_CONTENT = bytes(16)
Pair = dict[Weakness, Verdict]


@dataclass(frozen=True)
class Answer:
    """The reaction to a broken record; and to a close_notify after it, where there was none."""

    to_record: Reaction
    to_goodbye: Reaction | None = None

    @property
    def went_on(self) -> bool:
        """The server read on under the same keys, as if nothing had been wrong."""
        return self.to_goodbye is not None and self.to_goodbye.alerts == (0,)

    def __str__(self) -> str:
        """One line, for facts."""
        return str(self.to_record) if self.to_goodbye is None else f"silent; {self.to_goodbye}"


async def look_at_padding(
    ground: Ground, exchanger: Exchanger, name: str | None, settings: WeaknessSettings
) -> Pair:
    """Look for both. Raises ScopeRefusedError alone."""
    if not ground.accepted(lambda suite: suite.cbc, OLD_TLS):
        doubt = ground.doubt(OLD_TLS)
        return _both(inconclusive(doubt) if doubt else absent("no_cbc"))
    spoken = ground.session(lambda suite: suite.cbc)
    if spoken is None:
        return _both(inconclusive(Reason.NO_OBSERVATION, "no_suite_to_speak"))
    asking = Asking(exchanger, name, *spoken, settings, CBC_ASKED)
    put = partial(_put, settings=settings)
    rounds: list[Mapping[str, Answer]] = []
    try:
        rounds.append(await asking.all_vectors(VECTORS, put))
        while len(rounds) < settings.rounds and len(set(rounds[0].values())) > 1:
            rounds.append(await asking.all_vectors(VECTORS, put))
    except ProbeError as error:
        return _both(unanswered(error))
    found = {
        Weakness.POODLE_TLS: judge_acceptance([answers[WRONG_PADDING] for answers in rounds]),
        Weakness.PADDING_ORACLE: judge_answers(rounds),
    }
    acquitted = [weakness for weakness, verdict in found.items() if verdict.state is State.ABSENT]
    if acquitted and not all(_said_no(answer) for answer in rounds[0].values()):
        # Somebody who hangs up after every handshake did not refuse a record by it.
        against = await objection(exchanger, name, spoken, settings.pause_seconds)
        if against is not None:
            found |= dict.fromkeys(acquitted, against)
    return found


def _said_no(answer: Answer) -> bool:
    """An alert that is no goodbye came: it was the record that was refused."""
    return any(answer.to_record.alerts)


def _both(verdict: Verdict) -> Pair:
    return {Weakness.POODLE_TLS: verdict, Weakness.PADDING_ORACLE: verdict}


def judge_acceptance(answers: Sequence[Answer]) -> Verdict:
    """Tell what the answers to a wrong padding with a right MAC mean."""
    shown = str(answers[0])
    if any(str(answer) != shown for answer in answers):
        return inconclusive(Reason.MALFORMED_ANSWER, "answers_vary", answer=shown)
    if answers[0].went_on:
        return proved("wrong_padding_accepted", answer=shown, rounds=len(answers))
    return _refusal(answers[0]) or absent("wrong_padding_refused", answer=shown)


def judge_answers(rounds: Sequence[Mapping[str, Answer]]) -> Verdict:
    """Tell what the answers mean, round by round: vector -> answer.

    A padding that is not looked at at all is POODLE on TLS, and left out here.
    """
    kept = [
        {name: answer for name, answer in answers.items() if not _accepted(name, answer)}
        for answers in rounds
    ]
    shown = {name: str(answer) for name, answer in kept[0].items()}
    if len(set(shown.values())) == 1:
        answer = next(iter(kept[0].values()))
        return _refusal(answer) or absent("answers_alike", answer=str(answer))
    if any(later != kept[0] for later in kept[1:]):
        return inconclusive(Reason.MALFORMED_ANSWER, "answers_vary", answers=shown)
    return proved("answers_differ", answers=shown, rounds=len(rounds))


def _accepted(name: str, answer: Answer) -> bool:
    return name == WRONG_PADDING and answer.went_on


def _refusal(answer: Answer) -> Verdict | None:
    """Why an answer decides nothing; None where it is a refusal."""
    if answer.to_goodbye is not None:
        # Neither refused nor answered: what the server made of the record cannot be seen.
        last = answer.to_goodbye.events[-1]
        reason = {"closed": Reason.CONNECTION_CLOSED, "reset": Reason.CONNECTION_RESET}
        return inconclusive(reason.get(last, Reason.TIMED_OUT), answer=str(answer))
    if not answer.to_record.alerts and answer.to_record.events[-1] == "reset":
        return inconclusive(Reason.CONNECTION_RESET, answer=str(answer))
    return None


async def _put(session: TlsSession, vector_name: str, settings: WeaknessSettings) -> Answer:
    await session.handshake()
    await _send_broken(session, vector_name)
    answer = await react(session, settings.pause_seconds)
    if answer.ended:
        return Answer(answer)
    try:
        await session.send_record(ALERT, _CLOSE_NOTIFY)
    except ProbeError as error:
        if error.reason is not Reason.CONNECTION_RESET:
            raise
        return Answer(Reaction(("reset",)))
    return Answer(answer, await react(session))


async def _send_broken(session: TlsSession, vector_name: str) -> None:
    """Send one record that must be refused."""
    writing = session.writing
    if not isinstance(writing, CbcProtection) or writing.mac_last:
        raise MalformedError("no suite in CBC mode with the MAC inside")
    if vector_name == "long_padding":
        await session.send_fragment(APPLICATION, writing.encrypt(b"\xff" * 4 * writing.block_size))
        return
    content = b"" if vector_name in (WRONG_PADDING, "wrong_mac_empty") else _CONTENT
    mac = writing.mac(APPLICATION, content)
    if vector_name == WRONG_PADDING:
        right = writing.padding_for(len(content) + len(mac))
        if len(right) < 2:
            right = bytes([writing.block_size]) * (writing.block_size + 1)
        await session.send_cbc(APPLICATION, content, padding=bytes([right[0] ^ 0xFF]) + right[1:])
        return
    await session.send_cbc(APPLICATION, content, mac=bytes([mac[0] ^ 0xFF]) + mac[1:])
