"""What single response headers mean to a browser. Pure: values as they came to JSON values."""

import re
from collections.abc import Sequence
from typing import Any

from secaudit.text.escape import visible_bytes

Facts = dict[str, Any]
LONGEST_VALUE = 1000
_MOST_VALUES = 10
OF_INTEREST = (
    "alt-svc",
    "cache-control",
    "content-encoding",
    "content-security-policy",
    "content-security-policy-report-only",
    "content-type",
    "cross-origin-embedder-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "location",
    "permissions-policy",
    "public-key-pins",
    "referrer-policy",
    "server",
    "strict-transport-security",
    "vary",
    "via",
    "www-authenticate",
    "x-aspnet-version",
    "x-aspnetmvc-version",
    "x-content-type-options",
    "x-frame-options",
    "x-generator",
    "x-powered-by",
    "x-xss-protection",
)
"""Headers that are kept as visible text. Set-Cookie is not: its values are nobody's business."""
_DISCLOSING = (
    "server",
    "x-powered-by",
    "x-aspnet-version",
    "x-aspnetmvc-version",
    "x-generator",
    "via",
)
_VERSION = re.compile(r"(?:[A-Za-z][\w.+-]*[/ ]v?\d+(?:\.\d+)*)|(?:^|[^\d.])\d+\.\d+(?:\.\d+)*")
_VIA_PROTOCOL = re.compile(r"(?:^|,)\s*(?:HTTP/)?\d(?:\.\d)?\s+", re.IGNORECASE)
_MAX_AGE = re.compile(r"\"?([0-9]{1,18})\"?")
_REFERRER_POLICIES = frozenset(
    {
        "no-referrer",
        "no-referrer-when-downgrade",
        "same-origin",
        "origin",
        "strict-origin",
        "origin-when-cross-origin",
        "strict-origin-when-cross-origin",
        "unsafe-url",
    }
)
_MOST_SOURCES = 50


def shown(value: bytes, limit: int = LONGEST_VALUE) -> str:
    """A value from a target as visible, bounded text."""
    text = visible_bytes(value, limit)
    return text if len(text) <= 2 * limit else text[: 2 * limit - 1] + "…"


def kept(values: Sequence[bytes]) -> list[str]:
    """The values of one header as they are kept."""
    return [shown(value) for value in values[:_MOST_VALUES]]


def hsts(values: Sequence[bytes]) -> Facts:
    """Read Strict-Transport-Security (RFC 6797, section 6.1).

    Browsers process the first field alone (section 8.1), and ignore one that breaks the grammar:
    ``malformed`` says how, and ``max_age`` is then null.
    """
    facts: Facts = {
        "present": bool(values),
        "max_age": None,
        "include_subdomains": False,
        "preload": False,
        "duplicates": max(0, len(values) - 1),
        "malformed": None,
    }
    if not values:
        return facts
    directives: dict[str, str] = {}
    for part in values[0].decode("utf-8", "replace").split(";"):
        name, _, value = part.strip().partition("=")
        name, value = name.strip().lower(), value.strip()
        if not name:
            continue
        if name in directives:
            return facts | {"malformed": "directive_twice"}
        directives[name] = value
    age = _MAX_AGE.fullmatch(directives.get("max-age", ""))
    if age is None:
        fault = "max_age_unreadable" if "max-age" in directives else "max_age_missing"
        return facts | {"malformed": fault}
    return facts | {
        "max_age": int(age[1]),
        "include_subdomains": "includesubdomains" in directives,
        "preload": "preload" in directives,
    }


def content_policy(enforced: Sequence[bytes], reported: Sequence[bytes], *, meta: bool) -> Facts:
    """Read Content-Security-Policy (CSP level 3): all policies hold together.

    ``frame_ancestors`` are the sources of the strictest policy that names any, else null; a meta
    element cannot set them.
    """
    policies = [
        directives
        for value in enforced
        for text in value.decode("utf-8", "replace").split(",")
        if (directives := _directives(text))
    ]
    ancestors = [item["frame-ancestors"] for item in policies if "frame-ancestors" in item]
    ancestors.sort(key=lambda sources: (framed_by_anyone(sources), len(sources)))
    scripts = [item.get("script-src", item.get("default-src")) for item in policies]
    judged = [sources for sources in scripts if sources is not None]
    return {
        "present": bool(policies),
        "meta": meta,
        "report_only": any(_directives(item.decode("utf-8", "replace")) for item in reported),
        "policies": len(policies),
        "frame_ancestors": _cut(ancestors[0]) if ancestors else None,
        "unsafe_inline": bool(judged) and all(_inline(sources) for sources in judged),
        "unsafe_eval": bool(judged) and all("'unsafe-eval'" in sources for sources in judged),
    }


