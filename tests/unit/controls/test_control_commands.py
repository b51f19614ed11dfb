"""``secaudit control`` with and without a workspace, on real results in a real database."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from city_people import register

from secaudit.app.checks import checks_of
from secaudit.app.controls import coverage
from secaudit.app.setup import init_workspace
from secaudit.app.sla import due_dates
from secaudit.cli.main import run
from secaudit.core.network import AddressSet
from secaudit.core.observation import CheckResult
from secaudit.core.roles import Role
from secaudit.core.subject import parse_subject
from secaudit.core.vocabulary import Outcome, Reason, Standing
from secaudit.ledger import findings, results, scans
from secaudit.ledger.scans import HostRecord
from secaudit.registry.asset_index import AssetIndex
from secaudit.registry.assets import Asset, upsert
from secaudit.text.language import Language, set_language

TELNET = "net.telnet.exposed"
EXPIRED = "cert.expired"
STANDARDS = "perda-pekalongan-3-2026:pasal-26.ayat-4"
NETWORK = "iso27001-2022:A.8.20"
MAPPED = """\
checks:
  {check}:
    - requirement: iso27001-2022:A.8.20
      relation: touches
      rationale: {{id: {reason}, en: one}}
"""


class City:
    """A workspace with three assets: one fails, one passes, one was never scanned."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.workspace = init_workspace(folder, "Pemerintah Kota Contoh", "en")
        self._capsys = capsys
        self.talk = ""
        with self.workspace.change() as change:
            for number in (7, 8, 9):
                asset = Asset(
                    "",
                    f"Server {number}",
                    "Dinas Contoh",
                    "kantor",
                    addresses=AddressSet.parse([f"192.0.2.{number}"]),
                )
                upsert(change.connection, asset)
            change.record("asset.add", "A-0001")

    def scan(self, *answers: tuple[str, str, Outcome]) -> None:
        at = datetime.now(UTC)
        checks = checks_of(self.workspace)
        with self.workspace.change() as change:
            connection = change.connection
            scan = scans.start(
                connection,
                authorisation="loopback",
                zone="kantor",
                request={},
                hosts_planned=1,
                at=at,
                actor="a@b",
                tool_version="0",
            )
            made = [
                CheckResult(
                    check,
                    parse_subject(subject),
                    outcome,
                    Reason.OBSERVED,
                    checks[check].severity,
                    at,
                    {},
                    ("ab" * 32,),
                )
                for check, subject, outcome in answers
            ]
            for address in {item.subject.address for item in made}:  # type: ignore[union-attr]
                record = HostRecord(address, "up", None, (), 1, 1, at)
                scans.keep_host(connection, scan, record)
            results.record(connection, scan, at, made)
            owner_of = AssetIndex.of(connection).owner_of
            findings.apply(connection, scan, at, made, due_dates(self.workspace), owner_of)
            scans.finish(connection, scan, at)
            change.record("scan.done", scan)

    def run(self, *arguments: str, code: int = 0) -> str:
        set_language(Language.ENGLISH)
        folder = str(self.workspace.folder)
        assert run(["--workspace", folder, "--lang", "en", *arguments]) == code
        captured = self._capsys.readouterr()
        self.talk = captured.err
        return captured.out

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--format", "json"))


