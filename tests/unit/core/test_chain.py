import pytest
from hypothesis import given
from hypothesis import strategies as st

from secaudit.core.chain import GENESIS, first_fault, link

entries = st.lists(st.dictionaries(st.text("abc"), st.integers(0, 9), max_size=3), max_size=6)


def sealed(items):
    links, previous = [], GENESIS
    for item in items:
        seal = link(previous, item)
        links.append((previous, item, seal))
        previous = seal
    return links


@given(entries)
def test_a_chain_as_written_is_whole(items):
    assert first_fault(sealed(items)) is None


@given(entries.filter(bool), st.data())
def test_a_changed_entry_is_found_where_it_is(items, data):
    links = sealed(items)
    at = data.draw(st.integers(0, len(links) - 1))
    previous, item, seal = links[at]
    links[at] = (previous, {**item, "changed": 1}, seal)
    fault = first_fault(links)
    assert fault is not None
    assert fault.position == at + 1
    assert fault.reason == "was changed after it was written"


@pytest.mark.parametrize("gone", [0, 1])
def test_a_missing_entry_is_found(gone):
    links = sealed([{"a": 1}, {"a": 2}, {"a": 3}])
    del links[gone]
    fault = first_fault(links)
    assert fault is not None
    assert fault.reason == "does not follow the entry before it"
    assert fault.position == gone + 1
