"""How an article's own words, and what the importer thought of, are told in a terminal."""

from collections.abc import Mapping
from typing import Any

from secaudit.cli.output import emit_text
from secaudit.text.language import current_language, gettext


def tell_article(record: Mapping[str, Any]) -> None:
    """Print the article's own words beside our summary, where its text was imported."""
    if record["draft"]:
        emit_text(f"\n{gettext('Imported, and not yet summarised by a person.')}")
        _candidates(record["candidates"])
    article = record["article"]
    if article is None:
        return
    place = gettext("{source}, line {lines}").format(
        source=article["source"], lines=article["lines"]
    )
    emit_text(f"\n{gettext('The own words of the article')} ({place})")
    for text in (article["lead"], article["text"]):
        if text:
            emit_text(_indented(text))
    if article["elucidation"]:
        emit_text(f"{gettext('Its elucidation')}:")
        emit_text(_indented(article["elucidation"]))
    emit_text(f"  SHA-256 {article['sha256']}")


def _candidates(candidates: list[Mapping[str, Any]]) -> None:
    language = current_language().value
    for item in candidates:
        words = ", ".join(item["words"])
        place = gettext("line {lines}").format(lines=item["lines"])
        emit_text(f"  {item['requirement']}: {words} ({place})")
        emit_text(f"    {item['reason'][language]}")


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))