@pytest.fixture
def city(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[City]:
    made = City(tmp_path / "ws", capsys)
    yield made
    made.workspace.database.close()


@pytest.fixture
def scanned(city: City) -> City:
    city.scan(
        (TELNET, "kantor/192.0.2.7:23/tcp", Outcome.FAILED),
        (EXPIRED, "kantor/192.0.2.8:443/tcp", Outcome.PASSED),
    )
    return city


@pytest.fixture
def nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> pytest.CaptureFixture[str]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SECAUDIT_WORKSPACE", raising=False)
    set_language(Language.ENGLISH)
    return capsys


def test_the_catalogues_are_read_without_a_workspace(nowhere: pytest.CaptureFixture[str]) -> None:
    assert run(["control", "list", "--framework", "iso27001-2022", "--format", "json"]) == 0
    rows = json.loads(nowhere.readouterr().out)

    assert sum(row["type"] == "control" for row in rows) == 93
    assert all(row["id"] and row["title"] for row in rows)


def test_a_requirement_is_shown_without_a_workspace(nowhere: pytest.CaptureFixture[str]) -> None:
    assert run(["control", "show", STANDARDS, "--format", "json"]) == 0
    record = json.loads(nowhere.readouterr().out)

    assert record["modality"] == "harus"
    assert record["bearer_named"] is False
    assert record["assessment"] is None
    assert {item["relation"] for item in record["related"]} == {"intersects"}
    assert any(item["check"] == TELNET and item["rationale"] for item in record["mapped"])


def test_the_reason_of_a_relation_is_told_from_both_ends(
    nowhere: pytest.CaptureFixture[str],
) -> None:
    assert run(["control", "show", STANDARDS]) == 0
    there = nowhere.readouterr().out
    assert run(["control", "show", "iso27001-2022:A.5.36"]) == 0
    back = nowhere.readouterr().out

    reason = "only the control asks for regular review of that"
    assert reason in " ".join(there.split())
    assert reason in " ".join(back.split())


def test_coverage_needs_a_workspace(nowhere: pytest.CaptureFixture[str]) -> None:
    assert run(["control", "coverage"]) == 2
    assert "secaudit init" in nowhere.readouterr().err


def test_lists_as_table_and_csv(city: City) -> None:
    printed = city.run("control", "list", "--framework", "iso27001-2022")
    assert "iso27001-2022:A.8.24" in printed
    assert "cryptography" in printed
    printed = city.run("control", "list", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(printed)))
    assert {row["id"].partition(":")[0] for row in rows} >= {
        "iso27001-2022",
        "perda-pekalongan-3-2026",
    }


def test_an_unknown_framework_or_requirement_is_refused(city: City) -> None:
    city.run("control", "list", "--framework", "iso27001-1999", code=2)
    assert "iso27001-2022" in city.talk
    city.run("control", "show", "5.1", code=2)
    assert "control list" in city.talk


def test_nothing_is_tested_before_the_first_scan(city: City) -> None:
    rows = city.json("control", "coverage")

    assert {row["standing"] for row in rows} == {"never_tested"}
    assert "A-0001, A-0002, A-0003" in city.talk


def test_coverage_names_what_contradicts_and_what_was_never_scanned(scanned: City) -> None:
    rows = {row["id"]: row for row in scanned.json("control", "coverage")}

    assert rows[STANDARDS]["standing"] == "contradicted"
    assert rows[STANDARDS]["contradicting"] == ["F-0001"]
    assert (rows[STANDARDS]["supported"], rows[STANDARDS]["assets"]) == (1, 3)
    assert rows["iso27001-2022:A.8.24"]["standing"] == "supported"
    assert rows["iso27001-2022:A.8.24"]["untested_assets"] == ["A-0001"]
    assert rows["iso27001-2022:A.8.24"]["unscanned_assets"] == ["A-0003"]
    assert rows["iso27001-2022:A.6.3"]["standing"] == "never_tested"
    assert "contradicted: " in scanned.talk
    assert "A-0003" in scanned.talk


def test_coverage_narrows_by_framework_and_standing(scanned: City) -> None:
    rows = scanned.json(
        *("control", "coverage", "--framework", "iso27001-2022", "--standing", "contradicted")
    )

    assert NETWORK in {row["id"] for row in rows}
    assert {row["framework"] for row in rows} == {"iso27001-2022"}
    assert {row["standing"] for row in rows} == {"contradicted"}
    printed = scanned.run("control", "coverage", "--standing", "contradicted")
    assert "F-0001" in printed


def test_an_accepted_finding_still_contradicts_and_is_marked(scanned: City, tmp_path: Path) -> None:
    proof = tmp_path / "surat.pdf"
    proof.write_bytes(b"%PDF-1.4 signed")
    until = datetime.now(UTC).date() + timedelta(days=30)
    register(scanned.workspace, {"Kepala Dinas Contoh": Role.APPROVER})
    scanned.run(
        *("finding", "accept", "F-0001", "--approver", "Kepala Dinas Contoh"),
        *("--reason", "Diganti tahun depan", "--until", until.isoformat()),
        *("--requested-by", "Operator", "--proof", str(proof)),
    )

    assert "accepted for now" in scanned.run("control", "show", NETWORK)
    result = coverage(scanned.workspace, "iso27001-2022")
    [row] = [row for row in result.rows if row["id"] == NETWORK]
    assert row["standing"] == Standing.CONTRADICTED
    assert row["accepted"] == ["F-0001"]


