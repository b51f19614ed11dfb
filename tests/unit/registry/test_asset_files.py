import io
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from secaudit.core.errors import InputError
from secaudit.core.network import AddressSet
from secaudit.core.vocabulary import ZoneKind
from secaudit.registry.asset import NOT_NUMBERED, Asset
from secaudit.registry.asset_files import read_assets
from secaudit.registry.asset_template import template_text

HEADER = "nama;alamat;nama_host;perangkat_daerah;zona;jenis;kerahasiaan;lingkup_smki;label"
ROW = "Portal é;192.0.2.10, 192.0.2.20-21;WWW.example.go.id.;Dinas Kominfo;dmz;dc;tinggi;tidak;a|b"
PORTAL = Asset(
    NOT_NUMBERED,
    "Portal é",
    "Dinas Kominfo",
    "dmz",
    ZoneKind.DC,
    AddressSet.parse(["192.0.2.10", "192.0.2.20-21"]),
    ("www.example.go.id",),
    confidentiality=3,
    in_scope=False,
    tags=("a", "b"),
)


def write(tmp_path: Path, content, name="aset.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(tmp_path, content, name="aset.csv"):
    return [item.asset for item in read_assets(write(tmp_path, content, name))]


def complaint(tmp_path, content, name="aset.csv"):
    with pytest.raises(InputError) as caught:
        read(tmp_path, content, name)
    return str(caught.value).removeprefix(f"{tmp_path}/")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_csv_as_spreadsheets_write_it(tmp_path, encoding, end):
    text = end.join((HEADER, ROW, "", ";;;;;;;;", ""))
    assert read(tmp_path, text.encode(encoding)) == [PORTAL]


@pytest.mark.parametrize("separator", [",", "\t"])
def test_other_separators(tmp_path, separator):
    text = f"{HEADER}\n{ROW.replace(', ', ' ')}\n".replace(";", separator)
    assert read(tmp_path, text) == [PORTAL]


def test_excels_note_about_the_separator(tmp_path):
    assert read(tmp_path, f"sep=;\r\n{HEADER}\r\n{ROW}\r\n") == [PORTAL]
    assert complaint(tmp_path, f"sep=;\n{HEADER}\n;x").startswith("aset.csv:3: ")


def test_english_names_numbering_and_defaults(tmp_path):
    text = "No,Asset Name,OWNER,IP Address\n1,Portal,Kominfo,192.0.2.1\n"
    (asset,) = read(tmp_path, text)
    assert asset == Asset(
        NOT_NUMBERED, "Portal", "Kominfo", "kantor", addresses=AddressSet.parse(["192.0.2.1"])
    )


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("kind", ["csv", "yaml"])
def test_the_template_can_be_read(tmp_path, language, kind):
    (asset,) = read(tmp_path, template_text(kind, language), f"t.{kind}")
    assert asset.integrity == 3
    assert asset.addresses.count == 2
    assert len(asset.tags) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "aset.csv:1: the file is empty"),
        ("nama;warna;perangkat_daerah\n", "aset.csv:1: unknown column 'warna'"),
        ("nama;alamat\n", "aset.csv:1: the column perangkat_daerah (owner) is missing"),
        ("nama;name;owner\n", "aset.csv:1: the column nama stands twice"),
        (f"{HEADER}\n{ROW.replace('.10', '.1000')}", "aset.csv:2: alamat: '192.0.2.1000' is not"),
        (
            f"{HEADER}\n{ROW.replace('192.0.2.10', 'www.x.id')}",
            "aset.csv:2: alamat: 'www.x.id' is a",
        ),
        (
            f"{HEADER}\n{ROW.replace('WWW.', 'WWW!.')}",
            "aset.csv:2: nama_host: 'www!.example.go.id'",
        ),
        (
            f"{HEADER}\n{ROW.replace('dmz', 'DMZ 1')}",
            "aset.csv:2: zona: 'dmz 1' cannot name a zone",
        ),
        (f"{HEADER}\n{ROW.replace(';dc;', ';rtu;')}", "aset.csv:2: jenis: 'rtu' is not one of"),
        (f"{HEADER}\n{ROW.replace('tinggi', '4')}", "aset.csv:2: kerahasiaan: '4' is not one of"),
        (f"{HEADER}\n{ROW.replace('tidak', '-')}", "aset.csv:2: lingkup_smki: '-' is not one of"),
        (f"{HEADER}\n;192.0.2.1", "aset.csv:2: the column nama is empty"),
        (f"{HEADER}\nx", "aset.csv:2: the column perangkat_daerah is empty"),
        (f"{HEADER}\n{ROW};extra", "aset.csv:2: 'extra' stands under no column"),
        (
            f"{HEADER}\n\n{ROW}\n{ROW}",
            "aset.csv:4: Portal é in zone dmz stands twice; the first is",
        ),
        (f'{HEADER}\n"Por\ntal";;;x\n"y', "aset.csv:4: not CSV: "),
        (f'{HEADER}\n"Por\ntal";;;x\ny;z', "aset.csv:4: alamat: 'z' is a name"),
        (f"{HEADER}\n{ROW.replace('Portal', 'P' * 301)}", "aset.csv:2: nama: longer than 300"),
        (f"{HEADER}\n{ROW.replace('Portal', chr(27) + '[31m')}", "has control characters"),
        (f"{HEADER}\n".encode("utf-16"), "aset.csv:1: not text in UTF-8 or Windows-1252"),
        (b"\x81\x8d", "aset.csv:1: not text in UTF-8 or Windows-1252"),
        (b"nama;owner\n\x00", "not text in UTF-8"),
        ("nama;owner\n" + "x" * 200_000, "aset.csv:2: not CSV: field larger"),
    ],
)
def test_a_fault_names_file_and_line(tmp_path, text, said):
    assert said in complaint(tmp_path, text)


