"""Attestations, gaps and past days through the command line, on real results in a real database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from assured_city import AssuredCity
from sqlalchemy import text

from secaudit.core.vocabulary import Outcome
from secaudit.registry.assets import retire

TELNET = ("net.telnet.exposed", "kantor/192.0.2.7:23/tcp")
TLS = ("tls.protocol.tls1_0", "kantor/192.0.2.8:443/tcp")
CRYPTOGRAPHY = "iso27001-2022:A.8.24"
NETWORK = "iso27001-2022:A.8.20"
LAW = "perda-pekalongan-3-2026:pasal-26.ayat-5.huruf-c"
MINE = """\
schema_version: 1
catalogue: kebijakan-contoh
framework:
  kind: regulation
  title: {id: Kebijakan Kota Contoh, en: Sample City Policy}
  short_title: {id: Kebijakan Kota Contoh, en: Sample City Policy}
  version: "1"
  status: in_force
  confidence: text_read
requirements:
  - id: pasal-1
    kind: [obligation]
    title: {id: Penyandian, en: Encryption}
    summary: {id: Data disandikan., en: Data is encrypted.}
    testability: manual
    related:
      - {requirement: iso27001-2022:A.8.24, relation: equal}
  - id: pasal-2
    kind: [obligation]
    title: {id: Kunci, en: Keys}
    summary: {id: Kunci dikelola., en: Keys are managed.}
    testability: manual
    related:
      - {requirement: iso27001-2022:A.8.24, relation: superset}
  - id: pasal-3
    kind: [definition]
    title: {id: Arti, en: Meaning}
    summary: {id: Artinya begini., en: It means this.}
    testability: manual
