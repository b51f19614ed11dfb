"""One thing that was looked at: how it is, what that means, and what to do."""

from dataclasses import dataclass
from enum import StrEnum

from secaudit.core.errors import SecauditError
from secaudit.text.language import gettext


class State(StrEnum):
    """How a thing is. Only a fault makes the examination fail."""

    OK = "ok"
    MISSING = "missing"
    """Something helpful is not there: the rest works, and the meaning says what does not."""
    FAULT = "fault"


@dataclass(frozen=True)
class Row:
    """One thing. ``name`` stays the same in every language; the sentences are in the current one.

    ``meaning`` says what was found and what follows; ``remedy`` what to do, empty when nothing.
    """

    name: str
    state: State
    meaning: str
    remedy: str = ""


def fault_of(name: str, error: SecauditError, remedy: str = "") -> Row:
    """The row for something that could not even be looked at."""
    message, hint = error.in_words(gettext)
    return Row(name, State.FAULT, message, hint or remedy)
