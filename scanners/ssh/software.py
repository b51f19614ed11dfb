"""Which known flaws a version may have: ``software.yaml``, and how versions compare."""

import re
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from secaudit.content.yaml import read_document, validate

_FILE = Path(__file__).with_name("software.yaml")
_PIECE = re.compile(r"(\D*)(\d*)")
State = Literal["repaired", "affected", "unknown"]


class Range(BaseModel):
    """Upstream versions: the first that has the flaw, and the first after it that has not."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: Annotated[str, Field(alias="from")]
    before: str


class FixedPackage(BaseModel):
    """The first package of a distribution with the repair, as the server's comment shows it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    upstream: str
    comment: str


class Flaw(BaseModel):
    """One flaw of one product."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^CVE-\d{4}-\d{4,}$")]
    product: str
    affected: Annotated[tuple[Range, ...], Field(min_length=1)]
    fixed: tuple[FixedPackage, ...] = ()
    source: str
    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]


class SoftwareFile(BaseModel):
    """All flaws that are looked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1]
    flaws: tuple[Flaw, ...]


@dataclass(frozen=True)
class Suspicion:
    """A flaw whose range holds the version, and whether the package's revision decides."""

    flaw: Flaw
    versions: str
    """The range, as text."""
    state: State


@cache
def load_flaws() -> tuple[Flaw, ...]:
    """The table. Raises InputError with file and line for what is wrong in it."""
    return validate(read_document(_FILE), SoftwareFile).flaws


def known_product(product: str) -> bool:
    """Whether any flaw of the product is looked for."""
    return any(flaw.product == product for flaw in load_flaws())


def suspicions(product: str, version: str, comment: str) -> list[Suspicion]:
    """The flaws whose ranges hold this version of this product."""
    found = []
    for flaw in load_flaws():
        if flaw.product != product:
            continue
        for affected in flaw.affected:
            if older(version, affected.before) and not older(version, affected.first):
                versions = f"{affected.first} - < {affected.before}"
                found.append(Suspicion(flaw, versions, _state(flaw, version, comment)))
    return found


def _state(flaw: Flaw, version: str, comment: str) -> State:
    """Compare revisions of the same series: ``Debian-2+deb12u3`` says nothing of ``deb13``."""
    for package in flaw.fixed:
        if package.upstream == version and _series(package.comment) == _series(comment):
            return "affected" if older(comment, package.comment) else "repaired"
    return "unknown"


def _series(comment: str) -> str:
    """What stays the same while a distribution repairs a package: all but the last number."""
    return re.sub(r"[\d.]+$", "", comment.split(" ")[0])


def older(left: str, right: str) -> bool:
    """Whether a version comes before another: texts by letters, numbers by value (as dpkg does).

    ``9.8`` and ``9.8p1`` differ only in the porting layer: the longer is the newer.
    """
    pairs = zip_longest(_PIECE.findall(left), _PIECE.findall(right), fillvalue=("", ""))
    for (text_a, number_a), (text_b, number_b) in pairs:
        if text_a != text_b:
            return str(text_a) < str(text_b)
        if number_a != number_b:
            return int(number_a or 0) < int(number_b or 0)
    return False
