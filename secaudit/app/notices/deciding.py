"""Who is told what now, and what waits for a digest or for the end of quiet hours. Pure."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from secaudit.app.notices.kinds import Key, Kind, Matter
from secaudit.app.notices.settings import Channel

_DAY = timedelta(days=1)
STEPS = {
    Kind.SLA_NEAR: 1,
    Kind.NEW_HIGH: 2,
    Kind.NEW_CRITICAL: 2,
    Kind.SLA_MISSED: 3,
    Kind.ESCALATED: 4,
}
"""How far a finding has come that nobody repairs."""


class Because(StrEnum):
    """Why something is not told yet."""

    DIGEST = "digest"
    QUIET = "quiet"


@dataclass(frozen=True)
class Decision:
    """What one channel is told at one moment.

    ``with_them`` is what those messages say already, so that it is not told again. ``slot`` is the
    time whose digest is done by this; None where none is due, or it waits for quiet hours to end.
    """

    tell: tuple[Matter, ...]
    with_them: tuple[Matter, ...]
    held: tuple[Matter, ...]
    because: Because | None
    until: datetime | None
    slot: datetime | None


def decide(
    channel: Channel,
    matters: Sequence[Matter],
    told: Collection[Key],
    last_digest: datetime | None,
    now: datetime,
    zone: tzinfo,
) -> Decision:
    """Decide for one channel. A channel that never had a digest gets its first one at once."""
    fresh = [item for item in matters if concerns(channel, item) and item.key not in told]
    furthest: dict[str, int] = {}
    for item in fresh:
        step = STEPS.get(item.kind, 0)
        furthest[item.subject] = max(step, furthest.get(item.subject, 0))
    # Each of these lines says the last day: who hears of the furthest step hears of all.
    fresh, absorbed = _parted(
        fresh, lambda item: STEPS.get(item.kind, furthest[item.subject]) == furthest[item.subject]
    )
    slot = last_slot(channel, now, zone)
    due = slot is None or last_digest is None or last_digest < slot
    end_of_quiet = quiet_until(channel, now, zone)
    if due and end_of_quiet is None:
        return Decision(tuple(fresh), tuple(absorbed), (), None, None, slot)
    urgent, held = _parted(fresh, lambda item: item.urgent and channel.critical_at_once)
    pressing = {item.subject for item in urgent}
    because = Because.DIGEST if end_of_quiet is None else Because.QUIET
    until = end_of_quiet
    if until is None and slot is not None:
        until = _next_slot(channel, slot, zone)
    return Decision(
        tuple(urgent),
        tuple(item for item in absorbed if item.subject in pressing),
        tuple(held),
        because if held else None,
        until,
        None,
    )


def _parted(
    items: Sequence[Matter], keep: Callable[[Matter], bool]
) -> tuple[list[Matter], list[Matter]]:
    """Those for which ``keep`` holds, and the others."""
    sides: tuple[list[Matter], list[Matter]] = ([], [])
    for item in items:
        sides[0 if keep(item) else 1].append(item)
    return sides


def concerns(channel: Channel, item: Matter) -> bool:
    """Tell whether a channel wants to hear of it: by kind, severity and owner."""
    if item.kind not in channel.kinds:
        return False
    if item.severity is not None and item.severity.rank > channel.minimum_severity.rank:
        return False
    wanted = {owner.strip().casefold() for owner in channel.owners}
    return not wanted or any(owner.strip().casefold() in wanted for owner in item.owners)


def quiet_until(channel: Channel, now: datetime, zone: tzinfo) -> datetime | None:
    """When the quiet hours end that ``now`` falls into; None outside of them."""
    if channel.quiet_hours is None:
        return None
    begin, end = channel.quiet_hours
    local = now.astimezone(zone)
    for day in (local.date() - _DAY, local.date()):
        last = day if begin < end else day + _DAY
        if _at(day, begin, zone) <= local < _at(last, end, zone):
            return _at(last, end, zone)
    return None


def last_slot(channel: Channel, now: datetime, zone: tzinfo) -> datetime | None:
    """The latest time of a digest up to ``now``; None where each thing is told at once."""
    if channel.digest_time is None:
        return None
    local = now.astimezone(zone)
    today = _at(local.date(), channel.digest_time, zone)
    return today if today <= local else _at(local.date() - _DAY, channel.digest_time, zone)


def _next_slot(channel: Channel, slot: datetime, zone: tzinfo) -> datetime | None:
    if channel.digest_time is None:
        return None
    return _at(slot.astimezone(zone).date() + _DAY, channel.digest_time, zone)


def _at(day: date, clock: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, clock, zone)


def counted(items: Sequence[Matter]) -> Mapping[str, int]:
    """How many there are of each kind, in the order of the kinds."""
    found = Counter(item.kind for item in items)
    return {kind.value: found[kind] for kind in Kind if found[kind]}
