"""Findings, plans and risks out and in as files: what people do to workbooks, and what is told."""

import csv
import io
import zipfile
from datetime import date

import pytest
from exchanged_city import DUE, City, Sheet, copied, edited, found_city, row_of, said
from openpyxl import Workbook, load_workbook

NOUNS = ("finding", "plan", "risk")


@pytest.fixture(scope="module")
def founded(tmp_path_factory):
    return found_city(tmp_path_factory.mktemp("city"))


@pytest.fixture
def city(founded, tmp_path) -> City:
    return copied(founded, tmp_path)


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("ending", ["xlsx", "csv", "json"])
@pytest.mark.parametrize("language", ["id", "en"])
def test_what_nobody_edited_changes_nothing(city, noun, ending, language):
    path = city.export(noun, f"f.{ending}", "--lang", language)
    before = len(city.entries())
    report = city.take(noun, path)
    assert report["counts"]["unchanged"] > 0
    assert report["rows"] == report["absent"] == report["notes"] == []
    assert "changes nothing" in city.talk
    assert len(city.entries()) == before


def test_what_people_fill_in_about_findings_is_taken_in(city):
    path = edited(
        city.export("finding", "f.xlsx"),
        lambda sheet: (
            sheet.set("F-0003", Owner="Tim Server", New_remark="sudah dihubungi"),
            sheet.set("F-0004", Repair="tutup port", Repaired_by="15 Desember 2098"),
            sheet.set("F-0005", Repair="tutup port", Repaired_by=date(2098, 12, 15)),
        ),
    )
    report = city.trial("finding", path)
    assert report["written"] is False
    assert row_of(report, "F-0003")["changes"] == [
        {"field": "owner", "before": "Dinas A", "after": "Tim Server"},
        {"field": "remark", "before": None, "after": "sudah dihubungi"},
    ]
    assert city.json("finding", "show", "F-0003")["owner"] == "Dinas A"

    report = city.take("finding", path)
    assert report["written"] is True
    assert report["counts"] == {
        "new": 0, "changed": 3, "unchanged": 3, "conflict": 0, "refused": 0
    }  # fmt: skip
    third = city.json("finding", "show", "F-0003")
    assert third["owner"] == "Tim Server"
    assert [event["reason"] for event in third["events"] if event["kind"] == "commented"] == [
        "sudah dihubungi"
    ]
    made = city.json("plan", "show", "P-0002")
    assert [item["id"] for item in made["findings"]] == ["F-0004", "F-0005"]
    assert (made["due"], made["owner"]) == ("2098-12-15", "Dinas B")

    actions = [entry.action for entry in city.entries()][-4:]
    assert actions == ["finding.assigned", "finding.planned", "finding.commented",
                       "finding.imported"]  # fmt: skip
    sealed = city.entries()[-1]
    assert sorted(sealed.details["taken"]) == ["F-0003", "F-0004", "F-0005"]
    assert city.workspace.evidence.get(sealed.details["sha256"]) == path.read_bytes()
    # The history finds the rows of the trail that sealed its events.
    assert all(event["trail"] for event in city.json("finding", "history", "F-0003")[1:])

    again = city.take("finding", path)
    assert again["counts"]["unchanged"] == 6
    assert len([e for e in city.json("finding", "show", "F-0003")["events"]
                if e["kind"] == "commented"]) == 1  # fmt: skip


def test_a_state_cannot_be_typed(city):
    path = edited(
        city.export("finding", "f.xlsx"),
        lambda sheet: (
            sheet.set("F-0003", State="terverifikasi", Owner="Tim Server"),
            sheet.set("F-0004", State="accepted"),
        ),
    )
    report = city.trial("finding", path, code=2)
    third = row_of(report, "F-0003")
    assert third["fate"] == "refused"
    assert "only a passing re-scan" in said(third, "refusals")
    assert "C" in said(third, "refusals")
    assert "approver and the signed document" in said(row_of(report, "F-0004"), "refusals")
    city.run("finding", "import", path, "--yes", code=2)
    assert "2 rows are refused" in city.talk
    assert city.json("finding", "show", "F-0003")["state"] == "open"
    assert city.json("finding", "show", "F-0003")["owner"] == "Dinas A"


