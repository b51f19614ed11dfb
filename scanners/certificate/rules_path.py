"""What is wrong on the way up, by the faults that :mod:`scanners.certificate.constraints` tells."""

from scanners.catalogue import Check
from scanners.certificate.verdicts import (
    NOT_THERE,
    UNREADABLE,
    Facts,
    Verdict,
    each,
    fact,
    failed,
    listed,
    passed,
    undecided,
)
from secaudit.core.observation import Observation

_UNFIT = {
    "not_a_ca": "not a CA",
    "key_usage": "key usage without",
    "path_length": "path length",
    "purpose": "purposes",
}


def _told(seen: Observation, *kinds: str) -> list[str]:
    return [
        f"{item['certificate']}: {item['detail']}"
        for item in fact(seen.data, "path_faults")
        if item["kind"] in kinds
    ]


def _on_the_way(seen: Observation, leaf: Facts, broken: list[str]) -> Verdict:
    """Judge what takes at least one issuer; a way that was not seen to its end proves no pass."""
    if leaf["malformed"] is not None:
        return UNREADABLE
    if broken:
        return failed(faults=listed(broken))
    if _told(seen, "unjudged") or not seen.data["complete"]:
        return undecided()
    if len(seen.data["path"]) < 2:
        return NOT_THERE
    return passed()


@each
def name_constraints(seen: Observation, leaf: Facts, _check: Check) -> Verdict:
    """Fail where a name is outside what an issuer above may certify (RFC 5280, 4.2.1.10)."""
    return _on_the_way(seen, leaf, _told(seen, "name_constraints"))


@each
def policy_constraints(seen: Observation, leaf: Facts, _check: Check) -> Verdict:
    """Fail where an issuer requires a policy, and none is valid on the path (RFC 5280, 6.1)."""
    return _on_the_way(seen, leaf, _told(seen, "policies"))


@each
def issuer_unfit(seen: Observation, leaf: Facts, _check: Check) -> Verdict:
    """Fail where an issuer may not issue: no CA, no such usage or purpose, or not so deep."""
    broken = [
        f"{item['certificate']}: {_UNFIT[item['kind']]} ({item['detail']})"
        for item in fact(seen.data, "path_faults")
        if item["kind"] in _UNFIT
    ]
    return _on_the_way(seen, leaf, broken)


@each
def unknown_critical_extension(seen: Observation, leaf: Facts, _check: Check) -> Verdict:
    """Fail where a critical extension is not one that anybody must understand (RFC 5280, 4.2)."""
    broken = _told(seen, "critical_extension")
    if leaf["malformed"] is not None:
        return UNREADABLE
    return failed(faults=listed(broken)) if broken else passed()
