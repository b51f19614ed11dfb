"""Every command explains itself, in both languages, and the pages show what it says."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from secaudit.cli.main import NOUNS, root, run
from secaudit.text.language import Language, set_language

ROOT = Path(__file__).resolve().parents[2]


def all_commands(
    command: click.Command, parent: click.Context | None = None, name: str = "secaudit"
) -> Iterator[tuple[click.Context, click.Command]]:
    context = click.Context(command, info_name=name, parent=parent)
    yield context, command
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            below = command.get_command(context, child)
            assert below is not None
            yield from all_commands(below, context, child)


@pytest.fixture(autouse=True)
def _indonesian_again() -> Iterator[None]:
    yield
    set_language(Language.INDONESIAN)


def test_every_command_and_option_has_help() -> None:
    silent = []
    for context, command in all_commands(root):
        if not command.help:
            silent.append(context.command_path)
        silent += [
            f"{context.command_path} {parameter.opts[0]}"
            for parameter in command.params
            if isinstance(parameter, click.Option) and not parameter.help
        ]
    assert silent == []


def test_a_noun_s_own_help_begins_as_its_line_in_the_main_help() -> None:
    context = click.Context(root)
    for name, noun in NOUNS.items():
        command = root.get_command(context, name)
        assert command is not None
        assert (command.help or "").startswith(noun.help.rstrip("."))


@pytest.mark.parametrize("language", list(Language))
def test_help_is_shown(language: Language, capsys: pytest.CaptureFixture[str]) -> None:
    set_language(language)
    for context, _ in all_commands(root):
        words = context.command_path.split()[1:]
        assert run([*words, "--help"]) == 0
    shown = capsys.readouterr().out
    assert ("Penggunaan:" in shown) == (language is Language.INDONESIAN)
    assert ("Usage:" in shown) == (language is Language.ENGLISH)


def test_the_pages_are_in_step() -> None:
    done = subprocess.run(
        [sys.executable, "tools/docs.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
