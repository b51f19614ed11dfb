"""Effort and cost as options: as people write them here, with a point or a comma."""

import re
from typing import Any

import click

from secaudit.text.language import gettext

_GROUPED = re.compile(r"\d{1,3}([.,]\d{3})+|\d{1,16}")
_DAYS = re.compile(r"\d{1,6}([.,]\d{1,2})?")


class Amount(click.ParamType[int]):
    """Whole units of a currency: ``15000000``, ``15.000.000`` or ``Rp15.000.000``."""

    name = "integer"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it. Raises click.BadParameter."""
        if isinstance(value, int):
            return value
        text = re.sub(r"^rp\.?\s*", "", str(value).strip().lower())
        if _GROUPED.fullmatch(text) is None:
            said = gettext("{value!r} is not a whole amount such as 15000000")
            self.fail(said.format(value=value), param, ctx)
        return int(re.sub(r"[.,]", "", text))


class Effort(click.ParamType[float]):
    """Person-days: ``2``, ``2.5`` or ``2,5``."""

    name = "float"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read it. Raises click.BadParameter."""
        if isinstance(value, float):
            return value
        text = str(value).strip()
        if _DAYS.fullmatch(text) is None:
            said = gettext("{value!r} is not a number of person-days such as 2.5")
            self.fail(said.format(value=value), param, ctx)
        return float(text.replace(",", "."))


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
