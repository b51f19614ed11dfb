"""Observations as the network probes make them, for the rules; nothing is sent."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from scanners.base import Sight
from scanners.registry import judge, load_checks
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.subject import Subject

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOST = Subject("kantor", "192.0.2.7")


def at(port: int, host: Subject = HOST) -> Subject:
    return Subject(host.zone, host.address, port)


def ports(
    opened: Sequence[int] = (),
    closed: str = "",
    filtered: str = "",
    state: str = "up",
    host: Subject = HOST,
) -> Observation:
    data = {
        "state": state,
        "profile": "top100",
        "open": list(opened),
        "closed": closed,
        "filtered": filtered,
        "attempts": 100,
    }
    return Observation("host.ports", host, NOON, data, ("a" * 64,))


def service(port: int, name: str, **facts: Any) -> Observation:
    data: dict[str, Any] = {
        "name": name,
        "tls": False,
        "starttls": None,
        "banner": "",
        "product": "",
        "version": "",
        "method": "own",
        "anonymous": None,
        "http": None,
        "facts": {},
        "problems": [],
    }
    return Observation("service", at(port), NOON, data | facts, ("b" * 64,))


def results(check: str, *observations: Observation) -> dict[int | None, CheckResult]:
    """What one check says about each port."""
    only = {check: load_checks()[check]}
    found = judge(Sight(observations), (), NOON, only)
    return {item.subject.port: item for item in found if isinstance(item.subject, Subject)}
