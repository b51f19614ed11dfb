"""The inventory through the command line."""

import csv
import io
import json

import pytest

from secaudit.app.setup import init_workspace
from secaudit.cli.main import run
from secaudit.core.canonical import sha256_hex
from secaudit.ledger import trail
from secaudit.registry import assets
from secaudit.text.language import Language, set_language

FILE = """\
nama;alamat;perangkat_daerah;zona
Portal;192.0.2.10;Dinas Contoh;kantor
Kamera;198.51.100.0/24;Dinas Lain;simpang
"""


class City:
    def __init__(self, folder, capsys):
        self.workspace = init_workspace(folder, "Pemerintah Kota Contoh", "en")
        self._capsys = capsys
        self.file = folder.parent / "aset.csv"
        self.file.write_text(FILE, encoding="utf-8")

    def run(self, *arguments):
        self._capsys.readouterr()
        code = run(["--workspace", str(self.workspace.folder), *map(str, arguments)])
        captured = self._capsys.readouterr()
        return code, captured.out, captured.err

    def kept(self):
        with self.workspace.view() as connection:
            return [asset.name for asset in assets.list_all(connection)]

    def actions(self):
        with self.workspace.view() as connection:
            return [entry.action for entry in trail.entries(connection)]


@pytest.fixture
def city(tmp_path, capsys):
    city = City(tmp_path / "kota", capsys)
    yield city
    city.workspace.database.close()
    set_language(Language.INDONESIAN)


def changes(out):
    return [row["change"] for row in json.loads(out)]


def test_the_same_file_again_changes_nothing(city):
    code, out, err = city.run("asset", "import", city.file, "--format", "json")
    assert (code, changes(out)) == (0, ["added", "added"])
    assert "Added 2" in err
    code, out, _ = city.run("asset", "import", city.file, "--format", "json")
    assert (code, changes(out)) == (0, ["unchanged", "unchanged"])
    city.file.write_text(FILE.replace("Dinas Lain", "Dinas Baru"), encoding="utf-8")
    code, out, _ = city.run("asset", "import", city.file, "--format", "json")
    assert (code, changes(out)) == (0, ["unchanged", "changed"])
    assert city.actions() == ["workspace.init", "asset.import", "asset.import"]
    with city.workspace.view() as connection:
        first, second = (entry.details for entry in list(trail.entries(connection))[1:])
    assert first["sha256"] == sha256_hex(FILE.encode())
    assert first["added"] == ["A-0001", "A-0002"]
    assert [item["id"] for item in first["assets"]] == ["A-0001", "A-0002"]
    assert [(item["id"], item["owner"]) for item in second["assets"]] == [("A-0002", "Dinas Baru")]


def test_a_dry_run_writes_nothing(city):
    code, out, err = city.run("asset", "import", city.file, "--dry-run")
    assert code == 0
    assert "Portal" in out
    assert "nothing was written" in err
    assert city.kept() == []
    assert city.actions() == ["workspace.init"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (FILE + "Rusak;192.0.2.999;Dinas;kantor\n", "aset.csv:4: alamat: '192.0.2.999'"),
        (FILE.replace("alamat", "warna"), "aset.csv:1: unknown column 'warna'"),
        (FILE.split("\n")[0], "has no asset"),
        ("", "aset.csv:1: the file is empty"),
    ],
)
def test_a_fault_imports_nothing(city, content, said):
    city.file.write_text(content, encoding="utf-8")
    code, out, err = city.run("asset", "import", city.file)
    assert (code, out) == (2, "")
    assert said in err
    assert city.kept() == []
    assert city.actions() == ["workspace.init"]


