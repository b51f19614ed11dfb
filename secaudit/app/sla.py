"""Until when a finding is to be repaired: the workspace's working days for its severity."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from secaudit.app.workspace import Workspace
from secaudit.core.errors import InputError
from secaudit.core.vocabulary import Severity
from secaudit.ledger.working_days import HolidayCalendar, read_holidays


def local_zone(workspace: Workspace) -> ZoneInfo:
    """The workspace's time zone. Raises InputError when this machine does not know it."""
    name = workspace.settings.timezone
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise InputError(
            "there is no time zone {zone!r}",
            hint="secaudit.yaml wants a name such as Asia/Jakarta, Asia/Makassar or Asia/Jayapura",
            zone=name,
        ) from None


def today(workspace: Workspace, at: datetime) -> date:
    """The calendar day of an instant, where the workspace is."""
    return at.astimezone(local_zone(workspace)).date()


def end_of(workspace: Workspace, day: date) -> datetime:
    """The first instant after a day, where the workspace is."""
    return datetime.combine(day + timedelta(days=1), time(), local_zone(workspace))


def holiday_calendar(workspace: Workspace) -> HolidayCalendar:
    """The workspace's holidays. Raises InputError that names file and line."""
    return read_holidays(workspace.folder / workspace.settings.holidays)


def due_dates(workspace: Workspace) -> Callable[[Severity, datetime], date]:
    """Return the function that gives the last day for a repair, from severity and start."""
    calendar = holiday_calendar(workspace)
    zone = local_zone(workspace)
    sla = workspace.settings.sla

    def due_on(severity: Severity, start: datetime) -> date:
        return calendar.add_working_days(start.astimezone(zone).date(), sla.days(severity))

    return due_on
