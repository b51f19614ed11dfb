"""Running the probe of weaknesses against loopback, after the survey that it rests on."""

import asyncio
from dataclasses import dataclass

from read_again import assert_borne_out
from tls_probing import MemoryEvidence, endpoint_at, free_dialer, survey
from weak_servers import MEMORY

from scanners.tls.limits import TlsSettings
from scanners.weakness.probe import probe_weaknesses
from scanners.weakness.settings import WeaknessSettings
from secaudit.core.canonical import canonical_json
from secaudit.core.observation import Observation

BRISK = WeaknessSettings(TlsSettings(exchange_seconds=5.0), pause_seconds=0.8)
HASTY = WeaknessSettings(
    TlsSettings(exchange_seconds=0.5, total_seconds=20, flight_bytes=64 * 1024), pause_seconds=0.2
)
_LEAST_LEAK = 6
"""So many bytes of the marked memory in a row would be no chance."""


@dataclass(frozen=True)
class Seen:
    """One observation, the one before it, and all evidence."""

    survey: Observation
    observation: Observation
    evidence: bytes

    def state(self, weakness: str) -> str:
        return str(self.observation.data["weaknesses"][weakness]["state"])

    def why(self, weakness: str) -> str:
        return str(self.observation.data["weaknesses"][weakness]["why"])

    def in_state(self, state: str) -> set[str]:
        found = self.observation.data["weaknesses"]
        return {name for name in found if found[name]["state"] == state}

    @property
    def connections(self) -> int:
        return int(self.observation.data["connections"])


def look(
    port: int,
    *names: str,
    settings: WeaknessSettings = BRISK,
    before: Observation | None = None,
    found: tuple[Observation, ...] = (),
) -> Seen:
    """Survey a port (or take the survey ``before``), and look for weaknesses."""
    surveyed = before or survey(port, *names)
    kept = MemoryEvidence()
    seen = asyncio.run(
        probe_weaknesses(
            endpoint_at(port, *names), free_dialer(), kept, [surveyed, *found], settings
        )
    )
    assert len(seen) == 1
    assert set(kept) <= set(seen[0].evidence)
    assert_borne_out(seen, kept, [surveyed, *found])
    text = canonical_json(seen[0])
    evidence = b"".join(kept.values())
    for leaked in (MEMORY[:_LEAST_LEAK], MEMORY[:_LEAST_LEAK].hex().encode()):
        assert leaked not in evidence
        assert leaked not in text
    return Seen(surveyed, seen[0], evidence)
