"""The texts of the risk room, as people edit them: themes, the words of the scales, sentences."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from secaudit.content.bilingual import Bilingual
from secaudit.content.yaml import read_document, validate
from secaudit.core.vocabulary import Confidence

FOLDER = Path(__file__).parent
Property = Literal["confidentiality", "integrity", "availability"]
FiveWords = Annotated[tuple[Bilingual, ...], Field(min_length=5, max_length=5)]


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Theme(_Content):
    """One kind of threat, and the checks whose failure points to it (shell patterns)."""

    id: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    title: Bilingual
    threat: Bilingual
    concerns: Annotated[tuple[Property, ...], Field(min_length=1)]
    checks: Annotated[tuple[str, ...], Field(min_length=1)]

    def fits(self, check: str) -> bool:
        """Tell whether a check's failure points to this threat."""
        return any(fnmatchcase(check, pattern) for pattern in self.checks)


class Themes(_Content):
    """All themes in their order, and the sentences that explain a score."""

    schema_version: Literal[1]
    themes: Annotated[tuple[Theme, ...], Field(min_length=1)]
    sentences: Mapping[str, Bilingual]
    words: Mapping[str, Bilingual]

    def of_check(self, check: str) -> Theme:
        """The theme of a check: the first that fits, else the last one, which takes the rest."""
        return next((theme for theme in self.themes if theme.fits(check)), self.themes[-1])

    def get(self, theme_id: str) -> Theme | None:
        """The theme with this id, if it is still there."""
        return next((theme for theme in self.themes if theme.id == theme_id), None)


class Scale(_Content):
    """The words for 1 to 5, where they come from, and how surely they were read."""

    schema_version: Literal[1]
    source: Bilingual
    confidence: Confidence
    likelihood: FiveWords
    impact: FiveWords
    level: FiveWords


@cache
def load_themes() -> Themes:
    """Read ``themes.yaml``. Raises InputError that names the line."""
    return validate(read_document(FOLDER / "themes.yaml"), Themes)


@cache
def load_scale() -> Scale:
    """Read ``scale.yaml``. Raises InputError that names the line."""
    return validate(read_document(FOLDER / "scale.yaml"), Scale)
