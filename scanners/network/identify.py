"""What is spoken behind an open port, by our own means: listen first, then ask, harmlessly.

Observation ``service``, about ``zone/address:port/tcp``: the fields of
:class:`scanners.network.services.facts.Service`. Evidence: the transcript of all that was said.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from scanners.base import Dialer, Endpoint, ProbeError
from scanners.network.services import platforms
from scanners.network.services.anonymous import ANONYMOUS_READS
from scanners.network.services.facts import Service, shown
from scanners.network.services.followups import FOLLOW_UPS
from scanners.network.services.greetings import recognise
from scanners.network.services.inside_tls import TlsStream
from scanners.network.services.questions import (
    HTTP,
    SPEAK_FIRST_IN_TLS,
    TLS_PORTS,
    Question,
    asked_anywhere,
    asked_first,
    asked_inside_tls,
)
from scanners.network.services.talk import Talk, Transcript, all_lines, anything
from scanners.tls.limits import TlsSettings
from scanners.tls.probe import is_tls, sni_of
from secaudit.core.vocabulary import ProbeClass, Reason

KIND = "service"
PROBE = "service"
_WHOLE_GREETINGS: Mapping[str, Callable[[bytes], bool]] = {
    "smtp": all_lines,
    "lmtp": all_lines,
    "ftp": all_lines,
    "sieve": lambda content: re.search(rb"(?im)^(?:ok|no|bye)\b.*\n", content) is not None,
}
"""Greetings of several lines: when the last has come."""
_LAST_WORDS_SECONDS = 0.3
_BAD_REQUEST = 400


@dataclass(frozen=True)
class Manner:
    """How a service may be spoken to. Times in seconds."""

    permitted: frozenset[ProbeClass]
    gentle: bool = False
    """Operational technology: listen, and ask only what the port is known for."""
    listen_seconds: float = 2.0
    answer_seconds: float = 3.0
    hello_seconds: float = 5.0
    """For the one hello that finds out whether TLS is spoken."""


class Identification:
    """Identifies the service at one endpoint. :meth:`run` raises ScopeRefusedError alone."""

    def __init__(self, endpoint: Endpoint, dialer: Dialer, manner: Manner) -> None:
        self._endpoint = endpoint
        self._dialer = dialer
        self._manner = manner
        self._problems: list[Reason] = []
        self._asked_tls = False
        self.transcript = Transcript()

    async def run(self) -> Service:
        """Find the name, then what else may be known about it."""
        service = await self._find()
        if service.name == "smb" and not self._manner.gentle:
            service = await self._with_smb1(service)
        service = await self._with_anonymous_access(service)
        if service.name == HTTP and service.tls:
            service = replace(service, name="https")
        return replace(service, problems=tuple(dict.fromkeys(self._problems)))

    async def _find(self) -> Service:
        """Try in turn what the port is known for, listening, TLS, and a few common questions."""
        port = self._endpoint.port
        if port in TLS_PORTS and await self._speaks_tls():
            return await self._find_inside_tls()
        usual = asked_first(port)
        if self._manner.gentle:
            usual = [question for question in usual if question.name == HTTP]
        found = await self._ask_each(usual)
        if found is not None:
            return await self._looked_at_twice(found)
        heard = await self._listen()
        if heard is None:
            return Service()
        if heard.known or heard.banner or self._manner.gentle:
            return heard
        if await self._speaks_tls():
            return await self._find_inside_tls()
        found = await self._ask_each(asked_anywhere(port))
        return heard if found is None else await self._looked_at_twice(found)

    async def _looked_at_twice(self, found: Service) -> Service:
        """Hear out what greets first after all; see TLS behind a bad request in clear."""
        if found.name in FOLLOW_UPS:
            heard = await self._listen()
            return heard if heard is not None and heard.known else found
        bad = found.http is not None and found.http.status == _BAD_REQUEST
        if bad and await self._speaks_tls():
            return await self._find_inside_tls()
        return found

    async def _speaks_tls(self) -> bool:
        if self._asked_tls or ProbeClass.TLS not in self._manner.permitted:
            return False
        self._asked_tls = True
        settings = TlsSettings(exchange_seconds=self._manner.hello_seconds)
        answer = await is_tls(self._endpoint, self._dialer, settings)
        self.transcript.note(f"TLS: {answer}")
        return answer

    async def _listen(self) -> Service | None:
        """Connect and wait for a greeting. None when the connection itself fails."""
        try:
            async with await self._open() as talk:
                content = await talk.hear(self._manner.listen_seconds, self._is_greeting)
                service = recognise(content, self._endpoint.port)
                if service is None:
                    self._note_flood(talk)
                    return Service(banner=shown(content))
                if not content.endswith(b"\n"):
                    content += await talk.hear(_LAST_WORDS_SECONDS, anything)
                    service = recognise(content, self._endpoint.port) or service
                followed = await self._followed_up(talk, service)
                self._note_flood(talk)
                return followed
        except ProbeError as error:
            self._problems.append(error.reason)
            return None

    def _is_greeting(self, content: bytes) -> bool:
        service = recognise(content, self._endpoint.port)
        if service is None:
            return False
        whole = _WHOLE_GREETINGS.get(service.name)
        return True if whole is None else whole(content)

    async def _followed_up(self, talk: Talk, service: Service) -> Service:
        follow_up = FOLLOW_UPS.get(service.name)
        if follow_up is None or self._manner.gentle:
            return service
        try:
            return await follow_up(talk, service, self._manner.answer_seconds)
        except ProbeError:
            return service

    async def _ask_each(self, questions: list[Question], *, tls: bool = False) -> Service | None:
        for question in questions:
            try:
                async with await self._open(tls=tls) as talk:
                    request = question.request(self._endpoint)
                    seconds = self._manner.answer_seconds
                    answer = await talk.ask(request, seconds, question.enough)
                    self._note_flood(talk)
            except ProbeError as error:
                self.transcript.note(error.reason.value)
                continue
            found = question.read(answer) or recognise(answer, self._endpoint.port)
            if found is not None:
                return found
        return None

    async def _find_inside_tls(self) -> Service:
        if self._endpoint.port in SPEAK_FIRST_IN_TLS:
            found = await self._listen_inside_tls()
        else:
            found = await self._ask_each(asked_inside_tls(self._endpoint.port), tls=True)
            found = found or await self._listen_inside_tls()
        return replace(found or Service(), tls=True, starttls=None)

    async def _listen_inside_tls(self) -> Service | None:
        try:
            async with await self._open(tls=True) as talk:
                content = await talk.hear(self._manner.listen_seconds, self._is_greeting)
        except ProbeError as error:
            self.transcript.note(error.reason.value)
            return None
        return recognise(content, self._endpoint.port) or Service(banner=shown(content))

    async def _open(
        self, *, tls: bool = False, probe_class: ProbeClass = ProbeClass.SERVICE
    ) -> Talk:
        if not tls:
            return await Talk.open(self._endpoint, self._dialer, self.transcript, probe_class)
        self.transcript.note("connect, TLS")
        async with AsyncExitStack() as stack:
            plain = await self._dialer.connect(
                self._endpoint.address, self._endpoint.port, probe_class
            )
            stack.push_async_callback(plain.close)
            name = sni_of(self._endpoint.names)
            stream = await TlsStream.over(plain, name, self._manner.answer_seconds)
            stack.pop_all()
            return Talk(stream, self.transcript)
        raise AssertionError("an exit stack swallows nothing")

    async def _with_smb1(self, service: Service) -> Service:
        """Whether SMB1 is spoken too; a connection closed on the request is the refusal."""
        try:
            async with await self._open() as talk:
                request, seconds = platforms.smb1_negotiate(), self._manner.answer_seconds
                answer = await talk.ask(request, seconds, anything)
        except ProbeError:
            return service
        refused = talk.ended in (Reason.CONNECTION_CLOSED, Reason.CONNECTION_RESET)
        smb1 = platforms.read_smb1(answer) if answer or not refused else False
        return service if smb1 is None else replace(service, facts={**service.facts, "smb1": smb1})

    async def _with_anonymous_access(self, service: Service) -> Service:
        read = ANONYMOUS_READS.get(service.name)
        if read is None or service.anonymous is not None:
            return service
        if ProbeClass.ANONYMOUS_ACCESS not in self._manner.permitted:
            self._problems.append(Reason.CLASS_NOT_PERMITTED)
            return service
        try:
            async with await self._open(
                tls=service.tls, probe_class=ProbeClass.ANONYMOUS_ACCESS
            ) as talk:
                return await read(talk, service, self._manner.answer_seconds)
        except ProbeError as error:
            self._problems.append(error.reason)
            return service

    def _note_flood(self, talk: Talk) -> None:
        if talk.ended is Reason.LIMIT_EXCEEDED:
            self._problems.append(Reason.LIMIT_EXCEEDED)
