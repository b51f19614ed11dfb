"""Which TCP ports a scan looks at: profiles, lists, and the compact text of port sets.

Ports 9100 to 9107 are never among them: printers print what arrives there.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from secaudit.content.yaml import read_document, validate
from secaudit.core.authorisation import FORBIDDEN_PORTS
from secaudit.core.errors import InputError

LAST_PORT = 65535
_RUN = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")


@dataclass(frozen=True)
class PortProfile:
    """A named choice of ports, in the order in which they are probed, without repeats."""

    name: str
    ports: tuple[int, ...]


class _CommonPorts(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    top100: str
    more: str


@cache
def _common() -> tuple[tuple[int, ...], tuple[int, ...]]:
    path = Path(__file__).parent / "network" / "ports.yaml"
    lists = validate(read_document(path), _CommonPorts)
    first = _listed(lists.top100)
    return first, tuple(dict.fromkeys((*first, *_listed(lists.more))))


def parse_ports(text: str) -> PortProfile:
    """Read ``top100``, ``top1000``, ``all`` or a list such as ``22,80,8000-8100``.

    Raises InputError for anything else, and when nothing is left without 9100 to 9107.
    """
    name = text.strip().lower()
    if name == "top100":
        return PortProfile(name, _common()[0])
    if name == "top1000":
        return PortProfile(name, _common()[1])
    if name == "all":
        common = _common()[1]
        rest = sorted(set(range(1, LAST_PORT + 1)) - set(common) - set(FORBIDDEN_PORTS))
        return PortProfile(name, (*common, *rest))
    ports = _listed(name)
    if not ports:
        raise InputError(
            "{text!r} leaves no port to probe: 9100 to 9107 are never probed, since printers print",
            text=text,
        )
    return PortProfile(port_runs(ports), ports)


def _listed(text: str) -> tuple[int, ...]:
    ports: dict[int, None] = {}
    for piece in text.replace(" ", "").replace("\n", "").strip(",").split(","):
        match = _RUN.fullmatch(piece)
        if match is None:
            raise InputError(
                "{piece!r} is not a port or a range of ports",
                hint="examples: top100, top1000, all, 443, 22,80,8000-8100",
                piece=piece,
            )
        first, last = int(match[1]), int(match[2] or match[1])
        if not 1 <= first <= last <= LAST_PORT:
            raise InputError(
                "{piece!r} is not a range of ports between 1 and {last}",
                piece=piece,
                last=LAST_PORT,
            )
        ports.update(dict.fromkeys(p for p in range(first, last + 1) if p not in FORBIDDEN_PORTS))
    return tuple(ports)


def port_runs(ports: Iterable[int]) -> str:
    """Write a set of ports as sorted runs: ``1-21,23``; the empty set as the empty text."""
    runs: list[list[int]] = []
    for port in sorted(set(ports)):
        if runs and port == runs[-1][1] + 1:
            runs[-1][1] = port
        else:
            runs.append([port, port])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


@lru_cache(maxsize=64)
def expand_runs(text: str) -> tuple[int, ...]:
    """Read what :func:`port_runs` wrote: the ports, sorted. Raises InputError for other text."""
    if not text:
        return ()
    return tuple(sorted(set(_listed(text))))


def in_runs(text: str, port: int) -> bool:
    """Tell whether ``port`` is in what :func:`port_runs` wrote, without expanding it."""
    for run in filter(None, text.split(",")):
        first, _, last = run.partition("-")
        if int(first) <= port <= int(last or first):
            return True
    return False
