"""A day of the calendar as an option."""

from datetime import datetime

import click

from secaudit.text.language import gettext, ngettext


class Day(click.DateTime):
    """A day such as 2026-11-30; what is none is refused in words that everybody reads."""

    def __init__(self) -> None:
        super().__init__(formats=["%Y-%m-%d"])

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read the day. Raises click.BadParameter."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            form = gettext("YYYY-MM-DD")
            said = ngettext(
                "{value!r} does not match the format {format}.",
                "{value!r} does not match the formats {formats}.",
                1,
            )
            self.fail(said.format(value=value, format=form, formats=form), param, ctx)


DAY = Day()
