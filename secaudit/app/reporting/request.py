"""What a person asks to see in a report or a pack."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from secaudit.app.sla import end_of, today
from secaudit.app.workspace import Workspace
from secaudit.core.errors import InputError
from secaudit.text.language import Language


@dataclass(frozen=True)
class PackRequest:
    """A period in whole days (an instant counts as its day), and what to narrow it to.

    Without a start the period begins on the day of the first scan, without an end it ends today.
    """

    start: date | None = None
    end: date | None = None
    zones: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    """Ids or names of assets."""
    language: Language | None = None
    """None for the language that is spoken now."""
    sample: bool = False
    """The city is a made-up one, and every page is to say so."""


@dataclass(frozen=True)
class Span:
    """A period resolved: its days, and the instants that bound it (the end is outside)."""

    first: date
    last: date
    begin: datetime
    end: datetime

    def holds(self, at: datetime) -> bool:
        """Tell whether an instant lies inside."""
        return self.begin <= at < self.end

    @property
    def final(self) -> datetime:
        """The last instant inside."""
        return self.end - timedelta(microseconds=1)


def span_of(workspace: Workspace, request: PackRequest, first_scan: datetime | None) -> Span:
    """Resolve the period. Raises InputError when it ends before it begins."""
    now = datetime.now(UTC)
    last = today(workspace, now) if request.end is None else _day(workspace, request.end)
    if request.start is not None:
        first = _day(workspace, request.start)
    else:
        first = min(last, today(workspace, first_scan or now))
    if last < first:
        raise InputError("the period ends on {last}, before it begins on {first}",
                         first=first, last=last)  # fmt: skip
    return Span(
        first,
        last,
        end_of(workspace, first - timedelta(days=1)).astimezone(UTC),
        end_of(workspace, last).astimezone(UTC),
    )


def _day(workspace: Workspace, value: date) -> date:
    return today(workspace, value) if isinstance(value, datetime) else value
