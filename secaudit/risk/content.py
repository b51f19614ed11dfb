"""The texts of the risk room, as people edit them: themes, categories, sentences."""

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
Harm = Literal["service", "finance", "reputation", "law", "safety"]


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Theme(_Content):
    """One kind of threat, and the checks whose failure points to it (shell patterns)."""

    id: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    title: Bilingual
    threat: Bilingual
    vulnerability: Bilingual
    consequence: Bilingual
    category: str
    consequences: Annotated[tuple[Harm, ...], Field(min_length=1)]
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

    def get(self, theme_id: str) -> Theme:
        """The theme with this id; the last one for an id that is gone, or for none."""
        return next((theme for theme in self.themes if theme.id == theme_id), self.themes[-1])


class Categories(_Content):
    """The categories of risks by their id."""

    schema_version: Literal[1]
    confidence: Confidence
    categories: Annotated[Mapping[str, Bilingual], Field(min_length=1)]

    def word(self, category: str, language: str) -> str:
        """The name of a category; its id where it is not listed."""
        known = self.categories.get(category)
        return category if known is None else known.in_language(language)


@cache
def load_themes() -> Themes:
    """Read ``themes.yaml``. Raises InputError that names the line."""
    document = read_document(FOLDER / "themes.yaml")
    themes = validate(document, Themes)
    for index, theme in enumerate(themes.themes):
        if theme.category not in load_categories().categories:
            raise document.error(
                ("themes", index, "category"),
                "there is no category {name!r}",
                name=theme.category,
            )
    return themes


@cache
def load_categories() -> Categories:
    """Read ``categories.yaml``. Raises InputError that names the line."""
    return validate(read_document(FOLDER / "categories.yaml"), Categories)
