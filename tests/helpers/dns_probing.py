"""Running the DNS probe against a server of the test, and judging what it saw."""

import asyncio
import dataclasses
from datetime import UTC, datetime
from typing import Any

from read_again import assert_borne_out
from tls_probing import MemoryEvidence, endpoint_at

from scanners.base import Sight
from scanners.budget import Budget
from scanners.dns.client import DnsClient, Patience
from scanners.dns.probe import probe_dns
from scanners.dns.server import parse_server
from scanners.registry import judge, load_checks
from secaudit.core.authorisation import Authorisation, RateCaps, loopback_authorisation
from secaudit.core.canonical import canonical_json
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.vocabulary import ProbeClass

BRISK = Patience(seconds=0.3)
CAPS = RateCaps(10**9, 10**9, 16, 256)


def letter_for_dns(**changes: Any) -> Authorisation:
    letter = loopback_authorisation(datetime.now(UTC))
    classes = letter.probe_classes | {ProbeClass.DNS}
    return dataclasses.replace(letter, caps=CAPS, probe_classes=classes, **changes)


def client_of(resolver: str, *, patience: Patience = BRISK, **changes: Any) -> DnsClient:
    letter = letter_for_dns(**changes)
    return DnsClient((parse_server(resolver),), letter, Budget(CAPS), patience=patience)


def asked_about(
    resolver: str,
    *names: str,
    port: int = 443,
    certified: bool = True,
    mail: bool = False,
    client: DnsClient | None = None,
    patience: Patience = BRISK,
) -> tuple[list[Observation], MemoryEvidence]:
    """All ``dns.name`` observations, and the evidence."""
    kept = MemoryEvidence()

    async def work() -> list[Observation]:
        asking = client or client_of(resolver, patience=patience)
        endpoint = endpoint_at(port, *names)
        return await probe_dns(endpoint, asking, kept, certified=certified, mail=mail)

    found = asyncio.run(work())
    assert {digest for item in found for digest in item.evidence} == set(kept)
    canonical_json(found)
    assert_borne_out(found, kept)
    return found, kept


def judged_names(*observations: Observation) -> dict[str, CheckResult]:
    """Results of the checks of DNS by id, for observations about one name."""
    own = [
        item
        for item in judge(Sight(observations), (), datetime.now(UTC))
        if item.check.startswith("dns.")
    ]
    assert len({item.check for item in own}) == len(own)
    for item in own:
        statement = load_checks()[item.check].statement
        if item.outcome == "failed":
            assert "None" not in statement.id.format(**item.details)
            assert "None" not in statement.en.format(**item.details)
    return {item.check: item for item in own}


def name_outcomes(*observations: Observation) -> dict[str, str]:
    return {name: item.outcome.value for name, item in judged_names(*observations).items()}
