import io
import json
from dataclasses import replace
from datetime import date

import openpyxl
import pytest
from conformity_sample import (
    HOSTILE,
    finding,
    issued,
    requirement,
    said,
    sample_report,
    with_previous,
)

from reports.conformity.compose import compose_conformity
from reports.conformity.decisions import cost_of, decisions
from reports.conformity.model import DIFFERENCES, VERDICTS
from reports.conformity.numbers import SOURCES, disagreeing, numbers_of, unanswered
from reports.conformity.render import FORMATS
from reports.conformity.results import conformity_record, read_conformity
from reports.conformity.speech import GRADE_TONE, STANDING_TONE, speech_of
from reports.document import Bullets, Table
from reports.words import text_keys
from secaudit.assurance.vocabulary import Grade, Verdict
from secaudit.core.errors import VerificationError


def _tables(document):
    found = []

    def walk(blocks):
        found.extend(block for block in blocks if isinstance(block, Table))

    for section in document.sections:
        walk(section.blocks)
        for part in section.sections:
            walk(part.blocks)
    return found


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("language", ["id", "en"])
def test_equal_content_makes_equal_bytes(format_, language):
    data = issued(with_previous(sample_report(language=language)))
    first = FORMATS[format_](data)
    assert first == FORMATS[format_](read_conformity(conformity_record(data)))


def test_what_is_read_back_is_what_was_kept():
    data = issued(with_previous(sample_report()))
    assert read_conformity(conformity_record(data)) == data
    with pytest.raises(VerificationError):
        read_conformity(b'{"schema_version": 1}')


def test_the_identity_is_that_of_the_content_not_of_its_issue():
    data = sample_report()
    assert issued(data).identity == data.identity
    later = replace(data, day=date(2027, 2, 1), trail_position=99, trail_hash="ff" * 32)
    assert later.identity == data.identity
    assert replace(data, findings=data.findings[1:]).identity != data.identity


def test_every_number_has_a_source_a_word_and_follows_from_the_lines():
    data = sample_report()
    assert set(SOURCES) == set(numbers_of(data))
    for language in ("id", "en"):
        keys = text_keys(language)
        assert {f"conformity_report.number.{key}" for key in SOURCES} <= keys
    assert disagreeing(data) == {}
    numbers = {**data.numbers, "late": 7}
    assert disagreeing(replace(data, numbers=numbers)) == {"late": 1}


def test_the_numbers_are_counted_from_what_is_shown():
    numbers = sample_report().numbers
    assert {verdict: numbers[verdict] for verdict in VERDICTS} == {
        "conform": 2,
        "partly": 1,
        "not_conform": 0,
        "not_applicable": 0,
        "not_judged": 1,
    }
    assert (numbers["open"], numbers["late"], numbers["accepted"]) == (2, 1, 1)
    assert (numbers["plans"], numbers["plans_late"]) == (1, 1)
    assert (numbers["risks_above"], numbers["risks_untreated"]) == (1, 1)
    assert (numbers["obligations_met"], numbers["obligations_late"]) == (1, 1)
    assert numbers["differing"] == 2


def test_every_code_has_its_word():
    for language in ("id", "en"):
        keys = text_keys(language)
        wanted = {f"verdict.{item}" for item in (*VERDICTS, *Verdict)}
        wanted |= {f"grade.{item}" for item in Grade}
        wanted |= {f"difference.{item}" for item in DIFFERENCES}
        assert {f"conformity_report.{name}" for name in wanted} <= keys
        assert {f"standing.{name}" for name in STANDING_TONE} <= keys
    assert set(GRADE_TONE) <= set(Grade)


def test_a_draft_and_a_sample_are_marked_on_every_page():
    data = sample_report()
    assert "CONTOH" in compose_conformity(data).mark
    assert "KONSEP" in compose_conformity(data).mark
    assert "KONSEP" not in compose_conformity(issued(data)).mark
    assert compose_conformity(issued(replace(data, sample=False))).mark == ""


