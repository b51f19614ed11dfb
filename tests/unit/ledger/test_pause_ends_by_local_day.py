"""A pause that its finding's repair ends, ends on the workspace's day, not on that of UTC."""

from datetime import UTC, date, datetime

from sqlalchemy import create_engine, insert, select

from secaudit.ledger.findings.clock import end_pauses
from secaudit.store.tables import metadata
from secaudit.store.tables.remediation import sla_pause

NIGHT = datetime(2026, 3, 2, 20, tzinfo=UTC)
"""The third of March in Jakarta."""


def test_the_day_that_is_told_counts():
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.begin() as connection:
        for number, last in enumerate((date(2026, 3, 2), date(2026, 3, 9)), 1):
            connection.execute(
                insert(sla_pause).values(
                    finding_id=f"F-000{number}", from_on=date(2026, 3, 1), until_on=last,
                    reason="x", asked_by="a", recorded_at=NIGHT, recorded_by="a",
                )
            )  # fmt: skip
        end_pauses(connection, ["F-0001", "F-0002"], NIGHT, date(2026, 3, 3), "verified")
        found = dict(connection.execute(select(sla_pause.c.finding_id, sla_pause.c.ended_on)).all())
    # The first had run out the day before, where the workspace is.
    assert found == {"F-0001": None, "F-0002": date(2026, 3, 3)}
    engine.dispose()
