"""The words of notices on the screen: kinds, states and why a message was not taken."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from secaudit.text.language import N_, gettext

KIND_WORDS = {
    "new_critical": N_("new critical finding"),
    "new_high": N_("new finding of severity high"),
    "sla_near": N_("last day near"),
    "sla_missed": N_("last day passed"),
    "escalated": N_("late repair escalated"),
    "certificate_expiring": N_("certificate expiring"),
    "acceptance_expiring": N_("acceptance expiring"),
    "obligation_due": N_("obligation due"),
    "scan_failed": N_("scan failed"),
    "scan_incomplete": N_("scan incomplete"),
}
STATE_WORDS = {
    "sent": N_("sent"),
    "waiting": N_("waiting"),
    "given_up": N_("given up"),
    "overtaken": N_("overtaken"),
    "next": N_("with the next message"),
    "digest": N_("digest"),
    "quiet": N_("quiet hours"),
    "at_once": N_("at once"),
}
WHY_WORDS = {
    "not_installed": N_("Apprise is not installed"),
    "address_not_understood": N_("Apprise does not understand the address"),
    "service_failed": N_("the service refused it"),
    "no_answer": N_("the service was not reached, or refused it"),
    "timed_out": N_("the service took too long"),
    "too_old": N_("too old to be sent; what of it still stands is told anew"),
    "courier_failed": N_("the process that sends it failed"),
}
_ANSWER = "answer_"


def kind_word(code: Any) -> str:
    """What a notice is about."""
    return gettext(KIND_WORDS[str(code)])


def state_word(code: Any) -> str:
    """How a message or a matter stands; a time of day as it is."""
    found = STATE_WORDS.get(str(code))
    if found is not None:
        return gettext(found)
    word, _, clock = str(code).partition(" ")
    return gettext("daily {time}").format(time=clock) if word == "daily" else str(code)


def why_word(code: Any) -> str:
    """Why a message was not taken."""
    text = str(code or "")
    if text.startswith(_ANSWER):
        return gettext("the service answered {status}").format(status=text.removeprefix(_ANSWER))
    return gettext(WHY_WORDS[text]) if text in WHY_WORDS else text


def kinds_told(kinds: Mapping[str, int]) -> str:
    """How many of each kind a message tells."""
    return ", ".join(f"{kind_word(kind)} {count}" for kind, count in kinds.items())


@dataclass(frozen=True)
class Why:
    """A reason code that turns into words when it is written, so that errors can carry it."""

    code: str

    def __str__(self) -> str:
        """Say it in the current language."""
        return why_word(self.code)
