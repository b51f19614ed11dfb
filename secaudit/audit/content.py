"""The texts of the audit room, as people edit them: prepared questions, inputs of a review."""

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from secaudit.audit.papers import Question
from secaudit.audit.vocabulary import Step
from secaudit.content.bilingual import Bilingual
from secaudit.content.yaml import read_document, validate

FOLDER = Path(__file__).parent
Condition = Literal[
    "attested",
    "bearer",
    "cadence",
    "checks",
    "contradicted",
    "earlier",
    "manual",
    "never_tested",
    "not_attested",
    "silent",
    "soa",
    "supported",
    "testable",
    "unscanned",
]


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PreparedQuestion(_Content):
    """One question, and where it is asked: where all conditions of ``when`` hold."""

    id: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    step: Step
    when: tuple[Condition, ...] = ()
    text: Bilingual


class Questions(_Content):
    """All prepared questions, in the order in which they are asked."""

    schema_version: Literal[1]
    questions: Annotated[tuple[PreparedQuestion, ...], Field(min_length=1)]

    def of_step(
        self, step: Step, holding: Collection[str], facts: Mapping[str, Mapping[str, Any]]
    ) -> Iterator[Question]:
        """The questions of a step where these conditions hold, filled in both languages."""
        for item in self.questions:
            if item.step is step and set(item.when) <= set(holding):
                yield Question(
                    {
                        "id": item.text.id.format_map(facts["id"]),
                        "en": item.text.en.format_map(facts["en"]),
                    }
                )


class ReviewInput(_Content):
    """One thing that a management review looks at, and the clause that names it."""

    id: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    clause: str
    title: Bilingual


class ReviewInputs(_Content):
    """All inputs, in the order of the clause."""

    schema_version: Literal[1]
    inputs: Annotated[tuple[ReviewInput, ...], Field(min_length=1)]


@cache
def load_questions() -> Questions:
    """Read ``questions.yaml``. Raises InputError that names the line."""
    return validate(read_document(FOLDER / "questions.yaml"), Questions)


@cache
def load_review_inputs() -> ReviewInputs:
    """Read ``review.yaml``. Raises InputError that names the line."""
    return validate(read_document(FOLDER / "review.yaml"), ReviewInputs)
