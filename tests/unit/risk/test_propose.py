from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secaudit.core.errors import RefusedError
from secaudit.core.vocabulary import Severity
from secaudit.risk import matrix, register
from secaudit.risk.content import load_scale, load_themes
from secaudit.risk.propose import AffectedAsset, OpenFinding, propose
from secaudit.store.database import Database
from secaudit.store.tables import metadata

AT = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)


def finding(number=1, **changes):
    values = {
        "id": f"F-{number:04d}",
        "check": "tls.protocol.tls1_0",
        "severity": Severity.HIGH,
        "owner": "Dinas Contoh",
        "zone": "kantor",
        "address": f"192.0.2.{number % 250}",
        "public": False,
        "days_open": 1,
        "overdue": False,
        "asset": None,
    }
    return OpenFinding(**(values | changes))


@pytest.mark.parametrize(
    ("check", "theme"),
    [
        ("tls.protocol.tls1_0", "interception"),
        ("tls.cipher.rc4", "interception"),
        ("cert.expired", "certificate_outage"),
        ("cert.name_mismatch", "impersonation"),
        ("net.telnet.exposed", "stolen_passwords"),
        ("net.ftp.cleartext", "stolen_passwords"),
        ("net.redis.no_password", "unauthorised_access"),
        ("net.http.no_redirect", "interception"),
        ("net.service.unknown", "unknown_services"),
        ("quite.new", "other"),
    ],
)
def test_each_check_has_its_theme(check, theme):
    assert load_themes().of_check(check).id == theme


def test_a_thousand_findings_become_a_register_that_a_person_can_read():
    checks = ["tls.cipher.rc4", "cert.expired", "net.telnet.exposed", "net.smb.exposed"]
    owners = ["Dinas A", "Dinas B", "Dinas C"]
    many = [
        finding(number, check=checks[number % 4], owner=owners[number % 3])
        for number in range(1, 1001)
    ]
    risks = propose(many)
    assert len(risks) == 12
    assert sorted(id_ for risk in risks for id_ in risk.findings) == sorted(f.id for f in many)


def test_the_score_comes_with_its_numbers_in_both_languages():
    asset = AffectedAsset("A-0001", confidentiality=3, integrity=1, availability=1)
    many = [
        finding(number, public=True, days_open=91, asset=asset, severity=Severity.MEDIUM)
        for number in range(1, 11)
    ]
    (risk,) = propose(many)
    assert (risk.likelihood, risk.impact) == (5, 4)
    assert "Kemungkinan dimulai dari 2: temuan terberat bertingkat sedang" in risk.reasoning["id"]
    assert "internet (10)" in risk.reasoning["id"]
    assert "5 dari 5 (Hampir Pasti Terjadi)" in risk.reasoning["id"]
    assert "Highest value of the assets concerned (1)" in risk.reasoning["en"]
    assert "open for more than 90 days (10)" in risk.reasoning["en"]
    assert risk.title["en"].endswith("(Dinas Contoh)")


def test_unregistered_addresses_are_weighed_and_named():
    (risk,) = propose([finding(owner="")])
    assert (risk.likelihood, risk.impact) == (3, 3)
    assert risk.key == "interception/zone:kantor"
    assert "not in the asset register (1)" in risk.reasoning["en"]


def test_only_the_properties_that_the_threat_touches_weigh():
    asset = AffectedAsset("A-0001", confidentiality=3, integrity=3, availability=1)
    (outage,) = propose([finding(check="cert.expired", asset=asset)])
    assert outage.impact == 2


