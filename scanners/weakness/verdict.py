"""What was found out about one weakness of one endpoint."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from secaudit.core.vocabulary import Reason


class Weakness(StrEnum):
    """The weaknesses, by the names that observations use."""

    HEARTBLEED = "heartbleed"
    CCS_INJECTION = "ccs_injection"
    ROBOT = "robot"
    TICKETBLEED = "ticketbleed"
    POODLE_SSL = "poodle_ssl"
    POODLE_TLS = "poodle_tls"
    PADDING_ORACLE = "padding_oracle"
    """Zombie POODLE, GOLDENDOODLE, zero-length: answers that tell broken CBC records apart."""
    FREAK = "freak"
    LOGJAM = "logjam"
    DROWN = "drown"
    SWEET32 = "sweet32"
    RC4 = "rc4"
    BEAST = "beast"
    CRIME = "crime"
    RENEGOTIATION = "renegotiation"


class State(StrEnum):
    """``proved`` needs the proof in hand, ``absent`` a fact that the weakness cannot live with."""

    PROVED = "proved"
    ABSENT = "absent"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Verdict:
    """A state, ``why`` it is so (a word of docs/probes.md), and the facts that it rests on.

    ``reason`` is the reason code of an inconclusive state; ``observed`` otherwise.
    """

    state: State
    why: str
    reason: Reason = Reason.OBSERVED
    facts: Mapping[str, Any] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        """As the observation keeps it."""
        return {
            "state": self.state.value,
            "why": self.why,
            "reason": self.reason.value,
            "facts": dict(self.facts),
        }


def proved(why: str, **facts: Any) -> Verdict:
    """The proof was seen."""
    return Verdict(State.PROVED, why, facts=facts)


def absent(why: str, **facts: Any) -> Verdict:
    """Something was seen that the weakness cannot live with."""
    return Verdict(State.ABSENT, why, facts=facts)


def inconclusive(reason: Reason, why: str = "unanswered", **facts: Any) -> Verdict:
    """Neither was seen."""
    return Verdict(State.INCONCLUSIVE, why, reason, facts)
