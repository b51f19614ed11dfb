from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from secaudit.content.yaml import (
    LARGEST_DOCUMENT,
    document_of,
    parse_document,
    read_document,
    validate,
)
from secaudit.core.errors import InputError


class Item(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    days: Annotated[int, Field(ge=1)] = 1


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    items: tuple[Item, ...]
    on: date | None = None


def parse(text, source="a.yaml"):
    return parse_document(text.encode() if isinstance(text, str) else text, source)


def complaint(text, model=Model):
    with pytest.raises(InputError) as caught:
        validate(parse(text), model)
    return str(caught.value)


def test_values_and_their_lines():
    document = parse("items:\n  - name: one\n  - name: two\n    days: 3\non: 2026-01-01\n")
    assert validate(document, Model).items[1] == Item(name="two", days=3)
    assert document.line_of(("items", 1, "days")) == 4
    assert document.line_of(("items", 1, "missing")) == 3
    assert document.value["on"] == date(2026, 1, 1)


def test_a_byte_order_mark_is_no_matter():
    assert parse(b"\xef\xbb\xbfa: 1\n").value == {"a": 1}


def test_an_empty_document():
    assert parse("").value is None
    assert complaint("").startswith("a.yaml:1: items is missing")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("items: []\nwrong: 1\n", "a.yaml:2: unknown key 'wrong'"),
        ("items:\n  - name: x\n    dayz: 2\n", "a.yaml:3: unknown key 'items.0.dayz'"),
        ("items:\n  - name: x\n    days: 0\n", "a.yaml:3: items.0.days must be at least 1"),
        ("items:\n  - name: x\n    days: soon\n", "a.yaml:3: items.0.days must be a whole number"),
        ("items:\n  - name: x\n    days: true\n", "a.yaml:3: items.0.days must be a whole number"),
        ("items:\n  - days: 1\n", "a.yaml:2: items.0.name is missing"),
        ("items: 7\n", "a.yaml:1: items must be a list"),
        ("- a\n", "a.yaml:1: "),
    ],
)
def test_a_fault_names_file_line_and_key(text, said):
    assert said in complaint(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: [\n", "a.yaml:3: not YAML"),
        ("a: 1\na: 2\n", "a.yaml:2: duplicate key 'a'"),
        ("a: 1\n? [x]\n: 2\n", "a.yaml:2: a key must be text"),
        (b"a: 1\nb: caf\xe9\n", "a.yaml:2: not UTF-8 text"),
        ("a: 1\n---\nb: 2\n", "a.yaml:2: not YAML"),
        ("a: &x [*x]\n", "too deep or too large"),
        ("on: 2026-02-30\n", "a.yaml:1: "),
        ("a: " + "9" * 5000 + "\n", "a.yaml:1: "),
        ("a: !!python/object/apply:os.system ['id']\n", "a.yaml:1: "),
        ("a: !!python/object:object {}\n", "a.yaml:1: "),
        ("a: !!python/name:os.system\n", "a.yaml:1: "),
        ("a: !own value\n", "a.yaml:1: "),
        ("a: {<<: {b: 1}}\n", "a.yaml:1: "),
        ("a: \x07\n", "not YAML"),
    ],
)
def test_what_is_not_plain_yaml_is_refused(text, said):
    with pytest.raises(InputError) as caught:
        parse(text)
    assert said in str(caught.value)


def test_a_document_that_unfolds_without_end_is_refused():
    text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
    for n in range(1, 9):
        text += f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n"
    with pytest.raises(InputError, match="too deep or too large"):
        parse(text)


def test_a_deep_document_is_refused():
    with pytest.raises(InputError):
        parse("[" * 100_000)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(InputError) as caught:
            read_document(path)
        assert str(path) in str(caught.value)


def test_a_file_that_is_too_large_is_named(tmp_path):
    path: Path = tmp_path / "large.yaml"
    with path.open("wb") as stream:
        stream.truncate(LARGEST_DOCUMENT + 1)
    with pytest.raises(InputError, match="larger than 32 MiB"):
        read_document(path)


@settings(max_examples=200)
@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_no_bytes_break_the_reader(content):
    with suppress(InputError):
        parse_document(content, "x")


def test_every_fault_is_listed_with_its_line():
    with pytest.raises(InputError) as caught:
        validate(parse("items: []\nx: 1\ny: 2\n"), Model)
    assert caught.value.in_words() == ("a.yaml:2: unknown key 'x'\na.yaml:3: unknown key 'y'", "")


def test_a_file_of_faults_ends_in_a_count():
    many = "".join(f"x{number}: 1\n" for number in range(60))
    with pytest.raises(InputError) as caught:
        validate(parse(f"items: []\n{many}"), Model)
    lines = str(caught.value).splitlines()
    assert lines[:2] == ["a.yaml:2: unknown key 'x0'", "a.yaml:3: unknown key 'x1'"]
    assert lines[50:] == ["faults not listed here: 10"]


def test_what_was_written_is_refused_where_it_could_not_be_read_again() -> None:
    value = {"rows": [{"id": "a"}] * 3}
    assert document_of(value, b"rows: []", "made.yaml").value is value
    with pytest.raises(InputError, match=r"made\.yaml: larger than 32 MiB"):
        document_of(value, bytes(LARGEST_DOCUMENT + 1), "made.yaml")
    with pytest.raises(InputError, match="too deep or too large"):
        document_of({"rows": [1] * 2_000_000}, b"", "made.yaml")