@given(
    st.lists(
        st.builds(
            finding,
            st.integers(1, 9999),
            severity=st.sampled_from(list(Severity)),
            check=st.sampled_from(["tls.x", "cert.expired", "net.x", "net.service.unknown"]),
            owner=st.sampled_from(["", "A", "B {x}"]),
            public=st.booleans(),
            days_open=st.integers(0, 400),
            overdue=st.booleans(),
            asset=st.none()
            | st.builds(
                AffectedAsset,
                st.sampled_from(["A-1", "A-2", "A-3", "A-4"]),
                *[st.integers(1, 3)] * 3,
            ),
        ),
        unique_by=lambda item: item.id,
        max_size=40,
    )
)
def test_every_finding_is_in_one_risk_and_scores_stay_in_bounds(findings):
    risks = propose(findings)
    assert sorted(id_ for risk in risks for id_ in risk.findings) == sorted(f.id for f in findings)
    assert len({risk.key for risk in risks}) == len(risks)
    assert [risk.score for risk in risks] == sorted((r.score for r in risks), reverse=True)
    for risk in risks:
        assert 1 <= risk.likelihood <= 5
        assert 1 <= risk.impact <= 5
        assert "{" not in risk.reasoning["id"] + risk.reasoning["en"]


def test_the_levels_grow_with_both_sides():
    levels = [[matrix.level(row, column) for column in matrix.STEPS] for row in matrix.STEPS]
    assert levels == [list(column) for column in zip(*levels, strict=True)]
    assert all(row == sorted(row) for row in levels)
    assert (levels[0][0], levels[2][2], levels[4][4]) == (1, 3, 5)
    with pytest.raises(ValueError, match="from 1 to 5"):
        matrix.score(0, 3)


def test_the_scale_says_how_surely_it_was_read():
    scale = load_scale()
    assert scale.confidence.value == "secondary"
    assert scale.likelihood[4].id == "Hampir Pasti Terjadi"


@pytest.fixture
def database(tmp_path):
    opened = Database(tmp_path / "risk.sqlite")
    metadata.create_all(opened.engine)
    yield opened
    opened.close()


def _store_findings(connection, count):
    connection.exec_driver_sql(
        "INSERT INTO scan (id, number, authorisation, zone, state, request, hosts_planned,"
        " started_at, actor, tool_version, message)"
        " VALUES ('S-0001', 1, '-', 'kantor', 'done', '{}', 1, '', '-', '0', '')"
    )
    for number in range(1, count + 1):
        connection.exec_driver_sql(
            "INSERT INTO finding (id, number, check_id, subject, zone, address, severity,"
            " severity_rank, state, owner, owner_assigned, details, evidence, first_seen,"
            " last_seen, opened_at, checked_at, last_outcome, last_reason, first_scan, last_scan)"
            " VALUES (?, ?, 'c', ?, '', '', 'high', 1, 'open', '', 0, '{}', '[]', '', '', '', '',"
            " 'failed', 'observed', 'S-0001', 'S-0001')",
            (f"F-{number:04d}", number, str(number)),
        )


def test_proposing_again_updates_the_proposed_and_never_the_decided(database):
    with database.write() as connection:
        _store_findings(connection, 3)

        def take(*members):
            return register.take(connection, propose(members), AT, "a@b")

        first = take(finding(1), finding(2, check="cert.expired"))
        assert first.new == ("R-0001", "R-0002")
        again = take(finding(1), finding(2, check="cert.expired"))
        assert (again.new, again.updated) == ((), ())
        assert len(again.unchanged) == 2
        by_theme = {risk.theme: risk.id for risk in register.list_all(connection)}
        decided, waiting = by_theme["interception"], by_theme["certificate_outage"]
        register.approve(connection, decided, approver="GCIO", reason="r", at=AT, actor="a@b")
        before = register.get(connection, decided)
        third = take(finding(1), finding(2, check="cert.expired"), finding(3, overdue=True))
        assert register.get(connection, decided) == before
        assert [drift.id for drift in third.drifted] == [decided]
        with pytest.raises(RefusedError, match="already"):
            register.approve(connection, decided, approver="x", reason="r", at=AT, actor="a@b")
        gone = take()
        assert gone.lapsed == (waiting,)
        with pytest.raises(RefusedError, match="lapsed"):
            register.approve(connection, waiting, approver="x", reason="r", at=AT, actor="a@b")
        back = register.take(
            connection, propose([finding(2, check="cert.expired")]), AT + timedelta(1), "a@b"
        )
        assert (back.new, back.updated) == ((), (waiting,))
        kinds = [entry["kind"] for entry in register.history(connection, waiting)]
        assert kinds == ["proposed", "lapsed", "proposed_again"]
