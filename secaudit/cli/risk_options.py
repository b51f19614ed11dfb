"""Options that several verbs of ``secaudit risk`` share, and the form of a score: ``3x4``."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import click

from secaudit.cli.command import option
from secaudit.cli.day import DAY
from secaudit.risk.model import Score
from secaudit.text.language import N_, gettext

_FORM = re.compile(r"\s*(\d{1,2})\s*[x×*,/ ]\s*(\d{1,2})\s*", re.IGNORECASE)


class ScoreType(click.ParamType[Score]):
    """Likelihood and impact as ``3x4``."""

    name = "LxI"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Score:
        """Read the score. Raises click.BadParameter."""
        if isinstance(value, Score):
            return value
        found = _FORM.fullmatch(str(value))
        if found is None:
            self.fail(
                gettext("{value!r} is not a likelihood and an impact such as 3x4").format(
                    value=value
                ),
                param,
                ctx,
            )
        return Score(int(found[1]), int(found[2]))


SCORE = ScoreType()
STATES = ("proposed", "approved", "rejected", "lapsed", "retired")
Decorator = Callable[[Any], Any]


def score_options(*, residual: bool = True) -> Decorator:
    """``--current``, ``--inherent`` and ``--residual``."""
    declared = [
        option("--current", type=SCORE, metavar="LxI", help=N_("As it is now, as 3x4.")),
        option("--inherent", type=SCORE, metavar="LxI", help=N_("As it is without any control.")),
    ]
    if residual:
        declared.append(residual_option)
    return together(*declared)


residual_option = option(
    "--residual", type=SCORE, metavar="LxI", help=N_("What is expected to be left after treatment.")
)
version_option = option(
    "--version",
    "version",
    type=click.IntRange(min=1),
    help=N_("The version that you have read: refused if somebody changed it since."),
)
by_option = option("--by", help=N_("Who decides it (default: your account)."))
reason_option = option("--reason", required=True, help=N_("Why."))
at_option = option(
    "--at", "day", type=DAY, metavar="YYYY-MM-DD", help=N_("The register as it was on this day.")
)


def text_options(*, required: bool) -> Decorator:
    """What a risk says of itself."""
    return together(
        option("--title", required=required, help=N_("What may happen, in one line.")),
        option("--threat", help=N_("Who or what may cause it.")),
        option("--vulnerability", help=N_("The weakness that lets it happen.")),
        option("--consequence", help=N_("What it would cost.")),
        option("--category", help=N_("The category; an unknown one is answered with the list.")),
        option("--owner", required=required, help=N_("Who answers for the risk.")),
        option(
            "--concern",
            "concerns",
            multiple=True,
            type=click.Choice(["confidentiality", "integrity", "availability"]),
            help=N_("Which property is touched (repeatable)."),
        ),
        option(
            "--harm",
            "consequences",
            multiple=True,
            type=click.Choice(["service", "finance", "reputation", "law", "safety"]),
            help=N_("What kind of harm (repeatable)."),
        ),
        option(
            "--asset",
            "assets",
            multiple=True,
            help=N_("An asset concerned: its id or name (repeatable)."),
        ),
        option("--review-on", type=DAY, metavar="YYYY-MM-DD", help=N_("When to look again.")),
    )


def together(*decorators: Decorator) -> Decorator:
    """Apply decorators so that help lists them in this order."""

    def apply(function: Any) -> Any:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return apply


def plain_day(value: datetime | None) -> date | None:
    """The day of an option."""
    return None if value is None else value.date()


def filter_options(function: Any) -> Any:
    """Which risks: those of ``risk list`` and ``risk export``."""
    return together(
        option("--all", "everything", is_flag=True, help=N_("Those set aside too.")),
        option(
            "--state",
            "states",
            multiple=True,
            type=click.Choice(STATES),
            help=N_("Only these states (repeatable)."),
        ),
        option("--category", help=N_("Only this category.")),
        option("--owner", help=N_("Only what this owner answers for.")),
        option("--above", is_flag=True, help=N_("Only what is above the appetite.")),
    )(function)
