"""``control lint`` over what people stated: each contradiction is found, and named by its code."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from assured_city import AssuredCity
from city_people import register
from sqlalchemy import text, update

from secaudit.core.vocabulary import Outcome
from secaudit.store.tables.assurance import statement_line

TELNET = ("net.telnet.exposed", "kantor/192.0.2.7:23/tcp")
NETWORK = "iso27001-2022:A.8.20"


@pytest.fixture
def city(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[AssuredCity]:
    made = AssuredCity(tmp_path / "ws", capsys, monkeypatch)
    yield made
    made.workspace.database.close()


def sql(city: AssuredCity, *statements: str) -> None:
    """Change the database behind the program's back, as a fault or a clock set wrong would."""
    with city.workspace.database.write() as connection:
        for statement in statements:
            connection.execute(text(statement))


def attested(city: AssuredCity, control: str = "A.5.1", *more: str) -> None:
    proof = city.file("bukti.txt", control)
    city.run("control", "attest", control, "--verdict", "conform", "--evidence", proof, *more)


def started(city: AssuredCity) -> None:
    city.run("control", "soa", "init")
    city.run(
        "control", "soa", "set", "A.5.1", "--applicable", "--because", "good_practice",
        "--implementation", "implemented", "--owner", "Dinas Contoh",
    )  # fmt: skip


def conform_without_evidence(city: AssuredCity) -> None:
    city.run("control", "attest", "A.5.1", "--verdict", "conform")


def attestation_expired(city: AssuredCity) -> None:
    attested(city)
    sql(city, "UPDATE attestation SET effective_from='2020-01-01', expires_on='2020-12-31'")


def attested_in_future(city: AssuredCity) -> None:
    attested(city)
    sql(city, "UPDATE attestation SET effective_from='2125-01-01', expires_on='2125-12-31'")


def attested_unknown(city: AssuredCity) -> None:
    attested(city)
    sql(city, "UPDATE attestation SET requirement='iso27001-2022:A.9.99'")


def contradicted_but_conform(city: AssuredCity) -> None:
    city.scan({TELNET: Outcome.FAILED})
    attested(city, "A.8.20")


def graded_against_verdict(city: AssuredCity) -> None:
    attested(city)
    city.act_as("auditor")
    city.run("control", "grade", "A.5.1", "--grade", "major", "--note", "belum ditetapkan")


def not_independent(city: AssuredCity) -> None:
    attested(city)
    city.act_as("auditor")
    city.run("control", "grade", "A.5.1", "--grade", "observation")
    sql(city, "UPDATE attestation SET account='satu@kantor'")


def evidence_missing(city: AssuredCity) -> None:
    attested(city)
    for digest in list(city.workspace.evidence.digests()):
        city.workspace.evidence.path_of(digest).unlink()


def evidence_changed(city: AssuredCity) -> None:
    attested(city)
    for digest in list(city.workspace.evidence.digests()):
        city.workspace.evidence.path_of(digest).write_bytes(b"lain")


def accepted(city: AssuredCity) -> None:
    city.scan({TELNET: Outcome.FAILED})
    register(city.workspace)
    until = (datetime.now(UTC) + timedelta(days=30)).date()
    city.run(
        "finding", "accept", "F-0001", "--approver", "Sekda", "--reason", "x",
        "--until", until.isoformat(), "--proof", city.file("ttd.pdf"),
    )  # fmt: skip


def acceptance_expired(city: AssuredCity) -> None:
    accepted(city)
    sql(city, "UPDATE acceptance SET expires_on='2020-01-01'")


def acceptance_without_expiry(city: AssuredCity) -> None:
    accepted(city)
    sql(city, "UPDATE acceptance SET expires_on='9000-01-01'")


def acceptance_without_document(city: AssuredCity) -> None:
    accepted(city)
    sql(city, "UPDATE acceptance SET proof_sha256=NULL")


def exclusion_without_justification(city: AssuredCity) -> None:
    started(city)
    city.run("control", "soa", "set", "A.7.8", "--not-applicable")


def inclusion_without_reason(city: AssuredCity) -> None:
    started(city)
    city.run("control", "soa", "set", "A.7.8", "--applicable")


def soa_missing_control(city: AssuredCity) -> None:
    started(city)
    sql(city, "DELETE FROM statement_line WHERE requirement='iso27001-2022:A.8.13'")


def soa_unknown_control(city: AssuredCity) -> None:
    started(city)
    sql(
        city,
        "UPDATE statement_line SET requirement='iso27001-2022:A.9.99'"
        " WHERE requirement='iso27001-2022:A.8.13'",
    )


def soa_without_document(city: AssuredCity) -> None:
    started(city)
    sql(city, "UPDATE statement SET state='approved', approver='x'")


def soa_unknown_law(city: AssuredCity) -> None:
    _reason(city, "law", "perda-pekalongan-3-2026:pasal-999")


def soa_law_not_binding(city: AssuredCity) -> None:
    _reason(city, "law", "iso27001-2022:A.5.2")


