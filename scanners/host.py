"""One host from its first port to its last certificate."""

import logging
from collections.abc import Awaitable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

from scanners.base import Endpoint, ProbeError, ScopeRefusedError
from scanners.budget import Budget
from scanners.certificate.retrieval import system_addresses
from scanners.certificate.revocation import Answers
from scanners.certificate.trust import TrustStores
from scanners.dialer import TcpDialer, utc_now
from scanners.dns.client import DnsClient
from scanners.lanes import in_lanes
from scanners.network import identify
from scanners.network.discovery import PortSurvey
from scanners.network.identify import Identification, Manner
from scanners.network.merge import merge, wants_nmap
from scanners.network.nmap_tool import Nmap
from scanners.network.services.facts import Service
from scanners.plan import Host, ScanOrder, connection_lanes
from scanners.starttls.dialer import starttls_dialer
from scanners.tls.probe import is_tls
from scanners.visits import VISITORS, Visit, Visitor
from secaudit.core.canonical import to_json
from secaudit.core.errors import InternalError
from secaudit.core.observation import EvidenceSink, Observation
from secaudit.core.subject import Subject
from secaudit.core.vocabulary import ProbeClass, Reason, ZoneKind
from secaudit.text.escape import visible

_LONGEST_MESSAGE = 300
_PORTS_SHARE = 0.6
"""How much of a host's progress its ports are; a guess, for nobody knows before what is open."""
_log = logging.getLogger("secaudit.scanners.host")


@dataclass(frozen=True)
class Tools:
    """What every host of one scan shares."""

    order: ScanOrder
    budget: Budget
    dialer: TcpDialer
    evidence: EvidenceSink
    nmap: Nmap | None
    trust: TrustStores
    answers: Answers = field(default_factory=Answers)
    dns: DnsClient | None = None


@dataclass
class _Identified:
    service: Service
    evidence: tuple[str, ...]


