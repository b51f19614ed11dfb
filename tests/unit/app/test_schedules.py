"""A timer that never stays silent about a run that it missed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from secaudit.app.locks import exclusive
from secaudit.app.scanning.request import ScanRequest
from secaudit.app.schedules import (
    add_schedule,
    due_times,
    remove_schedule,
    run_due,
    set_paused,
    trigger_of,
)
from secaudit.app.setup import init_workspace
from secaudit.app.workspace import Workspace
from secaudit.core.errors import InputError, InternalError, NotFoundError, Phrase, RefusedError
from secaudit.ledger import trail
from secaudit.registry import schedules
from secaudit.registry.run_notes import RunNote
from secaudit.registry.schedules import RunState
from secaudit.text.language import Language, gettext, set_language

REQUEST = ScanRequest(targets=("127.0.0.1",), ports="22")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return init_workspace(tmp_path / "ws", "Kota Contoh", timezone="Asia/Jakarta")


class Scans:
    """Stands where a scan would run, and counts."""

    def __init__(self, failure: str = "") -> None:
        self.ran: list[ScanRequest] = []
        self.failure = failure

    def __call__(self, workspace: Workspace, request: ScanRequest) -> None:
        self.ran.append(request)
        if self.failure:
            raise InternalError(self.failure)


def test_what_no_letter_covers_and_a_name_that_is_taken_are_refused(workspace: Workspace) -> None:
    outside = ScanRequest(targets=("192.0.2.7",))
    with pytest.raises(RefusedError, match="no authorisation in force covers"):
        add_schedule(workspace, name="luar", expression="0 * * * *", request=outside)
    unknown = ScanRequest(targets=("192.0.2.7",), authorisation="094/9")
    with pytest.raises(NotFoundError, match="094/9"):
        add_schedule(workspace, name="luar", expression="0 * * * *", request=unknown)
    add_schedule(workspace, name="malam", expression="0 * * * *", request=REQUEST)
    with pytest.raises(RefusedError, match="named 'malam' already"):
        add_schedule(workspace, name="malam", expression="0 * * * *", request=REQUEST)


def test_due_times_are_in_the_workspaces_time_zone() -> None:
    after = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    found = list(due_times("0 22 * * sat", "Asia/Jakarta", after, after + timedelta(days=6)))
    assert found == [datetime(2026, 11, 21, 15, 0, tzinfo=UTC)]


def test_a_line_that_is_no_crontab_is_refused(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="is not a crontab line"):
        add_schedule(workspace, name="malam", expression="malam hari", request=REQUEST)


def test_a_due_scan_runs_once_and_what_was_missed_is_recorded(workspace: Workspace) -> None:
    made = add_schedule(workspace, name="malam", expression="0 * * * *", request=REQUEST)
    assert made.next_run is not None
    run = Scans()
    assert run_due(workspace, run, made.next_run - timedelta(seconds=1)) == []
    ticks = run_due(workspace, run, made.next_run + timedelta(hours=3, minutes=1))
    assert [tick.state for tick in ticks] == [RunState.MISSED, RunState.DONE]
    assert (ticks[0].note.code, ticks[0].note.facts["count"]) == ("missed", 3)
    assert run.ran == [REQUEST]
    with workspace.view() as connection:
        assert len(schedules.runs(connection)) == 2
        following = schedules.get(connection, made.id).next_run
        assert [entry.action for entry in trail.entries(connection, made.id)] == [
            "schedule.add",
            "schedule.missed",
            "schedule.done",
        ]
    assert following == made.next_run + timedelta(hours=4)
    assert run_due(workspace, run, made.next_run + timedelta(hours=3, minutes=2)) == []


def test_years_of_missed_minutes_are_one_row_and_the_run_is_booked_at_the_latest(
    workspace: Workspace,
) -> None:
    made = add_schedule(workspace, name="menit", expression="* * * * *", request=REQUEST)
    assert made.next_run is not None
    at = made.next_run + timedelta(days=900)
    missed, done = run_due(workspace, Scans(), at)
    assert (missed.note.code, missed.note.facts["count"]) == ("missed_at_least", 10_000)
    assert (missed.due_at, done.due_at) == (at - timedelta(minutes=1), at)


def test_a_failed_scan_is_a_failed_run_and_the_next_time_stands(workspace: Workspace) -> None:
    made = add_schedule(workspace, name="malam", expression="0 * * * *", request=REQUEST)
    assert made.next_run is not None
    (tick,) = run_due(workspace, Scans("no route"), made.next_run)
    assert tick.state is RunState.FAILED
    assert tick.note.words(str) == "no route"
    with workspace.view() as connection:
        assert schedules.get(connection, made.id).next_run == made.next_run + timedelta(hours=1)


def test_a_run_whose_process_died_is_closed_as_failed(workspace: Workspace) -> None:
    made = add_schedule(workspace, name="malam", expression="0 * * * *", request=REQUEST)
    assert made.next_run is not None
    with workspace.database.write() as connection:
        schedules.record_run(
            connection, made.id, made.next_run, RunState.RUNNING, started_at=made.next_run
        )
        schedules.set_next_run(connection, made.id, made.next_run + timedelta(hours=1))
    (tick,) = run_due(workspace, Scans(), made.next_run + timedelta(minutes=1))
    assert tick.state is RunState.FAILED
    assert tick.note.code == "process_ended"


def test_paused_and_removed_schedules_do_not_run(workspace: Workspace) -> None:
    first = add_schedule(workspace, name="satu", expression="0 * * * *", request=REQUEST)
    second = add_schedule(workspace, name="dua", expression="0 * * * *", request=REQUEST)
    set_paused(workspace, first.id, paused=True, reason="pemeliharaan")
    remove_schedule(workspace, second.id, reason="diganti")
    run = Scans()
    assert first.next_run is not None
    assert run_due(workspace, run, first.next_run + timedelta(hours=5)) == []
    assert run.ran == []
    again = set_paused(workspace, first.id, paused=False, reason="selesai")
    assert again.enabled
    with pytest.raises(NotFoundError, match="J-0009"):
        set_paused(workspace, "J-0009", paused=True, reason="-")


def test_a_second_timer_on_the_same_workspace_is_refused(workspace: Workspace) -> None:
    with (
        exclusive(workspace.folder, "schedule"),
        pytest.raises(RefusedError, match="another process"),
    ):
        run_due(workspace, Scans(), datetime.now(UTC))


def test_after_a_long_gap_the_run_is_booked_at_the_latest_due_time(workspace: Workspace) -> None:
    made = add_schedule(workspace, name="rapat", expression="* * 1-20 * *", request=REQUEST)
    at = datetime(2027, 11, 30, 12, 0, tzinfo=UTC)
    *_, ran = run_due(workspace, Scans(), at)
    assert ran.state is RunState.DONE
    assert ran.due_at == datetime(2027, 11, 20, 16, 59, tzinfo=UTC)
    with workspace.view() as connection:
        following = schedules.get(connection, made.id).next_run
    assert following == datetime(2027, 11, 30, 17, 0, tzinfo=UTC)


def test_what_was_missed_is_told_in_the_language_and_the_time_of_the_workspace(
    workspace: Workspace,
) -> None:
    made = add_schedule(workspace, name="malam", expression="0 * * * *", request=REQUEST)
    assert made.next_run is not None
    run_due(workspace, Scans("no route"), made.next_run + timedelta(hours=3, minutes=1))
    with workspace.view() as connection:
        notes = {run.state: run.note for run in schedules.runs(connection)}

    def local(when: datetime) -> str:
        return when.astimezone(ZoneInfo("Asia/Jakarta")).strftime("%H:%M WIB")

    set_language(Language.INDONESIAN)
    words = notes[RunState.MISSED].words(local)
    assert words.startswith("3 terlewat, dari " + local(made.next_run))
    assert notes[RunState.FAILED].words(local) == "no route"


def test_an_error_keeps_its_template_and_facts() -> None:
    why = Phrase("Permission denied")
    kept = RunNote.of(InputError("{path}: {why}", path="a", why=why, source="f", line=2))
    assert RunNote.parse(kept.text) == kept
    assert kept.words(str) == "f:2: a: Izin ditolak"


def test_a_sentence_of_an_older_version_stays() -> None:
    assert RunNote.parse("2 missed, UTC").words(str) == "2 missed, UTC"
    assert RunNote.parse("").words(str) == ""


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("0 25 * * *", "isian jam tidak dapat berupa '25'"),
        ("0 0 * *", "lima isian"),
        ("0 0 1 13 *", "isian bulan"),
    ],
)
def test_the_wrong_field_of_a_crontab_line_is_named_in_the_users_language(
    expression: str, said: str
) -> None:
    with pytest.raises(InputError) as caught:
        trigger_of(expression, "Asia/Jakarta")
    assert said in caught.value.in_words(lambda text: gettext(text, Language.INDONESIAN))[0]
