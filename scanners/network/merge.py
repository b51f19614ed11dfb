"""Two views of one service made one: ours decides name, TLS and STARTTLS; nmap fills the rest."""

import re
from dataclasses import replace

from scanners.network.nmap_tool import NmapService
from scanners.network.services.anonymous import ANONYMOUS_READS
from scanners.network.services.facts import Service, short
from secaudit.core.vocabulary import ProbeClass

_NAMES = {
    "ms-wbt-server": "rdp",
    "microsoft-ds": "smb",
    "netbios-ssn": "smb",
    "ms-sql-s": "mssql",
    "oracle-tns": "oracle",
    "mongod": "mongodb",
    "X11": "x11",
    "http-proxy": "http",
    "http-alt": "http",
    "smtps": "smtp",
    "imaps": "imap",
    "pop3s": "pop3",
    "ftps": "ftp",
    "ldaps": "ldap",
    "jabber": "xmpp",
    "xmpp-client": "xmpp",
    "ircs": "irc",
    "snews": "nntp",
    "managesieve": "sieve",
}
"""nmap's names for what we call otherwise."""
_NOTHING = {"", "unknown", "tcpwrapped", "ssl"}
_TELLS_ALL = {"telnet"}
"""Their greeting is all there is, and nmap waits long for more."""
_PLAIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


def wants_nmap(service: Service, permitted: frozenset[ProbeClass]) -> bool:
    """Tell whether nmap may add something here, by probes that the authorisation permits.

    At its usual port nmap reads from what needs no password (``info`` from Redis): that is
    anonymous access, and left out where it is not permitted.
    """
    if service.name in ANONYMOUS_READS and ProbeClass.ANONYMOUS_ACCESS not in permitted:
        return False
    if service.name in _TELLS_ALL:
        return False
    return not service.known or not service.product


def merge(service: Service, seen: NmapService | None) -> Service:
    """Complete a service by what nmap saw."""
    if seen is None:
        return service
    merged = service
    name = _NAMES.get(seen.name, seen.name.lower())
    if not service.known and name not in _NOTHING and _PLAIN.fullmatch(name):
        merged = replace(merged, name="https" if name == "http" and service.tls else name)
    if not service.product and seen.product:
        merged = replace(merged, product=short(seen.product), version=short(seen.version))
    return service if merged == service else replace(merged, method="nmap")
