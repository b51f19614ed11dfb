"""Both languages are complete, and click speaks them too."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from secaudit.cli import click_words
from secaudit.text.language import Language, gettext, ngettext

ROOT = Path(__file__).resolve().parents[2]
FOR_DEVELOPERS = {
    "DeprecationWarning: The command {name!r} is deprecated.{extra_message}",
    "DeprecationWarning: The {param_type} {name!r} is deprecated.{extra_message}",
    "Could not determine name for option with declarations {decls!r}",
    "Arguments take exactly one parameter declaration, got {length}: {decls}.",
    "Name '{name}' defined twice",
    "Boolean option {decl!r} cannot use the same flag for true/false.",
    "Unknown color {colour!r}",
    "Unknown standard stream '{name}'",
}
"""What click says to those who write programs with it."""


def test_every_message_is_translated_and_compiled() -> None:
    done = subprocess.run(
        [sys.executable, "tools/messages.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_clicks_own_messages_are_all_listed() -> None:
    listed = set(click_words.WORDS) | {text for pair in click_words.COUNTED_WORDS for text in pair}
    said = set()
    for module in click_words.MODULES:
        assert module.__file__ is not None
        tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        for call in calls:
            if isinstance(call.func, ast.Name) and call.func.id in {"_", "ngettext"}:
                said |= {item.value for item in call.args if isinstance(item, ast.Constant)}
    said = {text for text in said if isinstance(text, str) and not text.startswith("No options de")}
    assert said - FOR_DEVELOPERS - listed == set()


def test_click_is_bound_to_our_catalogue() -> None:
    click_words.speak()
    for module in click_words.MODULES:
        assert getattr(module, "_", gettext) is gettext
        assert getattr(module, "ngettext", ngettext) is ngettext


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--bogus"], "Opsi '--bogus' tidak dikenal."),
        (["bogus"], "Perintah 'bogus' tidak dikenal."),
        (["--help"], "Penggunaan: secaudit [OPSI] PERINTAH [ARGUMEN]..."),
        (["--lang"], "Opsi '--lang' memerlukan 1 argumen."),
        (["--help"], "Tampilkan pesan ini, lalu selesai."),
    ],
)
def test_usage_errors_speak_indonesian(arguments: list[str], expected: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "secaudit", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"SECAUDIT_LANG": "id", "PATH": "/usr/bin:/bin"},
    )
    assert expected in done.stdout + done.stderr
    assert done.returncode == (0 if "--help" in arguments else 2)


def test_english_is_the_language_of_the_code() -> None:
    assert gettext("Make a workspace.", Language.ENGLISH) == "Make a workspace."
    assert gettext("", Language.INDONESIAN) == ""
