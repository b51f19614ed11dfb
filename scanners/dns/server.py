"""Which DNS resolver a scan asks: the one that it is given, or else those of the system."""

from contextlib import suppress
from dataclasses import dataclass

from secaudit.core.errors import InputError
from secaudit.core.network import Address, parse_address

PORT = 53
RESOLVER = "dns_resolver"
"""The key in an order's settings: where the resolver is; without it, the system's are asked."""


@dataclass(frozen=True)
class Server:
    """Where a resolver listens."""

    address: Address
    port: int = PORT

    def __str__(self) -> str:
        """As a setting writes it."""
        host = f"[{self.address}]" if self.address.version == 6 else str(self.address)
        return f"{host}:{self.port}"


def parse_server(text: str) -> Server:
    """Read ``192.0.2.53``, ``192.0.2.53:5353``, ``2001:db8::53`` or ``[2001:db8::53]:53``.

    Raises InputError.
    """
    host, port = text.strip(), str(PORT)
    if host.startswith("["):
        host, closed, rest = host[1:].partition("]")
        port = (
            rest.removeprefix(":") if rest.startswith(":") else (rest or (port if closed else ""))
        )
    elif host.count(":") == 1:
        host, _, port = host.partition(":")
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise InputError("{text!r} is no resolver such as 192.0.2.53 or 192.0.2.53:53", text=text)
    return Server(parse_address(host), int(port))


def system_servers() -> tuple[Server, ...]:
    """The resolvers of this machine, in their order; none where it has none."""
    import dns.exception
    import dns.resolver

    try:
        listed = dns.resolver.Resolver(configure=True).nameservers
    except dns.exception.DNSException:
        return ()
    found = []
    for item in listed:
        with suppress(InputError):
            found.append(Server(parse_address(str(item).partition("%")[0])))
    return tuple(found)


def dns_servers(chosen: str | None) -> tuple[Server, ...]:
    """The resolver that was chosen, or those of the system. Raises InputError."""
    return (parse_server(chosen),) if chosen else system_servers()
