"""Why a due time went as it did: a code and facts are kept, words are made when it is shown."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from secaudit.core.canonical import canonical_json
from secaudit.core.errors import InputError, Phrase, SecauditError
from secaudit.core.instant import parse_instant
from secaudit.text.language import N_, gettext

_TEMPLATES: Mapping[str, str] = {
    "missed": N_("{count} missed, from {first} until {last}"),
    "missed_at_least": N_("at least {count} missed, from {first} until {last}"),
    "late": N_("late by {minutes} minutes"),
    "process_ended": N_("the process ended before the scan did"),
    "refused": "{place}{why}",
}
_INSTANTS = ("first", "last")


@dataclass(frozen=True)
class RunNote:
    """``code`` is one of those above, or empty; of an error the template and its facts are kept."""

    code: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, error: SecauditError) -> "RunNote":
        """Keep what an error says, so that it can be said in another language."""
        place = ""
        if isinstance(error, InputError) and error.source:
            place = f"{error.source}:{error.line}: " if error.line else f"{error.source}: "
        return cls("refused", {"place": place, "why": _record(error)})

    @classmethod
    def parse(cls, kept: str) -> "RunNote":
        """Read back what :attr:`text` wrote; a sentence of an older version stays as it is."""
        try:
            read = json.loads(kept)
            return cls(read["code"], read["facts"])
        except (ValueError, KeyError, TypeError):
            return cls("refused", {"place": "", "why": {"message": kept}}) if kept else cls()

    @property
    def text(self) -> str:
        """What is kept in the database."""
        if not self.code:
            return ""
        return canonical_json({"code": self.code, "facts": dict(self.facts)}).decode("utf-8")

    def words(self, local: Callable[[datetime], str]) -> str:
        """Say it in the current language; ``local`` writes an instant."""
        if not self.code:
            return ""
        facts = {key: _fact(value) for key, value in self.facts.items()}
        for key in _INSTANTS:
            if key in facts:
                facts[key] = local(parse_instant(facts[key]))
        return gettext(_TEMPLATES[self.code]).format(**facts)


def _record(error: SecauditError) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for key, fact in error.facts.items():
        if isinstance(fact, SecauditError):
            facts[key] = _record(fact)
        elif isinstance(fact, Phrase):
            facts[key] = {"message": str(fact)}
        else:
            facts[key] = fact if isinstance(fact, int | float) else str(fact)
    return {"message": error.message, "facts": facts}


def _fact(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    facts = {key: _fact(fact) for key, fact in value.get("facts", {}).items()}
    words = gettext(value["message"])
    return words.format(**facts) if facts else words
