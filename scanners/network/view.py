"""What the network rules look at: one host's ports with the services found on them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from scanners.base import Sight, Watched
from scanners.catalogue import Check
from scanners.owed import port_state
from scanners.ports import expand_runs
from secaudit.core.observation import Observation
from secaudit.core.subject import Subject


@dataclass(frozen=True)
class HostView:
    """A host that answered, as seen from one zone."""

    ports: Observation
    """Its ``host.ports``."""
    services: dict[int, Observation]
    """Its ``service`` observations by port."""

    @property
    def host(self) -> Subject:
        """The host's own subject."""
        if not isinstance(self.ports.subject, Subject):
            raise TypeError("host.ports is about a host")
        return self.ports.subject

    def endpoint(self, port: int) -> Subject:
        """The subject of one TCP port."""
        return Subject(self.host.zone, self.host.address, port)

    def state_of(self, port: int) -> str | None:
        """``open``, ``closed``, ``filtered``, or None when the port was not probed."""
        return port_state(self.ports, port)

    def expected_ports(
        self, check: Check, watched: Iterable[Watched], *, watched_only: bool = False
    ) -> list[int]:
        """Ports where the check's service listens by convention, and where it failed before."""
        usual = () if watched_only else expand_runs(str(check.parameters.get("ports", "")))
        failed = (
            item.subject.port
            for item in watched
            if item.check == check.id
            and item.subject.port is not None
            and item.subject == self.endpoint(item.subject.port)
        )
        return sorted({*usual, *failed})


def host_views(sight: Sight) -> Iterator[HostView]:
    """The hosts in a sight that are up; a silent host shows nothing to judge."""
    services = sight.of("service")
    for ports in sight.of("host.ports"):
        if ports.data["state"] == "up":
            yield HostView(
                ports,
                {
                    item.subject.port: item
                    for item in services
                    if isinstance(item.subject, Subject)
                    and item.subject.port is not None
                    and item.subject.host == ports.subject
                },
            )


def named_services(view: HostView, check: Check) -> Iterator[Observation]:
    """The host's services that the check is about, by the ``services`` parameter."""
    wanted = check.parameters["services"]
    names = wanted if isinstance(wanted, tuple) else (wanted,)
    for _port, service in sorted(view.services.items()):
        if service.data["name"] in names:
            yield service


def described(service: Observation) -> dict[str, Any]:
    """The details that every statement about a service may use."""
    if not isinstance(service.subject, Subject):
        raise TypeError("a service is about an endpoint")
    data = service.data
    shown = " ".join(part for part in (data["product"], data["version"]) if part)
    return {
        "port": service.subject.port,
        "zone": service.subject.zone,
        "service": data["name"],
        "shown": shown or data["banner"] or "-",
        "tls": data["tls"],
    }
