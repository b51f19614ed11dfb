"""What an SSH server's offer and keys mean. Pure functions: observations to results.

Each judges ``ssh.endpoint`` observations, one result an endpoint.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from scanners.base import Sight, result
from scanners.catalogue import Check
from scanners.ssh.algorithms import KINDS, Kind, entry_of
from scanners.ssh.hostkey import family, is_certificate
from scanners.ssh.kexinit import MARKERS
from scanners.ssh.software import known_product, suspicions
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.vocabulary import Outcome, Reason

KIND = "ssh.endpoint"
_SHOWN = 8
_LISTS: dict[str, tuple[str, ...]] = {
    "kex": ("kex",),
    "host_key": ("host_key",),
    "cipher": ("cipher_in", "cipher_out"),
    "mac": ("mac_in", "mac_out"),
    "compression": ("compression_in", "compression_out"),
}
_CHACHA = "chacha20-poly1305@openssh.com"


def old_protocol(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where the server answers in protocol 1."""
    for seen in sight.of(KIND):
        state = seen.data["protocol_1"]
        if state == "accepted":
            offer = seen.data["protocol_1_offer"]
            yield result(
                check,
                seen.subject,
                Outcome.FAILED,
                seen,
                bits=offer["host_key_bits"],
                ciphers=", ".join(offer["ciphers"]) or "-",
            )
        elif state == "refused":
            yield result(check, seen.subject, Outcome.PASSED, seen)
        else:
            reason = Reason(seen.data["protocol_1_reason"] or Reason.NO_OBSERVATION)
            yield result(check, seen.subject, Outcome.INCONCLUSIVE, seen, reason)


