"""Scales: the words for likelihood and impact, the matrix, and what is to be treated. YAML.

Ours are in ``scales/``; a workspace's own are in its ``content/risk/`` in the same form, and one
with the id of ours takes its place. A register keeps the scale that it was scored with.
"""

from bisect import bisect_left
from collections.abc import Mapping
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from secaudit.content.bilingual import Bilingual
from secaudit.content.overlay import find_named, read_folder, with_own
from secaudit.content.yaml import Document, validate
from secaudit.core.canonical import canonical_json, sha256_hex
from secaudit.core.errors import InputError
from secaudit.core.vocabulary import Confidence
from secaudit.text.language import N_

SHIPPED = Path(__file__).with_name("scales")
PRODUCT = "product"
LARGEST_MAGNITUDE = 1000
PROPOSED_STEPS = 5
"""The rules that propose a score think in five steps; other scales are reached by proportion."""

Steps = Annotated[tuple[Bilingual, ...], Field(min_length=3, max_length=6)]
Magnitude = Annotated[int, Field(ge=1, le=LARGEST_MAGNITUDE)]
Row = Annotated[tuple[Magnitude, ...], Field(min_length=3, max_length=6)]


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Level(_Content):
    """One level: the magnitudes up to and including ``up_to``, above those of the one before."""

    up_to: Magnitude
    word: Bilingual


class Scale(_Content):
    """One scale. ``matrix[likelihood - 1][impact - 1]`` is a magnitude, or all are products."""

    schema_version: Literal[1]
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    title: Bilingual
    source: Bilingual
    confidence: Confidence
    confirmed: bool
    """Whether the numbers are sure: taken from the text they are said to be from, or our own."""
    likelihood: Steps
    impact: Steps
    matrix: Literal["product"] | tuple[Row, ...]
    levels: Annotated[tuple[Level, ...], Field(min_length=2, max_length=6)]
    appetite: Magnitude
    """The least magnitude to treat, where the workspace sets none."""

    @cached_property
    def cells(self) -> tuple[tuple[int, ...], ...]:
        """The magnitudes: one row for each likelihood, from 1 up."""
        if self.matrix != PRODUCT:
            return tuple(tuple(row) for row in self.matrix)  # type: ignore[arg-type]
        return tuple(tuple(row * column for column in self.impacts) for row in self.likelihoods)

    @property
    def likelihoods(self) -> range:
        """The steps of likelihood, from 1."""
        return range(1, len(self.likelihood) + 1)

    @property
    def impacts(self) -> range:
        """The steps of impact, from 1."""
        return range(1, len(self.impact) + 1)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of what a score means: words, matrix and levels, but not the source."""
        meaning = self.model_dump(mode="json", include={"id", "likelihood", "impact", "levels"})
        return sha256_hex(canonical_json({**meaning, "cells": self.cells}))

    def magnitude(self, likelihood: int, impact: int) -> int:
        """How large a risk is. Raises InputError outside of the steps."""
        if likelihood not in self.likelihoods or impact not in self.impacts:
            raise InputError(
                "{score} is outside of the scale {scale}: likelihood goes from 1 to {rows} and"
                " impact from 1 to {columns}",
                hint="see the words of the steps with: secaudit risk scales {scale}",
                score=f"{likelihood}x{impact}",
                scale=self.id,
                rows=len(self.likelihood),
                columns=len(self.impact),
            )
        return self.cells[likelihood - 1][impact - 1]

    def level(self, magnitude: int) -> int:
        """The level of a magnitude, from 1, the lowest."""
        return bisect_left([item.up_to for item in self.levels], magnitude) + 1

    def fitted(self, likelihood: int, impact: int) -> tuple[int, int]:
        """A likelihood and an impact thought in five steps, on this scale."""
        return (
            -(-likelihood * len(self.likelihood) // PROPOSED_STEPS),
            -(-impact * len(self.impact) // PROPOSED_STEPS),
        )

    def likelihood_word(self, step: int, language: str) -> str:
        """The word for a likelihood."""
        return self.likelihood[step - 1].in_language(language)

    def impact_word(self, step: int, language: str) -> str:
        """The word for an impact."""
        return self.impact[step - 1].in_language(language)

    def level_word(self, level: int, language: str) -> str:
        """The word for a level."""
        return self.levels[level - 1].word.in_language(language)


def load_scales(own: Path | None = None) -> Mapping[str, Scale]:
    """Every scale by its id; one of the workspace (folder ``own``) replaces ours of that id.

    Raises InputError with file and line for an unknown key, a row that is too short, a matrix that
    falls, a level that no magnitude can reach, and two files of one scale.
    """
    return with_own(_shipped(), own, _read)


def find_scale(name: str, scales: Mapping[str, Scale]) -> Scale:
    """The scale of this id. Raises NotFoundError that names those there are."""
    return find_named(name, scales, missing=N_("there is no risk scale {name!r}"))


def scale_from(content: Mapping[str, Any]) -> Scale:
    """A scale from its JSON form, as a register keeps it."""
    return Scale.model_validate(content)


@cache
def _shipped() -> Mapping[str, Scale]:
    return _read(SHIPPED)


def _read(folder: Path) -> Mapping[str, Scale]:
    return read_folder(folder, _scale, twice=N_("the scale {name!r} is there twice"))


def _scale(document: Document) -> Scale:
    scale = validate(document, Scale)
    if faults := [*_matrix_faults(document, scale), *_level_faults(document, scale)]:
        raise InputError.together(faults)
    return scale


def _matrix_faults(document: Document, scale: Scale) -> list[InputError]:
    cells = scale.cells
    if len(cells) != len(scale.likelihood):
        return [
            document.error(
                ("matrix",),
                "the matrix has {found} rows, but there are {wanted} words for likelihood",
                found=len(cells),
                wanted=len(scale.likelihood),
            )
        ]
    faults = []
    for row, numbers in enumerate(cells):
        if len(numbers) != len(scale.impact):
            faults.append(
                document.error(
                    ("matrix", row),
                    "row {row} has {found} numbers, but there are {wanted} words for impact",
                    row=row + 1,
                    found=len(numbers),
                    wanted=len(scale.impact),
                )
            )
        elif any(left > right for left, right in pairwise(numbers)):
            faults.append(
                document.error(("matrix", row), "row {row} falls as the impact grows", row=row + 1)
            )
        elif row and any(
            above > here for above, here in zip(cells[row - 1], numbers, strict=False)
        ):
            faults.append(
                document.error(
                    ("matrix", row),
                    "row {row} is less than the row before, although the likelihood is greater",
                    row=row + 1,
                )
            )
    return faults


def _level_faults(document: Document, scale: Scale) -> list[InputError]:
    bounds = [item.up_to for item in scale.levels]
    faults = [
        document.error(
            ("levels", index, "up_to"),
            "{bound} is not above {before}, the bound of the level before",
            bound=bound,
            before=before,
        )
        for index, (before, bound) in enumerate(pairwise(bounds), start=1)
        if bound <= before
    ]
    highest = max(max(row) for row in scale.cells)
    if bounds[-1] < highest:
        faults.append(
            document.error(
                ("levels", len(bounds) - 1, "up_to"),
                "the levels end at {bound}, but the matrix goes up to {highest}",
                bound=bounds[-1],
                highest=highest,
            )
        )
    if scale.appetite > highest:
        faults.append(
            document.error(
                ("appetite",),
                "the appetite {appetite} is above the matrix, which goes up to {highest}:"
                " nothing would ever be treated",
                appetite=scale.appetite,
                highest=highest,
            )
        )
    return faults
