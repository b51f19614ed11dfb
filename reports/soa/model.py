"""What a Statement of Applicability shows, as plain frozen values in its own language.

What people state (applicable, why, how far implemented) and what tests say stand apart. Codes are
those of the words in ``texts/``: ``soa.implementation``, ``soa.test``, ``soa.reason``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from secaudit.core.canonical import canonical_json, sha256_hex


@dataclass(frozen=True)
class ReasonLine:
    """Why a control is included: ``kind`` is risk, law, contract or good_practice."""

    kind: str
    reference: str
    """What it refers to, as people cite it; may be empty for good practice."""
    document: str
    """For an article: the short title that its citation begins with; else empty."""
    proposed: bool
    """Found by the program and not yet confirmed by anyone."""
    reading: str = ""
    """For an article whose official text was not read: how it was; else empty."""


def references(reasons: Iterable[ReasonLine]) -> list[str]:
    """What reasons refer to, the articles of one document together under its title."""
    by_document: dict[str, list[str]] = {}
    for item in reasons:
        article = item.reference.removeprefix(item.document).strip()
        document = f"{item.document} [{item.reading}]" if item.reading else item.document
        by_document.setdefault(document, []).append(article)
    return [
        text
        for document, articles in by_document.items()
        for text in (
            [f"{document}: {', '.join(articles)}"]
            if document
            else [text for text in articles if text]
        )
    ]


@dataclass(frozen=True)
class FileLine:
    """One file of evidence."""

    name: str
    sha256: str
    missing: bool = False
    """It is gone from the evidence store: nobody can look at it."""


@dataclass(frozen=True)
class ControlLine:
    """One control. ``applicable`` is None where nobody has decided yet."""

    id: str
    number: str
    title: str
    group: str
    applicable: bool | None
    justification: str
    reasons: tuple[ReasonLine, ...]
    implementation: str | None
    test: str
    """no_test, never_tested, tested or contradicted."""
    last_tested: datetime | None
    findings: tuple[str, ...]
    supported: int
    assets: int
    owner: str
    evidence: tuple[FileLine, ...]


@dataclass(frozen=True)
class SoaData:
    """One version of the statement, with the tests' states as they were at ``at``."""

    schema_version: ClassVar[int] = 1

    language: str
    organisation: str
    unit: str
    timezone: str
    tool_version: str
    statement: str
    framework: str
    framework_title: str
    version: int
    state: str
    made_at: datetime
    note: str
    approver: str | None
    approved_at: datetime | None
    document: FileLine | None
    day: date
    """The day of ``at`` in the organisation's time zone."""
    controls: tuple[ControlLine, ...]

    @property
    def identity(self) -> str:
        """A short id that follows from the content."""
        return "A-" + sha256_hex(canonical_json(self))[:12].upper()

    def count(self, applicable: bool | None) -> int:
        """How many controls apply, do not, or are undecided."""
        return sum(1 for line in self.controls if line.applicable is applicable)

    def implementations(self) -> Mapping[str, int]:
        """How many of those that apply are implemented how far; ``""`` for not stated."""
        found: dict[str, int] = {}
        for line in self.controls:
            if line.applicable:
                key = line.implementation or ""
                found[key] = found.get(key, 0) + 1
        return found