def weak_algorithm(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where an algorithm of the parameter ``kind`` has the parameter ``weakness``.

    A MAC that stands beside ciphers with authentication of their own alone is never used: passed.
    """
    kind = _kind(check)
    weakness = str(check.parameters["weakness"])
    for seen in sight.of(KIND):
        if (undecided := _undecided(check, seen)) is not None:
            yield undecided
            continue
        if kind == "mac" and _authenticates_itself(seen):
            yield result(check, seen.subject, Outcome.PASSED, seen, Reason.NOT_OFFERED)
            continue
        found = [name for name in _names(seen, kind) if weakness in _weaknesses(kind, name)]
        yield _by_names(check, seen, found)


def terrapin(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where a cipher that Terrapin cuts is offered, and not the strict key exchange.

    ChaCha20-Poly1305 in either direction, or CBC together with a MAC over the ciphertext.
    """
    for seen in sight.of(KIND):
        if (undecided := _undecided(check, seen)) is not None:
            yield undecided
            continue
        found: list[str] = []
        for way in ("in", "out"):
            ciphers = seen.data["algorithms"][f"cipher_{way}"]
            macs = seen.data["algorithms"][f"mac_{way}"]
            after = [name for name in macs if name.endswith("-etm@openssh.com")]
            cbc = [name for name in ciphers if name.endswith("-cbc")] if after else []
            chacha = [name for name in ciphers if name == _CHACHA]
            found += [*chacha, *cbc, *(after if cbc else ())]
        if found and seen.data["strict_kex"]:
            yield result(check, seen.subject, Outcome.PASSED, seen)
        else:
            yield _by_names(check, seen, list(dict.fromkeys(found)))


def small_modulus(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where the group exchange gives a modulus shorter than ``least_bits``."""
    least = int(str(check.parameters["least_bits"]))
    for seen in sight.of(KIND):
        if (undecided := _undecided(check, seen)) is not None:
            yield undecided
            continue
        group = seen.data["group_exchange"]
        if group is None:
            outcome = Outcome.NOT_APPLICABLE
            yield result(check, seen.subject, outcome, seen, Reason.NOT_OFFERED)
        elif group["bits"] is None:
            reason = Reason(group["reason"])
            yield result(check, seen.subject, Outcome.INCONCLUSIVE, seen, reason)
        else:
            outcome = Outcome.FAILED if group["bits"] < least else Outcome.PASSED
            yield result(check, seen.subject, outcome, seen, bits=group["bits"], least=least)


def no_post_quantum(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where no key exchange stands against a quantum computer.

    A name that the table does not know may: then nothing is decided.
    """
    for seen in sight.of(KIND):
        if (undecided := _undecided(check, seen)) is not None:
            yield undecided
            continue
        names = [name for name in _names(seen, "kex") if name not in MARKERS]
        entries = [entry_of("kex", name) for name in names]
        safe = any(entry is not None and entry.post_quantum for entry in entries)
        if safe:
            yield result(check, seen.subject, Outcome.PASSED, seen)
        elif None in entries:
            reason = Reason.NO_OBSERVATION
            yield result(check, seen.subject, Outcome.INCONCLUSIVE, seen, reason)
        else:
            yield _by_names(check, seen, names)


def mac_over_plain_text(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where a cipher without its own authentication may be used with a MAC that is not ETM."""
    for seen in sight.of(KIND):
        if (undecided := _undecided(check, seen)) is not None:
            yield undecided
            continue
        if _authenticates_itself(seen):
            yield result(check, seen.subject, Outcome.PASSED, seen)
            continue
        found = []
        for name in _names(seen, "mac"):
            entry = entry_of("mac", name)
            if entry is not None and not entry.etm and "none" not in entry.weaknesses:
                found.append(name)
        yield _by_names(check, seen, found)


def short_rsa(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where an RSA host key is shorter than the parameter ``least_bits``."""
    least = int(str(check.parameters["least_bits"]))
    for seen in sight.of(KIND):
        if (undecided := _undecided(check, seen)) is not None:
            yield undecided
            continue
        sizes = [item["bits"] for item in seen.data["host_keys"] if item["kind"] == "rsa"]
        if sizes:
            outcome = Outcome.FAILED if min(sizes) < least else Outcome.PASSED
            details = {"bits": min(sizes), "least": least}
            yield result(check, seen.subject, outcome, seen, **details)
        elif any(family(name) == "rsa" for name in _names(seen, "host_key")):
            reason = _reason_of_unseen(seen, lambda name: family(name) == "rsa")
            yield result(check, seen.subject, Outcome.INCONCLUSIVE, seen, reason)
        else:
            yield result(check, seen.subject, Outcome.PASSED, seen)


def old_hash_only(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where an RSA host key signs with SHA-1 and with nothing newer."""
    for seen in sight.of(KIND):
        if (undecided := _undecided(check, seen)) is not None:
            yield undecided
            continue
        names = _names(seen, "host_key")
        old = [name for name in names if "sha1_signature" in _weaknesses("host_key", name)]
        newer = any(name.startswith("rsa-sha2-") for name in names)
        yield _by_names(check, seen, [] if newer else old)


def unproven_key(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where the signature over the key exchange does not fit the host key."""
    for seen in sight.of(KIND):
        if (undecided := _undecided(check, seen)) is not None:
            yield undecided
            continue
        keys = seen.data["host_keys"]
        wrong = [item for item in keys if item["signature"] == "invalid"]
        if wrong:
            details = {"key": wrong[0]["algorithm"], "fingerprint": wrong[0]["fingerprint"]}
            yield result(check, seen.subject, Outcome.FAILED, seen, **details)
        elif any(item["signature"] == "verified" for item in keys):
            yield result(check, seen.subject, Outcome.PASSED, seen)
        else:
            reason = _reason_of_unseen(seen, lambda _name: True)
            yield result(check, seen.subject, Outcome.INCONCLUSIVE, seen, reason)


def certificate_out_of_date(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where a host certificate was not valid when it was seen."""
    yield from _by_certificates(sight, check, _out_of_date)


def weak_certificate(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where a host certificate is not for hosts, or its CA's signature is weak or wrong."""
    yield from _by_certificates(sight, check, _weak_certificate)


def known_flaw(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Weigh the version that the server tells against ranges; fail only by a package's revision."""
    for seen in sight.of(KIND):
        told = seen.data["identification"]
        if told is None:
            reason = Reason(seen.data["reason"] or Reason.NO_OBSERVATION)
            yield result(check, seen.subject, Outcome.INCONCLUSIVE, seen, reason)
            continue
        if not told["version"] or not known_product(told["product"]):
            outcome = Outcome.NOT_APPLICABLE
            yield result(check, seen.subject, outcome, seen, Reason.NO_OBSERVATION)
            continue
        found = suspicions(told["product"], told["version"], told["comment"])
        sure = [item for item in found if item.state == "affected"]
        open_ = [item for item in found if item.state == "unknown"]
        outcome = Outcome.PASSED
        if sure or open_:
            outcome = Outcome.FAILED if sure else Outcome.INCONCLUSIVE
        named = sure or open_
        details = {
            "software": " ".join(filter(None, (told["software"], told["comment"]))),
            "flaws": ", ".join(f"{item.flaw.id} ({item.versions})" for item in named),
        }
        reason = Reason.OBSERVED if outcome is not Outcome.INCONCLUSIVE else Reason.NO_OBSERVATION
        yield result(check, seen.subject, outcome, seen, reason, **details)


def _by_certificates(
    sight: Sight, check: Check, faulty: Callable[[dict[str, Any], datetime, Check], bool]
) -> Iterator[CheckResult]:
    for seen in sight.of(KIND):
        if (undecided := _undecided(check, seen)) is not None:
            yield undecided
            continue
        held = [item for item in seen.data["host_keys"] if item["certificate"]]
        wrong = [item for item in held if faulty(item["certificate"], seen.observed_at, check)]
        if wrong:
            details = {"key": wrong[0]["algorithm"], **_facts(wrong[0]["certificate"])}
            yield result(check, seen.subject, Outcome.FAILED, seen, **details)
        elif any(is_certificate(name) for name in seen.data["open_keys"]):
            reason = _reason_of_unseen(seen, is_certificate)
            yield result(check, seen.subject, Outcome.INCONCLUSIVE, seen, reason)
        elif held:
            yield result(check, seen.subject, Outcome.PASSED, seen)
        else:
            outcome = Outcome.NOT_APPLICABLE
            yield result(check, seen.subject, outcome, seen, Reason.NOT_OFFERED)


def _facts(certificate: dict[str, Any]) -> dict[str, Any]:
    """What the statements tell of a certificate; a dash where there is no bound."""
    authority = certificate["authority"]
    return {
        "certificate": str(certificate["key_id"] or certificate["serial"]),
        "kind": certificate["kind"],
        "valid_from": certificate["valid_from"] or "-",
        "valid_until": certificate["valid_until"] or "-",
        "signed_with": certificate["signed_with"],
        "signature": certificate["signature"],
        "authority": f"{authority['kind'].upper()} {authority['bits']}",
    }


def _out_of_date(certificate: dict[str, Any], at: datetime, _check: Check) -> bool:
    begins, ends = certificate["valid_from"], certificate["valid_until"]
    over = ends is not None and datetime.fromisoformat(ends) <= at
    return over or (begins is not None and datetime.fromisoformat(begins) > at)


def _weak_certificate(certificate: dict[str, Any], _at: datetime, check: Check) -> bool:
    least = int(str(check.parameters["least_bits"]))
    authority = certificate["authority"]
    return (
        certificate["signature"] == "invalid"
        or certificate["kind"] != "host"
        or "sha1_signature" in _weaknesses("host_key", certificate["signed_with"])
        or authority["kind"] == "dsa"
        or (authority["kind"] == "rsa" and authority["bits"] < least)
    )


def _undecided(check: Check, seen: Observation) -> CheckResult | None:
    """The result where no offer of protocol 2 was seen at all."""
    if seen.data["algorithms"] is not None:
        return None
    if seen.data["reason"] is None:  # protocol 1 alone: judged by its own check
        outcome, reason = Outcome.NOT_APPLICABLE, Reason.NOT_OFFERED
    else:
        outcome, reason = Outcome.INCONCLUSIVE, Reason(seen.data["reason"])
    return result(check, seen.subject, outcome, seen, reason)


def _kind(check: Check) -> Kind:
    return next(kind for kind in KINDS if kind == check.parameters["kind"])


def _names(seen: Observation, kind: Kind) -> list[str]:
    """The names of one kind in both directions, each once."""
    lists = (seen.data["algorithms"][name] for name in _LISTS[kind])
    return list(dict.fromkeys(name for names in lists for name in names))


def _authenticates_itself(seen: Observation) -> bool:
    """Whether every cipher on offer is an AEAD: no MAC is used then (OpenSSH's PROTOCOL, 1.6)."""
    entries = [entry_of("cipher", name) for name in _names(seen, "cipher")]
    return bool(entries) and all(entry is not None and entry.aead for entry in entries)


def _weaknesses(kind: Kind, name: str) -> tuple[str, ...]:
    entry = entry_of(kind, name)
    return entry.weaknesses if entry is not None else ()


def _by_names(check: Check, seen: Observation, found: list[str]) -> CheckResult:
    if not found:
        return result(check, seen.subject, Outcome.PASSED, seen)
    more = f" (+{len(found) - _SHOWN})" if len(found) > _SHOWN else ""
    details: dict[str, Any] = {"algorithms": ", ".join(found[:_SHOWN]) + more, "count": len(found)}
    return result(check, seen.subject, Outcome.FAILED, seen, **details)


def _reason_of_unseen(seen: Observation, wanted: Callable[[str], bool]) -> Reason:
    told = next((why for name, why in seen.data["open_keys"].items() if wanted(name)), None)
    problems = seen.data["problems"]
    return Reason(told or (problems[0] if problems else Reason.NO_OBSERVATION.value))
