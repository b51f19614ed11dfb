from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secaudit.app.notices.deciding import Because, decide, quiet_until
from secaudit.app.notices.kinds import Kind, Matter
from secaudit.app.notices.settings import Channel
from secaudit.app.notices.stages import stage_of
from secaudit.core.vocabulary import Severity
from secaudit.registry.notices import pause_after

JAKARTA = ZoneInfo("Asia/Jakarta")
NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
DAY = date(2026, 3, 31)


def matter(
    kind: Kind = Kind.CERTIFICATE_EXPIRING,
    subject: str = "F-0001",
    severity: Severity | None = None,
    owner: str = "Dinas A",
) -> Matter:
    return Matter(kind, subject, "s", severity, (owner,), None, {})


CRITICAL = matter(Kind.NEW_CRITICAL, severity=Severity.CRITICAL)


@pytest.mark.parametrize(
    ("left", "stage"),
    [(31, None), (30, "30"), (15, "30"), (14, "14"), (7, "7"), (2, "7"), (1, "1"), (0, "1")],
)
def test_a_stage_is_the_smallest_that_was_come_to(left, stage):
    assert stage_of(DAY, DAY - timedelta(days=left), (30, 14, 7, 1)) == stage


def test_after_the_day_it_is_past():
    assert stage_of(DAY, DAY + timedelta(days=1), ()) == "past"
    assert stage_of(DAY, DAY, ()) is None


@given(st.lists(st.integers(0, 365), max_size=5), st.integers(0, 400))
def test_a_stage_never_goes_back_as_time_passes(before, left):
    stages = [stage_of(DAY, DAY - timedelta(days=days), before) for days in range(left, -2, -1)]
    numbers = [400 if item is None else -1 if item == "past" else int(item) for item in stages]
    assert numbers == sorted(numbers, reverse=True)


@pytest.mark.parametrize(
    ("quiet", "hour", "end"),
    [
        ("21:00-06:00", 20, None),
        ("21:00-06:00", 21, (3, 6)),
        ("21:00-06:00", 5, (2, 6)),
        ("21:00-06:00", 6, None),
        ("12:00-13:00", 12, (2, 13)),
        ("12:00-13:00", 13, None),
        ("", 3, None),
    ],
)
def test_quiet_hours_also_run_over_midnight(quiet, hour, end):
    now = datetime(2026, 3, 2, hour, tzinfo=JAKARTA)
    found = quiet_until(Channel(quiet=quiet), now.astimezone(UTC), JAKARTA)
    wanted = None if end is None else datetime(2026, 3, end[0], end[1], tzinfo=JAKARTA)
    assert found == wanted


def test_what_was_told_is_not_told_again():
    first = decide(Channel(), [matter(), CRITICAL], (), None, NOON, JAKARTA)
    assert len(first.tell) == 2
    told = {item.key for item in first.tell}
    assert decide(Channel(), [matter(), CRITICAL], told, None, NOON, JAKARTA).tell == ()


def test_quiet_hours_hold_back_but_critical_ones():
    night = datetime(2026, 3, 2, 22, tzinfo=JAKARTA)
    channel = Channel(quiet="21:00-06:00")
    made = decide(channel, [matter(), CRITICAL], (), None, night, JAKARTA)
    assert made.tell == (CRITICAL,)
    assert made.held == (matter(),)
    assert made.because is Because.QUIET
    silent = channel.model_copy(update={"critical_at_once": False})
    assert decide(silent, [CRITICAL], (), None, night, JAKARTA).held == (CRITICAL,)


def test_a_digest_that_falls_into_quiet_hours_comes_after_them():
    channel = Channel(digest="daily 05:00", quiet="21:00-06:00")
    yesterday = datetime(2026, 3, 1, 5, tzinfo=JAKARTA)
    early = decide(
        channel, [matter()], (), yesterday, datetime(2026, 3, 2, 5, 30, tzinfo=JAKARTA), JAKARTA
    )
    assert (early.tell, early.slot) == ((), None)
    after = decide(
        channel, [matter()], (), yesterday, datetime(2026, 3, 2, 6, tzinfo=JAKARTA), JAKARTA
    )
    assert after.tell == (matter(),)
    assert after.slot == datetime(2026, 3, 2, 5, tzinfo=JAKARTA)
    again = decide(
        channel, [matter(subject="x")], (), after.slot,
        datetime(2026, 3, 2, 9, tzinfo=JAKARTA), JAKARTA,
    )  # fmt: skip
    assert again.because is Because.DIGEST
    assert again.until == datetime(2026, 3, 3, 5, tzinfo=JAKARTA)


def test_who_hears_of_a_new_finding_does_not_hear_of_its_last_day_apart():
    near = matter(Kind.SLA_NEAR, severity=Severity.CRITICAL)
    other = matter(Kind.SLA_NEAR, "F-0002", Severity.CRITICAL)
    made = decide(Channel(), [CRITICAL, near, other], (), None, NOON, JAKARTA)
    assert made.tell == (CRITICAL, other)
    assert made.with_them == (near,)


def test_of_one_finding_the_furthest_step_alone_is_told():
    steps = [
        matter(kind, severity=Severity.HIGH)
        for kind in (Kind.NEW_HIGH, Kind.SLA_MISSED, Kind.ESCALATED, Kind.ACCEPTANCE_EXPIRING)
    ]
    channel = Channel(kinds=tuple(Kind))
    made = decide(channel, steps, (), None, NOON, JAKARTA)
    assert [item.kind for item in made.tell] == [Kind.ESCALATED, Kind.ACCEPTANCE_EXPIRING]
    assert [item.kind for item in made.with_them] == [Kind.NEW_HIGH, Kind.SLA_MISSED]
    told = {item.key for item in (*made.tell, *made.with_them)}
    assert decide(channel, steps, told, None, NOON, JAKARTA).tell == ()
    unasked = Channel(kinds=(Kind.NEW_HIGH,))
    assert decide(unasked, steps, (), None, NOON, JAKARTA).tell == (steps[0],)


def test_severity_and_owner_choose():
    channel = Channel(minimum_severity=Severity.HIGH, owners=(" dinas a ",))
    low = matter(Kind.SLA_NEAR, "F-1", Severity.MEDIUM)
    foreign = matter(Kind.SLA_NEAR, "F-2", Severity.HIGH, "Dinas B")
    mine = matter(Kind.SLA_NEAR, "F-3", Severity.HIGH)
    assert decide(channel, [low, foreign, mine], (), None, NOON, JAKARTA).tell == (mine,)


def test_pauses_between_tries_grow_and_are_bounded():
    pauses = [pause_after(number) for number in range(1, 40)]
    assert pauses[0] == timedelta(minutes=5)
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(hours=6)
