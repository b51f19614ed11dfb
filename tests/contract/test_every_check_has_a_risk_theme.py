"""Each check points to a named threat; the last theme is there for checks that are gone."""

from scanners.registry import load_checks
from secaudit.risk.content import load_themes


def test_no_check_falls_to_the_last_theme():
    themes = load_themes()
    strays = [check for check in load_checks() if themes.of_check(check) == themes.themes[-1]]
    assert strays == []


def test_every_theme_but_the_last_has_a_check():
    themes = load_themes()
    used = {themes.of_check(check).id for check in load_checks()}
    assert used == {theme.id for theme in themes.themes[:-1]}