class HostScan:
    """Gathers the observations of one host; what it has survives whatever stops it."""

    def __init__(self, tools: Tools, host: Host) -> None:
        self._tools = tools
        self._host = host
        self._lanes = connection_lanes(tools.order)
        self._subject = Subject(tools.order.zone, str(host.address))
        self._permitted = tools.order.authorisation.probe_classes
        self._survey = PortSurvey(
            host, tools.dialer, tools.budget, lanes=self._lanes, retries=tools.order.retries
        )
        self._ports_kept = False
        self.refused: Reason | None = None
        """Why the authorisation refused a probe in the midst of the host, if it did."""
        self.observations: list[Observation] = []
        self._endpoints_done = 0
        self._endpoints = 0

    @property
    def share(self) -> float:
        """How far this host is, from 0 to 1: its ports first, then what is open on it."""
        ports = min(1.0, self._survey.looked_at / max(1, len(self._host.ports)))
        if not self._endpoints:
            return _PORTS_SHARE * ports
        return _PORTS_SHARE + (1 - _PORTS_SHARE) * self._endpoints_done / self._endpoints

    async def run(self) -> Literal["up", "silent"]:
        """Scan. Raises ScopeRefusedError and ProbeError where not even the ports can be probed."""
        await self._survey.run()
        self.keep_ports()
        if not self._survey.answered:
            return "silent"
        # Each open port is looked at twice: for its service, and by the probes that want it.
        self._endpoints = 2 * len(self._survey.open_ports)
        services = await self._services()
        wanted = [(port, item) for port, item in services if self._visitors_of(item)]
        self._endpoints_done = self._endpoints - len(wanted)
        await in_lanes(wanted, self._lanes, self._visit)
        return "up"

    def keep_ports(self) -> None:
        """Keep what is known about the ports, once."""
        if not self._ports_kept and self._survey.attempts:
            self._ports_kept = True
            self.observations.append(
                self._survey.observation(
                    self._tools.order.zone, self._tools.order.ports.name, self._tools.evidence
                )
            )

    def note_error(
        self, probe: str, reason: Reason, message: str, subject: Subject | None = None
    ) -> None:
        """Record that a probe failed, so that nobody takes its silence for a clean result."""
        data = {"probe": probe, "reason": reason.value, "message": _short(message)}
        self.observations.append(Observation("error", subject or self._subject, utc_now(), data))

    def _endpoint(self, port: int) -> Endpoint:
        subject = Subject(self._subject.zone, self._subject.address, port)
        return Endpoint(subject, self._host.address, port, self._host.names)

    async def _guarded(self, probe: str, subject: Subject, work: Awaitable[None]) -> None:
        """Do the work of one probe; its failure is recorded, and the host goes on."""
        try:
            await work
        except InternalError:
            raise
        except ScopeRefusedError as error:
            self.refused = error.reason
            self.note_error(probe, error.reason, str(error), subject)
        except ProbeError as error:
            self.note_error(probe, error.reason, str(error), subject)
        except Exception as error:
            _log.exception("the probe %s failed at %s", probe, subject)
            message = f"{type(error).__name__}: {error}"
            self.note_error(probe, Reason.PROBE_FAILED, message, subject)

    async def _services(self) -> list[tuple[int, Service]]:
        """Identify what is open, and return it by port."""
        if not self._tools.order.services or ProbeClass.SERVICE not in self._permitted:
            return await self._tls_ports_alone()
        found: dict[int, _Identified] = {}
        manner = _manner(self._tools.order)

        async def identify_port(port: int) -> None:
            endpoint = self._endpoint(port)
            identification = Identification(endpoint, self._tools.dialer, manner)

            async def work() -> None:
                service = await identification.run()
                digest = self._tools.evidence.put(
                    identification.transcript.content(), "application/octet-stream"
                )
                found[port] = _Identified(service, (digest,))

            await self._guarded(identify.PROBE, endpoint.subject, work())
            self._endpoints_done += 1

        try:
            await in_lanes(self._survey.open_ports, self._lanes, identify_port)
            await self._ask_nmap(found)
        finally:
            self._keep_services(found)
        return [(port, item.service) for port, item in sorted(found.items())]

    def _keep_services(self, found: dict[int, _Identified]) -> None:
        for port, item in sorted(found.items()):
            data = to_json(asdict(item.service))
            subject = self._endpoint(port).subject
            self.observations.append(
                Observation(identify.KIND, subject, utc_now(), data, item.evidence)
            )

    async def _tls_ports_alone(self) -> list[tuple[int, Service]]:
        """Where services may not be identified, TLS ports are still found by one hello each."""
        ports: list[tuple[int, Service]] = []
        if ProbeClass.TLS not in self._permitted:
            return ports

        async def try_port(port: int) -> None:
            endpoint = self._endpoint(port)

            async def work() -> None:
                if await is_tls(endpoint, self._tools.dialer):
                    ports.append((port, Service(tls=True)))

            await self._guarded("tls", endpoint.subject, work())

        await in_lanes(self._survey.open_ports, self._lanes, try_port)
        return sorted(ports, key=lambda found: found[0])

    async def _ask_nmap(self, found: dict[int, _Identified]) -> None:
        """Let nmap complete what we could not; its failure is a note, and loses nothing."""
        nmap = self._tools.nmap
        if nmap is None:
            return
        wanted = [port for port, item in found.items() if wants_nmap(item.service, self._permitted)]
        # What stays mute may use up nmap's time: it is asked about apart from what has spoken.
        mute = [port for port in wanted if not found[port].service.banner]
        for ports in ([port for port in wanted if port not in mute], mute):
            if ports:
                await self._ask_nmap_about(nmap, ports, found)

    async def _ask_nmap_about(
        self, nmap: Nmap, ports: Sequence[int], found: dict[int, _Identified]
    ) -> None:
        try:
            seen, digests = await nmap.identify(self._host.address, ports, self._tools.evidence)
        except ProbeError as error:
            self._note_tool(error.reason, str(error))
            for port in ports:
                item = found[port]
                problems = (*item.service.problems, error.reason)
                item.service = replace(item.service, problems=problems)
            return
        for port, service in seen.items():
            item = found[port]
            merged = merge(item.service, service)
            if merged != item.service:
                item.service = merged
                item.evidence = (*item.evidence, *digests)

    def _note_tool(self, reason: Reason, message: str) -> None:
        data = {"name": "nmap", "reason": reason.value, "message": _short(message)}
        self.observations.append(Observation("tool", self._subject, utc_now(), data))

    async def _visit(self, wanted: tuple[int, Service]) -> None:
        """Let every probe that wants this service look at it, one after the other."""
        port, service = wanted
        endpoint = self._endpoint(port)
        plain = self._tools.dialer
        dialer = starttls_dialer(service, endpoint, plain) or plain
        found: list[Observation] = []
        for visitor in self._visitors_of(service):

            async def work(visitor: Visitor = visitor) -> None:
                visit = Visit(
                    self._tools.order,
                    endpoint,
                    service,
                    dialer,
                    plain,
                    self._tools.evidence,
                    self._tools.trust,
                    tuple(found),
                    self._tools.answers,
                    self._tools.dns,
                )
                seen = visit.with_words(await visitor.look(visit))
                found.extend(seen)
                self.observations.extend(seen)

            await self._guarded(visitor.name, endpoint.subject, work())
        self._endpoints_done += 1

    def _visitors_of(self, service: Service) -> list[Visitor]:
        return [
            visitor
            for visitor in VISITORS
            if visitor.probe_class in self._permitted and visitor.wants(service)
        ]


def answers_for(order: ScanOrder) -> Answers:
    """Where the answers of OCSP responders gather; ``resolver`` may be set by the order."""
    return Answers(order.settings.get("resolver", system_addresses))


def _manner(order: ScanOrder) -> Manner:
    """How services are spoken to; ``listen_seconds`` and the like may be set by the order."""
    usual, chosen = Manner(order.authorisation.probe_classes), order.settings
    return replace(
        usual,
        gentle=order.zone_kind is ZoneKind.OT,
        listen_seconds=float(chosen.get("listen_seconds", usual.listen_seconds)),
        answer_seconds=float(chosen.get("answer_seconds", usual.answer_seconds)),
        hello_seconds=float(chosen.get("hello_seconds", usual.hello_seconds)),
    )


def _short(message: str) -> str:
    return visible(message, limit=_LONGEST_MESSAGE)
