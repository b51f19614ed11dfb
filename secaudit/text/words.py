"""The shared vocabulary in the user's language: the code stays in data, the word is shown.

A :class:`Word` turns into text when it is formatted, so that it may be a fact of an error that is
translated later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from secaudit.core.roles import Role
from secaudit.core.signature import SignatureVerdict
from secaudit.core.vocabulary import (
    Confidence,
    FindingState,
    LegalStatus,
    Modality,
    Outcome,
    Reason,
    Relation,
    Severity,
    Standing,
    Testability,
)
from secaudit.text.language import N_, gettext


@dataclass(frozen=True)
class Word:
    """A marked message that is translated when it is written."""

    message: str

    def __str__(self) -> str:
        """Say it in the current language."""
        return gettext(self.message)


_WORDS: Mapping[Enum, str] = {
    Severity.CRITICAL: N_("critical"),
    Severity.HIGH: N_("high"),
    Severity.MEDIUM: N_("medium"),
    Severity.LOW: N_("low"),
    Severity.INFO: N_("info"),
    FindingState.OPEN: N_("open"),
    FindingState.PLANNED: N_("planned"),
    FindingState.CLAIMED_FIXED: N_("claimed fixed"),
    FindingState.VERIFIED: N_("verified"),
    FindingState.REOPENED: N_("reopened"),
    FindingState.ACCEPTED: N_("accepted"),
    FindingState.FALSE_POSITIVE: N_("false positive"),
    FindingState.RETIRED: N_("retired"),
    FindingState.WITHDRAWN: N_("withdrawn"),
    Outcome.PASSED: N_("passed"),
    Outcome.FAILED: N_("failed"),
    Outcome.INCONCLUSIVE: N_("inconclusive"),
    Outcome.NOT_REACHED: N_("not reached"),
    Outcome.NOT_APPLICABLE: N_("not applicable"),
    Outcome.ERROR: N_("error"),
    Reason.OBSERVED: N_("seen as it is"),
    Reason.PORT_CLOSED: N_("the port is closed"),
    Reason.PORT_FILTERED: N_("the port does not answer"),
    Reason.NO_ANSWER: N_("the host does not answer"),
    Reason.TIMED_OUT: N_("no answer in time"),
    Reason.CONNECTION_REFUSED: N_("the connection was refused"),
    Reason.CONNECTION_RESET: N_("the connection was reset"),
    Reason.CONNECTION_CLOSED: N_("the connection was closed"),
    Reason.UNREACHABLE: N_("no route to the host"),
    Reason.PROTOCOL_MISMATCH: N_("another protocol answers"),
    Reason.MALFORMED_ANSWER: N_("the answer is malformed"),
    Reason.LIMIT_EXCEEDED: N_("the answer is too long or too slow"),
    Reason.UNPARSABLE_CERTIFICATE: N_("the certificate cannot be read"),
    Reason.NOT_OFFERED: N_("the feature is not offered"),
    Reason.TLS_REFUSED: N_("the service refused to start TLS"),
    Reason.CLIENT_CERTIFICATE: N_("the service demands a client certificate"),
    Reason.NO_OBSERVATION: N_("nothing was seen to judge by"),
    Reason.TOOL_MISSING: N_("a program is missing on this machine"),
    Reason.PROBE_FAILED: N_("the probe failed"),
    Reason.OUT_OF_SCOPE: N_("outside the authorisation"),
    Reason.EXCLUDED: N_("excluded by the authorisation"),
    Reason.OUTSIDE_WINDOW: N_("outside the authorised time"),
    Reason.REVOKED: N_("the authorisation was revoked"),
    Reason.CLASS_NOT_PERMITTED: N_("this kind of probe is not permitted"),
    Reason.ZONE_NOT_PERMITTED: N_("this zone is not permitted"),
    Reason.FORBIDDEN_PORT: N_("printer ports are never probed"),
    Reason.UNRESOLVED_NAME: N_("the name has no address"),
    Relation.TESTS: N_("tests it"),
    Relation.TOUCHES: N_("touches it"),
    Standing.CONTRADICTED: N_("contradicted"),
    Standing.SUPPORTED: N_("supported"),
    Standing.SILENT: N_("nothing said"),
    Standing.NEVER_TESTED: N_("never tested"),
    Testability.SCAN: N_("by a scan"),
    Testability.SCAN_IN_PART: N_("by a scan in part; by documents and interviews for the rest"),
    Testability.MANUAL: N_("by documents and interviews"),
    Modality.WAJIB: "wajib",
    Modality.HARUS: "harus",
    Modality.PERLU: "perlu",
    Modality.DAPAT: "dapat",
    Modality.INDICATIVE: N_("plain indicative"),
    Confidence.TEXT_READ: N_("the text was read"),
    Confidence.MIRROR_READ: N_("the text was read on a third party's copy, not in the gazette"),
    Confidence.SECONDARY: N_("from secondary sources"),
    LegalStatus.IN_FORCE: N_("in force"),
    LegalStatus.DRAFT: N_("draft, not in force"),
    LegalStatus.COMPARISON: N_("for comparison only"),
    LegalStatus.SUPERSEDED: N_("superseded"),
    Role.OPERATOR: N_("operator"),
    Role.AUDITOR: N_("auditor"),
    Role.RISK_OWNER: N_("risk owner"),
    Role.APPROVER: N_("approver (GCIO)"),
    Role.COORDINATOR: N_("coordinator (Sekda)"),
    Role.VIEWER: N_("viewer"),
    SignatureVerdict.NONE: N_("no electronic signature"),
    SignatureVerdict.VALID: N_("signature valid"),
    SignatureVerdict.UNTRUSTED: N_("signature intact, signer unknown"),
    SignatureVerdict.ALTERED: N_("altered after it was signed"),
    SignatureVerdict.NOT_CHECKED: N_("signed, not checked"),
}


_READINGS: Mapping[Confidence, str] = {
    Confidence.MIRROR_READ: N_("third party's copy"),
    Confidence.SECONDARY: N_("secondary source"),
}


def reading_caution(confidence: Confidence) -> str:
    """Say shortly that the official text was not read; nothing where it was."""
    message = _READINGS.get(confidence)
    return gettext(message) if message else ""


def standing_word(standing: Standing, testability: Testability) -> Word:
    """Return the word for what the evidence says: support that is only in part is called so."""
    shown = standing.shown(testability)
    return Word(N_("supported in part")) if shown != standing.value else word(standing)


def word(value: Enum) -> Word:
    """Return the word for a value of the shared vocabulary; its code where there is none."""
    return Word(_WORDS.get(value, str(value.value)))


_MORE_CODES: Mapping[str, str] = {
    "running": N_("running"),
    "done": N_("done"),
    "interrupted": N_("interrupted"),
    "missed": N_("missed"),
    "up": N_("answered"),
    "refused": N_("refused"),
    "new": N_("new"),
    "fixed": N_("repaired"),
    "still_failed": N_("still failing"),
}
_BY_CODE: Mapping[str, str] = {str(member.value): text for member, text in _WORDS.items()}


def code_words(code: object) -> str:
    """Say a code of the shared vocabulary, as a record carries it, in the current language.

    ``None`` is nothing; what is not in the vocabulary is shown as it is.
    """
    text = "" if code is None else str(code)
    message = _BY_CODE.get(text) or _MORE_CODES.get(text)
    return gettext(message) if message else text


_PLAN_FIELDS: Mapping[str, str] = {
    "owner": N_("owner"),
    "action": N_("action"),
    "due": N_("due"),
    "start": N_("begin"),
    "effort_days": N_("effort in person-days"),
    "cost": N_("cost"),
    "currency": N_("currency"),
    "findings": N_("findings"),
    "added": N_("added"),
    "removed": N_("taken out"),
    "opened": N_("open again"),
}
_MOST_NAMED = 5


def plan_field(name: str) -> str:
    """The word for a field of a repair plan, in the current language."""
    return gettext(_PLAN_FIELDS[name]) if name in _PLAN_FIELDS else name


@dataclass(frozen=True)
class PlanChanges:
    """What a revision of a repair plan changed, said when it is written.

    A field has ``[before, after]``; what came and went has a list of ids.
    """

    details: Mapping[str, Any]

    def __str__(self) -> str:
        """Say it in the current language."""
        return "; ".join(
            f"{plan_field(name)}: {_change_words(name, value)}"
            for name, value in self.details.items()
            if isinstance(value, list) and value
        )


def _change_words(name: str, value: list[Any]) -> str:
    if name in ("findings", "added", "removed", "opened"):
        more = gettext(" and {count} more").format(count=len(value) - _MOST_NAMED)
        return ", ".join(value[:_MOST_NAMED]) + (more if len(value) > _MOST_NAMED else "")
    return " -> ".join(_value_words(item) for item in value)


def _value_words(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, int | float):
        from secaudit.text.format import number_words

        return number_words(value)
    return str(value)
