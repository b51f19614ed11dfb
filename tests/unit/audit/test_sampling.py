"""Samples: anybody draws the same, and the sizes are those of the exact distribution."""

import hashlib
from collections import Counter
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secaudit.audit.sampling import (
    Item,
    allocation,
    draw,
    population_bytes,
    population_hash,
    sample_size,
)
from secaudit.audit.vocabulary import Method, Stratum
from secaudit.core.errors import InputError

items_strategy = st.lists(
    st.builds(
        Item,
        id=st.integers(1, 9999).map(lambda number: f"A-{number:04d}"),
        label=st.text(max_size=5),
        zone=st.sampled_from(["dc", "kantor", "lapangan"]),
        criticality=st.sampled_from(["low", "medium", "high"]),
        weight=st.integers(1, 9),
    ),
    min_size=1,
    max_size=60,
    unique_by=lambda item: item.id,
)


@settings(max_examples=60, deadline=None)
@given(items_strategy, st.data(), st.sampled_from(list(Method)), st.sampled_from(list(Stratum)))
def test_a_sample_has_its_size_and_does_not_depend_on_the_order_of_the_list(
    items, data, method, stratum
):
    size = data.draw(st.integers(1, len(items)))
    shuffled = data.draw(st.permutations(items))
    drawn = draw(items, size, "benih", method, stratum)
    assert len(drawn) == len(set(drawn)) == size
    assert set(drawn) <= {item.id for item in items}
    assert draw(shuffled, size, "benih", method, stratum) == drawn
    assert population_hash(shuffled) == population_hash(items)


def test_another_person_draws_the_same_with_nothing_but_sha256():
    items = [Item(f"F-{number:04d}", "x") for number in range(1, 101)]
    keys = {
        item.id: hashlib.sha256(f"kota-contoh-2026\n{item.id}".encode()).hexdigest()
        for item in items
    }
    by_hand = set(sorted(keys, key=keys.__getitem__)[:10])
    assert set(draw(items, 10, "kota-contoh-2026", Method.SIMPLE)) == by_hand
    assert set(draw(items, 10, "kota-contoh-2027", Method.SIMPLE)) != by_hand


def test_the_hash_of_a_population_is_that_of_its_canonical_list():
    items = [Item("A-0002", "dua"), Item("A-0001", "satu", weight=3)]
    assert hashlib.sha256(population_bytes(items)).hexdigest() == population_hash(items)
    assert population_bytes(items).startswith(b'[{"criticality":"","id":"A-0001"')


@settings(max_examples=60, deadline=None)
@given(items_strategy, st.data())
def test_the_strata_share_the_size_by_their_own(items, data):
    size = data.draw(st.integers(1, len(items)))
    sizes = Counter(item.zone for item in items)
    given_ = allocation(items, size, Stratum.ZONE)
    assert sum(given_.values()) == size
    assert all(0 <= given_[name] <= sizes[name] for name in sizes)
    if size >= len(sizes):
        assert all(count >= 1 for count in given_.values())


def test_a_large_stratum_gets_more():
    items = [Item(f"A-{n:04d}", "", zone="dc" if n <= 80 else "lapangan") for n in range(1, 101)]
    assert allocation(items, 10, Stratum.ZONE) == {"dc": 8, "lapangan": 2}


def test_what_weighs_as_much_as_an_interval_is_always_drawn():
    items = [Item("A-0001", "", weight=100), *(Item(f"A-{n:04d}", "") for n in range(2, 50))]
    for seed in "abcdefgh":
        assert "A-0001" in draw(items, 5, seed, Method.WEIGHTED)


def test_heavy_items_are_drawn_more_often_by_their_weight():
    items = [Item(f"A-{n:04d}", "", weight=9 if n <= 10 else 3) for n in range(1, 41)]
    heavy = sum(
        sum(1 for name in draw(items, 8, f"benih {seed}", Method.WEIGHTED) if name <= "A-0010")
        for seed in range(200)
    )
    assert heavy == pytest.approx(200 * 8 * 90 / 180, rel=0.1)


@pytest.mark.parametrize(("size", "seed"), [(0, "a"), (4, "a"), (2, " ")])
def test_what_cannot_be_drawn_is_refused(size, seed):
    with pytest.raises(InputError):
        draw([Item("a", ""), Item("b", ""), Item("c", "")], size, seed, Method.SIMPLE)


def test_nothing_can_be_drawn_from_nothing():
    with pytest.raises(InputError, match="empty"):
        draw([], 1, "a", Method.SIMPLE)


def exact(allowed: int, population: int, deviating: int, size: int) -> Fraction:
    """The probability of at most ``allowed`` deviations, with whole numbers alone."""
    return Fraction(
        sum(
            comb(deviating, found) * comb(population - deviating, size - found)
            for found in range(allowed + 1)
        ),
        comb(population, size),
    )


@pytest.mark.parametrize("population", [1, 5, 20, 100, 500])
@pytest.mark.parametrize(("confidence", "tolerable"), [(0.95, 0.1), (0.9, 0.05), (0.99, 0.2)])
@pytest.mark.parametrize("expected", [0.0, 0.02])
def test_a_size_is_the_smallest_that_shows_it(population, confidence, tolerable, expected):
    found = sample_size(population, confidence, tolerable, expected)
    too_many = max(1, -(-int(tolerable * population * 1000) // 1000))
    assert 1 <= found.size <= population
    if found.size == population:
        return
    assert float(exact(found.allowed, population, too_many, found.size)) <= 1 - confidence + 1e-9
    smaller = found.size - 1
    if smaller:
        allowed = -(-int(expected * smaller * 1000) // 1000)
        assert float(exact(allowed, population, too_many, smaller)) > 1 - confidence - 1e-9


def test_large_populations_come_to_the_sizes_of_the_usual_tables():
    assert sample_size(1_000_000, 0.95, 0.05).size == 59
    assert sample_size(1_000_000, 0.95, 0.05, 0.01).size == 93
    assert sample_size(1_000_000, 0.90, 0.10).size == 22


@pytest.mark.parametrize(
    ("population", "confidence", "tolerable", "expected"),
    [
        (0, 0.95, 0.1, 0),
        (10, 1, 0.1, 0),
        (10, 0.1, 0.1, 0),
        (10, 0.95, 0, 0),
        (10, 0.95, 0.1, 0.1),
        (1_000_000, 0.95, 0.05, 0.0499),
    ],
)
def test_a_size_that_makes_no_sense_is_refused(population, confidence, tolerable, expected):
    with pytest.raises(InputError):
        sample_size(population, confidence, tolerable, expected)
