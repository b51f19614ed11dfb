"""What is known about one service; the ``data`` of a ``service`` observation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from secaudit.core.vocabulary import Reason
from secaudit.text.escape import visible, visible_bytes

LONGEST_BANNER = 200
LONGEST_NAME = 80
"""Characters of a product or version that a target told us."""


@dataclass(frozen=True)
class HttpAnswer:
    """The head of an HTTP answer: status, and two headers as visible text (or None)."""

    status: int
    location: str | None = None
    server: str | None = None


@dataclass(frozen=True)
class Service:
    """One service. None means not asked, or not defined for this protocol."""

    name: str = "unknown"
    tls: bool = False
    starttls: bool | None = None
    banner: str = ""
    product: str = ""
    version: str = ""
    method: str = "own"
    anonymous: bool | None = None
    http: HttpAnswer | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Reason, ...] = ()

    @property
    def known(self) -> bool:
        """Whether it has a name."""
        return self.name != "unknown"


def shown(content: bytes) -> str:
    """Bytes from a target as a banner: visible text on one line, bounded."""
    return _cut(visible_bytes(b" ".join(content.split()), LONGEST_BANNER), LONGEST_BANNER)


def short(text: str) -> str:
    """A product or version as a target tells it: visible text, bounded."""
    return _cut(visible(text.strip(), limit=LONGEST_NAME), LONGEST_NAME)


def _cut(text: str, limit: int) -> str:
    """Bound what escapes have lengthened."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
