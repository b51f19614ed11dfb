"""Collect the messages of the code, keep the catalogues in step, and compile them.

    python tools/messages.py            write secaudit.pot, bring id.po up to date, compile id.mo
    python tools/messages.py --check    change nothing; 1 when something is missing or out of step

Messages are found in the syntax tree, so that a message is one however its literal is broken into
lines. Catalogues carry no dates and no line numbers: the same messages give the same bytes.
"""

import argparse
import ast
import io
import string
import struct
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("secaudit", "controls", "scanners", "reports")
LOCALE = ROOT / "secaudit" / "text" / "locale"
TEMPLATE = LOCALE / "secaudit.pot"
LANGUAGES = {"id": "nplurals=1; plural=0;"}
"""Each translated language with its plural rule; English is the language of the code."""

MARKS = {"_", "N_", "gettext", "mark", "Word", "said"}
COUNTED_MARKS = {"ngettext", "NN_", "mark_counted"}
KEYWORDS = {"hint", "help", "empty", "heading"}

Id = str | tuple[str, str]


@dataclass
class Collector(ast.NodeVisitor):
    """Finds the messages of one module."""

    errors: frozenset[str]
    """Names of the classes whose first argument is a message."""
    found: set[Id] = field(default_factory=set)
    _classes: list[str] = field(default_factory=list)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Remember whose ``super().__init__`` is called."""
        self._classes.append(node.name)
        self.generic_visit(node)
        self._classes.pop()

    def visit_Call(self, node: ast.Call) -> None:
        """Take the texts of a call that marks, raises, or describes."""
        name, arguments = _name_of(node.func), node.args
        if name in COUNTED_MARKS and len(arguments) >= 2:
            for one, many in zip(_texts(arguments[0]), _texts(arguments[1]), strict=True):
                self.found.add((one, many))
        elif name in MARKS or name in self.errors or self._is_error_init(node):
            self.found.update(text for item in arguments[:1] for text in _texts(item))
        elif name in {"error", "Column"} and len(arguments) >= 2:
            self.found.update(_texts(arguments[1]))
        for keyword in node.keywords:
            if keyword.arg in KEYWORDS:
                self.found.update(_texts(keyword.value))
        self.generic_visit(node)

    def _is_error_init(self, node: ast.Call) -> bool:
        return (
            isinstance(node.func, ast.Attribute)
            and node.func.attr == "__init__"
            and isinstance(node.func.value, ast.Call)
            and bool(self._classes)
            and self._classes[-1] in self.errors
        )


def _name_of(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


def error_classes(trees: Iterable[ast.Module]) -> frozenset[str]:
    """The names of SecauditError and of every class that comes from it."""
    bases = {
        node.name: {_name_of(base) for base in node.bases}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    known = {"SecauditError"}
    while more := {name for name in bases.keys() - known if bases[name] & known}:
        known |= more
    return frozenset(known)


def _texts(node: ast.expr) -> Iterator[str]:
    """The literal texts that an expression can be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from _texts(value)


def collect() -> Catalog:
    """All messages of the four packages, each with the files that say it."""
    catalog = Catalog(project="secaudit", charset="utf-8")
    trees = {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    }
    errors = error_classes(trees.values())
    for path, tree in trees.items():
        collector = Collector(errors)
        collector.visit(tree)
        where = path.relative_to(ROOT).as_posix()
        for message_id in sorted(collector.found, key=str):
            if _has_words(message_id):
                catalog.add(message_id, locations=[(where, 0)])
    return catalog


def _has_words(message_id: Id) -> bool:
    """A message of placeholders and signs alone is the same in every language."""
    first = message_id if isinstance(message_id, str) else message_id[0]
    literals = "".join(literal for literal, *_ in _pieces(first))
    return any(character.isalpha() for character in literals)


def _pieces(text: str) -> list[tuple[str, str | None, str | None, str | None]]:
    try:
        return list(string.Formatter().parse(text))
    except ValueError:
        return [(text, None, None, None)]


def fields_of(text: str) -> set[str]:
    """The names that ``str.format`` fills in."""
    return {name.partition(".")[0].partition("[")[0] for _, name, *_ in _pieces(text) if name}