def test_other_columns_that_are_for_reading_are_told_and_ignored(city):
    path = edited(
        city.export("finding", "f.xlsx"),
        lambda sheet: sheet.set("F-0003", Severity="low", Where="x", Owner="Tim Server"),
    )
    row = row_of(city.take("finding", path), "F-0003")
    assert row["fate"] == "changed"
    assert "Severity cannot be changed here" in said(row, "notes")
    assert "Where cannot be changed here" in said(row, "notes")
    shown = city.json("finding", "show", "F-0003")
    assert (shown["severity"], shown["owner"]) == ("medium", "Tim Server")


def test_all_or_nothing_unless_the_refused_are_skipped(city):
    path = edited(
        city.export("finding", "f.xlsx"),
        lambda sheet: (
            sheet.set("F-0003", Owner="Tim Server"),
            sheet.set("F-0004", Repair="tutup port", Repaired_by=date(2001, 1, 1)),
            sheet.set("F-0005", Owner=None),
        ),
    )
    report = city.trial("finding", path, code=2)
    assert "has passed already" in said(row_of(report, "F-0004"), "refusals")
    assert "owner is empty" in said(row_of(report, "F-0005"), "refusals")
    assert row_of(report, "F-0003")["fate"] == "changed"
    city.run("finding", "import", path, "--yes", code=2)
    assert city.json("finding", "show", "F-0003")["owner"] == "Dinas A"
    city.run("finding", "import", path, "--yes", "--skip-refused")
    assert "2 rows were left out" in city.talk
    assert city.json("finding", "show", "F-0003")["owner"] == "Tim Server"
    assert city.entries()[-1].details["left_out"] == ["F-0004", "F-0005"]


def test_columns_rows_and_headings_moved_about(city):
    path = city.export("plan", "p.xlsx", "--lang", "id")
    sheet = load_workbook(path).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    heads = rows[0]
    order = sorted(range(len(heads)), key=lambda index: str(heads[index]), reverse=True)
    book = Workbook()
    page = book.active
    page.title = "Lembar saya"
    page.append(["Rapat 3 Desember"])
    page.append([])
    page.append([*(heads[index] for index in order), "Kolom saya"])
    for row in rows[1:]:
        values = dict(zip(heads, row, strict=True))
        values["Penanggung jawab"] = "  Tim   Baru "
        values["Alasan perubahan"] = "rapat"
        page.append([])
        page.append([*(values[heads[index]] for index in order), "ya"])
    book.save(path)
    report = city.take("plan", path)
    assert row_of(report, "P-0001")["changes"][0] == {
        "field": "owner", "before": "Tim Jaringan", "after": "Tim Baru"
    }  # fmt: skip
    notes = " ".join(report["notes"])
    assert "'Kolom saya' is not known here and is not read" in notes
    assert "rows above the headings are not read: 1" in notes
    assert city.json("plan", "show", "P-0001")["owner"] == "Tim Baru"


def test_merged_cells_are_refused_with_their_place(city):
    def merge(sheet: Sheet) -> None:
        column = sheet.column("Owner")
        first = sheet.row("F-0003")
        sheet.page.cell(first, column).value = "Tim Server"
        sheet.page.merge_cells(
            start_row=first, end_row=first + 1, start_column=column, end_column=column
        )

    path = edited(city.export("finding", "f.xlsx"), merge)
    report = city.trial("finding", path, code=2)
    refused = [row for row in report["rows"] if row["fate"] == "refused"]
    assert len(refused) == 2
    for row in refused:
        assert "is merged with others (G" in said(row, "refusals")
        assert "Findings!G" in said(row, "refusals")


