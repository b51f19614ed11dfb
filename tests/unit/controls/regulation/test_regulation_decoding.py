"""Bytes to text, in the encodings that offices use; and what is no text."""

import codecs

import pytest
from sample_regulation import WHOLE

from controls.regulation.decoding import LARGEST_TEXT, decode
from controls.regulation.reading import read_regulation, read_source
from secaudit.core.errors import InputError

QUOTED = WHOLE.replace("Kota Contoh.", "“Kota Contoh” – é.")


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (QUOTED.encode(), "utf-8"),
        (codecs.BOM_UTF8 + QUOTED.encode(), "utf-8"),
        (codecs.BOM_UTF16_LE + QUOTED.encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + QUOTED.encode("utf-16-be"), "utf-16-be"),
        (QUOTED.encode("utf-16-le"), "utf-16-le"),
        (QUOTED.encode("utf-16-be"), "utf-16-be"),
        (codecs.BOM_UTF32_LE + QUOTED.encode("utf-32-le"), "utf-32-le"),
        (QUOTED.encode("cp1252"), "windows-1252"),
    ],
)
def test_encodings(tmp_path, content, encoding):
    assert decode(content, "contoh.txt") == (QUOTED, encoding)
    path = tmp_path / "contoh.txt"
    path.write_bytes(content)
    source, regulation = read_regulation(path)
    assert source.content == content
    assert regulation.by_id["pasal-1.angka-1"].text == "Kota adalah “Kota Contoh” – é."


def test_latin_1():
    text, encoding = decode("Pasal 1\nkafé\n".encode("latin-1"), "contoh.txt")

    assert (text, encoding) == ("Pasal 1\nkafé\n", "windows-1252")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b" \n\t\r\n", "empty"),
        (bytes(range(256)) * 20, "not a text"),
        (b"PK\x03\x04\x14\x00\x06\x00" * 200, "not a text"),
        (codecs.BOM_UTF16_LE + b"a\x00\n\x00\x00\xd8\x00\xd8", "not UTF-16-LE text"),
        (b"a" * (LARGEST_TEXT + 1), "larger than 16 MiB"),
    ],
)
def test_what_is_no_text_is_refused(content, message):
    with pytest.raises(InputError, match=message) as caught:
        decode(content, "contoh.txt")

    assert "contoh.txt" in str(caught.value)


def test_a_broken_encoding_names_its_line():
    with pytest.raises(InputError) as caught:
        decode(codecs.BOM_UTF16_LE + "a\nb\n".encode("utf-16-le") + b"\x00\xd8a\x00", "contoh.txt")

    assert "contoh.txt:3" in str(caught.value)


def test_fifty_mebibytes_are_refused_unread(tmp_path):
    path = tmp_path / "besar.txt"
    with path.open("wb") as stream:
        stream.truncate(50 * 2**20)

    with pytest.raises(InputError, match="larger than 16 MiB") as caught:
        read_source(path)

    assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", ["tidak-ada.txt", "."])
def test_a_file_that_is_not_there_is_named(tmp_path, name):
    with pytest.raises(InputError, match="no such file"):
        read_source(tmp_path / name)
