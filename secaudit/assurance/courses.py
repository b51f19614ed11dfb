"""The courses that a certification may take: their stages in order, as content in YAML."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from secaudit.content.bilingual import Bilingual
from secaudit.content.yaml import read_document, validate

FILE = Path(__file__).with_name("programmes.yaml")
START = "start"
"""The name of the day on which a programme begins, for ``after``."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class After(_Model):
    """A planned day: so many months after a stage was done, or after the start."""

    stage: str
    months: Annotated[int, Field(ge=0, le=120)]


class Stage(_Model):
    """One stage. ``requirement`` is the provision that names it."""

    key: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    title: Bilingual
    summary: Bilingual
    requirement: str | None = None
    after: After | None = None


class Course(_Model):
    """A certification's stages in order, and what to know about them."""

    title: Bilingual
    note: Bilingual
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]


class _File(_Model):
    schema_version: Literal[1]
    programmes: Mapping[str, Course]


@cache
def load_courses() -> Mapping[str, Course]:
    """Every course by its key. Raises InputError that names file and line."""
    return validate(read_document(FILE), _File).programmes
