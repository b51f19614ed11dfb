"""Hand one message to Apprise: a process of its own, which its parent ends after its time.

python -I -m secaudit.app.notices.courier     reads one JSON object, writes one

In: ``address``, ``subject``, ``body``, ``timeout``. Out: ``sent`` and ``why``, a reason code that
says nothing of the address. Apprise is told to follow no redirect, to keep nothing on disk and to
expand nothing in the text; it gets no attachment, no configuration and no plugins but its own.
"""

import json
import logging
import re
import signal
import sys
from typing import Any

LARGEST_ORDER = 2**20
SPARE_SECONDS = 10
_STATUS = re.compile(r"\berror[=:] ?(\d{3})\b")


class _Listener(logging.Handler):
    """Keeps the number that a service answered with; all else that is logged is dropped."""

    status = ""

    def emit(self, record: logging.LogRecord) -> None:
        found = _STATUS.search(record.getMessage())
        if found is not None:
            self.status = found[1]


def deliver(order: dict[str, Any]) -> dict[str, Any]:
    """Send one message; never raises, since an error of a plugin may carry the address."""
    listener = _Listener()
    log = logging.getLogger("apprise")
    log.handlers, log.propagate = [listener], False
    log.setLevel(logging.WARNING)
    try:
        from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType, PersistentStoreMode
    except ImportError:
        return {"sent": False, "why": "not_installed"}
    try:
        asset = AppriseAsset(
            app_id="secaudit",
            app_desc="secaudit",
            app_url="",
            async_mode=False,
            secure_logging=True,
            http_redirects=False,
            interpret_escapes=False,
            interpret_emojis=False,
            pgp_autogen=False,
            pem_autogen=False,
            storage_mode=PersistentStoreMode.MEMORY,
            allow_templates=False,
            service_timeout=float(order["timeout"]),
        )
        service = Apprise.instantiate(str(order["address"]), asset=asset)
        if service is None:
            return {"sent": False, "why": "address_not_understood"}
        # What the address itself asks for does not count: nothing is sent elsewhere.
        service.redirects = False
        letters = Apprise(asset=asset)
        letters.add(service)
        sent = letters.notify(
            title=str(order["subject"]),
            body=str(order["body"]),
            notify_type=NotifyType.INFO,
            body_format=NotifyFormat.TEXT,
        )
    except Exception:  # nothing of it is passed on: its text may carry the address
        return {"sent": False, "why": "service_failed"}
    if sent:
        return {"sent": True, "why": ""}
    return {"sent": False, "why": f"answer_{listener.status}" if listener.status else "no_answer"}


def main() -> None:
    """Read the order, and say what became of it."""
    order = json.loads(sys.stdin.buffer.read(LARGEST_ORDER))
    # Its parent ends it in time; where that was killed itself, the kernel does.
    signal.alarm(int(order["timeout"]) + SPARE_SECONDS)
    answer = deliver(order)
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
