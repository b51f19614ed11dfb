"""Cookies as a server sets them: names and attributes, never the value (RFC 6265bis)."""

import re
from collections.abc import Sequence
from typing import Any

from scanners.http.headers import shown

MOST_COOKIES = 50
_LONGEST_NAME = 100
_NAME = re.compile(rb"\s*set-cookie2?\s*:", re.IGNORECASE)
_HIDDEN = re.compile(rb"(=|^ )<([0-9]{1,7}) bytes>")
_LONGEST_VALUE = 64 * 1024
_SAME_SITE = {"strict", "lax", "none"}


def cookie_facts(value: bytes) -> dict[str, Any]:
    """Read one Set-Cookie field.

    ``same_site`` is null where the attribute is missing or unknown. ``prefix`` is ``__Host-`` or
    ``__Secure-`` where the name begins so (in any case), and ``prefix_kept`` then whether the
    attributes keep the rules without which a browser throws the cookie away.
    """
    pair, *rest = value.split(b";")
    name, equals, _secret = pair.partition(b"=")
    attributes: dict[str, str] = {}
    for part in rest:
        key, _, text = part.partition(b"=")
        # The last one of a kind counts (RFC 6265, section 5.3).
        attributes[key.strip().lower().decode("ascii", "replace")] = (
            text.strip().decode("utf-8", "replace").lower()
        )
    shown_name = shown(name.strip(), _LONGEST_NAME) if equals else ""
    secure, same_site = "secure" in attributes, attributes.get("samesite")
    prefix = next(
        (item for item in ("__Host-", "__Secure-") if shown_name.lower().startswith(item.lower())),
        None,
    )
    kept = None
    if prefix is not None:
        at_root = attributes.get("path") == "/" and not attributes.get("domain")
        kept = secure and (prefix == "__Secure-" or at_root)
    return {
        "name": shown_name,
        "secure": secure,
        "http_only": "httponly" in attributes,
        "same_site": same_site if same_site in _SAME_SITE else None,
        "persistent": bool({"expires", "max-age"} & set(attributes)),
        "wide": bool(attributes.get("domain")),
        "prefix": prefix,
        "prefix_kept": kept,
        "value_bytes": len((_secret if equals else name).strip()),
    }


def cookies(values: Sequence[bytes]) -> list[dict[str, Any]]:
    """All cookies that are set, the last of each name, at most :data:`MOST_COOKIES`."""
    found = {}
    for value in values:
        facts = cookie_facts(value)
        found[facts["name"]] = facts
    return list(found.values())[:MOST_COOKIES]


def without_values(head: bytes) -> bytes:
    """The head of an answer in which each cookie's value is replaced by its length."""
    lines = re.split(rb"(\r\n|\n|\r)", head)
    after_cookie = False
    for index in range(0, len(lines), 2):
        line = lines[index]
        if line[:1] in (b" ", b"\t") and after_cookie:
            lines[index] = b" <%d bytes>" % len(line.strip())
            continue
        after_cookie = _NAME.match(line) is not None
        if after_cookie:
            lines[index] = _hidden(line)
    return b"".join(lines)


def with_lengths(head: bytes) -> bytes:
    """A head without values in which each stands again at its length, filled with nothing."""
    lines = re.split(rb"(\r\n|\n|\r)", head)
    after_cookie = False
    for index in range(0, len(lines), 2):
        line = lines[index]
        folded = line[:1] in (b" ", b"\t") and after_cookie
        after_cookie = folded or _NAME.match(line) is not None
        if after_cookie:
            lines[index] = _HIDDEN.sub(_filled, line, count=1)
    return b"".join(lines)


def _filled(hidden: re.Match[bytes]) -> bytes:
    return hidden[1] + b"x" * min(int(hidden[2]), _LONGEST_VALUE)


def _hidden(line: bytes) -> bytes:
    field_name, _, value = line.partition(b":")
    pair, semicolon, attributes = value.partition(b";")
    name, equals, secret = pair.partition(b"=")
    if not equals:
        name, secret = b" ", name
    return b"%s:%s=<%d bytes>%s%s" % (field_name, name, len(secret.strip()), semicolon, attributes)
