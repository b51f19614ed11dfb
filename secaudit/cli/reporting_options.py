"""The options that say what a report or a pack is about."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from secaudit.cli.command import option
from secaudit.cli.day import DAY
from secaudit.text.language import N_

if TYPE_CHECKING:
    from secaudit.app.packs import PackRequest

_OPTIONS = (
    option(
        "--from",
        "first",
        type=DAY,
        metavar="YYYY-MM-DD",
        help=N_("First day of the period (default: the day of the first scan)."),
    ),
    option(
        "--until",
        "last",
        type=DAY,
        metavar="YYYY-MM-DD",
        help=N_("Last day of the period (default: today)."),
    ),
    option("--zone", "zones", multiple=True, help=N_("Only this zone (repeatable).")),
    option(
        "--asset", "assets", multiple=True, help=N_("Only this asset, by id or name (repeatable).")
    ),
    option("--sample", is_flag=True, help=N_("Mark every page as a sample, not a real city.")),
)


def selection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the period and what it is narrowed to."""
    for add in reversed(_OPTIONS):
        command = add(command)
    return command


def request_of(
    first: datetime | None,
    last: datetime | None,
    zones: tuple[str, ...],
    assets: tuple[str, ...],
    sample: bool,
) -> "PackRequest":
    """Turn the options into a request."""
    from secaudit.app.packs import PackRequest

    return PackRequest(
        start=first.date() if first else None,
        end=last.date() if last else None,
        zones=zones,
        assets=assets,
        sample=sample,
    )
