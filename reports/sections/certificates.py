"""The certificates that servers showed, those that end first at the top."""

from collections.abc import Mapping

from reports.document import Badge, Code, Column, Lines, Paragraph, Plain, Section, Table, Tone
from reports.facts import CertificateStanding, Facts
from reports.sections.cells import text
from reports.words import Words

_TONE: Mapping[str, Tone] = {"expired": "bad", "soon": "warn", "valid": "good", "unknown": "info"}
PLACES_SHOWN = 4


def certificates(facts: Facts, words: Words) -> Section:
    """Build the section."""
    if not facts.certificates:
        return Section(
            "certificates",
            words("section.certificates"),
            (Paragraph(words("certificates.none")),),
        )
    columns = (
        Column(words("column.certificate"), 26),
        Column(words("column.issuer"), 20),
        Column(words("column.valid_until"), 16),
        Column(words("column.key"), 16),
        Column(words("column.places"), 24),
    )
    rows = tuple(_row(row, words) for row in facts.certificates)
    return Section(
        "certificates",
        words("section.certificates"),
        (
            Paragraph(
                words(
                    "certificates.intro",
                    n=words.count("certificate", len(rows)),
                    expired=words.number(facts.expired),
                    expiring=words.number(facts.expiring),
                )
            ),
            Table(words("certificates.caption"), columns, rows),
        ),
    )


def _row(row: CertificateStanding, words: Words) -> tuple[Plain | Lines | Code | Badge, ...]:
    line = row.certificate
    key = "trusted" if line.trusted else "untrusted" if line.trusted is False else "undecided"
    places: list[Plain | Code | Badge] = [Code(place) for place in line.places[:PLACES_SHOWN]]
    if len(line.places) > PLACES_SHOWN:
        places.append(Plain(words("term.more", n=len(line.places) - PLACES_SHOWN)))
    if line.findings:
        places.append(
            Plain(words("certificates.findings", ids=words.joined(line.findings, most=6)))
        )
    return (
        Lines(
            (Plain(line.name or "–", strong=True), Code(line.fingerprint[:16], line.fingerprint))
        ),
        Lines((text(line.issuer), Plain(words(f"certificates.{key}")))),
        Lines(
            (
                Plain(words.day_of(line.not_after)),
                Badge(words(f"certificates.state.{row.state}"), _TONE[row.state]),
                Plain(_days(row, words)),
            )
        ),
        Lines((text(line.key), text(line.signature))),
        Lines(tuple(places)),
    )


def _days(row: CertificateStanding, words: Words) -> str:
    if row.days is None:
        return "–"
    if row.days < 0:
        return words("certificates.past", days=words.count("day", -row.days))
    return words("certificates.left", days=words.count("day", row.days))
