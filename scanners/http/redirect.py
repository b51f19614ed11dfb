"""Where a redirect leads, as a fact (RFC 9110, sections 10.2.2 and 15.4)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from scanners.http.headers import shown
from secaudit.core.errors import InputError
from secaudit.core.network import parse_address

REDIRECTS = (301, 302, 303, 307, 308)
USUAL_PORTS = {"http": 80, "https": 443}
_LONGEST = 2000


@dataclass(frozen=True)
class Page:
    """What was asked for. ``host`` is a name or the text of an address, without brackets."""

    scheme: str
    host: str
    port: int
    target: str = "/"

    @property
    def authority(self) -> str:
        """As the Host field has it: no port where it is the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == USUAL_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address."""
        return f"{self.scheme}://{self.authority}{self.target}"


def redirect_facts(page: Page, status: int, locations: list[bytes]) -> dict[str, Any] | None:
    """What a redirect says; None for an answer that is none.

    ``leads`` is ``https`` or ``http`` by the scheme of its target (a relative one keeps that of
    the page), ``elsewhere`` for another scheme, null where the target is missing or unreadable.
    """
    if status not in REDIRECTS:
        return None
    facts: dict[str, Any] = {
        "location": shown(locations[0]) if locations else None,
        "leads": None,
        "same_host": None,
        "same_endpoint": None,
    }
    target = led_to(page, locations)
    if isinstance(target, Page):
        facts["leads"] = target.scheme
        facts["same_host"] = target.host == page.host
        facts["same_endpoint"] = (target.scheme, target.host, target.port) == (
            page.scheme,
            page.host,
            page.port,
        )
    elif target is not None:
        facts["leads"] = "elsewhere"
    return facts


def led_to(page: Page, locations: list[bytes]) -> Page | str | None:
    """The target as a page, or its scheme where that is not HTTP; None where it cannot be read."""
    if not locations or len(locations[0]) > _LONGEST:
        return None
    try:
        text = locations[0].decode("ascii").strip()
        parts = urlsplit(urljoin(page.url, text))
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in USUAL_PORTS:
        return scheme or None
    host = _host(parts.hostname or "")
    if not host or "@" in parts.netloc:
        return None
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not all("!" <= character <= "~" for character in target):
        return None
    return Page(scheme, host, port or USUAL_PORTS[scheme], target)


def _host(text: str) -> str:
    try:
        return str(parse_address(text))
    except InputError:
        return text.lower().removesuffix(".")
