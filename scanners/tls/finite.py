"""Diffie-Hellman in finite fields: the groups of RFC 7919, and the prime behind them.

A server that knows RFC 7919 takes one of the groups that the hello names, and its own prime where
the hello names none. A client that knows nothing of RFC 7919 gets that prime, however short, so
that it must be asked for on its own.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from scanners.tls.dh import known_primes, prime_digest
from scanners.tls.exchange import Answer
from scanners.tls.hello import GROUPS
from scanners.tls.messages import KeyExchange, group_name
from secaudit.core.vocabulary import Reason

FINITE_GROUPS = tuple(range(256, 261))
"""ffdhe2048, ffdhe3072, ffdhe4096, ffdhe6144, ffdhe8192."""
_CURVES = tuple(code for code in GROUPS if code not in FINITE_GROUPS)
Ask = Callable[[Sequence[int], Sequence[int]], Awaitable[Answer]]
"""Sends an offer of suites and groups, and keeps the prime that answers it."""


def finite_group(prime: int) -> int | None:
    """The group of RFC 7919 whose prime this is."""
    known = known_primes().get(prime_digest(prime))
    names = {group_name(code): code for code in FINITE_GROUPS}
    return None if known is None else names.get(known.name.split()[0])


@dataclass
class FiniteGroups:
    """The groups that a server chose by their names, in its order."""

    found: list[int] = field(default_factory=list)
    refused: bool = False
    """The rest was refused."""
    problem: Reason | None = None
    """Why the list may be too short."""


async def ask_own_prime(ask: Ask, suites: Sequence[int], seen: Sequence[KeyExchange]) -> None:
    """Ask for the prime of the server's own, where a group of RFC 7919 came in its place.

    Where one key alone was ``seen``, this is the second that tells whether keys come again.
    """
    primes = [item.prime for item in seen if item.prime]
    if suites and (len(primes) == 1 or any(map(finite_group, primes))):
        await ask(suites, _CURVES)


async def walk_finite_groups(
    ask: Ask, suites: Sequence[int], seen: Sequence[KeyExchange]
) -> FiniteGroups:
    """Find the groups that are taken by name, by offers of those suites that shrink.

    A server that shows one prime whatever the hello names takes none by name.
    """
    search = FiniteGroups()
    first = next((code for item in seen if (code := finite_group(item.prime))), None)
    if first is None or not suites:
        return search
    search.found.append(first)
    left = [code for code in FINITE_GROUPS if code != first]
    while left:
        answer = await ask(suites, left)
        if answer.hello is None:
            search.refused = answer.reason is not Reason.TIMED_OUT
            search.problem = None if search.refused else answer.reason
            break
        prime = answer.key_exchange.prime if answer.key_exchange is not None else 0
        code = finite_group(prime)
        if code not in left:
            if code == first:
                search.found.clear()
            elif not prime:
                search.problem = answer.reason or Reason.NO_OBSERVATION
            break
        search.found.append(code)
        left.remove(code)
    return search