def _cut(sources: Sequence[str]) -> list[str]:
    return [shown(item.encode(), 200) for item in sources[:_MOST_SOURCES]]


def _directives(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for part in text.split(";"):
        name, *sources = part.split()[:1000] or [""]
        if name:
            found.setdefault(name.lower(), [item.lower() for item in sources])
    return found


def _inline(sources: Sequence[str]) -> bool:
    """Inline scripts run: a nonce or a hash beside it switches ``'unsafe-inline'`` off."""
    strict = any(
        item.startswith(("'nonce-", "'sha256-", "'sha384-", "'sha512-")) for item in sources
    )
    return "'unsafe-inline'" in sources and not strict


def framed_by_anyone(sources: Sequence[str]) -> bool:
    """Whether these sources let every site frame the page."""
    return any(item in ("*", "http:", "https:", "http://*", "https://*") for item in sources)


def frame_options(values: Sequence[bytes]) -> str | None:
    """What X-Frame-Options comes to: ``deny``, ``sameorigin``, or None where it has no effect.

    As the HTML standard has it: values that contradict each other deny, unknown ones (ALLOW-FROM
    among them) do nothing.
    """
    joined = b",".join(values).decode("utf-8", "replace").lower()
    found = {item.strip() for item in joined.split(",")} - {""}
    known = found & {"deny", "allowall", "sameorigin"}
    if len(found) > 1:
        return "deny" if known else None
    return next(iter(known & {"deny", "sameorigin"}), None)


def no_sniffing(values: Sequence[bytes]) -> bool:
    """Whether X-Content-Type-Options says ``nosniff`` (the first value counts, Fetch standard)."""
    first = b",".join(values).decode("utf-8", "replace").partition(",")[0]
    return first.strip().lower() == "nosniff"


def referrer_policy(values: Sequence[bytes]) -> str | None:
    """The policy in force: the last one in the list that is known (Referrer Policy, 8.1)."""
    joined = b",".join(values).decode("utf-8", "replace").lower()
    known = [item for part in joined.split(",") if (item := part.strip()) in _REFERRER_POLICIES]
    return known[-1] if known else None


def alt_svc(values: Sequence[bytes]) -> Facts:
    """Alternative services (RFC 7838): which protocols are announced, and HTTP/3 among them."""
    text = b",".join(values).decode("utf-8", "replace")
    names = re.findall(r"(?:^|,)\s*([A-Za-z0-9!#$%&'*+.^_`|~-]{1,30})\s*=\s*\"", text)
    protocols = list(dict.fromkeys(names))[:_MOST_VALUES]
    # Drafts of HTTP/3 announced themselves as h3-29 and the like.
    return {
        "protocols": protocols,
        "h3": any(re.fullmatch(r"h3(-\d+)?", name) for name in protocols),
    }


def disclosed(fields: Sequence[tuple[str, bytes]]) -> list[str]:
    """Headers that tell the version of a product, as ``name: value``."""
    found = []
    for name, value in fields:
        if name not in _DISCLOSING:
            continue
        text = shown(value, 200)
        told = _VIA_PROTOCOL.sub(" ", text) if name == "via" else text
        if _VERSION.search(told):
            found.append(f"{name}: {text}")
    return list(dict.fromkeys(found))[:_MOST_VALUES]


def compressed(values: Sequence[bytes]) -> bool:
    """Whether the content was compressed on its way (the condition of BREACH)."""
    codings = {item.strip().lower() for value in values for item in value.split(b",")}
    return bool(codings & {b"gzip", b"x-gzip", b"deflate", b"compress", b"br", b"zstd"})
