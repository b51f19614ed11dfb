"""The internal audit through the command line: independence, work, conclusion, opinion."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from audited_city import CRYPTOGRAPHY, DRAFT, LEAD, NETWORKS, PERIOD, AuditedCity
from city_people import register
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from secaudit.core.roles import Role
from secaudit.core.vocabulary import Outcome

TELNET = ("net.telnet.exposed", "kantor/192.0.2.7:23/tcp")
TLS = ("tls.protocol.tls1_0", "kantor/192.0.2.8:443/tcp")
OBLIGATION = "perpres-95-2018:pasal-58.ayat-4"


@pytest.fixture
def city(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[AuditedCity]:
    made = AuditedCity(tmp_path / "ws", capsys, monkeypatch)
    yield made
    made.workspace.database.close()


def test_an_audit_goes_from_its_programme_to_the_last_finding(city: AuditedCity) -> None:
    city.scan({TELNET: Outcome.FAILED, TLS: Outcome.PASSED})
    city.audit(
        *("programme", "add", "--title", "Program", "--first-year", "2026", "--last-year", "2027"),
        *("--years", "2", "--obligation", OBLIGATION, "--basis", "Audit pertama"),
    )
    audit = city.begin("A.8.24", "A.8.20", more=("--programme", "AP-0001"))
    city.audit(
        *("sample", "draw", audit, "--from", "assets", "--size", "2", "--seed", "contoh"),
        *("--requirement", "A.8.24"),
    )
    city.test_all(audit, "A.8.24")
    city.audit(
        *("test", audit, "A.8.20", "--step", "understand", "--step", "design"),
        *("--conclusion", "effective", "--work", "Wawancara."),
    )
    city.audit(
        *("test", audit, "A.8.20", "--step", "implementation", "--conclusion", "not_effective"),
        *("--work", "Hasil pindai ditelaah.", "--finding", "F-0001", "--result", *TELNET),
        *("--sample", "SM-0001"),
    )
    city.audit(
        *("test", audit, "A.8.20", "--step", "effectiveness", "--conclusion", "not_tested"),
        *("--reason", "Penerapannya saja belum ada."),
    )
    city.audit(
        *("nonconformity", "raise", audit, "A.8.20", "--grade", "minor", "--title", "Telnet"),
        *("--condition", "Telnet terbuka di satu server.", "--finding", "F-0001"),
    )
    city.audit("conclude", audit, "--opinion", "with_exceptions", "--text", "Cukup.")
    assert "Grades recorded: 2" in city.talk
    grades = {row["requirement"]: row for row in city.json("control", "attestations")}
    assert grades[NETWORKS]["value"] == "minor"
    assert grades[NETWORKS]["person"] == "Sari Contoh"
    assert grades[NETWORKS]["note"] == "AE-0001 AF-0001"
    assert grades[CRYPTOGRAPHY]["value"] == "conform"
    (performed,) = city.json("calendar", "show", OBLIGATION)["records"]
    assert performed["note"] == "AE-0001"
    programme = city.json("audit", "programme", "show", "AP-0001")
    assert (programme["asked"], programme["planned"], programme["concluded"]) == (1, 1, 1)
    assert programme["obligation_state"]["state"] == "done"
    (finding,) = city.json("audit", "follow-up", "list")
    assert finding["next"] == "analyse"
    assert [item["reference"] for item in finding["proofs"]] == ["F-0001"]
    city.settle("AF-0001")
    assert city.json("audit", "follow-up", "list") == []
    actions = city.trail()
    for name in (
        *("programme", "planned", "auditor_added", "started", "sampled", "tested"),
        *("finding_raised", "concluded", "finding_analysed", "finding_corrected"),
        *("finding_checked", "finding_closed"),
    ):
        assert f"audit.{name}" in actions
    assert actions.count("control.graded") == 2
    city.run("doctor", "--audit-trail")


def test_the_work_programme_says_what_scans_and_people_say(city: AuditedCity) -> None:
    city.scan({TELNET: Outcome.FAILED, TLS: Outcome.PASSED})
    city.act_as("kominfo")
    city.run("control", "attest", "A.8.24", "--verdict", "conform", "--by", "Budi Contoh")
    audit = city.begin("A.8.24", "A.8.20", "iso27001-2022:9.2.1")
    rows = city.json("audit", "work", audit)
    assert len(rows) == 12
    assert [row["step"] for row in rows[:4]] == [
        *("understand", "design", "implementation", "effectiveness"),
    ]
    by_step = {(row["requirement"], row["step"]): row for row in rows}

    def asked(requirement: str, step: str) -> str:
        return " ".join(item["text"] for item in by_step[requirement, step]["questions"])

    assert "AT-0001" in asked(CRYPTOGRAPHY, "implementation")
    assert "Scans support it on 1 of 3 assets" in asked(CRYPTOGRAPHY, "implementation")
    assert "Scans contradict it: F-0001" in asked(NETWORKS, "implementation")
    assert "has not assessed" in asked(NETWORKS, "implementation")
    assert "Only documents and interviews" in asked("iso27001-2022:9.2.1", "design")
    assert by_step[NETWORKS, "design"]["facts"]["standing"] == "contradicted"
    city.audit("question", audit, "A.8.24", "--step", "design", "--text", "Siapa penjaga kunci?")
    (row, *_) = [
        item for item in city.json("audit", "work", audit, "A.8.24") if item["step"] == "design"
    ]
    assert row["questions"][-1] == {"by": "Sari Contoh", "text": "Siapa penjaga kunci?"}
    said = city.run("audit", "work", audit, "A.8.24", language="id")
    assert "Apa yang diminta ISO/IEC 27001:2022 Lampiran A 8.24" in said


def test_a_scope_is_narrowed_to_its_assets(city: AuditedCity) -> None:
    city.scan({TELNET: Outcome.FAILED, TLS: Outcome.PASSED})
    audit = city.begin("A.8.20", "A.8.24", more=("--asset", "a-0002"))
    facts = {row["requirement"]: row["facts"] for row in city.json("audit", "work", audit)}
    assert facts[NETWORKS]["contradicting"] == []
    assert facts[CRYPTOGRAPHY]["assets"] == 1
    assert [item["id"] for item in city.json("audit", "show", audit)["assets"]] == ["A-0002"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--asset", "A-0099"), "no asset A-0099"),
        (("--zone", "bulan"), "no asset is in the zone bulan"),
        (("--unit", "Dinas Lain"), "no asset belongs to Dinas Lain"),
        (("--criterion", "iso27001-2022:A.99.*"), "no requirement fits"),
        (("--criterion", "A.8.99"), "no requirement"),
        (("--programme", "AP-0009"), "no audit programme"),
        (("--obligation", "iso27001-2022:9.2.1"), "no obligation"),
        (("--until", "2020-01-01"), "before it begins"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(
    city: AuditedCity, more: tuple[str, ...], said: str
) -> None:
    city.audit("plan", "--title", "X", "--criterion", "A.8.24", *PERIOD, *more, code=2)
    assert said in city.talk
    assert city.json("audit", "list") == []


def test_nobody_audits_what_they_own(city: AuditedCity) -> None:
    city.act_as("kominfo")
    city.run("control", "attest", "A.8.24", "--verdict", "conform", "--by", "Budi Contoh")
    audit = city.plan("A.8.24")
    add = ("team", "add", audit)
    city.audit(*add, "--name", "Rudi", "--unit", "dinas  contoh", "--account", "rudi")
    assert "Not independent: conflicts found: 3" in city.talk
    city.audit(*add, "--name", "Kiki", "--unit", "Itda", "--account", "kominfo")
    city.audit(*add, "--name", "budi contoh", "--unit", "Itda")
    rows = {row["name"]: row for row in city.json("audit", "team", "check", audit, code=4)}
    kinds = {name: {item["kind"] for item in row["conflicts"]} for name, row in rows.items()}
    assert kinds == {
        "Sari Contoh": set(),
        "Rudi": {"asset_owner"},
        "Kiki": {"attestor"},
        "budi contoh": {"attestor"},
    }
    city.audit("start", audit, code=2)
    assert "is not independent" in city.talk
    assert city.json("audit", "show", audit)["state"] == "planned"
    guard = ("team", "safeguard", audit, "--name", "Rudi", "--text", "Tidak menguji asetnya")
    city.audit(*guard, "--approver", "Sekda", code=2)
    assert "secaudit role grant Sekda --role coordinator" in city.talk
    auditors = dict.fromkeys(("inspektorat", "rudi"), (Role.AUDITOR,))
    register(city.workspace, {"Sekda": Role.COORDINATOR, "RUDI": Role.COORDINATOR}, auditors)
    signed = ("--document", city.proof)
    city.audit(*guard, *signed, "--approver", "RUDI", code=2)
    assert "RUDI asked for this and cannot approve it too" in city.talk
    city.audit(*guard, *signed, "--approver", "Sekda", code=2, account="rudi")
    city.audit(*guard, "--approver", "Sekda", code=2)
    city.audit(*guard, *signed, "--approver", "Sekda")
    city.audit("start", audit, code=2)
    for name in ("Kiki", "budi contoh"):
        city.audit("team", "remove", audit, "--name", name, "--reason", "Menilai sendiri")
    city.audit("start", audit)
    shown = city.json("audit", "show", audit)
    guarded = {member["name"]: member["conflicts"] for member in shown["team"]}
    assert {item["approver"] for item in guarded["Rudi"]} == {"Sekda"}
    city.audit("report", audit, "-o", str(city.workspace.folder.parent / "a.json"), "--force")
    told = json.loads((city.workspace.folder.parent / "a.json").read_bytes())
    assert [item["safeguard"] for item in told["team"][1]["conflicts"]] == (
        ["Tidak menguji asetnya"] * 3
    )


def test_a_conflict_that_comes_up_later_keeps_the_audit_from_its_end(city: AuditedCity) -> None:
    audit = city.begin("A.8.24")
    city.test_all(audit, "A.8.24")
    city.act_as("kominfo")
    city.run("control", "attest", "A.8.24", "--verdict", "conform", "--by", "Sari Contoh")
    city.audit("conclude", audit, "--opinion", "adequate", "--text", "Baik.", code=2)
    assert "Sari Contoh is not independent: assessed the requirement" in city.talk


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--conclusion", "effective"), "needs what was done"),
        (("--conclusion", "effective", "--work", "Ditanya"), "concluded from evidence"),
        (("--conclusion", "not_tested"), "needs the reason"),
        (("--conclusion", "effective", "--work", "x", "--finding", "F-0009"), "no finding F-0009"),
        (("--conclusion", "effective", "--work", "x", "--raw", "ab"), "is no SHA-256"),
        (("--conclusion", "effective", "--work", "x", "--raw", "0" * 64), "is not in"),
        (("--conclusion", "effective", "--work", "x", "--result", "a", "b"), "no scan has"),
        (("--conclusion", "effective", "--work", "x", "--by", "Orang Lain"), "not in the audit"),
        (("--conclusion", "not_tested", "--reason", "x", "--on", "2099-01-01"), "still to come"),
    ],
)
def test_a_test_without_its_grounds_is_refused(
    city: AuditedCity, arguments: tuple[str, ...], said: str
) -> None:
    audit = city.begin("A.8.24")
    city.audit("test", audit, "A.8.24", "--step", "implementation", *arguments, code=2)
    assert said in city.talk
    assert all(row["test"] is None for row in city.json("audit", "work", audit))


def test_who_may_record_what(city: AuditedCity) -> None:
    audit = city.plan("A.8.24")
    city.audit("team", "add", audit, "--name", "Ahli", "--unit", "Kampus", "--role", "expert")
    test = ("test", audit, "A.8.24", "--step", "design", "--conclusion", "effective")
    done = (*test, "--work", "Dibaca.")
    city.audit(*done, code=2)
    assert "AE-0001 is planned" in city.talk
    city.audit("start", audit)
    city.audit(*done, code=2, account="orang")
    assert "no member of the team has your account" in city.talk
    city.audit(*done, "--by", "Sari Contoh", code=2, account="orang")
    assert "Sari Contoh works as inspektorat" in city.talk
    city.audit(*done, "--by", "Ahli", code=2)
    assert "concludes nothing" in city.talk
    city.audit("test", audit, "A.8.20", *done[3:], code=2)
    assert "not among the criteria" in city.talk
    city.audit(*done)
    city.audit(*test[:-1], "partly", "--work", "Dibaca lagi.")
    (row, *_) = [item for item in city.json("audit", "work", audit) if item["test"]]
    assert (row["conclusion"], row["test"]["id"]) == ("partly", "TR-0002")


def test_steps_without_a_result_keep_the_audit_open(city: AuditedCity) -> None:
    audit = city.begin("A.8.24", "A.8.20")
    city.test_all(audit, "A.8.24")
    end = ("conclude", audit, "--opinion", "adequate", "--text", "Baik.")
    city.audit(*end, code=2)
    assert "steps without a result (4): A.8.20/understand" in city.talk
    city.audit(*end, "--not-tested", "A.8.20/design", code=2)
    city.audit(*end, "--not-tested", "A.8.20/design=Tidak ada dokumen", code=2)
    assert "steps without a result (3)" in city.talk
    assert len(city.json("audit", "work", audit, "--open")) == 4
    city.audit(*end, "--not-tested", "A.8.20=Di luar waktu")
    rows = city.json("audit", "work", audit, "A.8.20")
    assert {row["test"]["reason"] for row in rows} == {"Di luar waktu"}
    graded = {row["requirement"] for row in city.json("control", "attestations")}
    assert graded == {CRYPTOGRAPHY}


def test_the_opinion_goes_with_what_was_found(city: AuditedCity) -> None:
    audit = city.begin("A.8.24")
    end = ("conclude", audit, "--text", "Opini.", "--opinion")
    left = ("--not-tested", "A.8.24=x")
    city.audit(*end, "adequate", *left, code=2)
    assert "nothing was tested" in city.talk
    city.test_all(audit, "A.8.24", conclusion="not_effective")
    city.audit(*end, "inadequate", code=2)
    assert "no audit finding says so" in city.talk
    city.audit(
        *("nonconformity", "raise", audit, "A.8.24", "--grade", "major"),
        *("--title", "Kunci", "--condition", "Tidak ada.", "--evidence", city.proof),
    )
    city.audit(*end, "adequate", code=2)
    assert "a major nonconformity stands" in city.talk
    city.audit(*end, "inadequate")
    city.audit(*end, "inadequate", code=2)
    assert "a concluded audit stays as it is" in city.talk


def test_a_grade_that_the_auditor_gave_already_is_not_given_twice(city: AuditedCity) -> None:
    audit = city.begin("A.8.24", "A.8.20")
    city.test_all(audit, "A.8.24", "A.8.20")
    city.run("control", "grade", "A.8.24", "--grade", "conform", "--by", "Sari Contoh")
    city.audit("conclude", audit, "--opinion", "adequate", "--text", "Baik.")
    assert "Grades recorded: 1; already there: 1" in city.talk
    said = city.json("control", "attestations", "--all")
    assert [row["requirement"] for row in said] == [CRYPTOGRAPHY, NETWORKS]


def test_a_draft_is_never_law(city: AuditedCity) -> None:
    audit = city.begin(DRAFT)
    (row, *_) = city.json("audit", "work", audit)
    assert row["binding"] == "draft"
    assert "draft, not in force" in row["citation"]
    raised = ("nonconformity", "raise", audit, DRAFT, "--title", "x", "--condition", "y")
    city.audit(*raised, "--grade", "minor", code=2)
    assert "does not bind here" in city.talk
    city.audit(*raised, "--grade", "observation")


def test_headings_definitions_and_excluded_controls_are_left_out(city: AuditedCity) -> None:
    audit = city.begin("iso27001-2022")
    shown = city.json("audit", "show", audit)
    assert shown["steps"] == 4 * 123
    assert set(shown["excluded"].values()) == {"heading"}


def test_a_concluded_audit_stays_in_the_database_too(city: AuditedCity) -> None:
    audit = city.begin("A.8.24")
    city.test_all(audit, "A.8.24")
    city.audit("conclude", audit, "--opinion", "adequate", "--text", "Baik.")
    for statement in (
        "UPDATE audit_test SET conclusion = 'partly'",
        "DELETE FROM audit_sample WHERE 1",
        "DELETE FROM audit_criterion",
        "UPDATE audit_engagement SET opinion = 'inadequate'",
        "DELETE FROM audit_engagement",
    ):
        if "audit_sample" in statement:
            continue
        with (
            pytest.raises(IntegrityError, match="stays as it is"),
            city.workspace.database.write() as connection,
        ):
            connection.execute(text(statement))
    record = city.json("audit", "show", audit)["record_sha256"]
    kept = json.loads(city.workspace.evidence.get(record))
    assert len(kept["tests"]) == 4
    assert kept["conclusion"]["opinion"] == "adequate"


def test_an_audit_is_called_off_with_a_reason(city: AuditedCity) -> None:
    audit = city.begin("A.8.24")
    city.audit("cancel", audit, "--reason", "Auditor mutasi")
    assert city.json("audit", "show", audit)["ended_reason"] == "Auditor mutasi"
    city.audit("start", audit, code=2)
    assert "audit.cancelled" in city.trail()


def test_a_team_has_one_lead_and_each_name_once(city: AuditedCity) -> None:
    audit = city.plan("A.8.24")
    city.audit("team", "add", audit, *LEAD, code=2)
    city.audit("team", "add", audit, "--name", "Lain", *LEAD[2:], code=2)
    assert "Sari Contoh leads this audit already" in city.talk
    city.audit("team", "remove", audit, "--name", "Sari Contoh", "--reason", "x")
    city.audit("start", audit, code=2)
    assert "has no lead auditor" in city.talk


def test_every_kind_of_ownership_is_a_conflict(city: AuditedCity) -> None:
    city.scan({TELNET: Outcome.FAILED})
    city.act_as("kominfo")
    city.run("finding", "assign", "F-0001", "--owner", "Bidang Jaringan")
    city.run(
        *("risk", "add", "--title", "Jaringan", "--owner", "Manajer Risiko", "--asset", "A-0001"),
        *("--current", "3x3", "--reason", "contoh"),
    )
    city.run("control", "soa", "init")
    city.run("control", "soa", "set", "A.8.20", "--applicable", "--owner", "Bidang Kontrol")
    audit = city.plan("A.8.20")
    for name, unit in (("A", "Bidang Jaringan"), ("B", "Bidang Kontrol"), ("C", "x")):
        city.audit("team", "add", audit, "--name", name, "--unit", unit)
    city.audit("team", "add", audit, "--name", "manajer  risiko", "--unit", "y")
    rows = city.json("audit", "team", "check", audit, code=4)
    assert {
        row["name"]: [(item["kind"], item["object"]) for item in row["conflicts"]] for row in rows
    } == {
        "Sari Contoh": [],
        "A": [("finding_owner", "kantor")],
        "B": [("soa_owner", "iso27001-2022:A.8.20")],
        "C": [],
        "manajer risiko": [("risk_owner", "R-0001")],
    }


def test_a_pattern_means_the_criteria_that_it_fits(city: AuditedCity) -> None:
    audit = city.begin("iso27001-2022:A.8.2*")
    city.audit(
        *("test", audit, "A.8.2?", "--step", "design", "--conclusion", "effective"),
        *("--work", "Dibaca."),
    )
    tested = {
        row["requirement"] for row in city.json("audit", "work", audit) if row["test"] is not None
    }
    assert tested == {f"iso27001-2022:A.8.2{number}" for number in range(10)}
    city.audit("test", audit, "A.5.*", "--step", "design", "--conclusion", "effective", code=2)
    assert "no criterion of AE-0001 fits A.5.*" in city.talk
    city.audit("question", audit, "A.8.2?", "--step", "design", "--text", "x", code=2)
    assert "means several criteria" in city.talk
