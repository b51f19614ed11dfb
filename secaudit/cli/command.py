"""Commands whose help speaks the user's language, and groups that load only when they are used."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click

from secaudit.text.language import N_, gettext

_PLACEHOLDERS = {
    message: message
    for message in (
        N_("[OPTIONS]"),
        N_("COMMAND [ARGS]..."),
        N_("[COMMAND] [ARGS]..."),
        N_("COMMAND"),
        N_("[ARGS]..."),
        N_("TEXT"),
        N_("INTEGER"),
        N_("FLOAT"),
        N_("FILE"),
        N_("DIRECTORY"),
        N_("PATH"),
        N_("FILENAME"),
        N_("BOOLEAN"),
        N_("INTEGER RANGE"),
        N_("FLOAT RANGE"),
        N_("DATETIME"),
        N_("DAYS"),
        N_("YYYY-MM-DD"),
        N_("KIND=REFERENCE"),
        N_("ACTION OWNER YYYY-MM-DD"),
        N_("AFTER"),
        N_("AUDIT"),
        N_("ASSET"),
        N_("ATTESTATION"),
        N_("BEFORE"),
        N_("CHANNEL"),
        N_("CHECK"),
        N_("CHECK SUBJECT"),
        N_("CONTROL"),
        N_("COURSE"),
        N_("DECISION"),
        N_("FINDING"),
        N_("FINDINGS"),
        N_("FINDING|PLAN"),
        N_("FOLDER"),
        N_("MATRIX"),
        N_("NAME"),
        N_("NOTICE"),
        N_("NOTICES"),
        N_("NUMBER"),
        N_("OBLIGATION"),
        N_("PACK"),
        N_("PLAN"),
        N_("PROGRAMME"),
        N_("RECORD"),
        N_("REPORT"),
        N_("REQUIREMENT"),
        N_("REQUIREMENTS"),
        N_("RISK"),
        N_("ROLE"),
        N_("SAMPLE"),
        N_("LxI"),
        N_("SCALE"),
        N_("SCAN"),
        N_("SCHEDULE"),
        N_("STAGE"),
        N_("STATEMENT"),
        N_("STEP=REASON"),
        N_("TARGET"),
        N_("TARGETS"),
    )
}
"""What stands for a value in a usage line; click never translates it itself."""
_DECORATED = re.compile(r"(\[?)([^\[\].]+)(\]?(?:\.\.\.)?)")


def _placeholder(text: str) -> str:
    return gettext(_PLACEHOLDERS.get(text, "")) or text


class Option(click.Option):
    """An option whose help is translated when it is shown."""

    def make_metavar(self, ctx: click.Context) -> str:
        """Name the value in the user's language."""
        return _placeholder(super().make_metavar(ctx))

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Translate, then let click lay it out."""
        original, self.help = self.help, gettext(self.help) if self.help else self.help
        try:
            return super().get_help_record(ctx)
        finally:
            self.help = original


class Argument(click.Argument):
    """An argument whose name is in the user's language, in usage lines and in errors."""

    def make_metavar(self, ctx: click.Context) -> str:
        """Translate the name, and keep the signs of optional and of several."""
        written = super().make_metavar(ctx)
        found = _DECORATED.fullmatch(written)
        return found[1] + _placeholder(found[2]) + found[3] if found else written


class Command(click.Command):
    """A command whose help is translated when it is shown."""

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Name the parts of the usage line in the user's language."""
        return [_placeholder(piece) for piece in super().collect_usage_pieces(ctx)]

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Click keeps the option of the first call, in the language of that call."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = gettext("Show this message and exit.")
        return option

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Translate, then let click lay it out."""
        original, self.help = self.help, gettext(self.help) if self.help else self.help
        try:
            super().format_help_text(ctx, formatter)
        finally:
            self.help = original

    def get_short_help_str(self, limit: int = 78) -> str:
        """Return the first line in the user's language, whole: the list of verbs wraps it."""
        return gettext(self.help or "").split("\n", 1)[0].rstrip(".")


class Group(click.Group, Command):
    """A group of verbs under one noun."""

    command_class = Command
    group_class = type

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Name what stands for the verbs in the user's language, too."""
        return [_placeholder(piece) for piece in super().collect_usage_pieces(ctx)]


@dataclass(frozen=True)
class Noun:
    """Where a top-level command lives (``module:attribute``), and its line in the main help."""

    where: str
    help: str


class LazyGroup(Group):
    """The root: it imports a noun's module only when the noun is used."""

    def __init__(self, *args: Any, nouns: Mapping[str, Noun], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._nouns = nouns

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the nouns in the order of the chain."""
        return list(self._nouns)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one noun."""
        noun = self._nouns.get(cmd_name)
        if noun is None:
            return None
        module, _, attribute = noun.where.partition(":")
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{noun.where} is not a command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the nouns without importing them."""
        with formatter.section(gettext("Commands")):
            formatter.write_dl([(name, gettext(noun.help)) for name, noun in self._nouns.items()])


def option(*declarations: str, **settings: Any) -> Callable[[Any], Any]:
    """``click.option`` with translated help."""
    return click.option(*declarations, cls=Option, **settings)


def argument(*declarations: str, **settings: Any) -> Callable[[Any], Any]:
    """``click.argument`` with a translated name."""
    return click.argument(*declarations, cls=Argument, **settings)


format_option = option(
    "--format",
    "format_",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help=N_("How to print the list."),
)


record_format_option = option(
    "--format",
    "format_",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help=N_("How to print it."),
)
