"""The register: findings join their risk, scores follow them, each version can be read again."""

from datetime import UTC, datetime, timedelta

import pytest

from secaudit.core.errors import RefusedError
from secaudit.core.vocabulary import FindingState, Severity
from secaudit.risk import decisions, register
from secaudit.risk.content import load_themes
from secaudit.risk.decisions import Act
from secaudit.risk.intake import follow, take
from secaudit.risk.model import RiskState, content_of, risk_from
from secaudit.risk.propose import MOST_RISKS
from secaudit.risk.scale import load_scales
from secaudit.risk.weigh import OpenFinding
from secaudit.store.database import Database
from secaudit.store.tables import metadata

AT = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
SCALE = load_scales()["product-5x5"]
CHECKS = ("tls.cipher.rc4", "cert.expired", "net.telnet.exposed", "net.smb.exposed")


def finding(number: int, **changes: object) -> OpenFinding:
    values = {
        "id": f"F-{number:04d}",
        "check": "tls.cipher.rc4",
        "severity": Severity.HIGH,
        "owner": "Dinas Contoh",
        "zone": "kantor",
        "address": "192.0.2.1",
        "public": False,
        "days_open": 1,
        "overdue": False,
        "asset": None,
    }
    return OpenFinding(**(values | changes))


@pytest.fixture
def database(tmp_path):
    opened = Database(tmp_path / "risk.sqlite")
    metadata.create_all(opened.engine)
    with opened.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO scan (id, number, authorisation, zone, state, request, hosts_planned,"
            " started_at, actor, tool_version, message)"
            " VALUES ('S-0001', 1, '-', 'kantor', 'done', '{}', 1, '', '-', '0', '')"
        )
        connection.exec_driver_sql(
            "INSERT INTO finding (id, number, check_id, subject, zone, address, severity,"
            " severity_rank, state, owner, owner_assigned, details, evidence, first_seen,"
            " last_seen, opened_at, checked_at, last_outcome, last_reason, first_scan, last_scan)"
            " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)"
            " SELECT printf('F-%04d', i), i, 'c', i, '', '', 'high', 1, 'open', '', 0, '{}', '[]',"
            " '', '', '', '', 'failed', 'observed', 'S-0001', 'S-0001' FROM n"
        )
    yield opened
    opened.close()


def taken(connection, *items, at=AT, scale=SCALE):
    now = {item.id: item for item in items}
    return take(connection, now, load_themes(), scale, at, "ani@host")


def act(**changes):
    return Act(**({"at": AT, "actor": "ani@host", "by": "GCIO", "reason": "r"} | changes))


def test_taking_again_joins_and_never_doubles(database):
    with database.write() as connection:
        first = taken(connection, finding(1), finding(2, check="net.telnet.exposed"))
        assert first.new == ("R-0001", "R-0002")
        again = taken(connection, finding(1), finding(2, check="net.telnet.exposed"))
        assert (again.new, again.joined, len(again.unchanged)) == ((), (), 2)
        more = taken(connection, finding(1), finding(2, check="net.telnet.exposed"), finding(3))
        assert (more.new, more.joined) == ((), ("R-0001",))
        risk = register.get(connection, "R-0001")
        assert (risk.findings, risk.version) == (("F-0001", "F-0003"), 2)
        kinds = [event["kind"] for event in register.history(connection, "R-0001")]
        assert kinds == ["proposed", "joined"]


def test_what_nobody_decided_lapses_with_its_findings_and_comes_back(database):
    with database.write() as connection:
        taken(connection, finding(1), finding(2, check="net.telnet.exposed"))
        decisions.approve(connection, "R-0001", act(), review_on=AT.date())
        gone = [
            finding(1, state=FindingState.VERIFIED),
            finding(2, check="net.telnet.exposed", state=FindingState.VERIFIED),
        ]
        intake = taken(connection, *gone)
        assert intake.lapsed == ("R-0002",)
        assert [move.risk for move in intake.moves] == ["R-0001", "R-0002"]
        assert intake.moves[0].verified == ("F-0001",)
        with pytest.raises(RefusedError, match="R-0002 is"):
            decisions.approve(connection, "R-0002", act(), review_on=AT.date())
        back = taken(connection, finding(1), finding(2, check="net.telnet.exposed"))
        assert (back.new, back.joined) == ((), ("R-0002",))
        risk = register.get(connection, "R-0002")
        assert (risk.state, risk.findings) == (RiskState.PROPOSED, ("F-0002",))
        assert risk.likelihood == 3


def test_a_refuted_finding_says_nothing_about_a_risk(database):
    with database.write() as connection:
        taken(connection, finding(1))
        now = {"F-0001": finding(1, state=FindingState.FALSE_POSITIVE)}
        (move,) = follow(connection, now, load_themes(), AT)
        assert (move.set_aside, move.after.likelihood) == (("F-0001",), 1)
        assert follow(connection, now, load_themes(), AT) == ()


def test_an_accepted_finding_is_still_a_risk(database):
    with database.write() as connection:
        taken(connection, finding(1))
        now = {"F-0001": finding(1, state=FindingState.ACCEPTED)}
        assert follow(connection, now, load_themes(), AT) == ()
        assert register.get(connection, "R-0001").likelihood == 3


def test_the_register_of_a_past_moment_is_as_it_was(database):
    later = AT + timedelta(days=30)
    with database.write() as connection:
        taken(connection, finding(1))
        before = register.get(connection, "R-0001")
        taken(connection, finding(1), finding(2, severity=Severity.CRITICAL), at=later)
        after = register.get(connection, "R-0001")
        assert after.likelihood == before.likelihood + 1
        assert register.get(connection, "R-0001", AT) == before
        assert register.list_all(connection, (), AT) == [before]
        assert register.list_all(connection, (), AT - timedelta(days=1)) == []
        assert risk_from(content_of(after), after.findings) == after


def test_a_thousand_findings_stay_a_register_that_a_person_reads(database):
    many = [
        finding(
            number,
            check=CHECKS[number % 4],
            owner=f"Dinas {number % 43}" if number % 11 else "",
            zone=("kantor", "dmz", "dc")[number % 3],
            severity=list(Severity)[number % 5],
        )
        for number in range(1, 1001)
    ]
    with database.write() as connection:
        first = taken(connection, *many)
        assert len(first.new) == MOST_RISKS
        held = [item for risk in register.list_all(connection) for item in risk.findings]
        assert sorted(held) == sorted(item.id for item in many)
        more = [finding(1000 + number, owner=f"Dinas {number}") for number in range(1, 101)]
        second = taken(connection, *many, *more)
        assert second.new == ()
        held = [item for risk in register.list_all(connection) for item in risk.findings]
        assert len(held) == len(set(held)) == 1100
