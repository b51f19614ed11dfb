"""The HTTP probe: how one page a name is answered, and with which protection. It never judges.

One ``GET /`` over HTTP/1.1 on a connection of its own for each name of the endpoint (for the
address where there is none), with ``Accept-Encoding: gzip``; nothing is sent back that a server
set. A redirect is followed only where the authorisation permits it, once, and only to another page
of the same endpoint.

Observation ``http.response``, about ``zone/address:port/tcp#name`` (without name: the address):

- ``asked_name`` (null: the address), ``url``, ``scheme``; ``status``, ``reason``, ``version``;
  ``problem``: why no answer of HTTP came (all facts of an answer are then missing but ``status``
  and ``hsts_max_age``, both null).
- ``headers``: what is of interest, name -> values as visible text, bounded. ``fields`` counts all,
  ``malformed_fields`` those lines that are none.
- ``hsts`` (see :func:`scanners.http.headers.hsts`), ``hsts_applies`` (https under a name: RFC 6797
  forbids it for addresses, and ignores it in clear), ``hsts_max_age`` (seconds in force, or null).
- ``csp``, ``frame_options``, ``nosniff``, ``referrer_policy``, ``meta_referrer``.
- ``cookies`` (:mod:`scanners.http.cookies`; never a value), ``cookies_set`` counts them.
- ``disclosed``: headers that tell a version. ``alt_svc``: ``protocols`` and ``h3`` (announced).
- ``content_type``, ``html``, ``content_encoding``, ``compressed``.
- ``redirect``: null, or where it leads; ``followed``: null, or the facts of the next page, or
  ``problem``.
- ``body``: ``length`` and ``sha256`` of at most 64 KiB, ``complete``, ``problem``.
- ``connections``.

The evidence is the request and the head of the answer, with cookies' values taken out.
"""

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

from scanners.base import Dialer, Endpoint, ProbeError, ScopeRefusedError, Stream
from scanners.dialer import utc_now
from scanners.http import headers
from scanners.http.cookies import cookies, without_values
from scanners.http.message import DEFAULT_BOUNDS, Answer, Bounds, read_answer
from scanners.http.redirect import Page, led_to, redirect_facts
from scanners.network.services.inside_tls import TlsStream
from scanners.tls.probe import sni_of
from secaudit.core.observation import EvidenceSink, Observation
from secaudit.core.vocabulary import ProbeClass, Reason

KIND = "http.response"
TRANSCRIPT_TYPE = "application/jsonl"
HEAD_KEPT = 16 * 1024
_HTML = ("text/html", "application/xhtml+xml")


async def probe_http(
    endpoint: Endpoint,
    dialer: Dialer,
    evidence: EvidenceSink,
    *,
    tls: bool,
    follow: bool = False,
    bounds: Bounds = DEFAULT_BOUNDS,
) -> list[Observation]:
    """Ask once for each name. ``follow``: redirects are permitted. Raises ScopeRefusedError."""
    names = dict.fromkeys(name for name in endpoint.names if sni_of((name,)))
    observations = []
    for name in names or (None,):
        observed_at = utc_now()
        asking = _Asking(endpoint, dialer, bounds, name)
        data = await asking.run("https" if tls else "http", follow=follow)
        digest = evidence.put(("\n".join(asking.lines) + "\n").encode("ascii"), TRANSCRIPT_TYPE)
        subject = endpoint.subject.named(name)
        observations.append(Observation(KIND, subject, observed_at, data, (digest,)))
    return observations


