"""Two people with one list: what each changed is kept apart, and nothing is overwritten unasked."""

import pytest
from exchanged_city import HOSTS, TELNET, City, copied, edited, found_city, row_of, said

from secaudit.app.account import account_of_process


@pytest.fixture(scope="module")
def founded(tmp_path_factory):
    return found_city(tmp_path_factory.mktemp("city"))


@pytest.fixture
def city(founded, tmp_path) -> City:
    return copied(founded, tmp_path)


def test_two_people_who_edit_different_fields_are_both_heard(city):
    one, two = city.export("plan", "satu.xlsx"), city.export("plan", "dua.xlsx", "--lang", "id")
    edited(one, lambda sheet: sheet.set("P-0001", Owner="Tim Satu", Reason_of_the_change="a"))
    city.take("plan", one)
    table = edited_in_indonesian(two, "P-0001", Tindakan="ganti perangkat", Biaya=1)
    report = city.take("plan", table, "--reason", "b")
    assert report["counts"]["changed"] == 1
    shown = city.json("plan", "show", "P-0001")
    assert (shown["owner"], shown["action"], shown["cost"]) == ("Tim Satu", "ganti perangkat", 1)
    assert shown["version"] == 3


def test_two_people_who_edit_the_same_field_are_told_and_nothing_is_taken(city):
    one, two = city.export("plan", "satu.xlsx"), city.export("plan", "dua.xlsx")
    edited(one, lambda sheet: sheet.set("P-0001", Owner="Tim Satu", Reason_of_the_change="a"))
    edited(
        two,
        lambda sheet: sheet.set("P-0001", Owner="Tim Dua", Cost=7, Reason_of_the_change="b"),
    )
    city.take("plan", one)
    report = city.trial("plan", two, code=2)
    row = row_of(report, "P-0001")
    assert row["fate"] == "conflict"
    assert row["conflicts"] == [{"field": "owner", "workspace": "Tim Satu", "file": "Tim Dua"}]
    city.run("plan", "import", two, "--yes", code=2)
    assert "settle conflicts with --take" in city.talk
    shown = city.json("plan", "show", "P-0001")
    assert (shown["owner"], shown["cost"]) == ("Tim Satu", 15_000_000)
    city.run("plan", "import", two, "--yes", "--skip-refused", code=0)
    assert city.json("plan", "show", "P-0001")["version"] == 2

    report = city.take("plan", two, "--take", "workspace")
    assert "the workspace's value stays" in said(row_of(report, "P-0001"), "notes")
    shown = city.json("plan", "show", "P-0001")
    assert (shown["owner"], shown["cost"]) == ("Tim Satu", 7)

    city.take("plan", two, "--take", "file")
    assert city.json("plan", "show", "P-0001")["owner"] == "Tim Dua"
    assert city.entries()[-1].details["take"] == "file"


def test_two_people_who_say_the_same_are_no_conflict(city):
    one, two = city.export("finding", "satu.xlsx"), city.export("finding", "dua.xlsx")
    for path in (one, two):
        edited(path, lambda sheet: sheet.set("F-0003", Owner="Tim Server"))
    city.take("finding", one)
    assert city.take("finding", two)["counts"]["unchanged"] == 6


def test_what_a_scan_did_meanwhile_is_no_edit(city):
    path = city.export("finding", "f.xlsx")
    city.scan((TELNET, f"{HOSTS[0]}:23/tcp", "passed"))
    assert city.json("finding", "show", "F-0001")["state"] == "verified"
    report = city.trial("finding", path)
    assert report["counts"]["unchanged"] == 6
    edited(path, lambda sheet: sheet.set("F-0001", New_remark="terima kasih"))
    city.take("finding", path)
    assert city.json("finding", "show", "F-0001")["state"] == "verified"


def test_a_finding_that_was_planned_meanwhile_is_not_planned_twice(city):
    path = edited(
        city.export("finding", "f.xlsx"),
        lambda sheet: sheet.set("F-0003", Repair="tutup port", Repaired_by="2098-01-01"),
    )
    city.run(
        *("finding", "plan", "F-0003", "--owner", "Tim Lain", "--action", "matikan"),
        *("--due", "2098-02-01"),
    )
    row = row_of(city.trial("finding", path, code=2), "F-0003")
    assert {item["field"] for item in row["conflicts"]} == {"plan_action", "plan_due"}
    row = row_of(city.trial("finding", path, "--take", "file", code=2), "F-0003")
    assert "a plan is changed in its own file" in said(row, "refusals")