def po_bytes(catalog: Catalog, language: str = "") -> bytes:
    """Write a catalogue without anything that changes by itself."""
    header = {
        "Project-Id-Version": "secaudit",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": LANGUAGES.get(language, "nplurals=2; plural=(n != 1);"),
    }
    lines = ['msgid ""', 'msgstr ""', *(f'"{key}: {value}\\n"' for key, value in header.items())]
    body = io.BytesIO()
    write_po(body, catalog, width=96, omit_header=True, sort_output=True, include_lineno=False)
    return "\n".join([*lines, "", ""]).encode() + body.getvalue()


def updated(path: Path, template: Catalog, language: str) -> Catalog:
    """The catalogue at ``path`` with exactly the template's messages, translations kept."""
    old = Catalog(locale=language)
    if path.exists():
        with path.open("rb") as file:
            old = read_po(file, locale=language)
    new = Catalog(locale=language, charset="utf-8")
    new.mime_headers = [("Plural-Forms", LANGUAGES[language])]
    for message in template:
        if message.id:
            known = old.get(message.id) if message.id in old else None
            if known is not None and known.pluralizable != message.pluralizable:
                known = None  # it gained or lost its plural, and is to be translated anew
            translation = known.string if known else ("",) if message.pluralizable else ""
            new.add(message.id, translation, locations=message.locations)
    return new


def mo_bytes(catalog: Catalog) -> bytes:
    """Compile to GNU MO: tables of lengths and offsets, then the texts, sorted by key."""
    texts: dict[bytes, bytes] = {b"": b"Content-Type: text/plain; charset=UTF-8\n"}
    texts[b""] += f"Plural-Forms: {LANGUAGES[str(catalog.locale)]}\n".encode()
    for message in catalog:
        ids, strings = _forms(message.id), _forms(message.string)
        if message.id and all(strings):
            texts["\0".join(ids).encode()] = "\0".join(strings).encode()
    keys = sorted(texts)
    start = 28 + 16 * len(keys)
    tables: tuple[list[int], list[int]] = ([], [])
    heap = b""
    for table, items in zip(tables, (keys, [texts[key] for key in keys]), strict=True):
        for item in items:
            table += [len(item), start + len(heap)]
            heap += item + b"\0"
    count = len(keys)
    head = struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, start)
    return head + struct.pack(f"<{4 * count}I", *tables[0], *tables[1]) + heap


def _forms(texts: object) -> tuple[str, ...]:
    """One text, or the forms of a message that counts."""
    several = texts if isinstance(texts, tuple | list) else (texts,)
    return tuple(str(text or "") for text in several)


def faults(catalog: Catalog) -> list[str]:
    """Say what is not translated, and which translation asks for other facts than its message."""
    complaints = []
    for message in catalog:
        if message.id:
            complaints += _faults_of(message)
    return complaints


def _faults_of(message: Message) -> list[str]:
    ids, strings = _forms(message.id), _forms(message.string)
    where = ", ".join(sorted({file for file, _ in message.locations}))
    if not all(strings):
        return [f"not translated: {ids[0]!r} ({where})"]
    allowed = set().union(*(fields_of(text) for text in ids))
    if any(fields_of(text) - allowed for text in strings):
        return [f"unknown placeholder in the translation of {ids[0]!r} ({where})"]
    return []


def main() -> int:
    """Write, or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing")
    arguments = parser.parse_args()
    template = collect()
    outputs = {TEMPLATE: po_bytes(template)}
    complaints: list[str] = []
    for language in LANGUAGES:
        folder = LOCALE / language / "LC_MESSAGES"
        catalog = updated(folder / "secaudit.po", template, language)
        outputs[folder / "secaudit.po"] = po_bytes(catalog, language)
        outputs[folder / "secaudit.mo"] = mo_bytes(catalog)
        complaints += [f"{language}: {fault}" for fault in faults(catalog)]
    for path, content in outputs.items():
        if path.exists() and path.read_bytes() == content:
            continue
        if arguments.check:
            complaints.append(f"{path.relative_to(ROOT)} is out of step: run 'make messages'")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    print("\n".join(complaints) or f"{len(template)} messages, all translated")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
