"""The system's reasons are messages of ours, whatever the locale of the process."""

import errno
import os

import pytest

from secaudit.core import os_words as module
from secaudit.core.errors import InputError, Phrase, SecauditError
from secaudit.core.os_words import os_words


@pytest.mark.parametrize("number", sorted(module._WORDS))
def test_our_english_is_the_systems(number):
    assert os_words(OSError(number, os.strerror(number))) == os.strerror(number)


def test_an_unknown_reason_keeps_its_own_words():
    assert os_words(OSError(errno.ENETDOWN, "kabel putus")) == "kabel putus"


def test_a_fact_that_is_a_message_or_an_error_is_translated():
    words = {"{path}: {why}": "{path} - {why}", "Is a directory": "Adalah folder"}
    error = InputError("{path}: {why}", path="Is a directory", why=Phrase("Is a directory"))
    assert error.in_words(lambda text: words.get(text, text))[0] == "Is a directory - Adalah folder"
    around = SecauditError("{why}!", why=error)
    assert around.in_words(lambda text: words.get(text, text))[0].endswith("Adalah folder!")
