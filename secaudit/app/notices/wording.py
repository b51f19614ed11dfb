"""A message in words: plain text, bounded, in the language of its channel.

What a target sent (the name in a certificate) is disarmed for every medium at once, since the same
text may end as HTML, as Markdown or in a chat: signs that begin a link, a mention or markup are
written as a dot, and control characters are written out.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from secaudit.app.notices.kinds import NOBODYS, Kind, Matter
from secaudit.app.notices.stages import PAST
from secaudit.app.notices.texts import KindTexts, NoticeTexts, load_texts
from secaudit.content.bilingual import Bilingual
from secaudit.core.vocabulary import Severity
from secaudit.registry.run_notes import RunNote
from secaudit.text.escape import visible
from secaudit.text.format import date_words, time_words
from secaudit.text.language import Language, current_language, set_language
from secaudit.text.words import word

MARK = "[secaudit]"
_LONGEST_SUBJECT = 150
_LONGEST_FACT = 160
_LINES_OF_A_KIND = 20
_OPTIONAL = re.compile(r"<([^<>]*\{[a-z_]+\}[^<>]*)>")
_FIELD = re.compile(r"\{([a-z_]+)\}")
_MARKUP = re.compile(r"[<>\[\](){}|`~@#!\\*_:/]")


@dataclass(frozen=True)
class Sender:
    """Who speaks: the organisation, its time zone, and how much is told."""

    organisation: str
    timezone: str
    brief: bool
    longest: int


def in_language(language: str, compose: Any, *arguments: Any) -> Any:
    """Call ``compose`` where ``language`` is spoken, and leave the current language as it is."""

    def speak() -> Any:
        set_language(Language(language))
        return compose(*arguments)

    return copy_context().run(speak)


def compose(
    matters: Sequence[Matter], sender: Sender, now: datetime, language: str
) -> tuple[str, str]:
    """Return subject and body of one message about ``matters``, which come in their order."""
    subject, body = in_language(language, _compose, matters, sender, now, language)
    return str(subject), str(body)


def compose_test(channel: str, sender: Sender, language: str) -> tuple[str, str]:
    """Return subject and body of a test message."""
    texts = load_texts()
    subject = texts.test_subject.in_language(language).format(channel=channel)
    body = texts.test_body.in_language(language).format(channel=channel)
    return _subject(sender, subject), f"{body}\n\n{texts.closing.in_language(language)}\n"


def harmless(text: str) -> str:
    """Disarm what a target sent, for any medium; letters, digits, dots, commas and = stay."""
    shown = visible(text, limit=_LONGEST_FACT)
    wildcard = shown.replace("=*.", "=\x00.", 1) if "=*." in shown else shown
    return _MARKUP.sub("·", wildcard).replace("\x00", "*")


def title_of(matter: Matter, sender: Sender) -> str:
    """What one matter is, in one line, in the current language."""
    language = current_language().value
    template = load_texts().kinds[matter.kind].line.in_language(language)
    return _fill(template, _facts(matter, sender, language))


def _compose(
    matters: Sequence[Matter], sender: Sender, now: datetime, language: str
) -> tuple[str, str]:
    texts = load_texts()
    groups = {kind: [item for item in matters if item.kind is kind] for kind in Kind}
    groups = {kind: items for kind, items in groups.items() if items}
    subject = _subject(sender, "; ".join(_counted(texts, groups, sender, language)))
    body = ""
    for most in range(_LINES_OF_A_KIND, -1, -1):
        body = _body(texts, groups, sender, now, language, most)
        if len(body) <= sender.longest:
            break
    if len(body) > sender.longest:
        body = body[: sender.longest - 1] + "…"
    return subject, body


def _subject(sender: Sender, text: str) -> str:
    whole = f"{sender.organisation} {MARK} {text}"
    return visible(whole, limit=_LONGEST_SUBJECT)


def _counted(
    texts: NoticeTexts, groups: Mapping[Kind, list[Matter]], sender: Sender, language: str
) -> list[str]:
    said = []
    for kind, items in groups.items():
        if len(items) == 1:
            facts = _facts(items[0], sender, language)
            said.append(_fill(texts.kinds[kind].one.in_language(language), facts))
        else:
            several = texts.kinds[kind].several.in_language(language)
            said.append(several.format(count=len(items)))
    return said


def _body(
    texts: NoticeTexts,
    groups: Mapping[Kind, list[Matter]],
    sender: Sender,
    now: datetime,
    language: str,
    most: int,
) -> str:
    opening = texts.opening.in_language(language)
    organisation = visible(sender.organisation)
    parts = [
        opening.format(organisation=organisation, at=time_words(now, sender.timezone)),
        *(
            _section(texts, texts.kinds[kind], items, sender, language, most)
            for kind, items in groups.items()
        ),
        texts.closing.in_language(language),
    ]
    return "\n\n".join(parts) + "\n"


def _section(
    texts: NoticeTexts,
    said: KindTexts,
    items: Sequence[Matter],
    sender: Sender,
    language: str,
    most: int,
) -> str:
    """One kind: its owners, each with its lines, the worst first."""
    lines = [f"{said.heading.in_language(language)} ({len(items)})"]
    shown = items[:most]
    owners = dict.fromkeys(_owner(item, texts, language) for item in shown)
    for owner in owners:
        if items[0].kind not in NOBODYS:
            lines.append(owner)
        for item in shown:
            if _owner(item, texts, language) == owner:
                template = said.brief if sender.brief else said.line
                facts = _facts(item, sender, language)
                lines.append(f"- {_fill(template.in_language(language), facts)}")
    if len(items) > len(shown):
        more = texts.more.in_language(language)
        lines.append(more.format(count=len(items) - len(shown), command=said.command))
    lines += _todo(said, items, sender, language)
    return "\n".join(lines)


def _todo(said: KindTexts, items: Sequence[Matter], sender: Sender, language: str) -> Iterator[str]:
    """What to do about what is to come, then about what is past, each with its first one."""
    past = [item for item in items if item.facts.get("past") == PAST and said.todo_past]
    to_come = [item for item in items if item not in past]
    for found, text in ((to_come, said.todo), (past, said.todo_past)):
        if found and text is not None:
            yield _fill(text.in_language(language), _facts(found[0], sender, language))


def _owner(item: Matter, texts: NoticeTexts, language: str) -> str:
    bearers = item.facts.get("bearers")
    if isinstance(bearers, Mapping):
        return visible(str(bearers[language])) or texts.no_owner.in_language(language)
    named = ", ".join(item.owners)
    return visible(named, limit=_LONGEST_FACT) or texts.no_owner.in_language(language)


def _facts(item: Matter, sender: Sender, language: str) -> dict[str, str]:
    """The facts of a matter as words, each harmless; what is missing is empty."""
    texts = load_texts()
    facts = {key: _said(value, sender, language) for key, value in item.facts.items()}
    facts["severity"] = "" if item.severity is None else _severity(item.severity)
    if "certificate" in item.facts:
        facts["certificate"] = harmless(str(item.facts["certificate"]))
    past = item.facts.get("past") == PAST
    facts["passed"] = texts.passed.in_language(language) if past else ""
    if (state := texts.states.get(str(item.facts.get("state")))) is not None:
        facts["state"] = state.in_language(language)
    return facts


def _severity(level: Severity) -> str:
    return str(word(level))


def _said(value: Any, sender: Sender, language: str) -> str:
    if value is None:
        return ""
    if isinstance(value, Bilingual):
        value = value.in_language(language)
    elif isinstance(value, Mapping):
        value = value.get(language) or ""
    elif isinstance(value, datetime):
        value = time_words(value, sender.timezone)
    elif isinstance(value, date):
        value = date_words(value)
    elif isinstance(value, RunNote):
        value = value.words(lambda instant: time_words(instant, sender.timezone))
    return visible(str(value), limit=_LONGEST_FACT)


def _fill(template: str, facts: Mapping[str, str]) -> str:
    """Fill a template; a part in ``<...>`` is left out where one of its facts is empty."""

    def part(found: re.Match[str]) -> str:
        fields = _FIELD.findall(found[1])
        return found[1] if all(facts.get(name) for name in fields) else ""

    kept = _OPTIONAL.sub(part, template)
    return _FIELD.sub(lambda found: facts.get(found[1], ""), kept)
