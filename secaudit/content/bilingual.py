"""The same text in Indonesian and in English: what every catalogue that people read is made of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Bilingual(BaseModel):
    """The same text in Indonesian and in English; both must be there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]

    def in_language(self, language: str) -> str:
        """The text in ``id`` or ``en``."""
        return self.id if language == "id" else self.en
