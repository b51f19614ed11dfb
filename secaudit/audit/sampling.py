"""Samples that anybody can draw again: from the population's list, the seed and the method.

No random generator is asked. Each item gets the key SHA-256(seed, line feed, id), in hexadecimal:
any tool that hashes text gives the same keys, and so the same sample.

simple      the items with the smallest keys
stratified  the size is shared out by the strata's sizes (largest remainder; one at least from each,
            as far as it goes), then in each stratum the smallest keys
weighted    items whose weight reaches the interval (weight left / places left) are in; the rest is
            laid end to end in the order of their keys, and each interval from a start that the
            seed gives picks the item that it falls on
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from secaudit.audit.vocabulary import Method, Stratum
from secaudit.core.canonical import canonical_json, sha256_hex
from secaudit.core.errors import InputError

START = "start"
"""What is hashed in the place of an id for where a weighted sample starts."""
MAX_POPULATION = 2_000_000
MAX_SIZE = 2_000


@dataclass(frozen=True)
class Item:
    """One member of a population. ``weight`` is 1 or more."""

    id: str
    label: str
    zone: str = ""
    criticality: str = ""
    weight: int = 1


def population_bytes(items: Sequence[Item]) -> bytes:
    """The population as it is kept: canonical JSON, in the order of the ids."""
    return canonical_json(_ordered(items))


def population_hash(items: Sequence[Item]) -> str:
    """The SHA-256 that names the list."""
    return sha256_hex(population_bytes(items))


def key_of(seed: str, text: str) -> str:
    """The key that decides: SHA-256 of seed, line feed and text."""
    return hashlib.sha256(f"{seed}\n{text}".encode()).hexdigest()


def draw(
    items: Sequence[Item], size: int, seed: str, method: Method, stratum: Stratum | None = None
) -> tuple[str, ...]:
    """Draw ``size`` ids, in the order of the list. Raises InputError for what cannot be drawn."""
    population = _ordered(items)
    if not population:
        raise InputError("the population is empty: there is nothing to draw from")
    if len({item.id for item in population}) != len(population):
        raise ValueError("an id stands twice in the population")
    if not 1 <= size <= len(population):
        raise InputError(
            "a sample of {size} cannot be drawn from {population}",
            hint="the size is 1 at least, and at most that of the population",
            size=size,
            population=len(population),
        )
    if not seed.strip():
        raise InputError("a sample needs a seed, so that others can draw it again")
    if method is Method.WEIGHTED:
        drawn = _weighted(population, size, seed)
    elif method is Method.STRATIFIED:
        drawn = _stratified(population, size, seed, stratum or Stratum.ZONE)
    else:
        drawn = _smallest(population, size, seed)
    return tuple(item.id for item in population if item.id in drawn)


def allocation(items: Sequence[Item], size: int, stratum: Stratum) -> dict[str, int]:
    """How many items of each stratum a stratified sample takes, by the stratum's name."""
    members = _strata(items, stratum)
    ranked = sorted(members, key=lambda name: (-len(members[name]), name))
    if size < len(ranked):
        return {name: int(index < size) for index, name in enumerate(ranked)}
    quotas = {name: Fraction(size * len(members[name]), len(items)) for name in ranked}
    given = {name: max(1, math.floor(quota)) for name, quota in quotas.items()}
    while (rest := size - sum(given.values())) != 0:
        by_lack = sorted(ranked, key=lambda name: (given[name] - quotas[name], name))
        if rest > 0:
            given[by_lack[0]] += 1
        else:
            given[next(name for name in reversed(by_lack) if given[name] > 1)] -= 1
    return given


def _ordered(items: Sequence[Item]) -> list[Item]:
    return sorted(items, key=lambda item: (len(item.id), item.id))


def _smallest(items: Sequence[Item], size: int, seed: str) -> set[str]:
    return set(sorted((item.id for item in items), key=lambda name: key_of(seed, name))[:size])


def _strata(items: Sequence[Item], stratum: Stratum) -> Mapping[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for item in items:
        name = item.zone if stratum is Stratum.ZONE else item.criticality
        found.setdefault(name, []).append(item)
    return found


def _stratified(items: Sequence[Item], size: int, seed: str, stratum: Stratum) -> set[str]:
    members = _strata(items, stratum)
    drawn: set[str] = set()
    for name, count in allocation(items, size, stratum).items():
        drawn |= _smallest(members[name], count, seed)
    return drawn


def _weighted(items: Sequence[Item], size: int, seed: str) -> set[str]:
    rest = sorted(items, key=lambda item: key_of(seed, item.id))
    drawn: set[str] = set()
    while (left := size - len(drawn)) > 0:
        interval = Fraction(sum(item.weight for item in rest), left)
        certain = [item for item in rest if item.weight >= interval]
        if not certain:
            break
        drawn |= {item.id for item in certain}
        rest = [item for item in rest if item.id not in drawn]
    if left == 0 or not rest:
        return drawn
    share = Fraction(int(key_of(seed, START), 16), 2**256)
    target = interval * share
    reached = Fraction(0)
    for item in rest:
        reached += item.weight
        if reached > target:
            drawn.add(item.id)
            target += interval
    return drawn


@dataclass(frozen=True)
class SampleSize:
    """How large a sample has to be, and what it then says."""

    population: int
    confidence: float
    tolerable: float
    """The share of deviations that would be too much."""
    expected: float
    size: int
    allowed: int
    """Deviations that may be found in it, for the statement still to hold."""


def sample_size(
    population: int, confidence: float, tolerable: float, expected: float = 0.0
) -> SampleSize:
    """The smallest sample that shows, with ``confidence``, fewer deviations than is tolerable.

    Exact (hypergeometric): if as many items as are just too many deviated, a sample of this size
    would hold at most ``allowed`` of them with a probability of no more than 1 - confidence. The
    number allowed is what ``expected`` makes likely. Ours: no law or standard asks for it.
    """
    if not 1 <= population <= MAX_POPULATION:
        raise InputError("a population has between 1 and {most} items", most=MAX_POPULATION)
    if not 0.5 <= confidence < 1:
        raise InputError("the confidence lies between 0.5 and 0.999", value=confidence)
    if not 0 < tolerable < 1 or not 0 <= expected < tolerable:
        raise InputError(
            "the expected share of deviations is below the tolerable one, and both below 1",
            hint="example: --confidence 0.95 --tolerable 0.10 --expected 0.01",
        )
    too_many = max(1, math.ceil(tolerable * population))
    size = 1
    while size < population:
        allowed = math.ceil(expected * size)
        if _at_most(allowed, population, too_many, size) <= 1 - confidence:
            break
        if size == MAX_SIZE:
            raise InputError(
                "more than {most} items would be needed",
                hint="expect fewer deviations, or tolerate more",
                most=MAX_SIZE,
            )
        size += 1
    allowed = min(math.ceil(expected * size), too_many - 1)
    return SampleSize(population, confidence, tolerable, expected, size, allowed)


def _at_most(allowed: int, population: int, deviating: int, size: int) -> float:
    """The probability of at most ``allowed`` deviations in a sample without replacement."""
    lowest = max(0, size - (population - deviating))
    return math.fsum(
        math.exp(
            _log_choose(deviating, found)
            + _log_choose(population - deviating, size - found)
            - _log_choose(population, size)
        )
        for found in range(lowest, min(allowed, deviating, size) + 1)
    )


def _log_choose(total: int, chosen: int) -> float:
    return math.lgamma(total + 1) - math.lgamma(chosen + 1) - math.lgamma(total - chosen + 1)
