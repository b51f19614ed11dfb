"""The texts of notices, as people edit them: ``texts.yaml`` beside this module."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from secaudit.app.notices.kinds import Kind
from secaudit.content.bilingual import Bilingual
from secaudit.content.yaml import read_document, validate

FILE = Path(__file__).parent / "texts.yaml"


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KindTexts(_Content):
    """What is said about one kind; the templates are filled with the facts of a matter."""

    heading: Bilingual
    one: Bilingual
    several: Bilingual
    line: Bilingual
    brief: Bilingual
    todo: Bilingual
    todo_past: Bilingual | None = None
    """What to do about what has ended already; as before its end, where it is not given."""
    command: Annotated[str, Field(pattern=r"^secaudit [a-z0-9 .-]+$")]


class NoticeTexts(_Content):
    """The whole file."""

    schema_version: Literal[1]
    opening: Bilingual
    no_owner: Bilingual
    more: Bilingual
    closing: Bilingual
    test_subject: Bilingual
    test_body: Bilingual
    kinds: Mapping[Kind, KindTexts]
    states: Mapping[str, Bilingual]
    passed: Bilingual


@cache
def load_texts() -> NoticeTexts:
    """Read them once. Raises InputError with file and line."""
    return validate(read_document(FILE), NoticeTexts)