def test_merged_cells_that_nobody_edits_are_no_fault(city):
    def merge(sheet: Sheet) -> None:
        row = sheet.row("F-0003")
        sheet.page.merge_cells(start_row=row, end_row=row + 1, start_column=4, end_column=6)
        sheet.set("F-0003", Owner="Tim Server")

    path = edited(city.export("finding", "f.xlsx"), merge)
    assert city.take("finding", path)["counts"]["changed"] == 1


def test_a_thousand_merged_blocks_and_sheets_in_another_order(city):
    def edit(sheet: Sheet) -> None:
        sheet.book.move_sheet("Guide", -1)
        copy = sheet.book.copy_worksheet(sheet.page)
        copy.title = "salinan"
        sheet.set("F-0003", Owner="Tim Server")
        for row in range(20, 3020, 3):
            sheet.page.merge_cells(f"A{row}:G{row + 1}")

    path = edited(city.export("finding", "f.xlsx"), edit)
    report = city.take("finding", path)
    assert report["counts"]["changed"] == 1
    assert report["notes"] == ["the sheet 'salinan' looks alike and is not read"]


def test_merged_headings_are_a_fault_of_the_file(city):
    path = edited(city.export("finding", "f.xlsx"), lambda sheet: sheet.page.merge_cells("C1:D1"))
    city.run("finding", "import", path, "--dry-run", code=2)
    assert "the headings are merged: C1:D1" in city.talk


def test_dates_and_amounts_as_people_write_them(city):
    path = edited(
        city.export("plan", "p.xlsx"),
        lambda sheet: sheet.set(
            "P-0001",
            Due="15/12/2098",
            Start="1 Nov 2098",
            Cost="Rp 20.000.000,00",
            **{"Effort (person-days)": "3,5"},
        ),
    )
    row = row_of(city.take("plan", path, "--reason", "vendor"), "P-0001")
    assert {item["field"]: item["after"] for item in row["changes"]} == {
        "start": "2098-11-01", "due": "2098-12-15", "effort_days": 3.5, "cost": 20_000_000,
    }  # fmt: skip
    shown = city.json("plan", "show", "P-0001")
    assert (shown["start"], shown["due"], shown["cost"]) == ("2098-11-01", "2098-12-15", 20_000_000)
    assert shown["version"] == 2


def test_a_day_that_may_be_two_is_told_and_the_month_first_is_refused(city):
    path = city.export("plan", "p.xlsx")
    edited(path, lambda sheet: sheet.set("P-0001", Due="03/04/2098", Reason_of_the_change="x"))
    row = row_of(city.trial("plan", path), "P-0001")
    assert row["changes"][0]["after"] == "2098-04-03"
    assert "read with the day first" in said(row, "notes")
    edited(path, lambda sheet: sheet.set("P-0001", Start="12/25/2097"))
    refused = said(row_of(city.trial("plan", path, code=2), "P-0001"), "refusals")
    assert "has the month first" in refused
    assert "'03/04/2098' may be two days" in refused


