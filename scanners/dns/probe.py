"""The DNS probe: who may certify a name, which certificate it binds, who may mail. It never judges.

Asked for each public name of an endpoint that speaks TLS or mail, of the one resolver that the scan
was given, and only where the authorisation permits ``dns``. Names of private use (``.local`` and
the like) are not asked for.

Observation ``dns.name``, about ``zone/address:port/tcp#name``:

- ``name``, ``resolver``, ``validates`` (the resolver verifies DNSSEC; null where that is unknown).
- ``zone``: the zone that the name lies in, or null. ``dnssec``: ``signed`` (the zone above vouches
  for its keys by a DS record; null: not known), ``authenticated``, ``problem``.
- ``caa`` (null where nothing is certified here): ``found_at`` (the name that holds the records,
  after climbing), ``records``, ``walked``, ``authenticated``, ``problem``.
- ``tlsa`` (likewise): ``at``, ``records``, ``authenticated``, ``problem``.
- ``mail`` (null but for mail services): ``domain``, ``exchangers``, ``takes_mail`` (false: a null
  MX), ``spf`` (:mod:`scanners.dns.spf`), ``dmarc``, ``mta_sts``, ``tls_reports``
  (:mod:`scanners.dns.records`), each with ``problem``. The policy file of MTA-STS is never fetched.
- ``asked``: each question with its outcome. ``questions``: how many for this name.

``authenticated``: true, false, or null where the resolver does not verify.
"""

import json
from collections.abc import Sequence
from typing import Any, Protocol

from scanners.base import Endpoint
from scanners.dialer import utc_now
from scanners.dns import records
from scanners.dns.client import DnsClient, Reply
from scanners.dns.server import Server
from scanners.dns.spf import Found, read_spf
from scanners.tls.probe import sni_of
from secaudit.core.observation import EvidenceSink, Observation
from secaudit.core.vocabulary import Reason

KIND = "dns.name"
TRANSCRIPT_TYPE = "application/jsonl"
MOST_QUESTIONS = 48
"""For one name; what more there is stays unasked, and is told as exceeding the limit."""
_MOST_LABELS = 12
_PRIVATE = (
    "corp",
    "home",
    "home.arpa",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "private",
    "test",
)
RECEIVED_KEPT = 8192


async def probe_dns(
    endpoint: Endpoint, client: DnsClient, evidence: EvidenceSink, *, certified: bool, mail: bool
) -> list[Observation]:
    """Ask about each name of an endpoint. Raises ScopeRefusedError.

    ``certified``: TLS is spoken there, so that CAA and TLSA matter; ``mail``: it is a mail service.
    """
    observations = []
    for name in dict.fromkeys(item.lower().removesuffix(".") for item in endpoint.names):
        if not is_public(name):
            continue
        observed_at = utc_now()
        asking = NameQuestions(client, name)
        data = await asking.run(endpoint.port, certified=certified, mail=mail)
        digest = evidence.put(("\n".join(asking.lines) + "\n").encode("ascii"), TRANSCRIPT_TYPE)
        subject = endpoint.subject.named(_spelt(endpoint, name))
        observations.append(Observation(KIND, subject, observed_at, data, (digest,)))
    return observations


class Answering(Protocol):
    """Whatever answers questions of DNS: a client, or what was recorded of one."""

    servers: tuple[Server, ...]

    async def ask(self, name: str, kind: str) -> Reply:
        """Answer one question. Raises ScopeRefusedError."""
        ...


def _spelt(endpoint: Endpoint, name: str) -> str:
    """The name as the endpoint has it, which is how the other observations name their subject."""
    return next(item for item in endpoint.names if item.lower().removesuffix(".") == name)


def is_public(name: str) -> bool:
    """Whether a name can be known to the public DNS: no address, no private use."""
    private = any(name == item or name.endswith("." + item) for item in _PRIVATE)
    return "." in name and "*" not in name and sni_of((name,)) is not None and not private


