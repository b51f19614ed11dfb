"""Suites that a server does not survive: Diffie-Hellman in finite fields, without a prime for it.

Such a server (Dovecot with a certificate of RSA and no ``ssl_dh``) picks a DHE suite where its
order or ours says so, and closes without an alert. A client that likes curves better never sees
that. So what is hung up on is asked once more without those suites: where that is answered, they
were the cause, and stay out until the rest is known.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from scanners.tls.exchange import Answer
from scanners.tls.suites import all_suites
from secaudit.core.vocabulary import Reason

HANGING_UP = (Reason.CONNECTION_CLOSED, Reason.CONNECTION_RESET)
Ask = Callable[[Sequence[int]], Awaitable[Answer]]


def hung_up(answer: Answer) -> bool:
    """The server closed or reset the connection instead of saying anything."""
    return not answer.speaks_tls and answer.reason in HANGING_UP


def without_finite(suites: Sequence[int]) -> list[int]:
    """Leave out what makes a server send a prime."""
    table = all_suites()
    return [code for code in suites if not table[code].ephemeral_dh]


@dataclass
class FatalSuites:
    """What is left out of the hellos of one version, so that the others get an answer."""

    looks: bool = True
    """Whether a hello that is hung up on is worth another; not after one was in vain."""
    left_out: list[int] = field(default_factory=list)

    def leave_out(self, suites: Sequence[int]) -> list[int]:
        """Take the finite fields out of an offer, and remember them."""
        spared = without_finite(suites)
        self.left_out += [code for code in suites if code not in spared]
        return spared

    async def ask(self, ask: Ask, left: list[int]) -> Answer:
        """Make an offer; where it is hung up on, once more without finite fields.

        If that helps, they are taken out of ``left``.
        """
        answer = await ask(left)
        spared = without_finite(left)
        if not self.looks or not hung_up(answer) or len(spared) in (0, len(left)):
            return answer
        again = await ask(spared)
        if not again.speaks_tls:
            self.looks = False
            return answer
        left[:] = self.leave_out(left)
        return again