def test_a_requirement_is_told_with_what_the_evidence_says(scanned: City) -> None:
    printed = scanned.run("control", "show", STANDARDS)

    assert "Article 26 paragraph (4)" in printed
    assert "inferred" in printed
    assert "contradicted by F-0001: net.telnet.exposed on kantor/192.0.2.7:23/tcp" in printed
    assert "never reached by a scan: A-0003" in printed


def test_a_repair_that_was_verified_no_longer_contradicts(scanned: City) -> None:
    scanned.scan((TELNET, "kantor/192.0.2.7:23/tcp", Outcome.PASSED))

    rows = {row["id"]: row for row in scanned.json("control", "coverage")}

    assert rows[NETWORK]["standing"] == "silent"
    assert rows[NETWORK]["supporting_assets"] == []
    assert rows[NETWORK]["no_sign_assets"] == ["A-0001"]
    assert "no sign against it, and no evidence for it: A-0001" in scanned.run(
        "control", "show", NETWORK
    )


def test_support_of_what_a_scan_tests_in_part_is_said_to_be_in_part(city: City) -> None:
    city.scan((EXPIRED, "kantor/192.0.2.8:443/tcp", Outcome.PASSED))

    printed = city.run("control", "show", STANDARDS)
    assert "What the evidence says: supported in part" in printed
    city.run("control", "coverage", "--framework", STANDARDS.partition(":")[0])
    assert "\nsupported: 0\n" in city.talk
    assert "\nsupported in part: 0\n" not in city.talk


def test_lint_finds_no_fault_in_ours(city: City) -> None:
    assert city.json("control", "lint") == []
    city.run("control", "lint")
    assert "No faults" in city.talk


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (MAPPED.format(check="no.such.check", reason="satu"), "unknown_check"),
        (MAPPED.format(check="net.telnet.exposed", reason="one"), "untranslated"),
        ("excused:\n  net.telnet.exposed: {id: sebab, en: reason}\n", "mapped_and_excused"),
        ("checks:\n  net.telnet.exposed: []\n", "unreadable"),
    ],
)
def test_lint_tells_each_fault_and_exits_with_4(city: City, text: str, code: str) -> None:
    folder = city.workspace.folder / "content" / "mappings"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "own.yaml").write_text("schema_version: 1\n" + text, encoding="utf-8")

    rows = json.loads(city.run("control", "lint", "--format", "json", code=4))

    assert [row["code"] for row in rows] == [code]


def test_lint_sees_a_check_that_lost_its_mappings_and_a_hole_in_the_numbers(city: City) -> None:
    content = city.workspace.folder / "content"
    (content / "mappings").mkdir(parents=True, exist_ok=True)
    (content / "catalogs").mkdir(parents=True, exist_ok=True)
    (content / "mappings" / "own.yaml").write_text(
        "schema_version: 1\nchecks:\n  cert.chain_order:\n"
        + "".join(
            f"    - {{requirement: '{requirement}', removed: true}}\n"
            for requirement in (
                "iso27001-2022:A.8.9",
                "iso27001-2022:A.8.24",
                "perda-pekalongan-3-2026:pasal-9.ayat-2.huruf-j",
            )
        ),
        encoding="utf-8",
    )
    (content / "catalogs" / "own.yaml").write_text(
        "schema_version: 1\ncatalogue: iso27001-2022\nrequirements:\n"
        "  - {id: A.8.36, kind: [control], title: {id: a, en: b},"
        " summary: {id: a, en: b}, testability: manual}\n",
        encoding="utf-8",
    )

    rows = json.loads(city.run("control", "lint", "--format", "json", code=4))

    assert {(row["code"], row["about"]) for row in rows} == {
        ("unmapped_check", "cert.chain_order"),
        ("hole", "iso27001-2022:A.8.35"),
        ("not_in_crosswalk", "iso27001-2022:A.8.36"),
    }
