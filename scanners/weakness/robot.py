"""ROBOT: Bleichenbacher's oracle in the RSA key exchange (CVE-2017-13099 and its kin).

Böck, Somorovsky, Young, "Return Of Bleichenbacher's Oracle Threat", USENIX Security 2018,
section 3. Five premaster secrets that are broken in different ways are sent, each to a connection
of its own. A sound server cannot be made to tell them apart; a server whose answers differ is an
oracle. The message flows of the paper share one connection: the ClientKeyExchange goes alone, and
where the server waits for more, ChangeCipherSpec and an undecipherable Finished follow.

Like answers prove something only where the right one among the five gets further than the key
exchange: a server that demands a client certificate refuses all five before it looks at them. Where
the last answer does not say that keys were made, a whole handshake has to go through besides.

Five or six connections where the answers are alike, fifteen where they differ: each must then come
again as it was, in every round, or nothing is proved. None of the five is somebody else's
ciphertext.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from scanners.base import ProbeError
from scanners.tls.agreement import rsa_key
from scanners.tls.exchange import Exchanger
from scanners.tls.messages import CERTIFICATE, CLIENT_KEY_EXCHANGE
from scanners.tls.protection import record_bytes
from scanners.tls.records import CHANGE_CIPHER, HANDSHAKE
from scanners.tls.session import TlsSession
from scanners.tls.suites import Suite
from scanners.tls.wire import MalformedError, vector
from scanners.weakness.asking import Asking
from scanners.weakness.control import hung_up, objection, unanswered
from scanners.weakness.ground import Ground
from scanners.weakness.reaction import Reaction, react
from scanners.weakness.settings import WeaknessSettings
from scanners.weakness.verdict import State, Verdict, absent, inconclusive, proved
from secaudit.core.vocabulary import Reason

ROBOT_ASKED = "robot:"
"""How the transcript calls these connections, with the vector behind it."""
VECTORS = ("right", "wrong_type", "misplaced_zero", "no_zero", "wrong_version")
"""The first is what a client sends; the second does not even begin as PKCS #1 does."""
_UNDER_KEYS = {(20,), (21,), (51,)}
"""bad_record_mac, decryption_failed, decrypt_error."""
_SECRET = 46
_LEAST_MODULUS = 64
_FINISHED = bytes(64)
"""Long enough for every suite, and whole blocks; what it decrypts to does not matter."""


@dataclass(frozen=True)
class Answer:
    """One vector's: the reaction to the ClientKeyExchange alone, and to all that belongs after."""

    alone: Reaction
    whole: Reaction | None
    asks_client: bool = False
    """The server asked for a client certificate, and was given an empty list."""

    def __str__(self) -> str:
        """One line, for facts."""
        return str(self.alone) if self.whole is None else f"{self.alone}; {self.whole}"


def premaster_block(vector_name: str, size: int, version: int) -> bytes:
    """The plain block of ``size`` bytes (the modulus's) that is encrypted without further padding.

    ``version`` is the one in our hello. Raises MalformedError where the modulus is too short.
    """
    filler = size - 3 - 2 - _SECRET
    if size < _LEAST_MODULUS or filler < 8:
        raise MalformedError("an RSA modulus too short to carry a premaster secret")
    start, end = b"\x00\x02" + _nonzero(filler), _nonzero(_SECRET)
    named = version.to_bytes(2)
    if vector_name == "wrong_type":
        return b"\x41\x17" + start[2:] + b"\x00" + named + end
    if vector_name == "misplaced_zero":
        return start + b"\x11" + end + b"\x00\x11"
    if vector_name == "no_zero":
        return start + b"\x11\x11\x11" + end
    if vector_name == "wrong_version":
        return start + b"\x00\x02\x02" + end
    return start + b"\x00" + named + end


def _nonzero(count: int) -> bytes:
    return bytes(1 + secrets.randbelow(255) for _ in range(count))


def transports_key(suite: Suite) -> bool:
    """The client encrypts the premaster secret to the certificate's key."""
    return suite.key_exchange == "RSA"