def soa_unknown_risk(city: AssuredCity) -> None:
    _reason(city, "risk", "R-0042")


def soa_implemented_but_contradicted(city: AssuredCity) -> None:
    started(city)
    city.scan({TELNET: Outcome.FAILED})
    city.run(
        "control", "soa", "set", "A.8.20", "--applicable", "--because", "good_practice",
        "--implementation", "implemented", "--owner", "Dinas Contoh",
    )  # fmt: skip


def soa_excluded_but_attested(city: AssuredCity) -> None:
    started(city)
    city.run("control", "soa", "set", "A.7.8", "--not-applicable", "--justification", "tidak ada")
    attested(city, "A.7.8")


def excluded_against_law(city: AssuredCity) -> None:
    started(city)
    city.run("control", "soa", "set", "A.8.24", "--not-applicable")


def obligation_overdue(city: AssuredCity) -> None:
    folder = city.workspace.folder / "content" / "catalogs"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "x.yaml").write_text(
        "schema_version: 1\ncatalogue: sk-contoh\nframework:\n  kind: regulation\n"
        "  title: {id: SK, en: Decree}\n  short_title: {id: SK, en: Decree}\n"
        "  version: '1'\n  status: in_force\n  confidence: text_read\nrequirements:\n"
        "  - id: pasal-1\n    kind: [deadline]\n    title: {id: Satu, en: One}\n"
        "    due: 2020-01-01\n"
        "    summary: {id: Isi, en: Text}\n    testability: manual\n",
        encoding="utf-8",
    )


def obligation_unknown(city: AssuredCity) -> None:
    city.run(
        "calendar", "done", "perda-pekalongan-3-2026:pasal-46", "--evidence", city.file("x.pdf")
    )
    sql(city, "UPDATE performance SET obligation='perda-x:pasal-1'")


def stage_overdue(city: AssuredCity) -> None:
    city.run("control", "programme", "start", "iso-cycle", "--on", "2020-01-01")


def stage_without_evidence(city: AssuredCity) -> None:
    city.run("control", "programme", "start", "bekasi")
    sql(
        city,
        "UPDATE programme_stage SET state='done', done_on='2026-01-01' WHERE stage='gap-analysis'",
    )


def _reason(city: AssuredCity, kind: str, reference: str) -> None:
    started(city)
    inclusions = [{"kind": kind, "reference": reference, "proposed": False}]
    with city.workspace.database.write() as connection:
        connection.execute(
            update(statement_line)
            .where(statement_line.c.requirement == "iso27001-2022:A.5.1")
            .values(inclusions=inclusions)
        )


CASES: tuple[Callable[[AssuredCity], None], ...] = (
    conform_without_evidence,
    attestation_expired,
    attested_in_future,
    attested_unknown,
    contradicted_but_conform,
    graded_against_verdict,
    not_independent,
    evidence_missing,
    evidence_changed,
    acceptance_expired,
    acceptance_without_expiry,
    acceptance_without_document,
    exclusion_without_justification,
    inclusion_without_reason,
    soa_missing_control,
    soa_unknown_control,
    soa_without_document,
    soa_unknown_law,
    soa_law_not_binding,
    soa_unknown_risk,
    soa_implemented_but_contradicted,
    soa_excluded_but_attested,
    excluded_against_law,
    obligation_overdue,
    obligation_unknown,
    stage_overdue,
    stage_without_evidence,
)


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_the_fault_is_found_and_named(
    city: AssuredCity, make: Callable[[AssuredCity], None]
) -> None:
    make(city)
    rows = city.json("control", "lint", code=4)
    found = {row["code"]: row for row in rows if row["level"] == "fault"}
    assert make.__name__ in found
    row = found[make.__name__]
    assert row["about"]
    assert row["source"]
    assert "{" not in row["message"]


def test_every_rule_has_a_case() -> None:
    from secaudit.app.consistency import MESSAGES

    assert {make.__name__ for make in CASES} == set(MESSAGES)
    page = (Path(__file__).parents[2] / "docs" / "assurance.md").read_text(encoding="utf-8")
    assert [code for code in MESSAGES if f"| `{code}` |" not in page] == []


def test_a_sound_workspace_has_no_fault(city: AssuredCity) -> None:
    attested(city)
    started(city)
    city.run("control", "soa", "set", "A.8.24", "--not-applicable", "--justification", "tidak ada")
    assert city.json("control", "lint") == []
    more = city.json("control", "lint", "--information")
    assert "excluded_against_law" in {row["code"] for row in more}


def test_settings_that_name_no_catalogue_are_a_fault(city: AssuredCity) -> None:
    path = city.workspace.folder / "secaudit.yaml"
    text_ = path.read_text(encoding="utf-8").replace("  add: []", "  add: [tidak-ada]")
    path.write_text(text_, encoding="utf-8")
    (row,) = [row for row in city.json("control", "lint", code=4) if row["code"] == "unreadable"]
    assert "tidak-ada" in row["message"]
