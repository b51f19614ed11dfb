"""What was written before plans had versions is read, and can be revised, after the upgrade."""

from datetime import UTC, date, datetime

from alembic import command
from sqlalchemy import text

from secaudit.core.vocabulary import FindingState
from secaudit.ledger import findings, plans
from secaudit.store.database import Database
from secaudit.store.migrate import configuration, upgrade

AT = "2026-01-05T03:00:00.000000Z"
BEFORE = """
INSERT INTO scan (id, number, authorisation, zone, state, request, hosts_planned, started_at, actor,
 tool_version, message)
 VALUES ('S-0001', 1, 'loopback', 'kantor', 'done', '{}', 1, :at, 'a@b', '0', '');
INSERT INTO finding (id, number, check_id, subject, zone, address, severity, severity_rank, state,
 owner, owner_assigned, due, details, evidence, first_seen, last_seen, opened_at, checked_at,
 last_outcome, last_reason, first_scan, last_scan) VALUES ('F-0001', 1, 'net.telnet.exposed',
 'kantor/192.0.2.7:23/tcp', 'kantor', '192.0.2.7', 'high', 1, 'planned', 'Dinas A', 0, '2026-01-19',
 '{}', '[]', :at, :at, :at, :at, 'failed', 'observed', 'S-0001', 'S-0001');
INSERT INTO remediation_plan (id, number, owner, action, due, created_at, created_by)
 VALUES ('P-0001', 1, 'Tim', 'tutup', '2026-02-01', :at, 'a@b');
INSERT INTO plan_finding (plan_id, finding_id) VALUES ('P-0001', 'F-0001');
INSERT INTO acceptance (finding_id, approver, reason, accepted_at, expires_on, expires_at)
 VALUES ('F-0001', 'Sekda', 'anggaran', :at, '2026-01-09', :at)
"""


def test_plans_and_acceptances_survive_the_upgrade(tmp_path):
    path = tmp_path / "secaudit.sqlite"
    database = Database(path)
    with database.write() as connection:
        command.upgrade(configuration(connection), "0003")
        for statement in BEFORE.split(";\n"):
            connection.execute(text(statement), {"at": AT} if ":at" in statement else {})
    database.close()
    upgrade(path, tmp_path / "backups")

    database = Database(path)
    later = datetime(2026, 2, 2, tzinfo=UTC)
    with database.write() as connection:
        plan = plans.get(connection, "P-0001")
        assert (plan.version, plan.currency, plan.cost, plan.start) == (1, "IDR", None, None)
        assert plans.history(connection, "P-0001", since=-1) == []
        assert plans.progress_of(connection, ["P-0001"])["P-0001"].open == 1
        assert plans.plan_of(connection, ["F-0001"])["F-0001"].id == "P-0001"
        now, changed = plans.revise(
            connection,
            "P-0001",
            plans.Revision(due=date(2026, 3, 1)),
            version=1,
            reason="anggaran",
            at=later,
            actor="a@b",
        )
        assert (now.version, changed) == (2, {"due": [date(2026, 2, 1), date(2026, 3, 1)]})
        assert findings.expire_acceptances(connection, later) == ("F-0001",)
        assert findings.get(connection, "F-0001").state is FindingState.OPEN
    database.close()
