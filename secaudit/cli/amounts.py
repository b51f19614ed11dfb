"""Effort and cost as options: as people write them here, with a point or a comma."""

import re
from typing import Any

import click

from secaudit.core.errors import InputError
from secaudit.text.amounts import read_amount, read_effort
from secaudit.text.language import gettext


class Amount(click.ParamType[int]):
    """Whole units of a currency: ``15000000``, ``15.000.000`` or ``Rp15.000.000``."""

    name = "integer"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it. Raises click.BadParameter."""
        if isinstance(value, int):
            return value
        try:
            return read_amount(str(value))
        except InputError as error:
            self.fail(error.in_words(gettext)[0], param, ctx)


class Effort(click.ParamType[float]):
    """Person-days: ``2``, ``2.5`` or ``2,5``."""

    name = "float"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read it. Raises click.BadParameter."""
        if isinstance(value, float):
            return value
        try:
            return read_effort(str(value))
        except InputError as error:
            self.fail(error.in_words(gettext)[0], param, ctx)


class Currency(click.ParamType[str]):
    """Three letters of ISO 4217."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read it. Raises click.BadParameter."""
        text = str(value).strip().upper()
        if re.fullmatch(r"[A-Z]{3}", text) is None:
            said = gettext("{value!r} is not a currency such as IDR")
            self.fail(said.format(value=value), param, ctx)
        return text


AMOUNT, EFFORT, CURRENCY = Amount(), Effort(), Currency()
