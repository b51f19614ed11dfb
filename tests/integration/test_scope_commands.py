"""Authorisations through the command line. No name but localhost is ever resolved."""

import csv
import io
import json

import pytest

from secaudit.app.scopes import add_scope, check_scope, moment, revoke_scope, split_port
from secaudit.app.setup import init_workspace
from secaudit.cli.main import run
from secaudit.content.yaml import read_document, validate
from secaudit.core.canonical import sha256_hex
from secaudit.core.errors import InputError
from secaudit.core.instant import parse_instant
from secaudit.core.vocabulary import Reason
from secaudit.ledger import trail
from secaudit.registry import authorisations, resolve
from secaudit.registry.authorisation_files import AuthorisationFile, read_authorisation_file
from secaudit.text.language import Language, set_language

OPTIONS = [
    "--number", "094/001/2026", "--issuer", "Kepala Dinas (contoh)",
    "--target", "192.0.2.0/24", "--target", "localhost", "--exclude", "192.0.2.9",
    "--from", "2026-11-01", "--until", "2026-11-30", "--zone", "kantor", "--zone", "scada=ot",
]  # fmt: skip
AT = "2026-11-21T10:00"


class City:
    def __init__(self, folder, capsys):
        self.workspace = init_workspace(folder, "Pemerintah Kota Contoh", "en")
        self._capsys = capsys

    def run(self, *arguments):
        self._capsys.readouterr()
        set_language(Language.ENGLISH)
        code = run(
            ["--workspace", str(self.workspace.folder), "--lang", "en", *map(str, arguments)]
        )
        captured = self._capsys.readouterr()
        return code, captured.out, captured.err

    def actions(self):
        with self.workspace.view() as connection:
            return [entry.action for entry in trail.entries(connection)]


@pytest.fixture
def city(tmp_path, capsys):
    city = City(tmp_path / "kota", capsys)
    yield city
    city.workspace.database.close()
    set_language(Language.INDONESIAN)


def test_a_letter_from_options(city, tmp_path):
    letter = tmp_path / "surat.pdf"
    letter.write_bytes(b"%PDF signed")
    code, out, err = city.run("scope", "add", *OPTIONS, "--rate", 50, "--document", letter)
    assert (code, out) == (0, "")
    assert "256 addresses" in err
    assert "outside the written addresses; permitted because it is named" in err
    code, out, _ = city.run("scope", "show", "094/001/2026", "--format", "json")
    shown = json.loads(out)
    assert shown["caps"]["packets_per_second"] == 50
    assert shown["document_sha256"] == sha256_hex(b"%PDF signed")
    assert city.workspace.evidence.get(shown["document_sha256"]) == b"%PDF signed"
    assert "127.0.0.1" in shown["names"]["localhost"]
    with city.workspace.view() as connection:
        (row,) = resolve.recorded(connection, "localhost")
        assert row.authorisation == "094/001/2026"
        assert list(trail.entries(connection))[-1].details["number"] == "094/001/2026"
    assert city.actions() == ["workspace.init", "scope.add"]


FILE = """\
number: 094/002/2026
issuer: Kepala Dinas (contoh)
valid_from: 2026-11-01
valid_until: 2026-11-30
targets: [0.0.0.0/0, "::/0"]
document: surat.pdf
"""


