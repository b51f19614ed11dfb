"""Running the HTTP probe against loopback, and judging what it saw."""

import asyncio
import dataclasses
from datetime import UTC, datetime
from typing import Any

from read_again import assert_borne_out
from tls_probing import MemoryEvidence, endpoint_at, free_dialer

from scanners.base import Dialer, Sight
from scanners.budget import Budget
from scanners.dialer import TcpDialer
from scanners.http.message import DEFAULT_BOUNDS, Bounds
from scanners.http.probe import probe_http
from scanners.registry import judge, load_checks
from secaudit.core.authorisation import RateCaps, loopback_authorisation
from secaudit.core.canonical import canonical_json
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.vocabulary import ProbeClass

HASTY = Bounds(seconds=1.0, head_bytes=16 * 1024, body_bytes=16 * 1024)


def following_dialer() -> TcpDialer:
    """A dialer whose letter permits redirects."""
    caps = RateCaps(10**9, 10**9, 16, 256)
    letter = loopback_authorisation(datetime.now(UTC))
    classes = letter.probe_classes | {ProbeClass.REDIRECT}
    return TcpDialer(dataclasses.replace(letter, caps=caps, probe_classes=classes), Budget(caps))


def answered(
    port: int,
    *names: str,
    tls: bool = False,
    follow: bool = False,
    bounds: Bounds = DEFAULT_BOUNDS,
    dialer: Dialer | None = None,
    **where: str,
) -> tuple[list[Observation], MemoryEvidence]:
    """All ``http.response`` observations, and the evidence."""
    kept = MemoryEvidence()
    found = asyncio.run(
        probe_http(
            endpoint_at(port, *names, **where),
            dialer or free_dialer(),
            kept,
            tls=tls,
            follow=follow,
            bounds=bounds,
        )
    )
    assert {digest for item in found for digest in item.evidence} == set(kept)
    canonical_json(found)
    assert_borne_out(found, kept)
    return found, kept


def page(port: int, *names: str, **how: Any) -> dict[str, Any]:
    """What the one observation says."""
    found, _kept = answered(port, *names, **how)
    assert len(found) == 1
    return dict(found[0].data)


def judged_web(*observations: Observation) -> dict[str, CheckResult]:
    """Results of the checks of HTTP by id, for observations about one subject a check."""
    own = [
        item
        for item in judge(Sight(observations), (), datetime.now(UTC))
        if item.check.startswith("http.")
    ]
    assert len({item.check for item in own}) == len(own)
    for item in own:
        statement = load_checks()[item.check].statement
        if item.outcome == "failed":
            assert "None" not in statement.id.format(**item.details)
            assert "None" not in statement.en.format(**item.details)
    return {item.check: item for item in own}


def outcomes_of(*observations: Observation) -> dict[str, str]:
    return {name: item.outcome.value for name, item in judged_web(*observations).items()}
