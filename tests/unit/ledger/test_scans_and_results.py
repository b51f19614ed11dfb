from datetime import timedelta

import pytest

from secaudit.core.errors import NotFoundError
from secaudit.core.observation import Observation
from secaudit.core.subject import parse_subject
from secaudit.core.vocabulary import Outcome, Reason
from secaudit.ledger import results, scans

FAILED, PASSED = Outcome.FAILED, Outcome.PASSED


def host(book, at, address="192.0.2.7", state="up", reason=None):
    seen = Observation(
        "host.ports", parse_subject(f"kantor/{address}"), at, {"open": [443]}, ("ab" * 32,)
    )
    return scans.HostRecord(address, state, reason, (seen,), 12, 2, at)


def test_a_scan_can_be_interrupted_resumed_and_read_back(book):
    at = book.now
    with book.database.write() as connection:
        scan = book.open_scan(connection, at)
        assert scan == "S-0001"
        scans.keep_host(connection, scan, host(book, at))
        scans.keep_host(connection, scan, host(book, at, "192.0.2.8", "error", Reason.PROBE_FAILED))
        scans.finish(connection, scan, at, scans.ScanState.INTERRUPTED, "Ctrl-C")
        assert scans.get(connection, scan).message == "Ctrl-C"
        assert scans.hosts_done(connection, scan) == {"192.0.2.7"}
        scans.resume(connection, scan)
        scans.keep_host(connection, scan, host(book, at, "192.0.2.8"))
        scans.finish(connection, scan, at + timedelta(hours=1))
    with book.database.read() as connection:
        assert [item.state for item in scans.list_all(connection)] == [scans.ScanState.DONE]
        assert scans.totals(connection, scan) == scans.ScanTotals({"up": 2}, 36, 6)
        assert next(scans.observations(connection, scan)) == host(book, at).observations[0]
        with pytest.raises(NotFoundError):
            scans.get(connection, "S-0099")


def test_an_answer_that_stays_the_same_is_one_row(book):
    for outcome in (PASSED, PASSED, FAILED, FAILED, FAILED):
        book.scan(book.answer(outcome, seen=str(outcome)))
    with book.database.read() as connection:
        rows = results.intervals(connection, "tls.protocol.tls1_0", book.endpoint)
        assert [(row.outcome, row.sightings) for row in rows] == [(PASSED, 2), (FAILED, 3)]
        assert rows[0].until == rows[1].first_seen
        assert rows[1].until is None
        assert results.standing(connection, rows[0].last_seen) == [rows[0]]
        assert results.standing(connection) == [rows[1]]


def test_a_late_answer_does_not_undo_a_newer_one(book):
    late = book.now
    book.scan(book.answer(PASSED))
    with book.database.write() as connection:
        scan = book.open_scan(connection, late)
        results.record(connection, scan, late, [book.answer(FAILED)])
        assert [row.outcome for row in results.standing(connection)] == [PASSED]


def test_zones_with_a_common_beginning_stay_apart(book):
    book.scan(
        book.answer(PASSED, subject="dc/192.0.2.1"),
        book.answer(PASSED, subject="dc-2/192.0.2.1"),
        book.answer(PASSED, subject="dc2/192.0.2.1"),
    )
    with book.database.read() as connection:
        assert [row.subject for row in results.standing(connection, zone="dc")] == ["dc/192.0.2.1"]