"""


@pytest.fixture
def city(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[AssuredCity]:
    made = AssuredCity(tmp_path / "ws", capsys, monkeypatch)
    made.act_as("pemilik")
    yield made
    made.workspace.database.close()


def own_catalogue(city: AssuredCity) -> None:
    folder = city.workspace.folder / "content" / "catalogs"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kebijakan.yaml").write_text(MINE, encoding="utf-8")


def test_an_attestation_keeps_its_evidence_and_shows_who_says_so(city: AssuredCity) -> None:
    proof = city.file("kebijakan.txt")
    city.run(
        "control", "attest", "A.8.24", "--verdict", "conform", "--evidence", proof,
        "--by", "Budi", "--collector", "Tim Persandian", "--note", "kebijakan kriptografi",
    )  # fmt: skip
    assert "AT-0001" in city.talk
    shown = city.json("control", "show", CRYPTOGRAPHY)["self_assessment"]
    assert (shown["value"], shown["person"], shown["collector"]) == (
        "conform",
        "Budi",
        "Tim Persandian",
    )
    assert shown["account"].startswith("pemilik@")
    (file,) = shown["evidence"]
    assert city.workspace.evidence.get(file["sha256"]) == b"bukti"
    told = city.run("control", "show", CRYPTOGRAPHY)
    assert "Self-assessment: conform" in told
    assert "kebijakan.txt" in told
    assert "control.attested" in city.trail()


def test_the_owner_and_the_auditor_are_two_people(city: AssuredCity) -> None:
    city.run("control", "attest", "A.8.24", "--verdict", "partly", "--by", "Budi")
    city.run("control", "grade", "A.8.24", "--grade", "conform", "--by", "Sari", code=2)
    assert "cannot judge it from the other side" in city.talk
    city.act_as("auditor")
    city.run("control", "grade", "A.8.24", "--grade", "conform", "--by", "Budi", code=2)
    city.run("control", "grade", "A.8.24", "--grade", "minor", "--by", "Sari", code=2)
    assert "needs a note" in city.talk
    city.run(
        "control", "grade", "A.8.24", "--grade", "minor", "--by", "Sari", "--note", "tanpa daftar"
    )
    (row,) = [
        item
        for item in city.json("control", "coverage", "--framework", "iso27001-2022")
        if item["id"] == CRYPTOGRAPHY
    ]
    assert (row["self_assessment"]["value"], row["grade"]["value"]) == ("partly", "minor")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["A.8.24", "--verdict", "conform", "--from", "2126-01-01"], "still to come"),
        (["A.8.24", "--verdict", "conform", "--expires", "2020-01-01"], "expired"),
        (
            ["A.8.24", "--verdict", "conform", "--from", "2026-02-01", "--until", "2026-01-01"],
            "before it begins",
        ),
        (["A.8.99", "--verdict", "conform"], "no requirement"),
        (["iso27001-2022:9", "--verdict", "conform"], "heading"),
        (["A.8.24", "--verdict", "not_applicable"], "needs a note"),
        (["A.8.24", "--verdict", "conform", "--evidence-of", "AT-0099"], "no attestation"),
        (["A.8.24", "--verdict", "baik"], "baik"),
        (["A.8.24", "--verdict", "conform", "--from", "kemarin"], "kemarin"),
        (["A.8.24", "--verdict", "conform", "--evidence", "/nowhere/x.pdf"], "does not exist"),
    ],
)
def test_bad_attestations_leave_nothing_behind(
    city: AssuredCity, arguments: list[str], said: str
) -> None:
    city.run("control", "attest", *arguments, code=2)
    assert said in city.talk
    assert city.json("control", "attestations", "--all") == []
    assert "control.attested" not in city.trail()


def test_an_empty_file_proves_nothing(city: AssuredCity) -> None:
    empty = city.file("kosong.pdf", "")
    city.run("control", "attest", "A.8.24", "--verdict", "conform", "--evidence", empty, code=2)
    assert "is empty" in city.talk


def test_evidence_serves_what_is_equal_and_never_a_whole_that_it_is_a_part_of(
    city: AssuredCity,
) -> None:
    own_catalogue(city)
    proof = city.file("kebijakan.txt")
    city.run("control", "attest", CRYPTOGRAPHY, "--verdict", "conform", "--evidence", proof)

    gaps = city.json("control", "gap", "--framework", "kebijakan-contoh")
    assert [(row["id"], row["missing"]) for row in gaps] == [
        ("kebijakan-contoh:pasal-2", ["not_attested", "part_only"])
    ]
    told = city.run("control", "show", "kebijakan-contoh:pasal-1")
    assert f"via {CRYPTOGRAPHY} (equal): counts as a whole" in told
    told = city.run("control", "show", "kebijakan-contoh:pasal-2")
    assert f"via {CRYPTOGRAPHY} (contains it): a part only" in told
    told = city.run("control", "show", LAW)
    assert f"via {CRYPTOGRAPHY} (intersects): hint only" in told

    shared = ["--evidence-of", "at-0001", "--verdict"]
    city.run("control", "attest", "kebijakan-contoh:pasal-2", *shared, "conform", code=2)
    assert "only a part" in city.talk
    city.run("control", "attest", "kebijakan-contoh:pasal-2", *shared, "partly")
    city.run("control", "attest", "kebijakan-contoh:pasal-1", *shared, "conform")
    rows = city.json("control", "attestations")
    assert len({row["evidence"][0]["sha256"] for row in rows}) == 1
    city.run("control", "attest", "iso27001-2022:A.7.1", *shared, "partly", code=2)
    assert "no relation connects" in city.talk


def test_a_gap_names_what_is_missing_and_the_next_step(city: AssuredCity) -> None:
    city.scan({TELNET: Outcome.FAILED, TLS: Outcome.PASSED})
    proof = city.file("kebijakan.txt")
    city.run("control", "attest", NETWORK, "--verdict", "conform", "--evidence", proof)
    city.run("control", "attest", CRYPTOGRAPHY, "--verdict", "conform")
    city.run("control", "attest", "A.5.1", "--verdict", "partly", "--evidence", proof)
    city.run("control", "attest", "A.8.13", "--verdict", "conform", "--evidence", proof)

    rows = {row["id"]: row for row in city.json("control", "gap", "--framework", "iso27001-2022")}
    assert "contradicted" in rows[NETWORK]["missing"]
    assert "secaudit finding show F-" in rows[NETWORK]["next"]
    assert rows[CRYPTOGRAPHY]["missing"] == ["no_evidence"]
    assert rows["iso27001-2022:A.5.1"]["missing"] == ["below_target"]
    assert "iso27001-2022:A.8.13" not in rows
    lower = city.json("control", "gap", "--framework", "iso27001-2022", "--target", "partly")
    assert "iso27001-2022:A.5.1" not in {row["id"] for row in lower}
    assert "Below the target" in city.talk

    city.run("control", "gap", "--framework", "cobit", code=2)
    assert "no framework" in city.talk


def test_expired_and_vanished_evidence_are_gaps(city: AssuredCity) -> None:
    proof = city.file("kebijakan.txt")
    for control in ("A.5.1", "A.8.13"):
        city.run("control", "attest", control, "--verdict", "conform", "--evidence", proof)
    with city.workspace.database.write() as connection:
        connection.execute(
            text(
                "UPDATE attestation SET effective_from = '2020-01-01', expires_on = '2020-12-31'"
                " WHERE id = 'AT-0001'"
            )
        )
    rows = {row["id"]: row for row in city.json("control", "gap", "--framework", "iso27001-2022")}
    assert rows["iso27001-2022:A.5.1"]["missing"] == ["expired"]
    (digest,) = set(city.workspace.evidence.digests())
    city.workspace.evidence.path_of(digest).unlink()
    rows = {row["id"]: row for row in city.json("control", "gap", "--framework", "iso27001-2022")}
    assert rows["iso27001-2022:A.8.13"]["missing"] == ["evidence_missing"]
    told = city.run("control", "show", "A.8.13")
    assert "its evidence is gone from the store: kebijakan.txt" in told


def test_a_past_day_shows_what_stood_then(city: AssuredCity) -> None:
    now = datetime.now(UTC)
    long_ago, lately = now - timedelta(days=20), now - timedelta(days=10)
    city.scan({TELNET: Outcome.FAILED}, long_ago)
    city.scan({TELNET: Outcome.PASSED, TLS: Outcome.PASSED}, lately)
    with city.workspace.change() as change:
        retire(change.connection, "A-0003", change.at, "dimatikan", None)
        change.record("asset.retire", "A-0003")

    def row(*at: str) -> dict[str, object]:
        rows = city.json("control", "coverage", "--framework", "iso27001-2022", *at)
        return next(item for item in rows if item["id"] == NETWORK)

    day = (long_ago + timedelta(days=3)).date().isoformat()
    then, today = row("--at", day), row()
    assert (then["standing"], then["contradicting"]) == ("contradicted", ["F-0001"])
    assert then["assets"] == 3
    assert today["assets"] == 2
    assert today["standing"] == "silent"
    before = row("--at", (long_ago - timedelta(days=3)).date().isoformat())
    assert before["standing"] == "never_tested"
    assert before["unscanned_assets"] == ["A-0001", "A-0002", "A-0003"]
    city.run("control", "coverage", "--at", "2126-01-01", code=2)
    assert "still to come" in city.talk


def test_attestations_of_a_past_day_are_those_recorded_by_then(city: AssuredCity) -> None:
    city.run("control", "attest", "A.8.24", "--verdict", "conform")
    with city.workspace.database.write() as connection:
        connection.execute(
            text(
                "UPDATE attestation SET recorded_at = '2026-01-10T00:00:00.000000Z',"
                " effective_from = '2026-01-10'"
            )
        )
    city.run("control", "attest", "A.8.24", "--verdict", "partly")

    def verdict(day: str) -> object:
        rows = city.json("control", "coverage", "--framework", "iso27001-2022", "--at", day)
        said = next(item for item in rows if item["id"] == CRYPTOGRAPHY)["self_assessment"]
        return said and said["value"]

    assert verdict("2026-01-09") is None
    assert verdict("2026-01-11") == "conform"


def test_a_withdrawal_needs_a_reason_and_stays_in_the_list(city: AssuredCity) -> None:
    city.run("control", "attest", "A.8.24", "--verdict", "conform")
    city.run("control", "withdraw", "AT-0001", "--reason", "", code=2)
    city.run("control", "withdraw", "at-0001", "--reason", "keliru")
    assert city.json("control", "attestations") == []
    (row,) = city.json("control", "attestations", "--all", "--requirement", "A.8.24")
    assert (row["ended_because"], row["ended_reason"]) == ("withdrawn", "keliru")
    assert city.run("control", "attestations", "--all", "--format", "csv").count("\n") == 2
    assert "taken back" in city.run("control", "attestations", "--all")


def test_what_a_provision_is_worth_is_said_wherever_it_is_cited(city: AssuredCity) -> None:
    draft = "rancangan-perda-pekalongan-2025:v.pasal-61.ayat-3.huruf-b"
    marks = {draft: "[draft, not in force]", "uu-27-2022:pasal-35": "[secondary source]"}
    for requirement, mark in marks.items():
        framework = requirement.partition(":")[0]
        (row,) = [
            row
            for row in city.json("control", "gap", "--framework", framework)
            if row["id"] == requirement
        ]
        assert row["cited"].endswith(mark)
        city.run(
            "control", "attest", requirement, "--verdict", "conform",
            "--evidence", city.file("bukti.txt", requirement),
        )  # fmt: skip
    stated = {row["requirement"]: row["cited"] for row in city.json("control", "attestations")}
    via = {row["cited"] for row in city.json("control", "show", CRYPTOGRAPHY)["via"]}
    for requirement, mark in marks.items():
        assert stated[requirement].endswith(mark)
        assert stated[requirement] in via
    listed = city.run("control", "list", "--framework", draft.partition(":")[0])
    assert listed.count("Status: draft, not in force") == 338
    assert "Status" not in city.run("control", "list", "--framework", "uu-27-2022")
