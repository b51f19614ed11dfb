"""Sending one message in a process of its own, within its time, without a word of its address."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec

from secaudit.core.errors import InputError

_COURIER = "secaudit.app.notices.courier"
_START_SECONDS = 5
"""Loading Apprise is not the service's fault."""
_KEPT = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
)
"""All that the courier sees of the environment: a city's proxy, its roots; no other secret."""
_WHY = re.compile(r"[a-z_]+(?:_\d{3})?")


@dataclass(frozen=True)
class Delivery:
    """What became of one message; ``why`` is a reason code, empty where it was taken."""

    sent: bool
    why: str


def require_apprise() -> None:
    """Raise InputError where the extra is not installed; nothing is imported."""
    if find_spec("apprise") is None:
        raise InputError(
            "notices are sent with the package apprise, which is not installed",
            hint="install it with: pip install 'secaudit[notices]' (or: pipx inject secaudit"
            " apprise); secaudit notice send --dry-run works without it",
        )


def deliver(address: str, subject: str, body: str, timeout: int) -> Delivery:
    """Send one message. After ``timeout`` seconds and the time to start the process is ended."""
    order = {"address": address, "subject": subject, "body": body, "timeout": timeout}
    names = [*_KEPT, *(name.lower() for name in _KEPT if name.endswith("_PROXY"))]
    environment = {name: os.environ[name] for name in names if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 (our own module, in this interpreter)
            [sys.executable, "-I", "-m", _COURIER],
            input=json.dumps(order).encode("utf-8"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=timeout + _START_SECONDS,
            check=False,
            cwd="/",
            # No home: neither a netrc nor a configuration of Apprise is read.
            env={**environment, "HOME": "/nonexistent"},
        )
    except subprocess.TimeoutExpired:
        return Delivery(False, "timed_out")
    except OSError:
        return Delivery(False, "courier_failed")
    try:
        answer = json.loads(done.stdout)
        sent, why = answer["sent"] is True, str(answer["why"])
    except (ValueError, KeyError, TypeError):
        return Delivery(False, "courier_failed")
    return Delivery(sent, "" if sent else why if _WHY.fullmatch(why) else "service_failed")
