"""What ``algorithms.yaml`` says of SSH's algorithms: one entry for each name, or none."""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from scanners.catalogue import Bilingual
from secaudit.content.yaml import read_document, validate

_FILE = Path(__file__).with_name("algorithms.yaml")
Weakness = Literal[
    "none",
    "short_group",
    "sha1",
    "sha1_signature",
    "dsa",
    "rc4",
    "short_block",
    "cbc",
    "md5",
    "short_tag",
    "before_auth",
]
Kind = Literal["kex", "host_key", "cipher", "mac", "compression"]
KINDS: tuple[Kind, ...] = ("kex", "host_key", "cipher", "mac", "compression")


class Entry(BaseModel):
    """What holds for some names: weaknesses (none: sound), the reason, its source and date."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: Annotated[tuple[str, ...], Field(min_length=1)]
    weaknesses: tuple[Weakness, ...] = ()
    post_quantum: bool = False
    """Of a key exchange: it stands against a quantum computer."""
    aead: bool = False
    """Of a cipher: it needs no MAC beside it."""
    etm: bool = False
    """Of a MAC: it is taken over the ciphertext."""
    reason: Bilingual
    source: Annotated[str, Field(min_length=1)]
    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]

    @property
    def verdict(self) -> Literal["sound", "weak"]:
        """In one word."""
        return "weak" if self.weaknesses else "sound"


class AlgorithmFile(BaseModel):
    """The table: entries by kind, in the order in which names are looked up."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1]
    kex: tuple[Entry, ...]
    host_key: tuple[Entry, ...]
    cipher: tuple[Entry, ...]
    mac: tuple[Entry, ...]
    compression: tuple[Entry, ...]

    def of_kind(self, kind: Kind) -> tuple[Entry, ...]:
        """The entries of one kind."""
        entries: tuple[Entry, ...] = getattr(self, kind)
        return entries


@cache
def load_algorithms() -> AlgorithmFile:
    """The table. Raises InputError with file and line for what is wrong in it."""
    return validate(read_document(_FILE), AlgorithmFile)


def entry_of(kind: Kind, name: str) -> Entry | None:
    """What is known of an algorithm; a whole name counts before one with a star."""
    exact, patterns = _index(kind)
    if name in exact:
        return exact[name]
    return next((entry for head, tail, entry in patterns if _fits(name, head, tail)), None)


def _fits(name: str, head: str, tail: str) -> bool:
    return name.startswith(head) and name.endswith(tail) and len(name) >= len(head) + len(tail)


@cache
def _index(kind: Kind) -> tuple[dict[str, Entry], list[tuple[str, str, Entry]]]:
    exact: dict[str, Entry] = {}
    patterns: list[tuple[str, str, Entry]] = []
    for entry in load_algorithms().of_kind(kind):
        for name in entry.names:
            head, star, tail = name.partition("*")
            if star:
                patterns.append((head, tail, entry))
            else:
                exact.setdefault(name, entry)
    return exact, patterns