def test_the_first_report_says_that_there_is_none_before_it():
    html = FORMATS["html"](sample_report()).decode()
    assert "belum ada laporan sebelumnya" in html
    later = FORMATS["html"](with_previous(sample_report())).decode()
    assert "belum ada laporan sebelumnya" not in later
    assert "Selesaikan sebelum akhir tahun." in later


def test_better_and_worse_are_told_of_verdicts_alone():
    document = compose_conformity(with_previous(sample_report()))
    changes = document.sections[0].sections[0].blocks
    lines = next(block for block in changes if isinstance(block, Bullets)).items
    assert any(line == "1 membaik: Lampiran A 8.24." for line in lines)
    assert any(line == "1 memburuk: Lampiran A 8.21." for line in lines)


def test_decisions_follow_from_the_lines():
    data = sample_report()
    asked = [item.text for item in decisions(data, speech_of(data))]
    assert len(asked) == 10
    assert cost_of(data) == 1500
    nothing = sample_report(
        requirements=(requirement(),), findings=(), plans=(), audit_findings=(), risks=(),
        obligations=(), unscanned=(),
    )  # fmt: skip
    assert decisions(nothing, speech_of(nothing)) == ()
    assert "Tidak ada hal yang memerlukan keputusan segera" in FORMATS["html"](nothing).decode()


def test_a_nonconformity_is_answered_by_a_plan_an_audit_action_or_an_acceptance():
    lines = (
        requirement(1, verdict="not_conform", contradicting=("F-0001",)),
        requirement(2, verdict="partly", contradicting=("F-0003",)),
        requirement(21, verdict="partly"),
        requirement(4, verdict="not_conform", contradicting=("F-0002",), accepted=("F-0002",)),
    )
    data = sample_report(requirements=lines)
    assert [item.citation for item in unanswered(data)] == ["Lampiran A 8.1"]


def test_an_acceptance_is_shown_with_who_and_until_when():
    html = FORMATS["html"](sample_report()).decode()
    assert "Menunggu migrasi" in html
    assert "1 Februari 2027" in html


def test_hostile_text_is_disarmed_in_every_format():
    data = sample_report(
        requirements=(requirement(title=HOSTILE, said=replace(said(), person=HOSTILE)),),
        findings=(finding(title=HOSTILE, subject=HOSTILE, owner=HOSTILE),),
        organisation=HOSTILE,
    )
    html = FORMATS["html"](data).decode()
    assert "<script>" not in html
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert FORMATS["pdf"](data).startswith(b"%PDF")
    book = openpyxl.load_workbook(io.BytesIO(FORMATS["xlsx"](data)))
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
    assert json.loads(FORMATS["json"](data))["organisation"] == HOSTILE


def test_a_report_about_nothing_is_still_a_report():
    data = sample_report(
        frameworks=(), requirements=(), findings=(), plans=(), audit_findings=(), risks=(),
        obligations=(), unscanned=(), scans=(), basis=(), assets=0,
    )  # fmt: skip
    for render in FORMATS.values():
        assert render(data)


def test_no_table_loses_a_finding_below_what_the_document_prints():
    many = tuple(finding(number, late=False) for number in range(1, 450))
    data = sample_report(findings=many)
    annex = next(table for table in _tables(compose_conformity(data)) if len(table.rows) == 400)
    assert annex.rows
    assert "49 temuan lagi" in FORMATS["html"](data).decode()
    book = openpyxl.load_workbook(io.BytesIO(FORMATS["xlsx"](data)))
    assert book["Temuan"].max_row == 450


def test_a_table_that_is_cut_says_how_much_more_there_is():
    plans = tuple(
        replace(sample_report().plans[1], id=f"P-{number:04d}") for number in range(1, 72)
    )
    data = sample_report(plans=plans)
    assert "dan 11 lainnya, yang ada dalam lembar kerja" in FORMATS["html"](data).decode()
    book = openpyxl.load_workbook(io.BytesIO(FORMATS["xlsx"](data)))
    assert book["Rencana"].max_row == 72
