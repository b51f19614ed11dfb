"""Tables that a person reads at 80 columns: nothing cut, no id broken."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secaudit.app.risks import Matrix
from secaudit.cli.output import Column, emit_list, emit_text
from secaudit.cli.risk_matrix import draw
from secaudit.cli.table import Shape, lay_out, lines_below, pieces, wrap, wrap_prose
from secaudit.risk.scale import load_scales
from secaudit.text.language import Language, set_language

SUBJECT = "kantor/127.0.77.12:8443/tcp#surat.kota-contoh.example"
ROWS = [
    {
        "id": "F-0001",
        "severity": "tinggi",
        "check": "net.redis.no_password",
        "title": "Basis data Redis dapat dijangkau tanpa kata sandi dari jaringan kantor",
        "subject": SUBJECT,
        "due": "2026-12-04",
    }
]
COLUMNS = [
    Column("id", "Id", no_wrap=True),
    Column("severity", "Keparahan", no_wrap=True),
    Column("check", "Pemeriksaan", no_wrap=True),
    Column("title", "Yang gagal", rank=1),
    Column("subject", "Lokasi", rank=3),
    Column("due", "Batas waktu", no_wrap=True),
]


def printed(capsys, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    emit_list(ROWS, COLUMNS, "table")
    return capsys.readouterr().out


@pytest.mark.parametrize("width", [80, 100, 160])
def test_no_line_is_wider_than_the_terminal_and_no_id_is_broken(capsys, monkeypatch, width):
    shown = printed(capsys, monkeypatch, width)
    assert max(map(len, shown.splitlines())) <= width
    for whole in ("F-0001", "net.redis.no_password", "2026-12-04", "Keparahan"):
        assert whole in shown


def test_what_has_no_room_goes_below_its_row_with_its_heading(capsys, monkeypatch):
    assert f"        Lokasi: {SUBJECT}" in printed(capsys, monkeypatch, 80).splitlines()
    wide = printed(capsys, monkeypatch, 220)
    assert "Lokasi:" not in wide
    assert SUBJECT in wide


def test_a_narrow_terminal_still_shows_everything(capsys, monkeypatch):
    shown = printed(capsys, monkeypatch, 30)
    for word in ROWS[0]["title"].split():
        assert word in shown
    assert "127.0.77.12" in shown


def test_csv_and_json_know_nothing_of_the_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    emit_list(ROWS, COLUMNS, "csv")
    assert SUBJECT in capsys.readouterr().out
    emit_list(ROWS, COLUMNS, "json")
    assert SUBJECT in capsys.readouterr().out


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("F-0001", ["F-0001"]),
        ("2026-11-21", ["2026-11-21"]),
        ("094/001-CONTOH/2026", ["094/001-CONTOH/2026"]),
        ("kantor/[2001:db8::1]:443/tcp", ["kantor/", "[2001:db8::1]:", "443/", "tcp"]),
        ("kantor/127.0.77.12:8443/tcp", ["kantor/", "127.0.77.12:", "8443/", "tcp"]),
        ("a" * 40, ["a" * 16, "a" * 16, "a" * 8]),
    ],
)
def test_a_long_identifier_is_broken_only_at_its_separators(word, parts):
    assert pieces(word) == parts


@given(st.text(alphabet="abc.:/-#1 ", max_size=200), st.integers(1, 80))
def test_wrapping_loses_nothing(text, width):
    assert "".join(wrap(text, width)).replace(" ", "") == "".join(text.split())


def test_the_first_column_stays_and_the_last_of_one_rank_goes_first():
    shapes = [Shape(name, ["x" * 10], 2, no_wrap=True) for name in "ABCD"]
    layout = lay_out(shapes, 34)
    assert list(layout.widths) == [0, 1, 2]
    assert layout.below == (3,)
    assert list(lay_out(shapes, 5).widths) == [0]
    assert lines_below(shapes, layout, 0, 34) == ["        D: xxxxxxxxxx"]


def test_a_page_hangs_its_lines_under_the_text(capsys, monkeypatch):
    assert wrap_prose("Dokumen  satu dua tiga", 18) == ["Dokumen  satu dua", "         tiga"]
    assert wrap_prose("  1. satu dua tiga", 14) == ["  1. satu dua", "     tiga"]
    assert wrap_prose("  satu dua tiga", 11) == ["  satu dua", "  tiga"]
    monkeypatch.setenv("COLUMNS", "40")
    emit_text("kata " * 20)
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 40


def test_a_page_in_a_pipe_keeps_its_lines(capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    emit_text("kata " * 40)
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_the_matrix_cuts_no_word_at_80_columns(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    set_language(Language.INDONESIAN)
    steps = range(1, 6)
    cells = tuple(
        {"likelihood": high, "impact": wide, "level": 3, "score": 9, "risks": ["R-0001"]}
        for high in steps
        for wide in steps
    )
    scale = load_scales()["spbe"]
    draw(Matrix(scale, "current", cells, {}, {}, (), (), 7, (), date(2026, 11, 21)))
    shown = capsys.readouterr().out
    assert "Kadang-Kadang" in shown
    assert "…" not in shown
