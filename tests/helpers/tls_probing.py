"""Running the TLS and certificate probes against loopback, as a scan would."""

import asyncio
import dataclasses
from datetime import UTC, datetime

from read_again import assert_borne_out

from scanners.base import Endpoint, Sight
from scanners.budget import Budget
from scanners.certificate.families import KeyFamily
from scanners.certificate.probe import probe_certificates
from scanners.certificate.trust import TrustStores
from scanners.dialer import TcpDialer
from scanners.registry import judge, load_checks
from scanners.tls.limits import TlsSettings
from scanners.tls.probe import is_tls, probe_tls
from secaudit.core.authorisation import RateCaps, loopback_authorisation
from secaudit.core.canonical import canonical_json, sha256_hex
from secaudit.core.network import parse_address
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.subject import Subject

QUICK = TlsSettings(exchange_seconds=0.6, total_seconds=3.0, flight_bytes=64 * 1024)


class MemoryEvidence(dict[str, bytes]):
    """Keeps evidence in memory."""

    def put(self, content: bytes, media_type: str) -> str:
        assert "/" in media_type
        digest = sha256_hex(content)
        self[digest] = content
        return digest


def endpoint_at(port: int, *names: str, address: str = "127.0.0.1") -> Endpoint:
    return Endpoint(Subject("uji", address, port), parse_address(address), port, names)


def free_dialer() -> TcpDialer:
    caps = RateCaps(10**9, 10**9, 16, 256)
    letter = dataclasses.replace(loopback_authorisation(datetime.now(UTC)), caps=caps)
    return TcpDialer(letter, Budget(caps))


def survey(
    port: int, *names: str, settings: TlsSettings | None = None, **where: str
) -> Observation:
    """The one ``tls.endpoint`` observation."""
    kept = MemoryEvidence()
    endpoint = endpoint_at(port, *names, **where)
    found = asyncio.run(probe_tls(endpoint, free_dialer(), kept, settings or TlsSettings()))
    assert len(found) == 1
    assert set(found[0].evidence) == set(kept)
    canonical_json(found[0])
    assert_borne_out(found, kept)
    return found[0]


def chains(
    port: int,
    *names: str,
    roots: tuple[bytes, ...] = (),
    trust: TrustStores | None = None,
    at: datetime | None = None,
    settings: TlsSettings | None = None,
    families: frozenset[KeyFamily] = frozenset(),
    **where: str,
) -> list[Observation]:
    """All ``certificate.chain`` observations: without a name first."""
    kept = MemoryEvidence()
    found = asyncio.run(
        probe_certificates(
            endpoint_at(port, *names, **where),
            free_dialer(),
            kept,
            trust or TrustStores.of(roots),
            at or datetime.now(UTC),
            settings or TlsSettings(),
            families=families,
        )
    )
    assert_borne_out(found, kept)
    assert all(digest in kept for item in found for digest in item.evidence)
    canonical_json(found)
    return found


def speaks_tls(port: int) -> bool:
    return asyncio.run(is_tls(endpoint_at(port), free_dialer(), QUICK))


def judged(*observations: Observation) -> dict[str, CheckResult]:
    """Results by check id; only for observations about one subject a check."""
    results = judge(Sight(observations), (), datetime.now(UTC))
    own = [item for item in results if item.check.startswith(("tls.", "cert."))]
    assert len({item.check for item in own}) == len(own)
    for item in own:
        statement = load_checks()[item.check].statement
        if item.outcome == "failed":
            assert statement.id.format(**item.details)
            assert statement.en.format(**item.details)
    return {item.check: item for item in own}


def outcomes(*observations: Observation) -> dict[str, str]:
    return {name: item.outcome.value for name, item in judged(*observations).items()}
