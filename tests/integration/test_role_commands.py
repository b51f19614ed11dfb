"""Roles through the command line: who grants, who may, who approves, and who may not both."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from assured_city import AssuredCity
from signed_papers import authority, signed_pdf, signer, with_text_added

from secaudit.app.doctor.people import look_at_roles
from secaudit.app.doctor.row import State
from secaudit.app.packs import PackRequest, report_data
from secaudit.core.vocabulary import Outcome
from secaudit.ledger import trail
from secaudit.text.language import Language

TELNET = ("net.telnet.exposed", "kantor/192.0.2.7:23/tcp")
REQUEST = PackRequest(language=Language.ENGLISH)
REDIS = ("net.redis.no_password", "kantor/192.0.2.8:6379/tcp")


def day(after: int) -> str:
    today = datetime.now(ZoneInfo("Asia/Jakarta")).date()
    return (today + timedelta(days=after)).isoformat()


@pytest.fixture
def city(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[AssuredCity]:
    made = AssuredCity(tmp_path / "ws", capsys, monkeypatch)
    made.act_as("ani")
    yield made
    made.workspace.database.close()


@pytest.fixture
def letter(city: AssuredCity) -> str:
    return city.file("sk.txt", "Surat keputusan")


@pytest.fixture
def staffed(city: AssuredCity) -> AssuredCity:
    """Ani operates, Dinas owns, the Inspektorat audits, GCIO and Sekda decide from accounts."""
    for name, role, account in (
        ("Operator Contoh", "operator", "ani"),
        ("Auditor Contoh", "auditor", "itda"),
        ("Dinas Contoh", "risk_owner", "dinas"),
        ("GCIO", "approver", "gcio"),
    ):
        city.run("role", "grant", name, "--role", role, "--account", account)
    city.act_as("gcio")
    city.run("role", "grant", "Sekda", "--role", "coordinator", "--account", "sekda")
    city.act_as("ani")
    return city


@pytest.fixture
def decree(city: AssuredCity) -> str:
    """A document that is validly signed, by a signer whose root the workspace believes."""
    root = authority()
    roots = city.workspace.folder / "trust" / "signatures"
    roots.mkdir()
    (roots / "ca.pem").write_bytes(root.pem)
    path = city.workspace.folder.parent / "sk.pdf"
    path.write_bytes(signed_pdf(signer(root, "Sekda Kota Contoh")))
    return str(path)


def accept(city: AssuredCity, finding: str, approver: str, *more: str, code: int = 0) -> None:
    city.run(
        *("finding", "accept", finding, "--approver", approver, "--reason", "anggaran"),
        *("--until", day(30), *more),
        code=code,
    )


def test_as_long_as_nobody_is_registered_all_work_and_nobody_approves(city, letter) -> None:
    me = city.json("role", "whoami")
    assert (me["anybody_registered"], me["asserted"], me["person"]) == (False, True, None)
    assert "asserted by the operating system, not proved" in city.run("role", "whoami")
    assert look_at_roles(city.workspace).state is State.MISSING
    city.scan({TELNET: Outcome.FAILED})
    city.run("finding", "assign", "F-0001", "--owner", "Tim")
    accept(city, "F-0001", "Sekda Kota", "--proof", letter, code=2)
    assert 'secaudit role grant "Sekda Kota" --role approver' in city.talk
    city.run("risk", "propose")
    city.run("risk", "set", "R-0001", "--owner", "Dinas Contoh")
    for verb in ("approve", "reject", "review"):
        who = "--approver" if verb == "approve" else "--by"
        city.run("risk", verb, "R-0001", who, "GCIO", "--reason", "r", code=2)
        assert "approval of a registered person" in city.talk


def test_the_first_grants_are_free_and_then_a_granter_decides(city, decree) -> None:
    city.run("role", "grant", "Sekda", "--role", "coordinator", code=2)
    assert "first register an operator" in city.talk
    city.run("role", "grant", "Operator", "--role", "operator", "--account", "ani")
    city.act_as("mallory")
    city.run("role", "grant", "Lain", "--role", "approver", "--account", "mallory", code=2)
    assert "may not give the first roles" in city.talk
    city.act_as("ani")
    city.run("role", "grant", "Operator", "--role", "approver", code=2)
    assert "nobody gives a role to themselves" in city.talk
    city.run("role", "grant", "Lain", "--role", "approver", "--account", "ani", code=2)
    city.run("role", "grant", "Sekda", "--role", "coordinator")
    assert "decisions need the document that they signed" in city.talk
    grant = ("role", "grant", "GCIO", "--role", "approver", "--account", "gcio")
    city.run(*grant, code=2)
    city.run(*grant, "--by", "Sekda", code=2)
    assert "needs the document that Sekda signed" in city.talk
    city.run(*grant, "--by", "Sekda", "--document", city.file("kosong.txt"), code=2)
    assert "a valid electronic signature: no electronic signature" in city.talk
    city.run(*grant, "--by", "Sekda", "--document", decree)
    city.act_as("gcio")
    city.run("role", "grant", "GCIO", "--role", "coordinator", code=2)
    city.run("role", "grant", "Tamu", "--role", "operator", "--account", "gcio", code=2)
    city.run("role", "grant", "Sekda", "--role", "coordinator", code=2)
    assert "holds this role already" in city.talk
    rows = {row["name"]: row for row in city.json("role", "list")}
    assert {name: row["role"] for name, row in rows.items()} == {
        "Operator": "operator",
        "Sekda": "coordinator",
        "GCIO": "approver",
    }
    shown = city.json("role", "show", "gcio")
    assert shown["held"][0]["granter"] == "Sekda"
    assert city.workspace.evidence.get(rows["GCIO"]["document"]) == Path(decree).read_bytes()
    listed = csv.DictReader(io.StringIO(city.run("role", "list", "--format", "csv")))
    assert {row["account"] for row in listed} == {"ani", "", "gcio"}
    assert city.trail()[-3:] == ["role.founded", "role.founded", "role.granted"]


def test_after_the_first_registration_the_table_holds_for_everything(staffed, letter) -> None:
    staffed.scan({TELNET: Outcome.FAILED})
    before = staffed.trail()
    staffed.act_as("tamu")
    assert staffed.json("role", "whoami")["roles"] == ["viewer"]
    staffed.json("finding", "list")
    for command in (
        ("finding", "assign", "F-0001", "--owner", "x"),
        ("finding", "comment", "F-0001", "--note", "x"),
        ("scan", "run", "127.0.0.1"),
        ("pack", "build", "-o", letter + ".zip"),
    ):
        staffed.run(*command, code=2)
        assert "may not do this" in staffed.talk
    accept(staffed, "F-0001", "GCIO", "--proof", letter, code=2)
    assert staffed.trail() == before
    staffed.act_as("itda")
    staffed.run("scan", "run", "127.0.0.1", code=2)
    assert "tamu" not in staffed.talk
    assert "It is for: operator" in staffed.talk
    assert "ask Operator Contoh" in staffed.talk
    staffed.run("control", "attest", "A.8.24", "--verdict", "partly", "--note", "x", code=2)
    staffed.act_as("ani")
    staffed.run("control", "grade", "A.8.24", "--grade", "minor", "--note", "x", code=2)
    assert "It is for: auditor" in staffed.talk


def test_an_approver_decides_from_their_account_or_by_what_they_signed(staffed, letter) -> None:
    staffed.scan({TELNET: Outcome.FAILED, REDIS: Outcome.FAILED})
    accept(staffed, "F-0001", "GCIO", "--proof", letter)
    entered = staffed.json("finding", "show", "F-0001")["approvals"]
    assert [(row["name"], row["own_account"]) for row in entered] == [("GCIO", False)]
    assert entered[0]["signature"]["verdict"] == "none"
    staffed.act_as("gcio")
    accept(staffed, "F-0002", "gcio", "--proof", letter, code=2)
    assert "who asked for it?" in staffed.talk
    accept(staffed, "F-0002", "gcio", "--proof", letter, "--requested-by", "GCIO", code=2)
    assert "GCIO asked for this and cannot approve it too: F-0002" in staffed.talk
    accept(staffed, "F-0002", "gcio", "--proof", letter, "--requested-by", "Dinas Contoh")
    shown = staffed.json("finding", "show", "F-0002")
    assert shown["acceptance"]["approver"] == "GCIO"
    assert shown["approvals"][0]["own_account"] is True
    with staffed.workspace.view() as connection:
        last = list(trail.entries(connection))[-1]
    assert last.details["approval"]["role"] == "approver"
    assert last.details["approval"]["person"] == shown["approvals"][0]["person"]


def test_nobody_approves_what_they_own_entered_or_scored(staffed, letter) -> None:
    staffed.scan({TELNET: Outcome.FAILED, REDIS: Outcome.FAILED})
    staffed.run("finding", "assign", "F-0001", "--owner", "gcio")
    accept(staffed, "F-0001", "GCIO", "--proof", letter, code=2)
    assert "GCIO owns F-0001 and cannot approve it too" in staffed.talk
    staffed.run("risk", "propose")
    staffed.act_as("gcio")
    staffed.run("risk", "score", "R-0001", "--current", "3x3", "--reason", "rapat")
    approve = ("risk", "approve", "R-0001", "--reason", "sesuai")
    staffed.run(*approve, "--approver", "GCIO", code=2)
    assert "GCIO scored R-0001 and cannot approve it too" in staffed.talk
    staffed.run("risk", "set", "R-0002", "--owner", "GCIO")
    staffed.act_as("ani")
    staffed.run(*approve, "--approver", "Sekda", code=2)
    staffed.act_as("sekda")
    staffed.run(*approve, "--approver", "Sekda")
    staffed.act_as("ani")
    owned = ("risk", "approve", "R-0002", "--reason", "sesuai", "--approver", "GCIO")
    staffed.run(*owned, "--document", letter, code=2)
    assert "GCIO owns R-0002 and cannot approve it too" in staffed.talk
    treat = ("risk", "treat", "R-0002", "--how", "accept", "--reason", "r", "--until", day(30))
    staffed.run(*treat, "--approver", "Sekda", "--proof", letter)
    assert staffed.trail()[-1] == "risk.accepted"
    approvals = staffed.json("risk", "show", "R-0002")["approvals"]
    assert [row["act"] for row in approvals] == ["risk.accepted"]
    assert "Sekda" in staffed.run("risk", "show", "R-0002")


def test_an_asserted_name_settles_no_dispute_of_its_own(staffed, letter) -> None:
    staffed.scan({TELNET: Outcome.FAILED})
    staffed.run("finding", "dispute", "F-0001", "--reason", "uji", "--by", "Operator Contoh")
    agree = ("finding", "dispute", "F-0001", "--reason", "benar", "--agree")
    staffed.run(*agree, code=2)
    assert "Operator Contoh asked for this" in staffed.talk
    staffed.run(*agree, "--by", "Dua", code=2)
    assert "approval of a registered person" in staffed.talk
    staffed.run(*agree, "--by", "Dinas Contoh", "--document", letter, code=2)
    staffed.run(*agree, "--by", "Sekda", code=2)
    assert "needs the document that Sekda signed" in staffed.talk
    staffed.act_as("sekda")
    staffed.run(*agree)
    shown = staffed.json("finding", "show", "F-0001")
    assert (shown["state"], shown["approvals"][0]["name"]) == ("false_positive", "Sekda")


def test_a_signature_is_checked_kept_and_shown_and_an_altered_one_refused(staffed) -> None:
    staffed.scan({TELNET: Outcome.FAILED, REDIS: Outcome.FAILED})
    root = authority()
    roots = staffed.workspace.folder / "trust" / "signatures"
    roots.mkdir()
    (roots / "ca.pem").write_bytes(root.pem)
    signed = signed_pdf(signer(root))
    paper = Path(staffed.file("nota.pdf"))
    paper.write_bytes(with_text_added(signed))
    accept(staffed, "F-0001", "GCIO", "--proof", str(paper), code=2)
    assert "was changed after it was signed" in staffed.talk
    paper.write_bytes(signed)
    accept(staffed, "F-0001", "GCIO", "--proof", str(paper))
    [kept] = staffed.json("finding", "show", "F-0001")["approvals"]
    assert kept["signature"]["verdict"] == "valid"
    assert kept["signature"]["signers"][0]["name"] == "GCIO Kota Contoh"
    shown = " ".join(staffed.run("finding", "show", "F-0001").split())
    assert "signature valid: GCIO Kota Contoh" in shown
    paper.write_bytes(signed_pdf(signer(authority())))
    accept(staffed, "F-0002", "GCIO", "--proof", str(paper))
    shown = " ".join(staffed.run("finding", "show", "F-0002").split())
    assert "signature intact, signer unknown: GCIO Kota Contoh" in shown
    told = {item.id: item.acceptance for item in report_data(staffed.workspace, REQUEST).findings}
    assert {name: line.approver for name, line in told.items() if line} == {
        "F-0001": "GCIO (signature valid)",
        "F-0002": "GCIO (signature intact, signer unknown)",
    }
    with staffed.workspace.view() as connection:
        assert trail.verify(connection) is None


def test_an_auditor_who_also_operates_needs_a_reason_that_stays_visible(staffed) -> None:
    staffed.act_as("sekda")
    both = ("role", "grant", "Auditor Contoh", "--role", "operator")
    staffed.run(*both, code=2)
    assert "would audit what they do" in staffed.talk
    staffed.run(*both, "--reason", "hanya dua pegawai")
    row = look_at_roles(staffed.workspace)
    assert row.state is State.MISSING
    assert "Auditor Contoh: operator, auditor (hanya dua pegawai)" in row.meaning
    mine = [item for item in staffed.json("role", "list") if item["conflict"]]
    assert {item["name"] for item in mine} == {"Auditor Contoh"}
    staffed.run("role", "list")
    assert "hanya dua pegawai" in staffed.talk


def test_the_last_who_grants_cannot_leave_and_an_ended_term_has_a_way_out(
    city, letter, decree
) -> None:
    city.run("role", "grant", "Sekda", "--role", "coordinator", "--account", "sekda")
    city.act_as("sekda")
    revoke = ("role", "revoke", "Sekda", "--role", "coordinator", "--reason", "pensiun")
    city.run(*revoke, code=2)
    assert "the last one who may grant roles" in city.talk
    city.run("role", "grant", "GCIO", "--role", "approver", "--account", "gcio")
    city.run(*revoke)
    city.run(*revoke, code=2)
    with city.workspace.database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE person_role SET until_on = '2020-12-31', from_on = '2020-01-01'"
        )
    assert "nobody may approve" in look_at_roles(city.workspace).meaning
    city.act_as("ani")
    again = ("role", "grant", "Sekda Baru", "--role", "coordinator")
    city.run(*again, code=2)
    assert "nobody holds the role of coordinator or approver any more" in city.talk
    city.run("role", "grant", "Ani", "--role", "operator", "--document", letter, code=2)
    city.run(*again, "--document", letter, code=2)
    assert "a valid electronic signature" in city.talk
    city.run(*again, "--document", decree)
    assert look_at_roles(city.workspace).state is State.OK


def test_roles_begin_and_end_on_their_days(city, letter) -> None:
    city.act_as("budi")
    gcio = ("role", "grant", "GCIO", "--role", "approver", "--account", "gcio")
    city.run(*gcio, "--from", day(1))
    city.scan({TELNET: Outcome.FAILED})
    ani = ("role", "grant", "Ani", "--role", "operator", "--account", "ani")
    city.run(*ani, "--until", day(-1), code=2)
    assert "before it begins" in city.talk
    city.act_as("ani")
    city.run(*ani, code=2)
    city.act_as("budi")
    city.run("role", "grant", "Ani", "--role", "operator", "--account", "ani", "--until", day(0))
    city.act_as("ani")
    accept(city, "F-0001", "GCIO", "--proof", letter, code=2)
    assert "approval of a registered person" in city.talk
    states = {row["name"]: row["state"] for row in city.json("role", "list")}
    assert states == {"GCIO": "to_come", "Ani": "counts"}


def test_the_table_says_who_and_from_where(city) -> None:
    rows = {row["act"]: row for row in city.json("role", "table")}
    assert rows["finding.accepted"]["roles"] == ["approver", "coordinator"]
    assert rows["scan.start"] == {
        "act": "scan.start",
        "title": "Start a scan",
        "rule": "work",
        "roles": ["operator"],
        "entered_by": [],
    }
    assert rows["role.granted"]["entered_by"] == ["operator"]
    only = {row["act"] for row in city.json("role", "table", "--role", "auditor")}
    assert "audit.tested" in only
    assert "scan.start" not in only
    told = " ".join(city.run("role", "table", "--role", "approver").split())
    assert "perwal-pekalongan-26-2021, Appendix II, column Government CIO" in told
    assert "Not read for sure: baris-2, baris-3, baris-6" in told
    assert "Concluded" not in told
    assert "Concluded" in city.run("role", "table", "--role", "operator")


def test_an_audit_account_is_an_auditors_once_people_are_registered(staffed) -> None:
    staffed.act_as("itda")
    staffed.run(
        *("audit", "plan", "--title", "Uji", "--criterion", "iso27001-2022:A.8.24"),
        *("--from", "2026-01-01", "--until", "2099-12-31"),
        *("--work-from", "2026-11-01", "--work-until", "2099-12-31"),
    )
    add = ("audit", "team", "add", "AE-0001", "--unit", "Inspektorat")
    staffed.run(*add, "--name", "Ani", "--account", "ani", code=2)
    assert "is not registered as auditor" in staffed.talk
    staffed.run(*add, "--name", "Auditor Contoh", "--account", "itda", "--role", "lead")
    staffed.act_as("ani")
    staffed.run("audit", "start", "AE-0001", code=2)
    assert "It is for: auditor" in staffed.talk
    programme = (
        *("audit", "programme", "add", "--title", "P", "--first-year", "2026"),
        *("--last-year", "2027"),
    )
    staffed.act_as("itda")
    staffed.run(*programme, "--approver", "GCIO", code=2)
    assert "It is for: coordinator" in staffed.talk
    staffed.run(*programme, "--approver", "Sekda", code=2)
    staffed.run(*programme, "--approver", "Sekda", "--document", staffed.file("ttd.pdf"))
    assert staffed.trail()[-1] == "audit.programme_approved"


def test_a_role_is_of_days_as_the_workspace_counts_them() -> None:
    assert date.fromisoformat(day(0)) - datetime.now(UTC).date() <= timedelta(days=1)
