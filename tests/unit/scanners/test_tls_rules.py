"""What the survey of versions and suites leaves open where it was broken off."""

from datetime import UTC, datetime

import pytest

from scanners.base import Sight
from scanners.registry import load_checks
from scanners.tls.probe import KIND
from scanners.tls.rules import client_preference
from secaudit.core.observation import Observation
from secaudit.core.subject import Subject

SOUND = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
WEAK = "TLS_RSA_WITH_AES_128_CBC_SHA"


@pytest.mark.parametrize(
    ("suites", "order", "incomplete", "reasons", "outcome", "reason"),
    [
        ([SOUND, WEAK], "client", {}, {}, "failed", "observed"),
        ([SOUND, WEAK], "server", {}, {}, "passed", "observed"),
        ([SOUND], None, {}, {}, "passed", "observed"),
        ([SOUND], None, {"TLS 1.2": "timed_out"}, {}, "inconclusive", "timed_out"),
        ([SOUND, WEAK], None, {}, {}, "inconclusive", "no_observation"),
        ([SOUND], None, {}, {"TLS 1.0": "connection_reset"}, "inconclusive", "connection_reset"),
    ],
)
def test_an_order_that_was_not_seen_is_not_called_the_servers(
    suites: list[str],
    order: str | None,
    incomplete: dict[str, str],
    reasons: dict[str, str],
    outcome: str,
    reason: str,
) -> None:
    data = {
        "protocols": {"TLS 1.2": "accepted"},
        "suites": {"TLS 1.2": suites},
        "preference": {"TLS 1.2": order},
        "incomplete": incomplete,
        "reasons": reasons,
    }
    at = datetime(2026, 11, 21, tzinfo=UTC)
    seen = Observation(KIND, Subject("uji", "192.0.2.1", 443), at, data, ())
    (found,) = client_preference(Sight((seen,)), load_checks()["tls.preference.client"])
    assert (found.outcome.value, found.reason.value) == (outcome, reason)
