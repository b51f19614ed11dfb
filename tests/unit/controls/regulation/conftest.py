"""Where the real texts are not on the machine, the tests that read them are not collected."""

from regulation_texts import PRESENT

collect_ignore = [] if PRESENT else ["test_regulation_real_texts.py"]
