"""Cells that several sections share."""

from collections.abc import Mapping

from reports.document import Badge, Cell, Code, Lines, Plain, Tone
from reports.words import Words
from secaudit.core.vocabulary import FindingState, Severity, Standing

HASH_SHOWN = 16
"""Hexadecimal digits of a hash that a table shows; the rest is in results.json and the pack."""

SEVERITY_TONE: Mapping[Severity, Tone] = {
    Severity.CRITICAL: "critical",
    Severity.HIGH: "high",
    Severity.MEDIUM: "medium",
    Severity.LOW: "low",
    Severity.INFO: "info",
}
STANDING_TONE: Mapping[Standing, Tone] = {
    Standing.CONTRADICTED: "bad",
    Standing.SUPPORTED: "good",
    Standing.SILENT: "info",
    Standing.NEVER_TESTED: "mute",
}
STATE_TONE: Mapping[FindingState, Tone] = {
    FindingState.OPEN: "bad",
    FindingState.REOPENED: "bad",
    FindingState.PLANNED: "warn",
    FindingState.CLAIMED_FIXED: "warn",
    FindingState.ACCEPTED: "warn",
    FindingState.VERIFIED: "good",
    FindingState.FALSE_POSITIVE: "info",
    FindingState.RETIRED: "info",
    FindingState.WITHDRAWN: "info",
}


def severity(words: Words, value: Severity) -> Badge:
    """A severity's badge."""
    return Badge(words.of("severity", value), SEVERITY_TONE[value])


def state(words: Words, value: FindingState) -> Badge:
    """A finding's state as a badge."""
    return Badge(words.of("state", value), STATE_TONE[value])


def standing(words: Words, value: Standing) -> Badge:
    """A requirement's standing as a badge."""
    return Badge(words.of("standing", value), STANDING_TONE[value])


def hashes(digests: tuple[str, ...], most: int = 3) -> Cell:
    """The first digits of each hash, one to a line."""
    if not digests:
        return Plain("–")
    shown: list[Plain | Code | Badge] = [
        Code(digest[:HASH_SHOWN], digest) for digest in digests[:most]
    ]
    if len(digests) > most:
        shown.append(Plain(f"+{len(digests) - most}"))
    return shown[0] if len(shown) == 1 else Lines(tuple(shown))


def prose(value: str) -> Cell:
    """Our own running text, whose line breaks are kept; a dash for none."""
    lines = [line.strip() for line in value.splitlines() if line.strip()]
    if len(lines) < 2:
        return Plain(lines[0] if lines else "–")
    return Lines(tuple(Plain(line) for line in lines))


def text(value: str) -> Plain:
    """Running text, or a dash for none."""
    return Plain(value or "–")
