"""Every code of the room has its word, in the program and in the report; texts fill as declared."""

from enum import StrEnum

import pytest

from reports.audit.model import GRADES, STEPS
from reports.words import Words, text_keys
from secaudit.audit import vocabulary, words
from secaudit.audit.content import load_questions, load_review_inputs
from secaudit.audit.vocabulary import AuditGrade, Step
from secaudit.text.language import Language, set_language

KINDS = [
    item
    for item in vars(vocabulary).values()
    if isinstance(item, type) and issubclass(item, StrEnum) and item is not StrEnum
]
IN_THE_REPORT = {
    "opinion": vocabulary.Opinion,
    "role": vocabulary.Role,
    "conflict": vocabulary.ConflictKind,
    "grade": vocabulary.AuditGrade,
    "graded": vocabulary.AuditGrade,
    "state": vocabulary.FindingState,
    "step": vocabulary.Step,
    "step_short": vocabulary.Step,
    "conclusion": vocabulary.Conclusion,
    "proof": vocabulary.ProofKind,
    "population": vocabulary.Population,
    "method_of": vocabulary.Method,
    "stratum": vocabulary.Stratum,
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_code_has_its_word(kind):
    set_language(Language.ENGLISH)
    for member in kind:
        assert str(words.word(member)).strip()
        assert words.say(kind, member.value) == str(words.word(member))
    assert words.say(kind, None) == ""


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("name", IN_THE_REPORT)
def test_every_code_has_its_word_in_the_report(language, name):
    said = Words(language)
    for member in IN_THE_REPORT[name]:
        assert said(f"audit.{name}.{member.value}")


def test_the_report_has_the_same_texts_in_both_languages():
    assert text_keys("id") == text_keys("en")


def test_the_report_knows_the_order_of_grades_and_steps():
    assert tuple(AuditGrade) == GRADES
    assert tuple(Step) == STEPS


class Facts(dict[str, str]):
    """Every fact has a value."""

    def __missing__(self, key: str) -> str:
        return f"<{key}>"


def test_each_step_asks_something_of_everybody_and_ids_are_unique():
    questions = load_questions()
    ids = [item.id for item in questions.questions]
    assert len(ids) == len(set(ids))
    for step in Step:
        asked = list(questions.of_step(step, (), {"id": Facts(), "en": Facts()}))
        assert asked or step is Step.IMPLEMENTATION
    everything = {name for item in questions.questions for name in item.when}
    for step in Step:
        both = {"id": Facts(), "en": Facts()}
        for question in questions.of_step(step, everything, both):
            names = [
                {part.split(">")[0] for part in text.split("<")[1:]}
                for text in (question.text["id"], question.text["en"])
            ]
            assert names[0] == names[1]


def test_the_inputs_of_a_review_are_those_of_the_clause():
    assert [item.clause[-3:] for item in load_review_inputs().inputs] == [
        *("2 a", "2 b", "2 c", "d 1", "d 2", "d 3", "d 4", "2 e", "2 f", "2 g"),
    ]
