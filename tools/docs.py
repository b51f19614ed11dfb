"""Write docs/cli.md and docs/cli.id.md from the program's own help.

python tools/docs.py            write
python tools/docs.py --check    change nothing; 1 where a page is out of step
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from secaudit.cli.main import root
from secaudit.text.language import Language, set_language

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 96
PAGES = {Language.ENGLISH: "docs/cli.md", Language.INDONESIAN: "docs/cli.id.md"}
OPENINGS = {
    Language.ENGLISH: "# The commands\n\nWritten by `make docs` from the program's own help. "
    "What a command's end means: [exit codes](exit-codes.md).\n",
    Language.INDONESIAN: "# Perintah\n\nDitulis oleh `make docs` dari bantuan program sendiri. "
    "Arti akhir suatu perintah: [kode keluar](exit-codes.md).\n",
}


def commands(
    command: click.Command, name: str, parent: click.Context | None = None
) -> Iterator[tuple[str, str]]:
    """The name and the help of a command and of all below it, in the order of the help."""
    context = click.Context(
        command, info_name=name, parent=parent, terminal_width=WIDTH, max_content_width=WIDTH
    )
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            below = command.get_command(context, child)
            if below is not None and not below.hidden:
                yield from commands(below, child, context)


def page(language: Language) -> str:
    """The whole page in one language."""
    set_language(language)
    parts = [OPENINGS[language]]
    parts += [f"## {path}\n\n```text\n{text}\n```\n" for path, text in commands(root, "secaudit")]
    return "\n".join(parts)


def main() -> int:
    """Write, or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing")
    arguments = parser.parse_args()
    stale = []
    for language, name in PAGES.items():
        content, path = page(language), ROOT / name
        if path.exists() and path.read_text(encoding="utf-8") == content:
            continue
        if arguments.check:
            stale.append(f"{name} is out of step with the program: run 'make docs'")
        else:
            path.write_text(content, encoding="utf-8")
    print("\n".join(stale) or f"{len(PAGES)} pages in step with the program")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