def test_the_list_in_csv_can_be_imported(city, tmp_path):
    city.run("asset", "import", city.file)
    city.run(
        "asset", "add", "Server", "--owner", "Dinas Contoh", "--address", "2001:db8::1",
        "--hostname", "www.example.go.id", "--tag", "a b", "--tag", "c", "--out-of-scope",
        "--kind", "dc", "--integrity", 3,
    )  # fmt: skip
    _, out, _ = city.run("asset", "list", "--format", "csv")
    city.file.write_text(out, encoding="utf-8")
    _, out, _ = city.run("asset", "import", city.file, "--format", "json")
    assert changes(out) == ["unchanged"] * 3


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ([], ["Portal", "Kamera"]),
        (["--zone", "simpang"], ["Kamera"]),
        (["--owner", "Dinas Contoh"], ["Portal"]),
        (["--tag", "none"], []),
    ],
)
def test_lists_are_filtered(city, options, names):
    city.run("asset", "import", city.file)
    _, out, _ = city.run("asset", "list", "--format", "json", *options)
    assert [row["name"] for row in json.loads(out)] == names


def test_an_asset_is_added_once(city):
    assert city.run("asset", "add", "Portal", "--owner", "Dinas")[0] == 0
    code, _, err = city.run("asset", "add", "Portal", "--owner", "Lain")
    assert code == 2
    assert "already here: A-0001" in err
    assert city.actions() == ["workspace.init", "asset.add"]


@pytest.mark.parametrize(
    "options",
    [
        ["--address", "x!"],
        ["--hostname", "-"],
        ["--zone", "Z Z"],
        ["--kind", "y"],
        ["--integrity", "4"],
    ],
)
def test_faulty_options_add_nothing(city, options):
    code, _, err = city.run("asset", "add", "Portal", "--owner", "Dinas", *options)
    assert code == 2
    assert err
    assert city.kept() == []


def test_a_retired_asset_keeps_its_proof_and_stays_retired(city, tmp_path):
    city.run("asset", "import", city.file)
    proof = tmp_path / "berita-acara.pdf"
    proof.write_bytes(b"%PDF proof")
    assert city.run("asset", "retire", "Portal")[0] == 2
    assert city.run("asset", "retire", "Portal", "--reason", "")[0] == 2
    assert city.run("asset", "retire", "None", "--reason", "x")[0] == 2
    code, _, err = city.run("asset", "retire", "Portal", "--reason", "diganti", "--proof", proof)
    assert (code, "A-0001" in err) == (0, True)
    assert city.kept() == ["Kamera"]
    _, out, _ = city.run("asset", "show", "A-0001", "--format", "json")
    retirement = json.loads(out)["retirement"]
    assert retirement == {"because": "diganti", "proof_sha256": sha256_hex(b"%PDF proof")}
    assert city.workspace.evidence.get(retirement["proof_sha256"]) == b"%PDF proof"
    _, out, err = city.run("asset", "import", city.file, "--format", "json")
    assert changes(out) == ["retired", "unchanged"]
    assert "secaudit asset add" in err
    _, out, _ = city.run("asset", "list", "--retired", "--format", "json")
    assert [row["id"] for row in json.loads(out)] == ["A-0001", "A-0002"]
    with city.workspace.view() as connection:
        last = list(trail.entries(connection))[-1]
    assert (last.action, last.reason) == ("asset.retire", "diganti")


def test_hostile_cells_do_no_harm_in_any_output(city):
    name = "=HYPERLINK(1);<b>x"
    for hostile in (name, "x\u202e"):
        city.file.write_text(f'name,owner\n"{hostile}",Dinas\n', encoding="utf-8")
        assert city.run("asset", "import", city.file)[0] == 2
    assert city.run("asset", "add", name, "--owner", "@SUM(A1)")[0] == 0
    _, out, _ = city.run("asset", "list", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(out))
    assert row["name"].startswith("'=")
    assert row["owner"] == "'@SUM(A1)"
    _, out, _ = city.run("asset", "list", "--format", "json")
    assert json.loads(out)[0]["name"] == name


@pytest.mark.parametrize(("language", "first"), [("id", "nama;alamat"), ("en", "name,address")])
def test_the_template_speaks_the_language(city, language, first):
    code, out, _ = city.run("--lang", language, "asset", "template")
    assert code == 0
    if language == "id":
        assert out.startswith(first)
    city.file.write_text(out, encoding="utf-8", newline="")
    assert city.run("asset", "import", city.file)[0] == 0


def test_an_unknown_asset_names_the_list(city):
    code, _, err = city.run("asset", "show", "A-0009")
    assert code == 2
    assert "secaudit asset list" in err
