"""The logs of Certificate Transparency that we know: Google's list, version 3 of its format.

The list is a file that the workspace refreshes; nothing is fetched. Each operator has ``logs``
(RFC 6962) and ``tiled_logs`` (static-ct-api); each log has ``log_id``, ``key`` (both in Base64) and
a ``state`` with the time since when it is in it.
"""

import json
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from secaudit.core.errors import InputError

STATES = ("pending", "qualified", "usable", "readonly", "retired", "rejected")
LARGEST_LIST = 8 * 2**20
_MOST_LOGS = 5000
LogKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


@dataclass(frozen=True)
class Log:
    """One log."""

    log_id: bytes
    """SHA-256 of its public key (RFC 6962, section 3.2)."""
    spki: bytes
    description: str
    operator: str
    tiled: bool
    """It serves static-ct-api, not RFC 6962's interface. Its SCTs look the same."""
    state: str | None
    since: datetime | None
    """When it came into its state."""

    @cached_property
    def key(self) -> LogKey:
        """The public key that its SCTs are signed with."""
        key = load_der_public_key(self.spki)
        assert isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey)  # noqa: S101
        return key


@dataclass(frozen=True)
class LogList:
    """All logs by their id."""

    logs: Mapping[bytes, Log]
    version: str = ""
    made_at: datetime | None = None
    operators: tuple[str, ...] = field(default=())


@lru_cache(maxsize=4)
def read_log_list(content: bytes) -> LogList:
    """Read a list. Raises InputError, which names the log that is wrong."""
    if len(content) > LARGEST_LIST:
        raise InputError("a log list of {size} bytes is too long", size=len(content))
    try:
        document = json.loads(content)
    except json.JSONDecodeError as error:
        # Not in the reader's own words, which are English whatever the reader's language is.
        raise InputError("the log list is not JSON", line=error.lineno) from None
    except (ValueError, RecursionError):
        raise InputError("the log list is not JSON") from None
    if not isinstance(document, dict) or not isinstance(document.get("operators"), list):
        raise InputError(
            "the file is not a list of CT logs",
            hint="take log_list.json of version 3, as Google publishes it",
        )
    found: dict[bytes, Log] = {}
    for log in _logs(document["operators"]):
        if log.log_id in found:
            raise InputError("the log {name} is listed twice", name=log.description)
        found[log.log_id] = log
    if not found:
        raise InputError("the log list names no log")
    if len(found) > _MOST_LOGS:
        raise InputError("a list of {count} logs is too long", count=len(found))
    return LogList(
        found,
        str(document.get("version", ""))[:40],
        _instant(document.get("log_list_timestamp")),
        tuple(dict.fromkeys(log.operator for log in found.values())),
    )


def _logs(operators: list[Any]) -> Iterator[Log]:
    for operator in operators:
        if not isinstance(operator, dict):
            raise InputError("an operator in the log list is not an object")
        name = str(operator.get("name", ""))[:200]
        for key, tiled in (("logs", False), ("tiled_logs", True)):
            for entry in operator.get(key) or ():
                yield _log(entry, name, tiled=tiled)


def _log(entry: Any, operator: str, *, tiled: bool) -> Log:
    name = str(entry.get("description", "-"))[:200] if isinstance(entry, dict) else "-"
    try:
        spki = b64decode(entry["key"], validate=True)
        log_id = b64decode(entry["log_id"], validate=True)
        key = load_der_public_key(spki)
        state, since = _state(entry.get("state"))
    except (Base64Error, KeyError, TypeError, ValueError, UnsupportedAlgorithm):
        raise InputError("the log {name} in the list cannot be read", name=name) from None
    if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        raise InputError("the log {name} has a key that no log may have", name=name)
    if sha256(spki).digest() != log_id:
        raise InputError("the id of the log {name} is not that of its key", name=name)
    return Log(log_id, spki, name, operator, tiled, state, since)


def _state(value: Any) -> tuple[str | None, datetime | None]:
    if not isinstance(value, dict):
        return None, None
    for state in STATES:
        if isinstance(value.get(state), dict):
            return state, _instant(value[state].get("timestamp"))
    return None, None


def _instant(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
