from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.ports import expand_runs, in_runs, parse_ports, port_runs
from secaudit.core.authorisation import FORBIDDEN_PORTS
from secaudit.core.errors import InputError

PORTS = st.integers(1, 65535).filter(lambda port: port not in FORBIDDEN_PORTS)


@pytest.mark.parametrize(("name", "count"), [("top100", 100), ("top1000", 1000)])
def test_profiles_have_as_many_ports_as_they_say(name: str, count: int) -> None:
    profile = parse_ports(name)
    assert profile.name == name
    assert len(profile.ports) == len(set(profile.ports)) == count


def test_profiles_begin_with_the_commonest_and_contain_each_other() -> None:
    hundred, thousand, everything = (parse_ports(x).ports for x in ("top100", "top1000", "all"))
    assert hundred[:3] == (80, 443, 22)
    assert thousand[:100] == hundred
    assert everything[:1000] == thousand
    assert len(everything) == 65535 - len(FORBIDDEN_PORTS)


@pytest.mark.parametrize("text", ["top100", "top1000", "all", "1-65535", "9000-9200,9100"])
def test_printers_are_never_probed(text: str) -> None:
    assert not set(parse_ports(text).ports) & set(FORBIDDEN_PORTS)


def test_a_list_keeps_its_order_and_loses_repeats() -> None:
    profile = parse_ports(" 443, 22,80-82,81 ")
    assert profile.ports == (443, 22, 80, 81, 82)
    assert profile.name == "22,80-82,443"


@pytest.mark.parametrize(
    "text",
    ["", ",", "0", "65536", "80-", "-80", "90-80", "http", "80;81", "1,,2", "top10", "٨٠", "9100"],
)
def test_what_is_no_list_of_ports_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_ports(text)


@given(st.sets(PORTS, max_size=200))
def test_runs_carry_any_set_there_and_back(ports: set[int]) -> None:
    text = port_runs(ports)
    assert expand_runs(text) == tuple(sorted(ports))
    assert all(in_runs(text, port) for port in ports)


@given(st.sets(PORTS, max_size=50), PORTS)
def test_in_runs_agrees_with_the_expanded_set(ports: set[int], port: int) -> None:
    assert in_runs(port_runs(ports), port) == (port in ports)


@given(st.text(max_size=30))
def test_any_text_is_a_profile_or_a_named_error(text: str) -> None:
    with suppress(InputError):
        profile = parse_ports(text)
        assert profile.ports
        assert all(1 <= port <= 65535 for port in profile.ports)
