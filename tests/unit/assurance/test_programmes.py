"""Certification programmes: stages in order, planned days that follow, proof before done."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Connection

from controls.library import load_library
from secaudit.assurance import programmes
from secaudit.assurance.courses import load_courses
from secaudit.assurance.evidence import EvidenceFile
from secaudit.assurance.programmes import StageChange
from secaudit.assurance.vocabulary import StageState
from secaudit.core.errors import InputError, NotFoundError, RefusedError

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
PROOF = (EvidenceFile("ab" * 32, "laporan.pdf"),)


def begin(connection: Connection, kind: str = "iso-cycle") -> str:
    return programmes.start(connection, kind, date(2027, 1, 15), "", NOW, "a@b")


def set_(connection: Connection, identity: str, stage: str, change: StageChange) -> None:
    programmes.set_stage(connection, identity, stage, change, at=NOW, account="a@b")


def test_bekasis_seven_stages_in_the_order_of_the_text() -> None:
    stages = load_courses()["bekasi"].stages
    assert [stage.requirement and stage.requirement[-1] for stage in stages] == list("abcdefg")
    framework = "perwal-bekasi-32-2021"
    library = load_library()
    if framework in library.frameworks:
        for stage in stages:
            assert stage.requirement in library.all_requirements


def test_both_languages_say_something_of_their_own() -> None:
    for course in load_courses().values():
        for stage in course.stages:
            assert stage.summary.id != stage.summary.en
            assert stage.title.id != stage.title.en


def test_the_iso_cycle_counts_from_the_decision(connection: Connection) -> None:
    identity = begin(connection)
    days = [item.planned_on for item in programmes.get(connection, identity).stages]
    assert days[0] == date(2027, 1, 15)
    change = StageChange(done_on=date(2027, 6, 30), evidence=PROOF)
    set_(connection, identity, "stage-2", change)
    found = {item.stage.key: item for item in programmes.get(connection, identity).stages}
    assert found["stage-2"].state is StageState.DONE
    assert found["surveillance-1"].planned_on == date(2028, 6, 30)
    assert found["surveillance-2"].planned_on == date(2029, 6, 30)
    assert found["recertification"].planned_on == date(2030, 6, 30)


def test_a_day_that_was_set_by_hand_wins(connection: Connection) -> None:
    identity = begin(connection)
    set_(connection, identity, "surveillance-1", StageChange(planned_on=date(2028, 1, 10)))
    item = programmes.stage_of(programmes.get(connection, identity), "surveillance-1")
    assert (item.planned_on, item.planned_by_hand) == (date(2028, 1, 10), True)


def test_the_text_of_bekasi_sets_no_days(connection: Connection) -> None:
    identity = begin(connection, "bekasi")
    assert {item.planned_on for item in programmes.get(connection, identity).stages} == {None}


def test_done_needs_a_day_and_proof(connection: Connection) -> None:
    identity = begin(connection)
    with pytest.raises(InputError, match="day"):
        set_(connection, identity, "stage-1", StageChange(state=StageState.DONE, evidence=PROOF))
    with pytest.raises(InputError, match="evidence"):
        set_(connection, identity, "stage-1", StageChange(done_on=date(2027, 1, 20)))
    done = date(2027, 1, 20)
    running = StageChange(state=StageState.RUNNING, done_on=done, evidence=PROOF)
    with pytest.raises(InputError, match="done"):
        set_(connection, identity, "stage-1", running)
    planned = StageChange(done_on=done, planned_on=done, evidence=PROOF)
    with pytest.raises(RefusedError, match="not planned any more"):
        set_(connection, identity, "stage-1", planned)


def test_a_stage_can_be_opened_again(connection: Connection) -> None:
    identity = begin(connection)
    set_(connection, identity, "stage-1", StageChange(done_on=date(2027, 1, 20), evidence=PROOF))
    set_(connection, identity, "stage-1", StageChange(state=StageState.RUNNING))
    item = programmes.stage_of(programmes.get(connection, identity), "stage-1")
    assert (item.state, item.done_on, item.evidence) == (StageState.RUNNING, None, PROOF)


def test_names_that_are_not_there(connection: Connection) -> None:
    with pytest.raises(NotFoundError) as caught:
        begin(connection, "cobit")
    assert "iso-cycle" in caught.value.in_words()[1]
    identity = begin(connection)
    with pytest.raises(NotFoundError):
        set_(connection, identity, "stage-9", StageChange(note="x"))
    with pytest.raises(NotFoundError):
        programmes.get(connection, "PR-0009")
