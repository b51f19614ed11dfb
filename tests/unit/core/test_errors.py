import pytest

from secaudit.core.errors import ExitCode, InputError, SecauditError, VerificationError


def test_templates_are_translated_before_they_are_filled():
    error = SecauditError("{name} is gone", hint="look for {name}", name="x")
    words = {"{name} is gone": "{name} tidak ada", "look for {name}": "cari {name}"}
    assert error.in_words(words.__getitem__) == ("x tidak ada", "cari x")
    assert str(error) == "x is gone"


@pytest.mark.parametrize("fact", ["{0}", "{name.__class__}", "}{", "%s"])
def test_a_hostile_fact_is_only_a_fact(fact):
    assert str(SecauditError("{name} is gone", name=fact)) == f"{fact} is gone"


def test_a_message_without_facts_may_have_braces():
    assert str(SecauditError("use {} here")) == "use {} here"


def test_input_names_the_place():
    assert str(InputError("wrong", source="a.yaml", line=3)) == "a.yaml:3: wrong"
    assert str(InputError("wrong", source="a.yaml")) == "a.yaml: wrong"
    assert str(InputError("wrong")) == "wrong"


def test_each_kind_has_its_exit_code():
    assert InputError("x").exit_code is ExitCode.REFUSED
    assert VerificationError("x").exit_code is ExitCode.FAULTS_FOUND
    assert SecauditError("x").exit_code is ExitCode.FAILED
