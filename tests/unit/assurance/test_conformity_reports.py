from datetime import UTC, date, datetime, timedelta

import pytest

from secaudit.assurance import conformity_reports as reports
from secaudit.assurance.conformity_reports import NewReport, ReportState, StepKind
from secaudit.assurance.evidence import EvidenceFile
from secaudit.core.errors import InputError, NotFoundError, RefusedError

AT = datetime(2026, 7, 6, 3, tzinfo=UTC)
SIGNED = (EvidenceFile("ab" * 32, "laporan.pdf"),)


def _new(first: date, last: date, **others) -> NewReport:
    values = {
        "frameworks": ("iso27001-2022",),
        "language": "id",
        "sample": True,
        "previous": None,
        "replaces": None,
        "identity": "K-1",
        "content_sha256": "a" * 64,
        "pdf_sha256": "b" * 64,
        "trail_position": 3,
        "trail_hash": "c" * 64,
        "letter": "",
        "letter_date": None,
        "document": SIGNED,
        "issued_by": "Ratna Contoh",
    }
    return NewReport(period_from=first, period_until=last, **{**values, **others})


def _issue(connection, first=date(2026, 1, 1), last=date(2026, 6, 30), at=AT, **others):
    return reports.issue(connection, _new(first, last, **others), at, "gcio@mesin")


def _step(connection, kind, on, person="Budi Contoh", report="CR-0001"):
    return reports.take_step(
        connection, report, kind, person=person, done_on=on, note="", document=(), at=AT,
        account="a@b",
    )  # fmt: skip


def test_a_report_goes_from_the_gcio_by_the_coordinator_to_the_mayor(connection):
    assert _issue(connection).state is ReportState.ISSUED
    forwarded = _step(connection, StepKind.FORWARDED, date(2026, 7, 7))
    assert forwarded.state is ReportState.FORWARDED
    received = _step(connection, StepKind.RECEIVED, date(2026, 7, 8), "Wali Kota Contoh")
    assert received.state is ReportState.RECEIVED
    assert [item.person for item in received.steps] == ["Budi Contoh", "Wali Kota Contoh"]


def test_no_step_is_taken_out_of_order_or_twice(connection):
    with pytest.raises(NotFoundError):
        _step(connection, StepKind.FORWARDED, date(2026, 7, 7))
    _issue(connection)
    with pytest.raises(RefusedError, match="not been passed on"):
        _step(connection, StepKind.RECEIVED, date(2026, 7, 7))
    _step(connection, StepKind.FORWARDED, date(2026, 7, 7))
    with pytest.raises(RefusedError, match="passed on already"):
        _step(connection, StepKind.FORWARDED, date(2026, 7, 7))
    with pytest.raises(InputError, match="only on 2026-07-07"):
        _step(connection, StepKind.RECEIVED, date(2026, 7, 6))


def test_who_issued_it_does_not_pass_it_on(connection):
    _issue(connection)
    with pytest.raises(RefusedError, match="another person"):
        _step(connection, StepKind.FORWARDED, date(2026, 7, 7), "  ratna  CONTOH ")


def test_a_period_is_reported_once_and_corrected_by_another_report(connection):
    _issue(connection)
    with pytest.raises(RefusedError, match="CR-0001 by Ratna Contoh"):
        _issue(connection, date(2026, 6, 30), date(2026, 12, 31))
    made = _issue(connection, replaces="CR-0001")
    assert made.id == "CR-0002"
    assert reports.get(connection, "CR-0001").state is ReportState.REPLACED
    with pytest.raises(RefusedError, match="replaced already"):
        _issue(connection, replaces="CR-0001")
    with pytest.raises(RefusedError, match="replaced by another"):
        _step(connection, StepKind.FORWARDED, date(2026, 7, 7))


def test_the_report_before_is_the_last_that_stands_and_ended_earlier(connection):
    _issue(connection)
    _issue(connection, replaces="CR-0001", at=AT + timedelta(days=1))
    _issue(connection, date(2026, 7, 1), date(2026, 12, 31), at=AT + timedelta(days=200))
    assert reports.before(connection, date(2026, 1, 1)) is None
    assert reports.before(connection, date(2026, 7, 1)).id == "CR-0002"
    assert reports.before(connection, date(2027, 1, 1)).id == "CR-0003"
    then = reports.before(connection, date(2026, 7, 1), AT + timedelta(hours=1))
    assert then.id == "CR-0001"


@pytest.mark.parametrize("missing", [{"issued_by": "  "}, {"document": ()}])
def test_a_report_needs_a_name_and_a_signed_document(connection, missing):
    with pytest.raises(InputError):
        _issue(connection, **missing)
