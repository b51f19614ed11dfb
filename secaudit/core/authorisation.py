"""The surat tugas as a value: who may scan what, when, how fast and with which probes.

Nothing is sent to an address that :meth:`Authorisation.refusal` refuses. The planner asks it, and
whatever opens a socket asks again. Exclusions always win. Outside the targets only public services
of a class that is permitted by name may be asked (revocation), and the resolver that whoever runs
the scan has chosen (dns). Loopback alone needs no letter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_network
from typing import ClassVar

from secaudit.core.network import LOOPBACK, NO_ADDRESSES, Address, AddressSet
from secaudit.core.vocabulary import DEFAULT_PROBE_CLASSES, ProbeClass, Reason, ZoneKind

FORBIDDEN_PORTS = range(9100, 9108)
"""Raw printer ports: whatever arrives there is printed."""
_TRANSLATED = (ip_network("64:ff9b::/96"), ip_network("2002::/16"))
"""IPv6 addresses that are IPv4 ones in disguise, private ones perhaps (NAT64, 6to4)."""
_BESIDE_TARGETS = {ProbeClass.REVOCATION: 80}
"""Probe classes that ask services outside the targets, and the one port where: OCSP and CRLs."""


@dataclass(frozen=True)
class RateCaps:
    """Upper bounds on what a scan causes, kernel handshakes and retries included."""

    packets_per_second: int = 1000
    packets_per_second_per_host: int = 40
    connections_per_host: int = 4
    connections: int = 256
    """Sockets open at once, over all hosts."""


@dataclass(frozen=True)
class ZonePermit:
    """A zone that the authorisation names, and whether OT probing is permitted in it."""

    name: str
    kind: ZoneKind = ZoneKind.IT


@dataclass(frozen=True)
class Authorisation:
    """One surat tugas. ``permitted`` is what its targets resolved to when it was recorded."""

    schema_version: ClassVar[int] = 1

    number: str
    issuer: str
    valid_from: datetime
    valid_until: datetime
    targets: tuple[str, ...]
    permitted: AddressSet
    exclusions: AddressSet = NO_ADDRESSES
    zones: tuple[ZonePermit, ...] = ()
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Host names among the targets, with the addresses that each resolved to, once."""
    caps: RateCaps = RateCaps()
    probe_classes: frozenset[ProbeClass] = DEFAULT_PROBE_CLASSES
    revoked_at: datetime | None = None
    document_sha256: str | None = None
    """The signed letter in the evidence store, if it was attached."""

    @property
    def scope(self) -> AddressSet:
        """The addresses that may be probed: permitted, less the exclusions."""
        return self.permitted - self.exclusions

    def standing_refusal(self, at: datetime) -> Reason | None:
        """Tell why nothing at all may be sent at this instant; None when the letter stands."""
        if self.revoked_at is not None and at >= self.revoked_at:
            return Reason.REVOKED
        if not self.valid_from <= at <= self.valid_until:
            return Reason.OUTSIDE_WINDOW
        return None

    def refusal(
        self, address: Address, port: int | None, probe_class: ProbeClass, at: datetime
    ) -> Reason | None:
        """Tell why this probe may not be sent; None when it may."""
        standing = self.standing_refusal(at)
        if standing is not None:
            return standing
        if address in self.exclusions:
            return Reason.EXCLUDED
        if address not in self.permitted and not self._serves_beside(address, port, probe_class):
            return Reason.OUT_OF_SCOPE
        if port is not None and port in FORBIDDEN_PORTS:
            return Reason.FORBIDDEN_PORT
        if probe_class not in self.probe_classes:
            return Reason.CLASS_NOT_PERMITTED
        return None

    def resolver_refusal(self, address: Address, port: int, at: datetime) -> Reason | None:
        """Tell why a DNS resolver may not be asked; None when it may.

        It is no target: whoever runs the scan has chosen it, so that it may lie anywhere. It needs
        the probe class all the same, and an excluded address is left in peace.
        """
        standing = self.standing_refusal(at)
        if standing is not None:
            return standing
        if address in self.exclusions:
            return Reason.EXCLUDED
        if port in FORBIDDEN_PORTS:
            return Reason.FORBIDDEN_PORT
        return None if ProbeClass.DNS in self.probe_classes else Reason.CLASS_NOT_PERMITTED

    def _serves_beside(self, address: Address, port: int | None, probe_class: ProbeClass) -> bool:
        """Tell whether a service outside the targets may be asked, for its class is permitted.

        Where such a service is, is written in what a target sent. So it must be a public address
        and the usual port: nothing inside another network, and no port where anything else lives.
        """
        usual = _BESIDE_TARGETS.get(probe_class)
        if usual is None or probe_class not in self.probe_classes or port != usual:
            return False
        inside = any(
            address in network for network in _TRANSLATED if network.version == address.version
        )
        return address.is_global and not address.is_multicast and not inside

    def permits_zone(self, zone: str) -> bool:
        """Tell whether the letter covers scans from this zone (all zones when it names none)."""
        return not self.zones or any(permit.name == zone for permit in self.zones)

    def zone_kind(self, zone: str) -> ZoneKind:
        """The kind of the zone; IT where the letter does not name it."""
        return next((permit.kind for permit in self.zones if permit.name == zone), ZoneKind.IT)


def loopback_authorisation(at: datetime) -> Authorisation:
    """The one authorisation that needs no letter: this machine's own loopback, at this moment."""
    return Authorisation(
        number="loopback",
        issuer="-",
        valid_from=datetime.min.replace(tzinfo=at.tzinfo),
        valid_until=datetime.max.replace(tzinfo=at.tzinfo),
        targets=("127.0.0.0/8", "::1"),
        permitted=LOOPBACK,
        caps=RateCaps(20_000, 5_000, 32, 512),
        probe_classes=DEFAULT_PROBE_CLASSES | {ProbeClass.ANONYMOUS_ACCESS},
    )
