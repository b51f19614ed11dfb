import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secaudit.core.errors import InputError
from secaudit.core.network import (
    LOOPBACK,
    NO_ADDRESSES,
    AddressRange,
    AddressSet,
    TargetKind,
    is_host_name,
    parse_address,
    parse_target,
)

SMALL = 64


@st.composite
def runs(draw):
    version = draw(st.sampled_from([4, 6]))
    # The last 64 addresses of each family are of interest as much as the first.
    base = draw(st.sampled_from([0, (2**32 if version == 4 else 2**128) - SMALL]))
    first = draw(st.integers(0, SMALL - 1))
    last = draw(st.integers(first, SMALL - 1))
    return AddressRange(version, base + first, base + last)


sets = st.builds(AddressSet.of, st.lists(runs(), max_size=6))
addresses = st.one_of(
    st.ip_addresses(v=4), st.ip_addresses(v=6).filter(lambda a: a.ipv4_mapped is None)
)


def numbers(addresses):
    return {
        (run.version, number) for run in addresses.runs for number in range(run.first, run.last + 1)
    }


@given(sets, sets)
def test_the_algebra_is_that_of_sets(left, right):
    assert numbers(left | right) == numbers(left) | numbers(right)
    assert numbers(left - right) == numbers(left) - numbers(right)
    assert numbers(left & right) == numbers(left) & numbers(right)


@given(sets, sets)
def test_equal_sets_have_equal_runs(left, right):
    for result in (left | right, left - right, left & right):
        assert result == AddressSet.of(result.runs)
        for before, after in zip(result.runs, result.runs[1:], strict=False):
            assert before.version < after.version or before.last + 1 < after.first
    assert (left == right) == (numbers(left) == numbers(right))


@given(sets, addresses)
def test_membership_agrees_with_the_runs(some, address):
    assert (address in some) == ((address.version, int(address)) in numbers(some))
    assert address in AddressSet.parse([str(address)])
    assert str(address) in some | AddressSet.parse([str(address)])


@given(sets)
def test_text_and_count_go_round(some):
    texts = [str(run) for run in some.runs]
    assert AddressSet.parse(texts) == some
    assert some.count == len(numbers(some)) == len(list(some))
    assert bool(some) == bool(numbers(some))


@given(sets, sets)
def test_exclusions_always_win(permitted, excluded):
    assert not (permitted - excluded) & excluded


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_a_range_is_written_so_that_it_can_be_read(one, two):
    run = AddressRange(4, min(one, two), max(one, two))
    assert parse_target(str(run)).addresses == run


@given(st.text(max_size=40))
def test_no_text_breaks_the_parser(text):
    try:
        target = parse_target(text)
    except InputError:
        return
    assert (target.kind is TargetKind.NAME) == (target.addresses is None)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.0/24 ", "192.0.2.0/24"),
        ("192.0.2.10-20", "192.0.2.10-192.0.2.20"),
        ("192.0.2.10 - 192.0.2.20", "192.0.2.10-192.0.2.20"),
        ("192.0.2.0-192.0.2.255", "192.0.2.0/24"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:DB8::/64", "2001:db8::/64"),
        ("2001:db8::1-2001:db8::f", "2001:db8::1-2001:db8::f"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("::/0", "::/0"),
        ("255.255.255.255", "255.255.255.255"),
    ],
)
def test_targets_of_every_form(text, written):
    assert str(parse_target(text).addresses) == written


@pytest.mark.parametrize(
    "name", ["www.example.go.id", "localhost", "a-b_c.example.", "192-0-2-7.x"]
)
def test_names_are_left_to_be_resolved(name):
    assert parse_target(name).kind is TargetKind.NAME


@pytest.mark.parametrize(
    "text",
    [
        "",
        "192.0.2.256",
        "192.0.2",
        "192.0.2.7/33",
        "192.0.2.1/24",
        "192.0.2.20-10",
        "192.0.2.1-2001:db8::1",
        "192.0.2.1-",
        "192.0.2.01",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "example.123",
        "http://example.go.id",
        "two words",
        "-x.example",
        "naïve.example",
        "²",
        "192.0.2.²",
        "::ffff:192.0.2.7",
        "::ffff:192.0.2.0/120",
        "fe80::1%eth0",
        "fe80::%eth0/64",
        "a" * 64 + ".example",
        "x\n.example",
    ],
)
def test_what_is_no_target_is_named(text):
    with pytest.raises(InputError):
        parse_target(text)


def test_an_impossible_block_suggests_the_one_that_was_meant():
    with pytest.raises(InputError) as caught:
        parse_target("192.0.2.1/24")
    assert caught.value.in_words() == (
        "'192.0.2.1/24' is not a CIDR block",
        "did you mean 192.0.2.0/24?",
    )


def test_a_mapped_address_is_the_ipv4_host_that_it_reaches():
    mapped = ipaddress.ip_address("::ffff:127.0.0.1")
    assert mapped in LOOPBACK
    assert mapped not in AddressSet.parse(["::/0"])
    with pytest.raises(InputError, match="written as IPv6"):
        parse_address(str(mapped))


def test_a_name_is_no_literal():
    with pytest.raises(InputError, match="is a name"):
        AddressSet.parse(["www.example.go.id"])


def test_other_things_are_not_in_a_set():
    assert 7 not in LOOPBACK
    assert not NO_ADDRESSES


def test_an_absurd_scope_costs_nothing():
    everything = AddressSet.parse(["0.0.0.0/0", "::/0"])
    assert everything.count == 2**32 + 2**128
    rest = everything - AddressSet.parse(["192.0.2.7"])
    assert "192.0.2.7" not in rest
    assert len(rest.runs) == 3


def test_host_names_end():
    assert is_host_name("a" * 63)
    assert not is_host_name("")
    assert not is_host_name(".")
    assert not is_host_name("a." * 127 + "a")