def test_a_letter_from_a_file_with_its_document(city, tmp_path):
    (tmp_path / "surat.yaml").write_text(FILE, encoding="utf-8")
    (tmp_path / "surat.pdf").write_bytes(b"signed")
    code, _, err = city.run("scope", "add", "--file", tmp_path / "surat.yaml")
    assert code == 0, err
    assert "about 2^128" in err
    code, out, _ = city.run("scope", "list", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(out))
    assert row["addresses"] == str(2**128 + 2**32)
    assert (row["number"], row["state"]) == ("094/002/2026", "in_force")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (FILE, "surat.pdf: No such file"),
        (FILE.replace("number", "nummer"), "surat.yaml:1: unknown key 'nummer'"),
        (FILE.replace("0.0.0.0/0", "10.0.0.1/8"), "surat.yaml:5: '10.0.0.1/8' is not a CIDR block"),
        ("number: [", "surat.yaml:2: not YAML"),
    ],
)
def test_a_faulty_file_names_its_line_and_records_nothing(city, tmp_path, content, said):
    (tmp_path / "surat.yaml").write_text(content, encoding="utf-8")
    code, out, err = city.run("scope", "add", "--file", tmp_path / "surat.yaml")
    assert (code, out) == (2, "")
    assert said in err
    assert city.actions() == ["workspace.init"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "an authorisation needs --number, --issuer, --target, --from, --until"),
        (["--file", "none.yaml"], "none.yaml: No such file"),
        (["--file", "x", "--number", "1"], "leave the other options out"),
        ([*OPTIONS, "--until", "2026-10-01"], "ends before it begins"),
        ([*OPTIONS, "--from", "2026-02-30"], "options: valid_from: '2026-02-30' is not a day"),
        ([*OPTIONS, "--target", "192.0.2.999"], "'192.0.2.999' is not an IPv4"),
        ([*OPTIONS, "--target", "::ffff:192.0.2.1"], "is an IPv4 address written as IPv6"),
        ([*OPTIONS, "--zone", "kantor=xx"], "kind must be one of"),
        ([*OPTIONS, "--permit", "exploit"], "must be one of"),
        ([*OPTIONS, "--exclude", "0.0.0.0/0"], "the exclusions leave nothing"),
        ([*OPTIONS, "--document", "none.pdf"], "none.pdf: No such file"),
        ([*OPTIONS, "--rate", "0"], "must be at least 1"),
    ],
)
def test_faulty_options_are_named_and_record_nothing(city, arguments, said):
    code, out, err = city.run("scope", "add", *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert city.actions() == ["workspace.init"]


def test_a_number_is_used_once(city):
    assert city.run("scope", "add", *OPTIONS)[0] == 0
    code, _, err = city.run("scope", "add", *OPTIONS)
    assert code == 2
    assert "already here" in err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["192.0.2.7:443"], 0, "Permitted"),
        (["192.0.2.7"], 0, "Permitted"),
        (["192.0.2.9:443"], 2, "excluded by the authorisation"),
        (["198.51.100.1"], 2, "outside the authorisation"),
        (["[2001:db8::1]:443"], 2, "outside the authorisation"),
        (["192.0.2.7:9100"], 2, "printer ports are never probed"),
        (["192.0.2.7", "--at", "2026-12-01"], 2, "outside the authorised time"),
        (["192.0.2.7", "--zone", "dmz"], 2, "this zone is not permitted"),
        (["192.0.2.7", "--probe", "anonymous_access"], 2, "this kind of probe is not permitted"),
        (["192.0.2.7", "--probe", "exploit"], 2, "is not a probe class"),
        (["192.0.2.7:0"], 2, "is not a port"),
        (["192.0.2.0/24"], 2, "is not one address"),
        (["192.0.2.7", "--at", "soon"], 2, "is not a day or a moment"),
        # This machine itself needs no letter, but exclusions always win.
        (["127.0.0.9"], 2, "excluded by the authorisation"),
        (["127.0.0.8"], 0, "Permitted"),
        (["127.0.0.8:9100"], 2, "printer ports are never probed"),
    ],
)
def test_what_a_letter_permits(city, arguments, code, said):
    city.run("scope", "add", *OPTIONS, "--exclude", "127.0.0.9")
    if "--at" not in arguments:
        arguments = [*arguments, "--at", AT]
    found, out, err = city.run("scope", "check", *arguments)
    assert found == code
    assert said in " ".join((out + err).split())


def test_check_answers_in_json(city):
    city.run("scope", "add", *OPTIONS)
    code, out, _ = city.run("scope", "check", "192.0.2.9", "--at", AT, "--format", "json")
    (answer,) = json.loads(out)
    assert (code, answer["number"], answer["reason"]) == (2, "094/001/2026", "excluded")


def test_without_a_letter_only_loopback_is_permitted(city):
    assert city.run("scope", "check", "127.0.0.1:22")[0] == 0
    assert city.run("scope", "check", "localhost")[0] == 0
    code, out, err = city.run("scope", "check", "192.0.2.1")
    assert (code, out) == (2, "")
    assert "there is no authorisation" in err


def test_a_revoked_letter_permits_nothing(city):
    city.run("scope", "add", *OPTIONS)
    assert city.run("scope", "revoke", "094/001/2026")[0] == 2
    assert city.run("scope", "revoke", "094/001/2026", "--reason", " ")[0] == 2
    assert city.run("scope", "revoke", "none", "--reason", "x")[0] == 2
    assert city.run("scope", "revoke", "094/001/2026", "--reason", "dicabut")[0] == 0
    assert city.run("scope", "revoke", "094/001/2026", "--reason", "dicabut")[0] == 2
    code, out, _ = city.run("scope", "check", "192.0.2.7", "--at", "2026-11-30T10:00")
    assert code == 2
    assert "revoked" in out
    assert json.loads(city.run("scope", "list", "--format", "json")[1])[0]["state"] == "revoked"
    with city.workspace.view() as connection:
        last = list(trail.entries(connection))[-1]
    assert (last.action, last.object_id, last.reason) == ("scope.revoke", "094/001/2026", "dicabut")


