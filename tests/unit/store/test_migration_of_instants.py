"""A database of the former version learns when its acceptances really ended."""

from alembic import command
from sqlalchemy import text

from secaudit.ledger import findings
from secaudit.store.database import Database
from secaudit.store.migrate import configuration, upgrade

AT, NOTED, ENDED = (
    "2026-03-02T03:00:00.000000Z",
    "2026-05-04T03:00:00.000000Z",
    "2026-03-06T17:00:00.000000Z",
)
FORMER = (
    (
        "INSERT INTO scan (id, number, authorisation, zone, state, request, hosts_planned,"
        " started_at, actor, tool_version, message) VALUES ('S-0001', 1, '-', 'kantor',"
        " 'done', '{}', 1, :at, '-', '0', '')"
    ),
    (
        "INSERT INTO finding (id, number, check_id, subject, zone, address, severity,"
        " severity_rank, state, owner, owner_assigned, details, evidence, first_seen,"
        " last_seen, opened_at, checked_at, last_outcome, last_reason, first_scan, last_scan)"
        " VALUES ('F-0001', 1, 'c', 's', '', '', 'high', 1, 'open', '', 0, '{}', '[]', :at,"
        " :at, :at, :at, 'failed', 'observed', 'S-0001', 'S-0001')"
    ),
    (
        "INSERT INTO acceptance (finding_id, approver, reason, accepted_at, expires_on,"
        " expires_at, ended_at, ended_because) VALUES ('F-0001', 'Sekda', 'r', :at,"
        " '2026-03-06', :ended, :noted, 'acceptance_expired')"
    ),
    (
        "INSERT INTO finding_event (finding_id, at, kind, from_state, to_state, actor,"
        " reason, details) VALUES ('F-0001', :at, 'found', NULL, 'open', 'secaudit', '',"
        " '{}'), ('F-0001', :noted, 'acceptance_expired', 'accepted', 'open', 'secaudit', '',"
        " '{}')"
    ),
)


def test_an_acceptance_that_ran_out_is_dated_at_its_end(tmp_path):
    path = tmp_path / "a.sqlite"
    database = Database(path)
    with database.write() as connection:
        command.upgrade(configuration(connection), "0009")
        for statement in FORMER:
            connection.execute(text(statement), {"at": AT, "noted": NOTED, "ended": ENDED})
    database.close()
    upgrade(path, tmp_path / "backups")

    database = Database(path)
    with database.read() as connection:
        found, expired = findings.history(connection, "F-0001")
        assert found.effective_at == found.at
        assert expired.effective_at.isoformat() == "2026-03-06T17:00:00+00:00"
        assert expired.at.isoformat() == "2026-05-04T03:00:00+00:00"
        ended = text("SELECT ended_at FROM acceptance")
        assert connection.execute(ended).scalar() == ENDED
        # What was there before is not sealed by the trail, and is not asked for.
        sealed = text("SELECT finding_event, risk_event FROM trail_seal")
        assert connection.execute(sealed).one() == (2, 0)
    database.close()