def test_a_row_without_its_base_asks_whose_value_counts(city):
    def edit(sheet):
        sheet.page.delete_cols(sheet.column("Base version (do not change)"))
        sheet.set("F-0003", Owner="Tim Server")

    path = edited(city.export("finding", "f.xlsx"), edit)
    row = row_of(city.trial("finding", path, code=2), "F-0003")
    assert row["fate"] == "conflict"
    assert "has no base version" in said(row, "notes")
    city.take("finding", path, "--take", "file")
    assert city.json("finding", "show", "F-0003")["owner"] == "Tim Server"


def test_what_was_told_is_what_is_done(city, monkeypatch):
    """Somebody changes the plan after the question, and before the answer."""
    from secaudit.app.exchange import importing
    from secaudit.app.exchange.nouns import NOUNS
    from secaudit.core.errors import RefusedError

    path = edited(
        city.export("plan", "p.xlsx"),
        lambda sheet: sheet.set("P-0001", Owner="Tim Dua", Reason_of_the_change="b"),
    )
    reading = importing.read_file(importing.ImportOrder(NOUNS["plan"], path))
    told = importing.trial(city.workspace, reading)
    city.run(
        *("plan", "revise", "P-0001", "--version", "1", "--owner", "Tim Satu", "--reason", "a")
    )
    with pytest.raises(RefusedError, match="was changed meanwhile"):
        importing.take_in(city.workspace, reading, told)
    assert city.json("plan", "show", "P-0001")["owner"] == "Tim Satu"


def test_a_risk_that_two_people_score(city):
    one, two = city.export("risk", "satu.xlsx"), city.export("risk", "dua.xlsx")
    edited(one, lambda s: s.set("R-0001", Current_risk="2x1", Reason_of_the_change="a"))
    edited(two, lambda s: s.set("R-0001", Current_risk="1x1", Reason_of_the_change="b"))
    city.take("risk", one)
    row = row_of(city.trial("risk", two, code=2), "R-0001")
    assert row["conflicts"][0]["workspace"] == "2x1"
    assert row["conflicts"][0]["file"] == "1x1"


def test_a_failure_in_the_middle_leaves_no_trace(city):
    path = edited(
        city.export("plan", "p.xlsx"),
        lambda sheet: (
            sheet.set("P-0001", Owner="Tim Dua", Reason_of_the_change="b"),
            sheet.add(Owner="Tim", Action="x", Due="2098-01-01", Findings="F-9999"),
        ),
    )
    before = city.entries()
    city.run("plan", "import", path, "--yes", code=2)
    assert city.entries() == before
    assert city.json("plan", "show", "P-0001")["version"] == 1


def edited_in_indonesian(path, identity, **values):
    from openpyxl import load_workbook

    book = load_workbook(path)
    page = book.worksheets[0]
    heads = {cell.value: cell.column for cell in page[1]}
    for row in range(2, page.max_row + 1):
        if page.cell(row, heads["Nomor"]).value == identity:
            for heading, value in values.items():
                page.cell(row, heads[heading]).value = value
    book.save(path)
    return path


def test_a_file_gives_nobody_another_role(city):
    """A coordinator may hand findings out and remark on them, and plans no repair."""
    account = account_of_process()
    city.run("role", "grant", "Sekda Contoh", "--role", "coordinator", "--account", account)
    path = edited(
        city.export("finding", "f.xlsx"),
        lambda sheet: (
            sheet.set("F-0003", Owner="Tim Server"),
            sheet.set("F-0004", Repair="tutup port", Repaired_by="2098-01-01"),
            sheet.set("F-0005", New_remark="dilihat Sekda"),
        ),
    )
    report = city.trial("finding", path, code=2)
    assert "may not do this: Plan a repair" in said(row_of(report, "F-0004"), "refusals")
    assert report["counts"]["changed"] == 2
    city.take("finding", path, "--skip-refused")
    assert city.json("finding", "show", "F-0003")["owner"] == "Tim Server"
    assert city.json("finding", "show", "F-0004")["state"] == "open"
    assert city.json("finding", "show", "F-0005")["events"][-1]["reason"] == "dilihat Sekda"


def test_an_auditor_takes_no_file_in(city):
    path = edited(
        city.export("finding", "f.xlsx"), lambda sheet: sheet.set("F-0003", New_remark="catatan")
    )
    account = account_of_process()
    city.run("role", "grant", "Auditor Contoh", "--role", "auditor", "--account", account)
    for options in (["--dry-run"], ["--yes"]):
        city.run("finding", "import", path, *options, code=2)
        assert "may not do this: Take in a file of findings" in city.talk
