"""A register of the former version comes through the migration with its past."""

import json
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from sqlalchemy import text

from secaudit.risk import register
from secaudit.risk.model import RiskState, Score
from secaudit.risk.scale import load_scales
from secaudit.store.database import Database
from secaudit.store.migrate import configuration, upgrade

FORMER = "0004"
FIRST, SECOND = "2026-03-02T03:00:00.000000Z", "2026-04-02T03:00:00.000000Z"
BOTH = {"id": "Judul", "en": "Title"}
WHY = {"id": "Ancaman.\nKarena.", "en": "Threat.\nBecause."}


def former(path: Path) -> None:
    database = Database(path)
    with database.write() as connection:
        command.upgrade(configuration(connection), FORMER)
        connection.execute(
            text(
                "INSERT INTO scan (id, number, authorisation, zone, state, request, hosts_planned,"
                " started_at, actor, tool_version, message)"
                " VALUES ('S-0001', 1, '-', 'kantor', 'done', '{}', 1, :at, '-', '0', '')"
            ),
            {"at": FIRST},
        )
        connection.execute(
            text(
                "INSERT INTO finding (id, number, check_id, subject, zone, address, severity,"
                " severity_rank, state, owner, owner_assigned, details, evidence, first_seen,"
                " last_seen, opened_at, checked_at, last_outcome, last_reason, first_scan,"
                " last_scan) VALUES ('F-0001', 1, 'c', 's', '', '', 'high', 1, 'open', '', 0,"
                " '{}', '[]', :at, :at, :at, :at, 'failed', 'observed', 'S-0001', 'S-0001')"
            ),
            {"at": FIRST},
        )
        connection.execute(
            text(
                "INSERT INTO risk (id, number, key, theme, zone, owner, state, title, reasoning,"
                " likelihood, impact, facts, proposed_at, updated_at, approver, approved_at,"
                " approval_reason) VALUES ('R-0001', 1, 'interception/owner:Dinas A',"
                " 'interception', 'kantor', 'Dinas A', 'approved', :title, :why, 4, 3,"
                " '{\"count\": 1}', :first, :second, 'GCIO', :second, 'sesuai')"
            ),
            {
                "title": json.dumps(BOTH),
                "why": json.dumps(WHY),
                "first": FIRST,
                "second": SECOND,
            },
        )
        connection.execute(text("INSERT INTO risk_finding VALUES ('R-0001', 'F-0001')"))
        events = (
            (FIRST, "proposed", {"likelihood": 2, "impact": 3, "findings": 1}),
            (SECOND, "proposed_again", {"likelihood": 4, "impact": 3, "findings": 1}),
            (SECOND, "approved", {"approver": "GCIO", "likelihood": 4, "impact": 3}),
        )
        for at, kind, details in events:
            connection.execute(
                text(
                    "INSERT INTO risk_event (risk_id, at, kind, actor, reason, details)"
                    " VALUES ('R-0001', :at, :kind, 'a@b', '', :details)"
                ),
                {"at": at, "kind": kind, "details": json.dumps(details)},
            )
    database.close()


def test_risks_keep_their_findings_scores_and_history(tmp_path):
    path = tmp_path / "secaudit.sqlite"
    former(path)
    done = upgrade(path, tmp_path / "backups")
    assert (done.before, done.backup is not None) == (FORMER, True)
    database = Database(path)
    with database.read() as connection:
        risk = register.get(connection, "R-0001")
        assert (risk.state, risk.owner, risk.category) == (
            RiskState.APPROVED, "Dinas A", "keamanan",
        )  # fmt: skip
        assert (risk.current, risk.inherent, risk.version) == (Score(4, 3), Score(4, 3), 3)
        assert risk.findings == ("F-0001",)
        assert (risk.threat["en"], risk.reasoning["en"]) == ("Threat.", "Because.")
        assert risk.approval is not None
        assert (risk.approval.approver, risk.approval.version) == ("GCIO", 3)
        kinds = [event["kind"] for event in register.history(connection, "R-0001")]
        assert kinds == ["proposed", "proposed_again", "approved"]
        then = register.get(connection, "R-0001", datetime(2026, 3, 15, tzinfo=UTC))
        assert (then.state, then.current, then.approval) == (
            RiskState.PROPOSED, Score(2, 3), None,
        )  # fmt: skip
        assert then.findings == ("F-0001",)
        ours = load_scales()["product-5x5"]
        assert risk.scale == ours.digest
        assert register.scales_kept(connection) == {ours.digest: ours}
    database.close()


def test_an_empty_register_comes_through(tmp_path):
    path = tmp_path / "secaudit.sqlite"
    database = Database(path)
    with database.write() as connection:
        command.upgrade(configuration(connection), FORMER)
    database.close()
    upgrade(path, tmp_path / "backups")
    database = Database(path)
    with database.read() as connection:
        assert register.list_all(connection) == []
        assert register.scales_kept(connection) == {}
    database.close()
