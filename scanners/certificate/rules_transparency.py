"""Certificate Transparency: are the SCTs genuine, and are they enough for browsers?"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from scanners.catalogue import Check
from scanners.certificate.verdicts import (
    BESIDE_THE_POINT,
    NOT_THERE,
    UNREADABLE,
    Facts,
    Verdict,
    each,
    fact,
    failed,
    listed,
    not_public,
    number,
    passed,
    undecided,
    validity,
)
from secaudit.core.instant import parse_instant
from secaudit.core.observation import Observation

_CURRENT = ("qualified", "usable", "readonly")
_RETIRED = "retired"


@each
def ct_invalid(seen: Observation, leaf: Facts, _check: Check) -> Verdict:
    """Fail where an SCT is not what the log it names would have signed."""
    scts, problems = fact(seen.data, "scts"), seen.data["sct_problems"]
    broken = [f"{item['source']}: {item['problem']}" for item in problems]
    broken += [
        f"{item['source']}: {item['log']} ({item['verdict']})"
        for item in scts
        if item["verdict"] in ("invalid", "future")
    ]
    if broken:
        return failed(faults=listed(broken))
    if not scts:
        return NOT_THERE if leaf["malformed"] is None else UNREADABLE
    verified = sum(item["verdict"] == "valid" for item in scts)
    if not verified:
        return undecided(count=len(scts), verified="unverified")
    return passed(count=len(scts), verified=str(verified))


@each
def ct_policy(seen: Observation, leaf: Facts, check: Check) -> Verdict:
    """Fail where a publicly rooted certificate has fewer SCTs than Chrome's policy wants.

    Enough: one SCT from outside the certificate and two operators in all; or as many logs in the
    certificate as its lifetime asks for, one of them current, and two operators in all. A log that
    was retired after it signed counts among those in the certificate.
    """
    scts = fact(seen.data, "scts")
    span = validity(leaf)
    if span is None:
        return UNREADABLE
    since = date.fromisoformat(str(check.parameters["since"]))
    if not seen.data["publicly_rooted"]:
        return not_public(seen)
    if span[0].date() < since:
        return BESIDE_THE_POINT
    long = span[1] - span[0] > timedelta(days=number(check, "long_days"))
    needed = int(number(check, "long_needs" if long else "short_needs"))
    told: dict[str, Any] = {"count": len({item["log_id"] for item in scts}), "needed": needed}
    if not _could_suffice(scts, needed):
        return failed(**told, operators="-")
    if seen.data["ct_list"] is None or any(item["verdict"] == "unverified" for item in scts):
        return undecided(**told, verified="unverified")
    counted = [item for item in scts if _counts(item)]
    operators = sorted({item["operator"] for item in counted})
    told |= {"count": len({item["log_id"] for item in counted})}
    if _suffices(counted, needed, int(number(check, "operators"))):
        return passed(**told, operators=listed(operators))
    if any(item["verdict"] == "unknown_log" for item in scts) and _is_old(seen, check):
        return undecided(**told, operators=listed(operators))
    return failed(**told, operators=listed(operators))


def _could_suffice(scts: Sequence[Facts], needed: int) -> bool:
    """What the count alone says, whoever the logs are."""
    logs = {item["log_id"] for item in scts}
    embedded = {item["log_id"] for item in scts if item["source"] == "embedded"}
    return len(embedded) >= needed or (
        len(logs) >= 2 and any(item["source"] != "embedded" for item in scts)
    )


def _counts(item: Facts) -> bool:
    if item["verdict"] != "valid":
        return False
    if item["state"] in _CURRENT:
        return True
    return (
        item["state"] == _RETIRED
        and item["source"] == "embedded"
        and item["state_since"] is not None
        and parse_instant(item["at"]) < parse_instant(item["state_since"])
    )


def _suffices(counted: Sequence[Facts], needed: int, operators: int) -> bool:
    if len({item["operator"] for item in counted}) < operators:
        return False
    current = {item["source"] for item in counted if item["state"] in _CURRENT}
    if current - {"embedded"}:
        return True
    embedded = {item["log_id"] for item in counted if item["source"] == "embedded"}
    return "embedded" in current and len(embedded) >= needed


def _is_old(seen: Observation, check: Check) -> bool:
    """An old list does not know newer logs."""
    made: datetime | None = None
    if seen.data["ct_list"]["made_at"] is not None:
        made = parse_instant(seen.data["ct_list"]["made_at"])
    return made is None or seen.observed_at - made > timedelta(days=number(check, "list_days"))