class NameQuestions:
    """The questions about one name."""

    def __init__(self, client: Answering, name: str) -> None:
        self._client = client
        self._name = name
        self._asked: dict[tuple[str, str], Reply] = {}
        self._validates: bool | None = None
        self.lines: list[str] = []

    async def _ask(self, name: str, kind: str) -> Reply:
        known = self._asked.get((name, kind))
        if known is not None:
            return known
        if len(self._asked) >= MOST_QUESTIONS:
            return Reply(name, kind, problem=Reason.LIMIT_EXCEEDED)
        reply = await self._client.ask(name, kind)
        self._asked[(name, kind)] = reply
        line = {
            "purpose": f"DNS {kind} {name}",
            "sent": reply.sent.hex(),
            "received": reply.received[:RECEIVED_KEPT].hex(),
            "outcome": reply.outcome,
        }
        self.lines.append(json.dumps(line, separators=(",", ":")))
        return reply

    async def run(self, port: int, *, certified: bool, mail: bool) -> dict[str, Any]:
        """Ask all that matters about the name. Raises ScopeRefusedError."""
        root = await self._ask(".", "SOA")
        # The root is signed: a resolver that verifies says so of it.
        self._validates = None if root.problem else root.authenticated
        zone = await self._zone()
        data = {
            "name": self._name,
            "resolver": ", ".join(str(item) for item in self._client.servers),
            "validates": self._validates,
            "zone": zone,
            "dnssec": await self._dnssec(zone),
            "caa": await self._caa() if certified else None,
            "tlsa": await self._tlsa(port) if certified else None,
            "mail": await self._mail(zone) if mail else None,
        }
        asked = [[name, kind, reply.outcome] for (name, kind), reply in self._asked.items()]
        return data | {"asked": asked, "questions": len(asked)}

    def _authenticated(self, reply: Reply) -> bool | None:
        if reply.problem is not None:
            return None
        return True if reply.authenticated else (False if self._validates else None)

    async def _zone(self) -> str | None:
        reply = await self._ask(self._name, "SOA")
        return reply.zone

    async def _dnssec(self, zone: str | None) -> dict[str, Any]:
        facts: dict[str, Any] = {"signed": None, "authenticated": None, "problem": None}
        if zone is None:
            return facts | {"problem": Reason.NO_OBSERVATION.value}
        reply = await self._ask(zone, "DS")
        if reply.problem is not None:
            return facts | {"problem": reply.problem.value}
        apex = await self._ask(zone, "SOA")
        return facts | {
            "signed": bool(reply.records),
            "authenticated": self._authenticated(apex),
        }

    async def _caa(self) -> dict[str, Any]:
        """Climb from the name towards the root until there are records (RFC 8659, section 3)."""
        facts: dict[str, Any] = {
            "found_at": None,
            "records": [],
            "walked": [],
            "authenticated": None,
            "problem": None,
        }
        for name in ancestors(self._name):
            reply = await self._ask(name, "CAA")
            facts["walked"].append(name)
            if reply.problem is not None:
                return facts | {"problem": reply.problem.value}
            if reply.records:
                return facts | {
                    "found_at": name,
                    "records": records.caa(reply.records),
                    "authenticated": self._authenticated(reply),
                }
        return facts

    async def _tlsa(self, port: int) -> dict[str, Any]:
        at = f"_{port}._tcp.{self._name}"
        reply = await self._ask(at, "TLSA")
        return {
            "at": at,
            "records": records.tlsa(reply.records),
            "authenticated": self._authenticated(reply),
            "problem": _problem(reply),
        }

    async def _mail(self, zone: str | None) -> dict[str, Any]:
        domain, exchangers, problem = await self._mail_domain(zone)
        found = records.mail_exchangers(exchangers)
        sts = await self._ask(f"_mta-sts.{domain}", "TXT")
        reports = await self._ask(f"_smtp._tls.{domain}", "TXT")
        return {
            "domain": domain,
            "exchangers": found,
            "takes_mail": not (len(found) == 1 and found[0]["name"] == "."),
            "problem": problem.value if problem else None,
            "spf": await read_spf(domain, self._texts),
            "dmarc": await self._dmarc(domain, zone),
            "mta_sts": records.mta_sts(records.texts(sts.records)) | {"problem": _problem(sts)},
            "tls_reports": records.tls_reports(records.texts(reports.records))
            | {"problem": _problem(reports)},
        }

    async def _mail_domain(self, zone: str | None) -> tuple[str, Sequence[Any], Reason | None]:
        """The closest domain with MX records, from the name up to its zone; else the zone."""
        problem = None
        for name in ancestors(self._name):
            reply = await self._ask(name, "MX")
            if reply.records:
                return name, reply.records, None
            problem = problem or reply.problem
            if name == zone or name.count(".") < 2 or problem is not None:
                break
        return zone or self._name, (), problem

    async def _texts(self, name: str) -> Found:
        reply = await self._ask(name, "TXT")
        return reply.problem or records.texts(reply.records)

    async def _dmarc(self, domain: str, zone: str | None) -> dict[str, Any]:
        """The domain's own record, or else that of the zone that it lies in.

        RFC 7489 goes to the organisational domain, by a list of public suffixes. A zone is the
        nearest thing to it that DNS itself tells, and never lies above it.
        """
        found = await self._texts(f"_dmarc.{domain}")
        inherited = False
        if not isinstance(found, Reason) and zone not in (None, domain):
            facts = records.dmarc(found, inherited=False)
            if facts["state"] == "none":
                found, inherited = await self._texts(f"_dmarc.{zone}"), True
        if isinstance(found, Reason):
            return records.dmarc((), inherited=False) | {
                "state": "unknown",
                "problem": found.value,
            }
        return records.dmarc(found, inherited=inherited) | {"problem": None}


def _problem(reply: Reply) -> str | None:
    return reply.problem.value if reply.problem else None


def ancestors(name: str) -> list[str]:
    """The name and the domains above it, the root left out."""
    labels = name.split(".")
    return [".".join(labels[index:]) for index in range(len(labels))][:_MOST_LABELS]