class _Asking:
    """One name at one endpoint."""

    def __init__(
        self, endpoint: Endpoint, dialer: Dialer, bounds: Bounds, name: str | None
    ) -> None:
        self._endpoint = endpoint
        self._dialer = dialer
        self._bounds = bounds
        self._name = name
        self._connections = 0
        self.lines: list[str] = []

    async def run(self, scheme: str, *, follow: bool) -> dict[str, Any]:
        host = (self._name or str(self._endpoint.address)).lower().removesuffix(".")
        page = Page(scheme, host, self._endpoint.port)
        answer = await self._ask(page, ProbeClass.SERVICE)
        data = {"asked_name": self._name, **page_facts(page, answer, named=self._name is not None)}
        if follow and data["status"] is not None:
            data["followed"] = await self._follow(page, answer, data["redirect"])
        data["connections"] = self._connections
        return data

    async def _follow(
        self, page: Page, answer: Answer, redirect: dict[str, Any] | None
    ) -> dict[str, Any] | None:
        target = led_to(page, answer.values("location"))
        if redirect is None or not redirect["same_endpoint"] or not isinstance(target, Page):
            return None
        if target == page:
            return {"url": target.url, "status": None, "problem": Reason.LIMIT_EXCEEDED.value}
        try:
            next_answer = await self._ask(target, ProbeClass.REDIRECT)
        except ScopeRefusedError as error:
            return {
                "url": headers.shown(target.url.encode()),
                "status": None,
                "problem": error.reason.value,
            }
        return page_facts(target, next_answer, named=self._name is not None)

    async def _ask(self, page: Page, probe_class: ProbeClass) -> Answer:
        """One request on a connection of its own. Raises ScopeRefusedError alone."""
        request = _request(page)
        answer = Answer()
        self._connections += 1
        try:
            async with AsyncExitStack() as stack:
                plain = await self._dialer.connect(
                    self._endpoint.address, self._endpoint.port, probe_class
                )
                stack.push_async_callback(plain.close)
                answer = await self._exchange(plain, page, request)
        except ProbeError as error:
            answer.problem = error.reason
        self._keep(page, request, answer)
        return answer

    async def _exchange(self, plain: Stream, page: Page, request: bytes) -> Answer:
        stream = plain
        try:
            async with asyncio.timeout(self._bounds.seconds):
                if page.scheme == "https":
                    stream = await TlsStream.over(plain, self._name, self._bounds.seconds)
                await stream.send(request)
        except TimeoutError:
            raise ProbeError(Reason.TIMED_OUT) from None
        return await read_answer(stream, self._bounds)

    def _keep(self, page: Page, request: bytes, answer: Answer) -> None:
        # A head that came whole is kept with the empty line at its end.
        head = answer.head if answer.status is None else answer.head + b"\r\n\r\n"
        received = without_values(head[: self._bounds.head_bytes])[:HEAD_KEPT]
        told = f"status {answer.status}" if answer.problem is None else answer.problem.value
        line = {
            "purpose": f"GET {page.scheme}, name {self._name or '-'}",
            "sent": request.hex(),
            "received": received.hex(),
            "outcome": told,
            "note": "the body and the values of cookies are not kept",
        }
        self.lines.append(json.dumps(line, separators=(",", ":")))


def _request(page: Page) -> bytes:
    return (
        f"GET {page.target} HTTP/1.1\r\nHost: {page.authority}\r\nUser-Agent: secaudit\r\n"
        "Accept: text/html,*/*;q=0.8\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"
    ).encode("ascii", "ignore")


def page_facts(page: Page, answer: Answer, *, named: bool) -> dict[str, Any]:
    """What one answer says, as JSON values."""
    data: dict[str, Any] = {
        "url": headers.shown(page.url.encode()),
        "scheme": page.scheme,
        "status": answer.status,
        "problem": answer.problem.value if answer.problem else None,
        "hsts_applies": page.scheme == "https" and named,
        "hsts_max_age": None,
    }
    if answer.status is None:
        return data
    values = answer.values
    content_type = headers.shown(b",".join(values("content-type")[:1]), 200)
    policy = headers.hsts(values("strict-transport-security"))
    csp = headers.content_policy(
        values("content-security-policy"),
        values("content-security-policy-report-only"),
        meta="content-security-policy" in answer.body.metas,
    )
    set_cookies = values("set-cookie")
    return data | {
        "reason": headers.shown(answer.phrase, 100),
        "version": answer.version,
        "headers": {
            name: headers.kept(found) for name in headers.OF_INTEREST if (found := values(name))
        },
        "fields": len(answer.fields),
        "malformed_fields": answer.malformed,
        "hsts": policy,
        "hsts_max_age": policy["max_age"] if data["hsts_applies"] else None,
        "csp": csp,
        "frame_options": headers.frame_options(values("x-frame-options")),
        "nosniff": headers.no_sniffing(values("x-content-type-options")),
        "referrer_policy": headers.referrer_policy(values("referrer-policy")),
        "meta_referrer": "referrer" in answer.body.metas,
        "cookies": cookies(set_cookies),
        "cookies_set": len(set_cookies),
        "disclosed": headers.disclosed(answer.fields),
        "alt_svc": headers.alt_svc(values("alt-svc")),
        "content_type": content_type or None,
        "html": content_type.partition(";")[0].strip().lower() in _HTML,
        "content_encoding": headers.kept(values("content-encoding")),
        "compressed": headers.compressed(values("content-encoding")),
        "redirect": redirect_facts(page, answer.status, values("location")),
        "followed": None,
        "body": {
            "length": answer.body.length,
            "sha256": answer.body.sha256,
            "complete": answer.body.complete,
            "problem": answer.body.problem.value if answer.body.problem else None,
        },
    }