def test_hostile_words_do_no_harm_in_any_output(city, tmp_path):
    hostile = "=cmd()\x1b[31m\n<b>x"
    code, _, err = city.run("scope", "add", *OPTIONS, "--issuer", hostile)
    assert code == 0
    assert "\x1b" not in err
    for arguments in (["list"], ["list", "--format", "csv"], ["show", "094/001/2026"]):
        _, out, _ = city.run("scope", *arguments)
        assert "\x1b" not in out
    _, out, _ = city.run("scope", "list", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(out))
    assert row["issuer"].startswith("'=cmd()")


NAMED = FILE.replace('[0.0.0.0/0, "::/0"]', "[192.0.2.0/24, www.example.go.id]").replace(
    "document: surat.pdf\n", ""
)


def named(city, tmp_path, resolver):
    (tmp_path / "surat.yaml").write_text(NAMED, encoding="utf-8")
    written, document = read_authorisation_file(tmp_path / "surat.yaml")
    return add_scope(city.workspace, written, document=document, resolver=resolver)


def test_a_name_is_resolved_once_and_its_answer_kept(city, tmp_path):
    asked = []

    def resolver(name):
        asked.append(name)
        return ("192.0.2.7", "198.51.100.7")

    letter = named(city, tmp_path, resolver)
    assert asked == ["www.example.go.id"]
    assert letter.names == {"www.example.go.id": ("192.0.2.7", "198.51.100.7")}

    def moved(name):
        raise AssertionError(f"{name} is not asked again")

    answers = check_scope(
        city.workspace, "WWW.example.go.id", parse_instant("2026-11-21T03:00:00Z"), resolver=moved
    )
    assert [(answer.address, answer.reason) for answer in answers] == [
        ("192.0.2.7", None),
        ("198.51.100.7", None),
    ]


def test_a_name_that_resolves_out_of_scope_is_refused_there(city, tmp_path):
    named(city, tmp_path, lambda _name: ("192.0.2.7",))
    (answer,) = check_scope(
        city.workspace,
        "other.example.go.id",
        parse_instant("2026-11-21T03:00:00Z"),
        resolver=lambda _name: ("203.0.113.5",),
    )
    assert (answer.address, answer.reason) == ("203.0.113.5", Reason.OUT_OF_SCOPE)


def test_a_name_that_cannot_be_resolved_is_named_with_its_line(city, tmp_path):
    def resolver(name):
        raise InputError("the name {name} cannot be resolved: {why}", name=name, why="no such name")

    with pytest.raises(InputError) as caught:
        named(city, tmp_path, resolver)
    assert "surat.yaml:5: the name www.example.go.id cannot be resolved" in str(caught.value)
    assert city.actions() == ["workspace.init"]
    with city.workspace.view() as connection:
        assert authorisations.list_all(connection) == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("192.0.2.7", ("192.0.2.7", None)),
        ("192.0.2.7:443", ("192.0.2.7", 443)),
        ("2001:db8::1", ("2001:db8::1", None)),
        ("[2001:db8::1]", ("2001:db8::1", None)),
        ("[2001:db8::1]:443", ("2001:db8::1", 443)),
        ("www.example.go.id:8443", ("www.example.go.id", 8443)),
    ],
)
def test_ports_are_parted(text, parts):
    assert split_port(text) == parts


def test_moments(city):
    zone = city.workspace.settings.time_zone
    assert moment("2026-11-21", zone) == parse_instant("2026-11-20T17:00:00Z")
    assert moment("2026-11-21T10:00Z", zone) == parse_instant("2026-11-21T10:00:00Z")
    with pytest.raises(InputError):
        moment("0001-01-01", zone)


def test_a_reason_is_needed(city):
    with pytest.raises(InputError, match="reason"):
        revoke_scope(city.workspace, "x", " ")


def test_the_example_of_the_documentation_is_valid(tmp_path):
    (tmp_path / "a.yaml").write_text(NAMED, encoding="utf-8")
    assert validate(read_document(tmp_path / "a.yaml"), AuthorisationFile).number == "094/002/2026"