@pytest.mark.parametrize(
    ("heading", "value", "why"),
    [
        ("Due", "segera", "is not a day"),
        ("Due", 46371, "is a number, not a day"),
        ("Start", date(1900, 1, 5), "is not a day"),
        ("Cost", "15,5", "is not a whole amount"),
        ("Cost", "=1+1", "has a formula"),
        ("Due", None, "due is empty"),
        ("Findings", None, "no finding would be left"),
        ("Findings", "F-0001, F-0002, F-9999", "there is no finding F-9999"),
        ("Owner", "a\x7fb", "control characters"),
        ("Owner", "Dinas \u202eA", "cannot be seen: U+202E"),
        ("Owner", "a" * 301, "longer than 300 characters"),
        ("New remark", "a" * 5001, "longer than 5000 characters"),
        ("Action", "satu\u2066dua", "cannot be seen: U+2066"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(city, heading, value, why):
    def write(sheet: Sheet) -> None:
        sheet.set("P-0001", **{heading: value})
        if not isinstance(value, date):
            sheet.cell("P-0001", heading).number_format = "General"

    path = edited(city.export("plan", "p.xlsx"), write)
    report = city.trial("plan", path, "--reason", "x", code=2)
    assert why in said(row_of(report, "P-0001"), "refusals")


def test_ids_that_are_unknown_doubled_pasted_apart_or_gone(city):
    def spoil(sheet: Sheet) -> None:
        base, column = sheet.column("Base version (do not change)"), sheet.column("Id")
        sheet.page.cell(sheet.row("F-0002"), column).value = "F-9999"
        sheet.page.cell(sheet.row("F-0003"), column).value = "temuan tiga"
        row = sheet.row("F-0004")
        sheet.page.cell(row, base).value = sheet.page.cell(sheet.row("F-0005"), base).value
        sheet.page.cell(sheet.row("F-0005"), base).value = "1|id|F-0005|0|owner=x|000000"
        sheet.page.cell(sheet.row("F-0006"), column).value = "F-0001"
        sheet.add(Title="temuan dari rapat", Owner="Tim Baru")

    path = edited(city.export("finding", "f.xlsx"), spoil)
    rows = city.trial("finding", path, code=2)["rows"]
    told = {(row["id"] or "", said(row, "refusals")) for row in rows}
    for identity, why in (
        ("F-9999", "its base version is of F-0002"),
        ("TEMUAN TIGA", "is not an id such as F-0001"),
        ("F-0004", "columns were sorted or pasted apart"),
        ("F-0005", "base version of this row was changed"),
        ("F-0001", "stands in 2 rows"),
        ("", "a finding is never made by a file"),
    ):
        assert any(about == identity and why in text for about, text in told), (identity, told)


def test_an_id_that_nobody_knows(city):
    path = city.folder.parent / "f.csv"
    path.write_text("Nomor;Penanggung jawab\nF-9999;Tim\n", encoding="cp1252")
    row = row_of(city.trial("finding", path, code=2), "F-9999")
    assert "there is no finding F-9999" in said(row, "refusals")


def test_a_state_is_refused_without_a_base_too(city):
    path = city.folder.parent / "f.csv"
    path.write_text("id,state\nF-0003,verified\nF-0004,open\nF-0005,\n", encoding="utf-8")
    report = city.trial("finding", path, code=2)
    [row] = report["rows"]
    assert row["id"] == "F-0003"
    assert "only a passing re-scan" in said(row, "refusals")
    assert report["absent"] == ["F-0001", "F-0002", "F-0006"]


def test_rows_that_are_gone_close_nothing(city):
    path = edited(
        city.export("finding", "f.xlsx", "--asset", "Portal"),
        lambda sheet: sheet.page.delete_rows(sheet.row("F-0002")),
    )
    report = city.take("finding", path)
    assert report["absent"] == ["F-0002"]
    city.run("finding", "import", path, "--dry-run")
    assert "Not in the file, left as they are: F-0002" in city.talk
    assert city.json("finding", "show", "F-0002")["state"] == "planned"


def test_a_file_of_which_columns_were_deleted(city):
    def cut(sheet: Sheet) -> None:
        for heading in ("Repair", "Severity", "Owner"):
            sheet.page.delete_cols(sheet.column(heading))
        sheet.set("F-0003", New_remark="catatan")

    path = edited(city.export("finding", "f.xlsx"), cut)
    report = city.take("finding", path)
    assert [row["id"] for row in report["rows"]] == ["F-0003"]
    assert city.json("finding", "show", "F-0003")["owner"] == "Dinas A"


def test_csv_as_spreadsheets_save_it(city):
    for separator, encoding in ((";", "utf-8-sig"), (",", "cp1252"), ("\t", "utf-8")):
        path = city.export("plan", "p.csv", "--lang", "id")
        table = list(csv.reader(io.StringIO(path.read_text("utf-8-sig")), delimiter=";"))
        row = dict(zip(table[0], table[1], strict=True))
        row["Tindakan"] = f"ganti perangkat – {encoding}"
        row["Alasan perubahan"] = "usulan vendor"
        stream = io.StringIO()
        writer = csv.writer(stream, delimiter=separator)
        writer.writerow(row)
        writer.writerow(row.values())
        writer.writerow([""] * len(row))
        path.write_bytes(stream.getvalue().encode(encoding))
        report = city.take("plan", path)
        assert row_of(report, "P-0001")["changes"][0]["after"] == f"ganti perangkat – {encoding}"
    assert city.json("plan", "show", "P-0001")["version"] == 4


def test_a_spreadsheet_that_writes_the_month_first_changes_no_day(city):
    city.run(
        *("plan", "revise", "P-0001", "--version", "1", "--due", "2098-04-03", "--reason", "x"),
    )
    path = city.export("plan", "p.csv")
    text = path.read_text("utf-8-sig").replace("2098-04-03", "4/3/2098")
    path.write_text(text, encoding="utf-8")
    assert city.trial("plan", path)["counts"]["unchanged"] == 1


def test_a_day_far_away_that_nobody_touched_is_no_fault(city):
    city.run(
        *("plan", "revise", "P-0001", "--version", "1", "--due", "9999-12-31", "--reason", "x"),
    )
    for ending in ("xlsx", "csv", "json"):
        path = city.export("plan", f"p.{ending}")
        assert city.trial("plan", path)["counts"]["unchanged"] == 1
    path = edited(
        city.export("plan", "p.xlsx"),
        lambda sheet: sheet.set("P-0001", Owner="Tim Baru", Reason_of_the_change="x"),
    )
    assert city.take("plan", path)["counts"]["changed"] == 1


def test_formulas_are_safe_both_ways(city):
    evil = '=HYPERLINK("http://contoh.example";"x")'
    city.run("finding", "assign", "F-0003", "--owner", evil)
    city.run("finding", "assign", "F-0004", "--owner", "+62 811 contoh")
    for ending in ("xlsx", "csv"):
        path = city.export("finding", f"f.{ending}")
        assert city.trial("finding", path)["counts"]["unchanged"] == 6
        if ending == "xlsx":
            cell = Sheet(path).cell("F-0003", "Owner")
            assert cell.data_type == "s"
            assert cell.value == f"'{evil}"
        else:
            assert ",=" not in path.read_text("utf-8-sig")
    path = edited(city.export("finding", "f.xlsx"), lambda sheet: sheet.set("F-0003", Owner="=A1"))
    report = city.trial("finding", path, code=2)
    assert "the cell has a formula" in said(row_of(report, "F-0003"), "refusals")


def test_new_plans_are_made_once(city):
    path = edited(
        city.export("plan", "p.xlsx"),
        lambda sheet: (
            sheet.add(Owner="Tim Baru", Action="tutup", Due=DUE, Findings="f-0004; F-0005"),
            sheet.add(Owner="Tim Baru", Action="tutup"),
        ),
    )
    report = city.trial("plan", path, code=2)
    [lacking] = [row for row in report["rows"] if row["fate"] == "refused"]
    assert "a new row lacks: Due, Findings" in said(lacking, "refusals")
    report = city.take("plan", path, "--skip-refused")
    assert row_of(report, "P-0002")["fate"] == "new"
    made = city.json("plan", "show", "P-0002")
    assert (made["currency"], len(made["findings"])) == ("IDR", 2)
    again = city.take("plan", path, "--skip-refused")
    assert again["counts"]["new"] == 0
    assert len(city.json("plan", "list", "--all")) == 2


def test_a_plan_keeps_its_rules(city):
    path = edited(
        city.export("plan", "p.xlsx"),
        lambda sheet: sheet.set(
            "P-0001", Findings="F-0001, F-0004", Start=None, Cost=None, State="done"
        ),
    )
    report = city.trial("plan", path, code=2)
    assert "counted from its findings" in said(row_of(report, "P-0001"), "refusals")
    edited(path, lambda sheet: sheet.set("P-0001", State="not begun"))
    assert "needs a reason" in said(row_of(city.trial("plan", path, code=2), "P-0001"), "refusals")
    city.take("plan", path, "--reason", "rapat mingguan")
    shown = city.json("plan", "show", "P-0001")
    assert [item["id"] for item in shown["findings"]] == ["F-0001", "F-0004"]
    assert shown["cost"] is None
    assert city.json("finding", "show", "F-0002")["state"] == "open"
    assert shown["events"][-1]["reason"] == "rapat mingguan"


def test_risks_are_edited_scored_and_treated(city):
    path = edited(
        city.export("risk", "r.xlsx", "--lang", "en"),
        lambda sheet: (
            sheet.set(
                "R-0001",
                Title="Penyadapan layanan",
                Category="services",
                Inherent_risk="5x4",
                Current_risk="5 x 4",
                Residual_risk="2×4",
                Next_review="2098-01-15",
                Reason_of_the_change="insiden",
                New_treatment="mitigate",
                Action_of_the_treatment="enkripsi",
                Treatment_due="2098-02-01",
                **{"Cost of the treatment (rupiah)": "25.000.000"},
            ),
            sheet.set("R-0002", New_treatment="accept", Action_of_the_treatment="biarkan"),
            sheet.set("R-0003", Current_risk="9x9", Reason_of_the_change="x"),
            sheet.set("R-0004", State="approved"),
        ),
    )
    report = city.trial("risk", path, code=2)
    assert "cannot be accepted by a file" in said(row_of(report, "R-0002"), "refusals")
    assert "outside of the scale" in said(row_of(report, "R-0003"), "refusals")
    assert "secaudit risk approve" in said(row_of(report, "R-0004"), "refusals")
    city.take("risk", path, "--skip-refused")
    shown = city.json("risk", "show", "R-0001")
    assert (shown["title"], shown["category"]) == ("Penyadapan layanan", "layanan")
    assert (shown["likelihood"], shown["impact"]) == (5, 4)
    assert shown["scores"]["residual"]["score"] == 8
    assert [(item["action"], item["cost"]) for item in shown["treatments"]] == [
        ("enkripsi", 25_000_000)
    ]
    city.take("risk", path, "--skip-refused", "--take", "workspace")
    assert len(city.json("risk", "show", "R-0001")["treatments"]) == 1


def test_new_risks_need_what_a_risk_needs(city):
    path = edited(
        city.export("risk", "r.xlsx"),
        lambda sheet: (
            sheet.add(Title="Banjir", Category="bencana", Current_risk="2x5",
                      Owner="Dinas A", Reason_of_the_change="lokasi rendah"),
            sheet.add(Title="Tanpa pemilik", Category="bencana", Current_risk="2x5"),
        ),
    )  # fmt: skip
    report = city.trial("risk", path, code=2)
    [lacking] = [row for row in report["rows"] if row["fate"] == "refused"]
    assert "a new row lacks: Owner" in said(lacking, "refusals")
    city.take("risk", path, "--skip-refused")
    assert [risk["title"] for risk in city.json("risk", "list") if risk["title"] == "Banjir"]
    assert city.take("risk", path, "--skip-refused")["counts"]["new"] == 0


def test_files_that_are_no_exchange_files(city, tmp_path):
    def refused(name: str, content: bytes, why: str) -> None:
        path = tmp_path / name
        path.write_bytes(content)
        city.run("finding", "import", path, "--dry-run", code=2)
        assert why in city.talk, city.talk

    good = city.export("finding", "f.xlsx").read_bytes()
    refused("a.xlsm", good, "cannot be taken in")
    refused("a.ods", good, "cannot be taken in")
    refused("a.xlsx", b"PK\x03\x04 not a workbook", "not a workbook that can be read")
    refused("b.xlsx", good[: len(good) // 2], "not a workbook that can be read")
    refused("c.xlsx", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "locked with a password")
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (257 * 2**20))
    refused("d.xlsx", bomb.getvalue(), "unpacks to more than 256 MiB")
    macros = io.BytesIO(good)
    with zipfile.ZipFile(macros, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")
    refused("e.xlsx", macros.getvalue(), "has macros")
    refused("f.csv", b"nama;alamat\nx;y\n", "has no column")
    refused("g.csv", "Nomor;Judul\n".encode("utf-16"), "not text in UTF-8 or Windows-1252")
    refused("h.json", b"{", "not JSON")
    refused("i.json", b'{"rows": 1}', "no list of rows")
    refused("j.json", b'{"rows": [], "schema_version": 9}', "another form: 9")
    refused("k.json", b'{"rows": [], "schema_version": 1, "kind": "risk"}', "risk export")
    plans = city.export("plan", "p.xlsx").read_bytes()
    refused("l.xlsx", plans, "was written by: secaudit plan export")
    refused("m.csv", b"Nomor;Status;Nomor\nF-0001;;F-0001\n", "stands twice")


def test_it_asks_and_nothing_is_written_unasked(city):
    path = edited(
        city.export("finding", "f.xlsx"), lambda sheet: sheet.set("F-0003", Owner="Tim Server")
    )
    city.run("finding", "import", path, code=2)
    assert "nobody is there to be asked" in city.talk
    assert city.json("finding", "show", "F-0003")["owner"] == "Dinas A"
    lines = list(csv.DictReader(io.StringIO(
        city.run("finding", "import", path, "--dry-run", "--format", "csv"))))  # fmt: skip
    assert lines == [
        {"place": lines[0]["place"], "id": "F-0003", "fate": "changed", "field": "owner",
         "before": "Dinas A", "after": "Tim Server", "why": ""}
    ]  # fmt: skip
    assert "Findings!" in lines[0]["place"]
    table = city.run("finding", "import", path, "--yes")
    assert "Tim Server" in table


def test_a_csv_with_formulas_long_or_turned_text_is_refused_by_row(city):
    rows = {
        "F-0001": "=cmd|' /C calc'!A0",
        "F-0002": "@SUM(1)",
        "F-0003": "a" * 30_000,
        "F-0004": "Dinas \u202eA",
        "F-0005": "+62 811 contoh",
        "F-0006": "- Tim (server)",
    }
    path = city.folder.parent / "f.csv"
    lines = [f'{identity},"{owner}"' for identity, owner in rows.items()]
    path.write_text("\n".join(["Id,Owner", *lines]), encoding="utf-8")
    report = city.trial("finding", path, "--take", "file", code=2)
    for identity, why in (
        ("F-0001", "f.csv:2: the cell has a formula"),
        ("F-0002", "f.csv:3: the cell has a formula"),
        ("F-0003", "longer than 300 characters"),
        ("F-0004", "cannot be seen: U+202E"),
    ):
        assert why in said(row_of(report, identity), "refusals")
    assert [row_of(report, identity)["fate"] for identity in ("F-0005", "F-0006")] == [
        "changed", "changed"
    ]  # fmt: skip
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    city.run("finding", "import", path, "--dry-run", code=2)
    assert "no column Id" in city.talk


def test_json_of_another_type_than_the_schema_says_is_refused(city):
    path = city.folder.parent / "f.json"
    path.write_text(
        '{"schema_version": 1, "kind": "finding", "rows": ['
        '{"id": "F-0001", "owner": ["a"]}, {"id": "F-0002", "owner": 7},'
        '{"id": "F-0003", "plan_cost": "15"}, {"id": "F-0004", "plan_effort": true}]}',
        encoding="utf-8",
    )
    report = city.trial("finding", path, "--take", "file", code=2)
    assert report["counts"]["refused"] == 4
    assert "rows[0].owner: not a text" in said(row_of(report, "F-0001"), "refusals")
    assert "rows[2].plan_cost: not a number" in said(row_of(report, "F-0003"), "refusals")


def test_json_keeps_what_a_row_does_not_name(city):
    path = city.folder.parent / "p.json"
    path.write_text(
        '{"schema_version": 1, "kind": "plan", "rows": ['
        '{"id": "P-0001", "remark": "dari aplikasi lain", "strange": 1},'
        '{"owner": "Tim", "action": "x", "due": "2098-01-01", "findings": ["F-0006"]},'
        '{"id": "P-0001x", "due": {"a": 1}}, {"owner": ["a", 1]}]}',
        encoding="utf-8",
    )
    report = city.take("plan", path, "--skip-refused")
    assert "'strange' is not known here" in report["notes"][0]
    assert report["counts"] == {
        "new": 1, "changed": 1, "unchanged": 0, "conflict": 0, "refused": 2
    }  # fmt: skip
    assert city.json("plan", "show", "P-0002")["findings"][0]["id"] == "F-0006"


def test_the_workbook_is_made_for_people(city):
    path = city.export("risk", "r.xlsx", "--lang", "id")
    book = load_workbook(path)
    assert book.sheetnames == ["Register risiko", "Petunjuk", "_secaudit", "_lists"]
    assert "Keamanan SPBE" in [cell.value for cell in book["_lists"]["A"]]
    assert {book[name].sheet_state for name in book.sheetnames[2:]} == {"veryHidden"}
    page = book.worksheets[0]
    heads = [cell.value for cell in page[1]]
    assert heads[:4] == ["Nomor", "Status", "Tingkat risiko", "Judul"]
    assert page.freeze_panes == "B2"
    assert page.auto_filter.ref is not None
    letter = page.cell(1, len(heads)).column_letter
    assert page.column_dimensions[letter].hidden
    offered = {rule.formula1 for rule in page.data_validations.dataValidation}
    assert any("3x4" in str(words) for words in offered)
    assert "'_lists'!$A$1:$A$14" in offered
    assert any("mitigasi" in str(words) and "terima" not in str(words) for words in offered)
    grey = page.cell(2, 2).fill.fgColor.rgb
    white = page.cell(2, 4).fill.fgColor.rgb
    assert grey != white
    guide = "\n".join(str(cell.value) for row in book["Petunjuk"].iter_rows() for cell in row)
    assert "Baris yang dihapus tidak menghapus atau menutup apa pun" in guide


def test_an_export_takes_the_filters_of_the_list_and_replaces_nothing_unasked(city, tmp_path):
    path = tmp_path / "f.xlsx"
    city.run("finding", "export", "-o", path, "--asset", "Portal", "--severity", "high")
    ids = [row["id"] for row in city.json("finding", "list", "--asset", "Portal",
                                          "--severity", "high")]  # fmt: skip
    assert [cell.value for cell in load_workbook(path).worksheets[0]["A"]][1:] == ids
    city.run("finding", "export", "-o", path, code=2)
    assert "is there already" in city.talk
    city.run("finding", "export", "-o", tmp_path / "f.pdf", code=2)
    assert "there is no format pdf" in city.talk


def test_a_plan_of_action_for_other_programs(city, tmp_path):
    import json

    from oscal_bindings import OscalDocument

    path = tmp_path / "poam.json"
    city.run("finding", "export", "--format", "oscal-poam", "-o", path, "--lang", "en")
    document = json.loads(path.read_bytes())
    OscalDocument.model_validate(document)
    made = document["plan-of-action-and-milestones"]
    assert len(made["poam-items"]) == 6
    first = next(item for item in made["risks"] if item["props"][0]["value"] == "F-0001")
    assert first["status"] == "remediating"
    assert first["remediations"][1]["tasks"][0]["timing"]["on-date"]["date"] == f"{DUE}T00:00:00Z"
    assert any(item["name"] == "register-risk" for item in first["props"])
    city.run(
        *("finding", "export", "--format", "oscal-poam", "-o", path, "--force"),
        *("--state", "verified"), code=2,
    )  # fmt: skip
    assert "one item at least" in city.talk