async def look_for_robot(
    ground: Ground, exchanger: Exchanger, name: str | None, settings: WeaknessSettings
) -> Verdict:
    """Look for it. Raises ScopeRefusedError alone."""
    if not ground.accepted(lambda suite: suite.key_exchange.startswith("RSA")):
        doubt = ground.doubt()
        return inconclusive(doubt) if doubt else absent("no_rsa_key_exchange")
    spoken = ground.session(transports_key)
    if spoken is None:
        return inconclusive(Reason.NO_OBSERVATION, "no_suite_to_speak")
    asking = Asking(exchanger, name, *spoken, settings, ROBOT_ASKED)
    put = partial(_put, settings=settings)
    rounds: list[Mapping[str, Answer]] = []
    try:
        rounds.append(await asking.all_vectors(VECTORS, put))
        while len(rounds) < settings.rounds and _differ(rounds[0]):
            rounds.append(await asking.all_vectors(VECTORS, put))
    except ProbeError as error:
        return unanswered(error)
    verdict = judge_answers(rounds)
    if verdict.state is State.ABSENT and not _tried_to_decrypt(rounds[0]["right"]):
        return await objection(exchanger, name, spoken) or verdict
    return verdict


def _differ(answers: Mapping[str, Answer]) -> bool:
    return len(set(answers.values())) > 1


def judge_answers(rounds: Sequence[Mapping[str, Answer]]) -> Verdict:
    """Tell what the answers mean, round by round: vector -> answer."""
    first = rounds[0]
    shown = {name: str(answer) for name, answer in first.items()}
    if not _differ(first):
        return _judge_alike(first["right"], shown)
    if any(later != first for later in rounds[1:]):
        return inconclusive(Reason.MALFORMED_ANSWER, "answers_vary", answers=shown)
    weak = first["wrong_type"] == first["misplaced_zero"] == first["no_zero"]
    strength = "weak" if weak else "strong"
    return proved("answers_differ", strength=strength, answers=shown, rounds=len(rounds))


def _judge_alike(right: Answer, shown: Mapping[str, str]) -> Verdict:
    """Likeness tells only where the right key exchange was taken: else none was ever looked at."""
    if right.whole is None and right.asks_client:
        return inconclusive(Reason.CLIENT_CERTIFICATE, "client_certificate", answers=shown)
    if right.whole is None:
        return inconclusive(hung_up(right.alone.events), answers=shown)
    if right.whole.events[-1] == "silent":
        return inconclusive(Reason.TIMED_OUT, answers=shown)
    return absent("answers_alike", answer=str(right))


def _tried_to_decrypt(right: Answer) -> bool:
    """The answer to Finished says that keys were made, for which the RSA secret was needed."""
    return right.whole is not None and right.whole.alerts[:1] in _UNDER_KEYS


async def _put(session: TlsSession, vector_name: str, settings: WeaknessSettings) -> Answer:
    await session.greet()
    key = rsa_key((session.certificates or (b"",))[0]).public_numbers()
    size = (key.n.bit_length() + 7) // 8
    block = premaster_block(vector_name, size, session.offer.protocol.code)
    secret = pow(int.from_bytes(block), key.e, key.n).to_bytes(size)
    if session.asks_client:
        await session.send_message(CERTIFICATE, vector(3, b""))
    await session.send_message(CLIENT_KEY_EXCHANGE, vector(2, secret))
    alone = await react(session, settings.pause_seconds)
    if alone.ended:
        return Answer(alone, None, session.asks_client)
    return Answer(alone, await _go_on(session), session.asks_client)


async def _go_on(session: TlsSession) -> Reaction:
    """The rest of the client's flight. Refusing to take it is an answer too."""
    rest = record_bytes(CHANGE_CIPHER, session.protocol, b"\x01")
    rest += record_bytes(HANDSHAKE, session.protocol, _FINISHED)
    try:
        await session.send_raw(rest)
    except ProbeError as error:
        if error.reason is not Reason.CONNECTION_RESET:
            raise
        return Reaction(("reset",))
    return await react(session)
