"""How it was done, and what it does not prove."""

from reports.document import Bullets, Callout, Paragraph, Section
from reports.facts import Facts
from reports.words import Words


def method(facts: Facts, words: Words) -> Section:
    """Build the section: method, statement of limits."""
    del facts
    return Section(
        "method",
        words("section.method"),
        (Paragraph(words("method.intro")), Bullets(words.several("method.steps"), numbered=True)),
        (
            Section(
                "limits",
                words("method.limits.title"),
                (
                    Callout("warn", words("method.limits.lead"), words("method.limits.text")),
                    Bullets(words.several("method.limits.points")),
                ),
            ),
        ),
        new_page=True,
    )
