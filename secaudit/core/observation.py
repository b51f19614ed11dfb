"""What a probe saw, and what a rule made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol

from secaudit.core.subject import AnySubject
from secaudit.core.vocabulary import Outcome, Reason, Severity


class EvidenceSink(Protocol):
    """Where raw evidence goes. The store implements it; a dictionary serves in tests."""

    def put(self, content: bytes, media_type: str) -> str:
        """Keep ``content`` and return its SHA-256 in hexadecimal digits."""
        ...


@dataclass(frozen=True)
class Observation:
    """One fact about one subject, with the hashes of the raw evidence that shows it.

    ``kind`` names the shape of ``data`` (``host.ports``, ``service``, ``tls.protocols``, ...);
    each kind is described where its probe lives. ``data`` holds JSON values only.
    """

    schema_version: ClassVar[int] = 1

    kind: str
    subject: AnySubject
    observed_at: datetime
    data: Mapping[str, Any]
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckResult:
    """What one check says about one subject. ``details`` fill the check's statement."""

    schema_version: ClassVar[int] = 1

    check: str
    subject: AnySubject
    outcome: Outcome
    reason: Reason
    severity: Severity
    observed_at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
