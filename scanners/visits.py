"""Which probe visits which service, in which order. A new kind of probe is one line here."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from scanners.base import Dialer, Endpoint
from scanners.certificate.families import families_seen
from scanners.certificate.probe import probe_certificates
from scanners.certificate.revocation import Answers, Lookup
from scanners.certificate.trust import TrustStores
from scanners.dialer import utc_now
from scanners.dns.client import DnsClient
from scanners.dns.probe import probe_dns
from scanners.handshake.probe import probe_handshake
from scanners.http.probe import probe_http
from scanners.network.services.facts import Service
from scanners.plan import ScanOrder, connection_lanes
from scanners.ssh.limits import SshSettings
from scanners.ssh.probe import probe_ssh
from scanners.starttls.dialer import StartTlsDialer, starts_tls
from scanners.starttls.dialogues import DIALOGUES
from scanners.starttls.probe import StartTlsSettings, probe_starttls
from scanners.tls.limits import TlsSettings
from scanners.tls.probe import probe_tls
from scanners.weakness.probe import probe_weaknesses
from scanners.weakness.settings import WeaknessSettings
from secaudit.core.observation import EvidenceSink, Observation
from secaudit.core.vocabulary import ProbeClass, ZoneKind


@dataclass(frozen=True)
class Visit:
    """One endpoint that a probe is to look at, and what the probe may use.

    ``dialer`` opens connections on which TLS begins at once: where the service wants words before
    it, they have been spoken. ``plain`` opens them as they are. ``found`` is what the visits before
    this one observed about the same endpoint.
    """

    order: ScanOrder
    endpoint: Endpoint
    service: Service
    dialer: Dialer
    plain: Dialer
    evidence: EvidenceSink
    trust: TrustStores
    found: Sequence[Observation] = ()
    answers: Answers = field(default_factory=Answers)
    """What OCSP responders have answered in this scan."""
    dns: DnsClient | None = None
    """Where DNS may be asked."""

    def with_words(self, seen: Sequence[Observation]) -> list[Observation]:
        """Observations with the words before TLS among their evidence."""
        if not isinstance(self.dialer, StartTlsDialer):
            return list(seen)
        words = self.dialer.keep_words(self.evidence)
        return [replace(item, evidence=(*item.evidence, *words)) for item in seen]


@dataclass(frozen=True)
class Visitor:
    """A probe: its name in an ``error`` observation, what it needs, and what it looks at."""

    name: str
    probe_class: ProbeClass
    wants: Callable[[Service], bool]
    look: Callable[[Visit], Awaitable[list[Observation]]]


def _speaks_tls(service: Service) -> bool:
    return service.tls or starts_tls(service)


def _speaks_ssh(service: Service) -> bool:
    return service.name == "ssh" and not service.tls


async def _tls(visit: Visit) -> list[Observation]:
    settings = TlsSettings(lanes=connection_lanes(visit.order))
    return await probe_tls(visit.endpoint, visit.dialer, visit.evidence, settings)


async def _handshakes(visit: Visit) -> list[Observation]:
    """Where operational technology is, only what ordinary clients send, unless OT is permitted."""
    order = visit.order
    permitted = ProbeClass.OT in order.authorisation.probe_classes
    return await probe_handshake(
        visit.endpoint,
        visit.dialer,
        visit.evidence,
        next((item for item in visit.found if item.kind == "tls.endpoint"), None),
        TlsSettings(lanes=connection_lanes(order)),
        gentle=order.zone_kind is ZoneKind.OT and not permitted,
    )


async def _certificates(visit: Visit) -> list[Observation]:
    lookup = None
    if ProbeClass.REVOCATION in visit.order.authorisation.probe_classes:
        lookup = Lookup(visit.plain, visit.answers, visit.evidence)
    return await probe_certificates(
        visit.endpoint,
        visit.dialer,
        visit.evidence,
        visit.trust,
        utc_now(),
        lookup=lookup,
        families=families_seen(visit.found),
    )


async def _weaknesses(visit: Visit) -> list[Observation]:
    """Where operational technology is, nothing is sent for this unless the letter permits OT."""
    order = visit.order
    in_peace = order.zone_kind is not ZoneKind.OT
    settings = WeaknessSettings(
        tls=TlsSettings(lanes=connection_lanes(order)),
        may_send=in_peace or ProbeClass.OT in order.authorisation.probe_classes,
    )
    return await probe_weaknesses(
        visit.endpoint, visit.dialer, visit.evidence, visit.found, settings
    )


async def _ssh(visit: Visit) -> list[Observation]:
    """Where operational technology is, no more connections than decide something."""
    settings = SshSettings(every_key=visit.order.zone_kind is not ZoneKind.OT)
    return await probe_ssh(visit.endpoint, visit.dialer, visit.evidence, settings)


def _may_start_tls(service: Service) -> bool:
    return not service.tls and service.name in DIALOGUES


async def _starttls(visit: Visit) -> list[Observation]:
    """In a zone of operational technology nothing is injected unless the letter permits OT."""
    order = visit.order
    in_peace = order.zone_kind is not ZoneKind.OT
    permitted = in_peace or ProbeClass.OT in order.authorisation.probe_classes
    settings = StartTlsSettings(gentle=not permitted)
    return await probe_starttls(
        visit.endpoint, visit.plain, visit.evidence, visit.service.name, settings
    )


def _speaks_http(service: Service) -> bool:
    return service.name in ("http", "https")


async def _http(visit: Visit) -> list[Observation]:
    return await probe_http(
        visit.endpoint,
        visit.plain,
        visit.evidence,
        tls=visit.service.tls,
        follow=ProbeClass.REDIRECT in visit.order.authorisation.probe_classes,
    )


_MAIL = frozenset({"smtp", "lmtp", "imap", "pop3"})


def _has_a_name_that_matters(service: Service) -> bool:
    return _speaks_tls(service) or service.name in _MAIL


async def _names(visit: Visit) -> list[Observation]:
    if visit.dns is None:
        return []
    return await probe_dns(
        visit.endpoint,
        visit.dns,
        visit.evidence,
        certified=_speaks_tls(visit.service),
        mail=visit.service.name in _MAIL,
    )


VISITORS = (
    Visitor("tls", ProbeClass.TLS, _speaks_tls, _tls),
    Visitor("handshake", ProbeClass.TLS, _speaks_tls, _handshakes),
    Visitor("starttls", ProbeClass.TLS, _may_start_tls, _starttls),
    Visitor("certificate", ProbeClass.TLS, _speaks_tls, _certificates),
    Visitor("weakness", ProbeClass.TLS, _speaks_tls, _weaknesses),
    Visitor("ssh", ProbeClass.TLS, _speaks_ssh, _ssh),
    Visitor("http", ProbeClass.SERVICE, _speaks_http, _http),
    Visitor("dns", ProbeClass.DNS, _has_a_name_that_matters, _names),
)
"""One endpoint is visited by one after the other, in this order."""
