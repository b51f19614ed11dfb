"""Weaknesses that follow from what was observed before. Pure: nothing is sent for them."""

from collections.abc import Callable, Mapping
from typing import Any

from scanners.tls.suites import Suite
from scanners.tls.version import Protocol
from scanners.weakness.earlier import Ssl2, primes_of
from scanners.weakness.ground import OLD, Ground
from scanners.weakness.verdict import Verdict, Weakness, absent, inconclusive, proved
from secaudit.core.vocabulary import Reason

_BEFORE_TLS1_1 = (Protocol.TLS1_0, Protocol.SSL3)
_BREAKABLE_BITS = 768
"""Primes that were publicly broken; which one it is does not matter (Logjam, section 3)."""
_COMMON_BITS = 1024
"""Up to here one precomputation for a common prime opens every session that uses it."""
_SMALL_BLOCKS = ("3DES", "DES", "DES40", "IDEA", "RC2")
_SHOWN = 8


def derive(ground: Ground, ssl2: Ssl2) -> dict[Weakness, Verdict]:
    """Return the verdict on each weakness that needs no connection."""
    return {
        Weakness.POODLE_SSL: _by_suites(ground, _is_cbc, (Protocol.SSL3,), "ssl3_with_cbc"),
        Weakness.FREAK: _by_suites(ground, _exports_rsa, OLD, "export_rsa"),
        Weakness.LOGJAM: _logjam(ground),
        Weakness.DROWN: _drown(ssl2),
        Weakness.SWEET32: _by_suites(ground, _has_small_blocks, OLD, "small_blocks"),
        Weakness.RC4: _by_suites(ground, _is_rc4, OLD, "rc4"),
        Weakness.BEAST: _by_suites(ground, _is_cbc, _BEFORE_TLS1_1, "cbc_before_tls1_1"),
    }


def _is_cbc(suite: Suite) -> bool:
    return suite.cbc


def _is_rc4(suite: Suite) -> bool:
    return "rc4" in suite.weaknesses


def _exports_rsa(suite: Suite) -> bool:
    """A throw-away RSA key of 512 bits; those of 1024 bits are another class."""
    return suite.key_exchange == "RSA_EXPORT"


def _exports_dh(suite: Suite) -> bool:
    return suite.key_exchange.startswith(("DHE_", "DH_anon_")) and suite.key_exchange.endswith(
        "_EXPORT"
    )


def _has_small_blocks(suite: Suite) -> bool:
    return suite.cipher.split("_")[0] in _SMALL_BLOCKS


def _by_suites(
    ground: Ground, wanted: Callable[[Suite], bool], among: tuple[Protocol, ...], why: str
) -> Verdict:
    found = ground.accepted(wanted, among)
    if found:
        return proved(why, **shown(found))
    doubt = ground.doubt(among)
    return inconclusive(doubt) if doubt else absent(f"no_{why}")


def shown(found: Mapping[str, list[str]]) -> dict[str, Any]:
    """Suites by version as short texts: the first names, how many there are, the versions."""
    names = list(dict.fromkeys(name for suites in found.values() for name in suites))
    more = f" (+{len(names) - _SHOWN})" if len(names) > _SHOWN else ""
    return {
        "suites": ", ".join(names[:_SHOWN]) + more,
        "count": len(names),
        "protocols": ", ".join(found),
    }


def _logjam(ground: Ground) -> Verdict:
    """Export suites, or a prime within reach: short, or of 1024 bits and many servers' own."""
    exported = ground.accepted(_exports_dh)
    if exported:
        return proved("export_dhe", bits=512, prime="-", **shown(exported))
    used = ground.accepted(lambda suite: suite.ephemeral_dh)
    if not used:
        doubt = ground.doubt()
        return inconclusive(doubt) if doubt else absent("no_dhe")
    primes = primes_of(ground.endpoint)
    if not primes:
        bits = ground.endpoint.data["key_exchange"]["dh_bits"]
        if bits and bits[0] > _COMMON_BITS:
            return absent("long_prime", bits=bits[0])
        return inconclusive(Reason.NO_OBSERVATION)
    within_reach = next(
        (
            prime
            for prime in primes
            if prime.bits <= _BREAKABLE_BITS or (prime.bits <= _COMMON_BITS and prime.name)
        ),
        None,
    )
    if within_reach is not None:
        why = "short_prime" if within_reach.bits <= _BREAKABLE_BITS else "common_prime"
        facts = {"bits": within_reach.bits, "prime": within_reach.name or "-"}
        return proved(why, **facts, **shown(used))
    bits = primes[0].bits
    return absent("long_prime" if bits > _COMMON_BITS else "own_prime", bits=bits)


def _drown(ssl2: Ssl2) -> Verdict:
    """SSL 2.0 at this endpoint. Where else the key is used cannot be seen from here."""
    if ssl2.spoken is None:
        return inconclusive(ssl2.reason, elsewhere="not_seen")
    if ssl2.spoken:
        return proved("ssl2_here", elsewhere="not_seen")
    return absent("no_ssl2_here", elsewhere="not_seen")