def test_every_faulty_row_is_listed(tmp_path):
    path = write(tmp_path, f"{HEADER}\n;1\n;2\n{ROW}\n;3\n")
    with pytest.raises(InputError) as caught:
        read_assets(path)
    message, hint = caught.value.in_words()
    assert len(message.splitlines()) == 3
    assert hint == "nothing was imported"


def test_other_files_are_refused(tmp_path):
    assert "not an inventory" in complaint(tmp_path, "x", "aset.pdf")
    for name in ("none.csv", "none.yaml", "none.xlsx"):
        with pytest.raises(InputError, match="none"):
            read_assets(tmp_path / name)


def workbook(*rows, title="Aset"):
    book = Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_workbook(tmp_path):
    content = workbook(
        [
            "Nama",
            "Alamat IP",
            "Nama Host",
            "OPD",
            "Zona",
            "Jenis",
            "Kerahasiaan",
            "Lingkup",
            "Label",
        ],
        [None],
        [
            "Portal é",
            "192.0.2.10\n192.0.2.20-21",
            "www.example.go.id",
            "Dinas Kominfo",
            "dmz",
            "dc",
            3.0,
            False,
            "a, b",
        ],
    )
    assert read(tmp_path, content, "aset.xlsx") == [PORTAL]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "the file is empty"),
        ([["nama", "warna"]], "aset.xlsx:Aset!B1: unknown column 'warna'"),
        ([["nama", "opd"], [], ["=1+1", "x"]], "aset.xlsx:Aset!A3: the cell has a formula"),
        ([["nama", "opd", "alamat"], ["x", "y", "z"]], "aset.xlsx:Aset!C2: alamat: 'z' is a name"),
        ([["nama", "opd"], ["x", datetime(2026, 1, 1)]], "aset.xlsx:Aset!B2: the cell has a date"),  # noqa: DTZ001
        ([["nama", "opd"], ["x", "#REF!"]], "aset.xlsx:Aset!B2: the cell has an error"),
        ([["nama", "opd"], ["x", None]], "aset.xlsx:Aset!B2: the column perangkat_daerah is empty"),
    ],
)
def test_a_fault_names_sheet_and_cell(tmp_path, rows, said):
    assert said in complaint(tmp_path, workbook(*rows), "aset.xlsx")


def repacked(content, change):
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w") as new:
        for part in old.infolist():
            new.writestr(part.filename, change(part.filename, old.read(part)))
    return target.getvalue()


def test_a_workbook_with_entities_is_refused(tmp_path):
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'
    content = repacked(
        workbook(["nama", "opd"]), lambda name, part: bomb if "sheet1" in name else part
    )
    assert "declares entities" in complaint(tmp_path, content, "aset.xlsx")


def test_a_workbook_that_unpacks_without_end_is_refused(tmp_path):
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/x.xml", "w") as part,
    ):
        for _ in range(260):
            part.write(bytes(2**20))
    assert "unpacks to more than" in complaint(tmp_path, stream.getvalue(), "aset.xlsx")


def test_a_broken_workbook_is_refused(tmp_path):
    content = repacked(
        workbook(["nama", "opd"]), lambda name, part: b"<x" if "sheet1" in name else part
    )
    for broken in (content, b"PK\x03\x04", b"", workbook(["nama"])[:-40]):
        assert "not a workbook that can be read" in complaint(tmp_path, broken, "aset.xlsx")


YAML = """\
schema_version: 1
assets:
  - nama: Portal é
    owner: Dinas Kominfo
    zona: dmz
    kind: dc
    addresses: [192.0.2.10, 192.0.2.20-21]
    hostnames: [www.example.go.id]
    confidentiality: 3
    in_scope: false
    label: [a, b]
"""


def test_yaml(tmp_path):
    assert read(tmp_path, YAML, "aset.yaml") == [PORTAL]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("192.0.2.10,", "192.0.2.1000,", "aset.yaml:7: alamat: '192.0.2.1000' is not"),
        ("zona: dmz", "zona: D M Z", "aset.yaml:5: zona: 'd m z' cannot name a zone"),
        (
            "confidentiality: 3",
            "confidentiality: 9",
            "aset.yaml:9: assets.0.confidentiality must be",
        ),
        ("owner:", "ownr:", "aset.yaml:4: unknown key 'assets.0.ownr'"),
        ("in_scope: false", "in_scope: maybe", "aset.yaml:10: assets.0.in_scope must be true"),
    ],
)
def test_a_fault_in_yaml_names_its_line(tmp_path, old, new, said):
    assert old in YAML
    assert said in complaint(tmp_path, YAML.replace(old, new), "aset.yaml")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=200), st.text(max_size=100).map(lambda t: f"{HEADER}\n{t}".encode())
    )
)
def test_no_bytes_break_the_reader(tmp_path, content):
    for suffix in ("csv", "xlsx"):
        path = write(tmp_path, content, f"x.{suffix}")
        try:
            read_assets(path)
        except InputError as error:
            assert "x." in str(error)  # noqa: PT017 (most inputs are refused, some are read)
