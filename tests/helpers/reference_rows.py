"""The hand-made list of provisions, which is not part of this repository: its rows and their ids.

A row cites ranges and lists, ``Pasal 26 ayat (5)-(6) huruf a-c``; each provision that it cites has
an id of its own. Written apart from the catalogues and from the importer, to compare them with.
"""

import re
from pathlib import Path

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "regulation-provisions.md"
SECTIONS = {
    "perda-pekalongan-3-2026": "000",
    "rancangan-perda-pekalongan-2025": "001",
    "perda-pontianak-9-2022": "002",
    "perwal-bekasi-32-2021": "003",
    "perwal-pekalongan-26-2021": "004",
}
_ASIDES = re.compile(
    r"\[(?!111)[^]]*\]"
    r"|\((?:\+|khusus|asas|nomor|blok|[A-Z]{3}\d)[^()]*(?:\([^()]*\)[^()]*)*\)|\(r\)"
)
"""Remarks in a citation; ``[111]`` alone is a number, of an article whose heading is lost."""
_CELLS = 7


def rows(catalogue: str) -> list[list[str]]:
    """The rows about one regulation: citation, bearer, two paraphrases, kind, scan, Annex A."""
    text = REFERENCE.read_text(encoding="utf-8")
    section = text.split(f"\n## {SECTIONS[catalogue]} ", 1)[1].split("\n## ", 1)[0]
    section = section.split("**Modality in")[0].split("\n**Oddities")[0]
    found = [
        [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        for line in section.splitlines()
        if line.startswith("| ") and not line.startswith(("| citation", "| ---"))
    ]
    assert all(len(cells) == _CELLS for cells in found)
    return found


def provisions(citation: str) -> list[str]:
    """The ids that a citation means, each once, in the order of its words."""
    plain = _ASIDES.sub("", citation).replace("[111]", "111")
    run = ""
    if match := re.match(r"(VII|VI|IV|V|III-a|III-b|II|I)/", plain):
        run, plain = match[1].lower() + ".", plain[match.end() :]
    if match := re.match(r"Lampiran (I+)(?: baris (\d+))?", plain):
        return [f"lampiran-{match[1].lower()}" + (f".baris-{match[2]}" if match[2] else "")]
    found = []
    for chunk in re.split(r"(?=Pasal )", plain):
        if head := re.match(r"Pasal ([\d,\s-]+)", chunk):
            tails = _tails(chunk[head.end() :])
            found += [
                f"{run}pasal-{number}{tail}" for number in _numbers(head[1]) for tail in tails
            ]
    return list(dict.fromkeys(found))


def _tails(rest: str) -> list[str]:
    heads = [""]
    if match := re.match(r"\s*((?:#\d+(?:-#\d+)?(?:, | dan )?)+)", rest):
        heads = [f".praktik-{number}" for number in _numbers(match[1])]
        rest = rest[match.end() :]
    found = []
    for part in re.split(r"(?=ayat )|(?=khusus )", rest) if "ayat" in rest else [rest]:
        if part.strip(" ,;"):
            found += _paragraphs(part)
    return [head + tail for head in heads for tail in found or [""]]


def _paragraphs(part: str) -> list[str]:
    paragraphs = [""]
    if match := re.match(r"(?:ayat|khusus) ((?:\(\d+\)[-, ]*)+)", part):
        paragraphs = [f".ayat-{number}" for number in _numbers(match[1])]
        part = part[match.end() :]
    items: list[str] = []
    if match := re.search(r"huruf ((?:[a-z](?:-[a-z])?(?:, )?)+)(?![a-z])", part):
        items = [f".huruf-{letter}" for letter in _letters(match[1])]
    if match := re.search(r"angka ([\d)(-]+)", part):
        numbers = [f".angka-{number}" for number in _numbers(match[1])]
        items = [item + number for item in items or [""] for number in numbers]
    # "ayat (1)-(3) huruf a": the letter belongs to the last paragraph named.
    return [*paragraphs[:-1], *(paragraphs[-1] + item for item in items or [""])]


def _letters(text: str) -> list[str]:
    return [
        chr(code)
        for first, last in re.findall(r"\b([a-z])\b(?:-([a-z])\b)?", text)
        for code in range(ord(first), ord(last or first) + 1)
    ]


def _numbers(text: str) -> list[int]:
    return [
        number
        for first, last in re.findall(r"(\d+)\)?(?:-[(#]?(\d+))?", text)
        for number in range(int(first), int(last or first) + 1)
    ]
