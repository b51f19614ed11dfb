"""Files made to hurt whoever reads a regulation: PDFs, long lines, control characters."""

import io

import pypdf
import pytest
from pypdf.generic import ByteStringObject, DecodedStreamObject, NameObject
from sample_pdfs import locked, of_blank_pages, of_pictures, of_text
from sample_regulation import BODY, HEAD, WHOLE, read

from controls.regulation import pdf_text
from controls.regulation.pdf_text import read_pdf
from controls.regulation.reading import read_source
from secaudit.cli.article_view import tell_article
from secaudit.core.errors import InputError

SIZE = 2**19
"""Quadratic work over a line of this length would run into the suite's timeout."""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (of_pictures(), "has no text"),
        (of_blank_pages(3), "has no text"),
        (b"%PDF-1.4\n%%EOF\n", "cannot be read"),
        (of_text(WHOLE)[:2000], "cannot be read"),
    ],
)
def test_pdfs_without_text_are_refused(content, message):
    with pytest.raises(InputError, match=message) as caught:
        read_pdf(content, "contoh.pdf")

    assert str(caught.value).startswith("contoh.pdf: ")
    assert caught.value.hint


def test_an_encrypted_pdf_is_refused():
    with pytest.raises(InputError, match="protected"):
        read_pdf(locked(of_text(WHOLE)), "contoh.pdf")


def test_more_pages_than_a_regulation_has_are_refused():
    with pytest.raises(InputError, match="more than 3000 pages"):
        read_pdf(of_blank_pages(pdf_text.MOST_PAGES + 1), "contoh.pdf")


def test_a_pdf_that_unpacks_to_gigabytes_does_not_fill_the_memory():
    writer = pypdf.PdfWriter()
    page = writer.add_blank_page(100, 100)
    stream = DecodedStreamObject()
    stream.set_data(b"BT (a) Tj ET\n" * (2**23))
    page[NameObject("/Contents")] = writer._add_object(stream.flate_encode())
    made = io.BytesIO()
    writer.write(made)
    assert len(made.getvalue()) < 2**20

    with pytest.raises(InputError, match=r"cannot be read|too much memory|no text|larger than"):
        read_pdf(made.getvalue(), "contoh.pdf")


def test_a_pdf_that_takes_for_ever_is_ended(monkeypatch):
    monkeypatch.setattr(pdf_text, "_START", "while True: pass")
    monkeypatch.setattr(pdf_text, "SECONDS", -4)

    with pytest.raises(InputError, match="takes more than"):
        read_pdf(of_text(WHOLE), "contoh.pdf")


@pytest.mark.parametrize("program", ["print('{')", "raise SystemExit(3)", "print()"])
def test_a_reader_that_dies_or_lies_is_told(monkeypatch, program):
    monkeypatch.setattr(pdf_text, "_START", program)

    with pytest.raises(InputError, match="PDF"):
        read_pdf(b"%PDF-", "contoh.pdf")


def test_a_planted_module_is_not_run(tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit('planted')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    assert "enkripsi" in read_pdf(of_text(WHOLE), "contoh.pdf")


def test_a_pdf_beyond_the_bound_is_refused_unread(tmp_path):
    path = tmp_path / "besar.pdf"
    with path.open("wb") as stream:
        stream.write(b"%PDF-1.7\n")
        stream.truncate(pdf_text.LARGEST_FILE + 1)

    with pytest.raises(InputError, match="larger than"):
        read_source(path)


@pytest.mark.parametrize(
    "pattern",
    [
        *("(1) a. 1. ", "; a. b. c. ", ": a. ", "BAB I ", "Pasal ... ", "Pasal 2 ayat (1) ", "<p "),
        *(
            "<",
            "<!-- ",
            "&amp",
            "* **",
            "a\t",
            "|a",
            " ",
            "#",
            "- ",
            ".",
            "(",
            "TENTANG ",
            "NOMOR ",
        ),
        *("keamanan ", "Bagian Kedua puluh ", "\u00a0", "\x1f", "1"),
    ],
)
def test_one_long_line_is_read_in_linear_time(pattern):
    filler = "yang dan dengan untuk " * 10_000
    text = f"{HEAD}{filler}\n{BODY}{pattern * (SIZE // len(pattern))}\n"

    try:
        assert read(text).articles()
    except InputError as error:
        assert "more than 100000 provisions" in str(error)  # noqa: PT017  (either is an answer)


def test_control_characters_do_not_reach_the_terminal(capsys):
    regulation = read(WHOLE.replace("Kota Contoh.", "Kota \x1b[2J\u202eContoh\x07."))
    words = regulation.by_id["pasal-1.angka-1"].text

    tell_article(
        {
            "draft": False,
            "article": {
                "source": "a\x1b[31m.txt", "lines": "1", "lead": "", "text": words + "\x1b]0;x\x07",
                "elucidation": "\x9b31m", "sha256": "0" * 64,
            },
        }
    )  # fmt: skip
    said = capsys.readouterr().out

    assert not any(unicode in said for unicode in "\x1b\x07\x9b\u202e")


def test_hostile_strings_of_a_pdf_are_data():
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(of_text(WHOLE)))
    writer.add_metadata({"/Title": "\x1b[2J", "/Author": "../../etc/passwd"})
    writer._root_object[NameObject("/OpenAction")] = ByteStringObject(b"(app.alert)")
    made = io.BytesIO()
    writer.write(made)

    assert read(read_pdf(made.getvalue(), "contoh.pdf")).articles()
