"""What the heads of HTTP answers say, read again. Bodies and cookies' values are never kept."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from scanners.http.cookies import with_lengths
from scanners.http.message import Answer, read_answer
from scanners.http.probe import HEAD_KEPT, page_facts
from scanners.http.redirect import USUAL_PORTS, Page
from scanners.rereading.reading import Account, Material, Reading, Unread
from scanners.rereading.replay import Exchange, ReplayStream
from scanners.rereading.talks import transcripts
from secaudit.core.vocabulary import Reason

_PURPOSE = re.compile(r"GET (https?), name ")
_REQUEST = re.compile(rb"GET (\S+) HTTP/1\.1\r\nHost: (\S+)\r\n")
_READABLE = (Reason.PROTOCOL_MISMATCH.value, Reason.MALFORMED_ANSWER.value)
"""Problems that show in the bytes themselves."""


def reread(material: Material) -> Reading:
    """Compare an ``http.response`` observation with the heads that were kept.

    Raises ValueError for evidence that is no transcript.
    """
    lines = transcripts(material.evidence)
    data = material.data
    account = Account(data)
    if not lines:
        account.check("status", borne_out=False)
        return account.reading()
    named = data["asked_name"] is not None
    followed = data.get("followed")
    account.leave(Unread.ELSEWHERE, "asked_name", "connections")
    if isinstance(followed, Mapping) and len(lines) > 1:
        account.add(_page(lines[1], followed, named=named, prefix="followed."))
        account.check("followed", borne_out=True)
    elif followed is not None:
        account.leave(Unread.CONNECTION, "followed")
    told = {name: value for name, value in data.items() if name not in _ABOUT_US}
    account.add(_page(lines[0], told, named=named))
    return account.reading()


_ABOUT_US = ("asked_name", "connections", "followed")


def _page(line: Exchange, told: Mapping[str, Any], *, named: bool, prefix: str = "") -> Reading:
    account = Account(told, prefix)
    page = _asked(line)
    if page is None:
        account.check("url", borne_out=False)
        return account.reading()
    if len(line.received) >= HEAD_KEPT:
        account.leave_rest(Unread.CUT_OFF)
        return account.reading()
    answer = asyncio.run(_answer(line.received))
    read = page_facts(page, answer, named=named)
    in_bytes = told["status"] is not None or (line.received and told["problem"] in _READABLE)
    if not in_bytes:
        account.leave(Unread.CONNECTION, "problem")
        account.check("status", borne_out=read["status"] is None)
    account.leave(Unread.NOT_KEPT, "body", "meta_referrer", "followed")
    if "csp" in told:
        # Whether a meta element sets a policy stands in the body.
        policy = {**read.get("csp", {}), "meta": told["csp"]["meta"]}
        account.same("csp", policy)
    for name in told:
        if name not in ("csp", "body", "meta_referrer", "followed", "problem", "status"):
            account.same(name, read.get(name))
    if in_bytes:
        account.same("status", read["status"])
        account.same("problem", read["problem"])
    return account.reading()


async def _answer(head: bytes) -> Answer:
    return await read_answer(ReplayStream(with_lengths(head)))


def _asked(line: Exchange) -> Page | None:
    """The page that a request of ours asked for."""
    purpose, request = _PURPOSE.match(line.purpose), _REQUEST.match(line.sent)
    if purpose is None or request is None:
        return None
    scheme, authority = purpose[1], request[2].decode("ascii", "replace")
    host, colon, port = authority.rpartition(":")
    if not colon or authority.endswith("]") or not port.isdigit():
        host, port = authority, str(USUAL_PORTS[scheme])
    target = request[1].decode("ascii", "replace")
    return Page(scheme, host.strip("[]"), int(port), target)
