"""The one family of errors. Each says what is wrong, and a hint says what to do about it."""

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What the process tells its caller. An incomplete run wins over a clean one."""

    DONE = 0
    FAILED = 1
    REFUSED = 2
    NOTHING_SCANNED = 3
    FAULTS_FOUND = 4
    FINDINGS = 10


MOST_FAULTS_SHOWN = 50
"""Faults of one file that are written out; the rest is counted."""


def mark(message: str) -> str:
    """Mark a message for translation; this floor does not know the languages."""
    return message


_MORE_FAULTS = mark("faults not listed here: {count}")


class Phrase(str):
    """A fact that is a message itself: it is translated before it fills its template."""

    __slots__ = ()


class SecauditError(Exception):
    """Something that a person can act on.

    ``message`` names the thing that is wrong; ``hint`` says what to do next, and may be empty. Both
    are English templates (``str.format``) that ``facts`` fill, so that they can be translated
    before they are filled: see :meth:`in_words`. A fact may be a :class:`Phrase` or an
    error, which are translated too. ``str(error)`` is the English sentence.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED

    def __init__(self, message: str, /, *, hint: str = "", **facts: object) -> None:
        super().__init__(message, hint, facts)
        self.message = message
        self.hint = hint
        self.facts = facts

    def in_words(self, translate: Callable[[str], str] = str) -> tuple[str, str]:
        """Return the message and the hint, translated and filled."""
        return self._filled(self.message, translate), self._filled(self.hint, translate)

    def _filled(self, template: str, translate: Callable[[str], str]) -> str:
        words = translate(template) if template else ""
        if not self.facts:
            return words
        return words.format(**{key: _said(fact, translate) for key, fact in self.facts.items()})

    def __str__(self) -> str:
        """Return the message in English."""
        return self.in_words()[0]


def _said(fact: object, translate: Callable[[str], str]) -> object:
    if isinstance(fact, Phrase):
        return translate(fact)
    return fact.in_words(translate)[0] if isinstance(fact, SecauditError) else fact


class InternalError(SecauditError):
    """The program, the disk or the machine failed."""


class InputError(SecauditError):
    """A file, an argument or a value is not usable. Names the file and line where there is one.

    ``further`` holds what else is wrong with the same file: each is a line of the message.
    """

    exit_code = ExitCode.REFUSED

    def __init__(
        self,
        message: str,
        /,
        *,
        hint: str = "",
        source: str | None = None,
        line: int | None = None,
        **facts: object,
    ) -> None:
        super().__init__(message, hint=hint, **facts)
        self.source = source
        self.line = line
        self.further: tuple[InputError, ...] = ()

    @classmethod
    def together(cls, faults: "Sequence[InputError]", *, hint: str = "") -> "InputError":
        """All faults of one file as one error: the first carries the others, who get the hint."""
        first, *others = faults
        if others:
            first.further = tuple(others)
            first.hint = hint or first.hint
        return first

    def in_words(self, translate: Callable[[str], str] = str) -> tuple[str, str]:
        """Return ``file:line: message`` for each fault and the hint, translated and filled."""
        message, hint = super().in_words(translate)
        if self.source is not None:
            place = self.source if self.line is None else f"{self.source}:{self.line}"
            message = f"{place}: {message}"
        shown = self.further[: MOST_FAULTS_SHOWN - 1]
        lines = [message, *(fault.in_words(translate)[0] for fault in shown)]
        if left := len(self.further) - len(shown):
            lines.append(translate(_MORE_FAULTS).format(count=left))
        return "\n".join(lines), hint


class RefusedError(SecauditError):
    """The request is well formed, but a rule forbids it (scope, state, separation of duties)."""

    exit_code = ExitCode.REFUSED


class NotFoundError(RefusedError):
    """No such object in this workspace or catalogue."""


class NothingScannedError(SecauditError):
    """No address was in scope, or none was reached."""

    exit_code = ExitCode.NOTHING_SCANNED


class VerificationError(SecauditError):
    """A pack, a trail, a backup or a workspace is not what it says it is."""

    exit_code = ExitCode.FAULTS_FOUND
