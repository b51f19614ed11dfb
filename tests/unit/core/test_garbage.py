"""What is there before a scan is left out of the search for garbage during it, and no longer."""

import gc

from secaudit.core.garbage import settled


def test_what_is_loaded_is_left_out_and_comes_back() -> None:
    before = gc.get_freeze_count()
    with settled():
        assert gc.get_freeze_count() > before
    assert gc.get_freeze_count() == 0
