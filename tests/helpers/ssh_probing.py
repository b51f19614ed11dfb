"""Running the SSH probe against loopback, as a scan would."""

import asyncio
from datetime import UTC, datetime

from read_again import assert_borne_out
from tls_probing import MemoryEvidence, endpoint_at, free_dialer

from scanners.base import Sight
from scanners.registry import judge, load_checks
from scanners.ssh.limits import SshSettings
from scanners.ssh.probe import probe_ssh
from secaudit.core.canonical import canonical_json
from secaudit.core.observation import CheckResult, Observation

QUICK = SshSettings(connection_seconds=2.5, total_seconds=6.0, silence_seconds=0.8)


def survey_ssh(port: int, settings: SshSettings | None = None, **where: str) -> Observation:
    """The one ``ssh.endpoint`` observation."""
    kept = MemoryEvidence()
    endpoint = endpoint_at(port, **where)
    found = asyncio.run(probe_ssh(endpoint, free_dialer(), kept, settings or SshSettings()))
    assert len(found) == 1
    assert set(found[0].evidence) == set(kept)
    canonical_json(found[0])
    assert_borne_out(found, kept)
    return found[0]


def judged_ssh(*observations: Observation, at: datetime | None = None) -> dict[str, CheckResult]:
    """Results by check id; only for observations about one subject a check."""
    results = judge(Sight(observations), (), at or datetime.now(UTC))
    own = [item for item in results if item.check.startswith("ssh.")]
    assert len({item.check for item in own}) == len(own)
    assert not [item for item in own if item.outcome == "error"]
    for item in own:
        statement = load_checks()[item.check].statement
        if item.outcome == "failed":
            assert statement.id.format(**item.details)
            assert statement.en.format(**item.details)
    return {item.check: item for item in own}


def ssh_outcomes(*observations: Observation) -> dict[str, str]:
    return {name: item.outcome.value for name, item in judged_ssh(*observations).items()}


def failures(*observations: Observation) -> set[str]:
    """The checks that fail."""
    return {name for name, outcome in ssh_outcomes(*observations).items() if outcome == "failed"}
