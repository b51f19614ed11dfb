"""The importer's own writer gives the bytes of PyYAML, whatever the text."""

from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from sample_regulation import WHOLE, read

from controls.regulation.candidates import find_candidates
from controls.regulation.skeleton import skeleton, to_yaml
from controls.regulation.writing import WIDTH, write_yaml
from secaudit.core.vocabulary import LegalStatus

WORDS = st.lists(
    st.sampled_from(
        [
            *(
                "Kota",
                "wajib",
                "no",
                "Null",
                "a:",
                "b:c",
                "-",
                "…",
                "“x”",
                "27",
                "1-2",
                "#",
                "it's",
            ),
            *("%", "&a", "keamanan", "2031-01-01", "12:30", "(1)", "?", "é", "panjang-sekali" * 3),
        ]
    ),
    max_size=20,
).map(" ".join)
TEXTS = st.one_of(WORDS, st.text(max_size=140), st.integers(0, 10**10).map(str))
SCALARS = st.one_of(TEXTS, st.booleans(), st.integers(-5, 500), st.none())
KEYS = st.sampled_from(["id", "en", "reason", "requirements", "elucidation_lines"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.dictionaries(KEYS, inner, max_size=3),
        st.lists(st.one_of(SCALARS, st.dictionaries(KEYS, inner, min_size=1)), max_size=3),
    ),
    max_leaves=12,
)


class Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def by_pyyaml(value: Any) -> str:
    text: str = yaml.dump(value, Dumper=Plain, allow_unicode=True, sort_keys=False, width=WIDTH)
    return text


@given(st.dictionaries(KEYS, VALUES, min_size=1))
@example({"id": "Kota: " + "a" * 90, "en": "Kota " + "a" * 91, "reason": ["Kota " + "b " * 60]})
@example({"id": "Kota " * 18 + "abcdef x", "en": "Kota: " + "Kota " * 17 + "abcdef x"})
@example({"id": "Kota " * 18 + "abcdefg x", "en": "Kota: " + "Kota " * 17 + "abcde x"})
@example({"id": "Kota " * 18 + "abcde x", "en": "Kota: " + "Kota " * 16 + "abcdefghi x"})
@example({"id": {"en": "x" * 94}, "reason": [{"id": "satu\n\ndua " + "tiga " * 40}]})
@example({"id": "tidak", "en": "Yes", "reason": {}, "requirements": [], "elucidation_lines": "010"})
def test_it_writes_what_pyyaml_writes(value: dict[str, Any]) -> None:
    assert write_yaml(value) == by_pyyaml(value)


def test_a_catalogue_is_written_without_asking_pyyaml_for_every_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of a thousand Pasal alike but for their numbers, PyYAML is asked only for the first few."""
    article = "\nPasal {}\n\nKota wajib menjaga keamanan informasi dengan enkripsi nomor {}.\n"
    text = WHOLE.partition("BAB I\n")[0] + "".join(
        article.format(number, number) for number in range(1, 1001)
    )
    regulation = read(text)
    made = skeleton(
        "perda-contoh-7-2031",
        regulation,
        find_candidates(regulation),
        title="Contoh",
        status=LegalStatus.COMPARISON,
    )
    asked = []
    before = yaml.dump

    def counted(*arguments: Any, **options: Any) -> Any:
        asked.append(arguments)
        return before(*arguments, **options)

    monkeypatch.setattr(yaml, "dump", counted)
    written = to_yaml(made)
    monkeypatch.undo()

    assert len(made["requirements"]) == 1000
    assert written.endswith(by_pyyaml(made))
    assert len(asked) < 100
