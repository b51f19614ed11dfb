"""Until when a finding is to be repaired: the workspace's working days for its severity."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from secaudit.app.workspace import Workspace
from secaudit.core.errors import InputError
from secaudit.core.vocabulary import Severity
from secaudit.ledger import findings
from secaudit.ledger.findings import Level
from secaudit.ledger.working_days import HolidayCalendar, Stops, read_holidays
from secaudit.registry.asset import Asset
from secaudit.registry.asset_index import AssetIndex

UNKNOWN_CRITICALITY = 2
"""Of what no asset is known for: neither alarm nor comfort."""


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


def start_of(workspace: Workspace, day: date) -> datetime:
    """The first instant of a day, where the workspace is."""
    return datetime.combine(day, time(), local_zone(workspace))


def end_of(workspace: Workspace, day: date) -> datetime:
    """The first instant after a day, where the workspace is."""
    return datetime.combine(day + timedelta(days=1), time(), local_zone(workspace))


def holiday_calendar(workspace: Workspace) -> HolidayCalendar:
    """The workspace's holidays. Raises InputError that names file and line."""
    return read_holidays(workspace.folder / workspace.settings.holidays)


def criticality_of(asset: Asset | None) -> int:
    """The highest of confidentiality, integrity and availability; 2 where nobody knows."""
    if asset is None:
        return UNKNOWN_CRITICALITY
    return max(asset.confidentiality, asset.integrity, asset.availability)


def due_dates(workspace: Workspace, assets: AssetIndex | None = None) -> findings.DueOn:
    """Return the function that gives the last day for a repair.

    It takes severity, start, subject and the days on which the clock stands still. ``assets``
    saves reading the inventory again.
    """
    calendar = holiday_calendar(workspace)
    zone = local_zone(workspace)
    sla = workspace.settings.sla
    if assets is None:
        with workspace.view() as connection:
            assets = AssetIndex.of(connection)
    index = assets

    def due_on(severity: Severity, start: datetime, subject: str = "", stops: Stops = ()) -> date:
        criticality = criticality_of(index.asset_of(subject) if subject else None)
        day = start.astimezone(zone).date()
        return calendar.add_working_days(day, sla.days(severity, criticality), stops)

    return due_on


def levels_of(workspace: Workspace) -> list[Level]:
    """The levels of escalation that the settings name."""
    return [Level(level.after, level.to) for level in workspace.settings.escalation]
