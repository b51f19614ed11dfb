"""Write the tables of docs/roles.md from secaudit/app/roles.yaml and the RACI matrix.

python tools/roles_page.py            write
python tools/roles_page.py --check    change nothing; 1 where the page is out of step

What stands between the marks is written by this program; the rest of the page is written by hand.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from secaudit.app.people import role_rows, table_rows
from secaudit.core.roles import ENTERING, Role
from secaudit.text.language import Language, set_language

PAGE = Path(__file__).resolve().parent.parent / "docs" / "roles.md"
BEGIN = "<!-- written by tools/roles_page.py: {name} -->"
END = "<!-- end: {name} -->"
RULES = {
    "work": "",
    "decision": "approval",
    "program": "the program",
    "founding": "as long as nobody grants roles",
}


def roles() -> Iterator[str]:
    """Each role, and the column of the matrix that it comes from."""
    yield "| role | comes from | as read in rows 1 to 6 | also | |"
    yield "| --- | --- | --- | --- | --- |"
    for row in role_rows():
        cells = ", ".join(letters.replace(", ", "/") for letters in row["cells"].values())
        articles = "; ".join(f"`{item['id']}`" for item in row["articles"]) or "-"
        said = "concluded: " if row["inferred"] else ""
        yield _line(
            f"`{row['role']}` {row['title']}",
            f"`{row['matrix']}`, {row['citation']}, `{row['actor']}` ({row['actor_name']})",
            cells,
            articles,
            f"{said}{row['why']}",
        )


def acts() -> Iterator[str]:
    """Each act with its roles."""
    order = [role.value for role in Role if role is not Role.VIEWER]
    yield "| act | what | " + " | ".join(order) + " | how |"
    yield "| --- | --- |" + " :-: |" * len(order) + " --- |"
    for row in table_rows():
        marks = ["x" if role in row["roles"] else "" for role in order]
        yield _line(f"`{row['act']}`", row["title"], *marks, _how(row))


def _how(row: Mapping[str, Any]) -> str:
    """What the act asks for; and who enters it, where that is not everybody who works."""
    entering = ENTERING - {Role(role) for role in row["roles"]}
    narrow = row["rule"] == "decision" and {Role(role) for role in row["entered_by"]} < entering
    said = f", entered by: {', '.join(row['entered_by'])}" if narrow else ""
    return RULES[row["rule"]] + said


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def page(text: str) -> str:
    """The page with its tables as they have to be. Raises ValueError where a mark is missing."""
    set_language(Language.ENGLISH)
    for name, lines in (("roles", roles()), ("acts", acts())):
        text = _put(text, name, lines)
    return text


def _put(text: str, name: str, lines: Iterable[str]) -> str:
    begin, end = BEGIN.format(name=name), END.format(name=name)
    before, rest = text.split(begin)
    _, after = rest.split(end)
    return f"{before}{begin}\n" + "\n".join(lines) + f"\n{end}{after}"


def main() -> int:
    """Write, or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing")
    arguments = parser.parse_args()
    now = PAGE.read_text(encoding="utf-8")
    wanted = page(now)
    if now == wanted:
        print("the table of roles is in step with the code")
        return 0
    if arguments.check:
        print(f"{PAGE.name} is out of step with the code: run 'make docs'")
        return 1
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
