"""How one requirement is told in a terminal, and the coverage summed up."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from secaudit.assurance.words import rhythm_words
from secaudit.cli.article_view import tell_article
from secaudit.cli.assurance_view import tell_attested, tell_via
from secaudit.cli.finding_view import word_of
from secaudit.cli.output import emit_text, say
from secaudit.cli.session import Session
from secaudit.core.vocabulary import (
    Confidence,
    LegalStatus,
    Modality,
    Relation,
    Standing,
    Testability,
)
from secaudit.text.language import N_, gettext
from secaudit.text.words import reading_caution

if TYPE_CHECKING:
    from secaudit.app.controls import Coverage

KINDS = {
    "control": N_("control"),
    "clause": N_("clause"),
    "heading": N_("heading"),
    "obligation": N_("obligation"),
    "role": N_("role"),
    "cadence": N_("cadence"),
    "deadline": N_("deadline"),
    "definition": N_("definition"),
    "principle": N_("principle"),
}
RELATIONS = {
    "equal": N_("equals"),
    "subset": N_("is part of"),
    "superset": N_("contains"),
    "intersects": N_("overlaps with"),
}
SCAN = {"scan": N_("yes"), "scan_in_part": N_("in part"), "manual": N_("no")}
"""Whether a scan can say anything, in the width of a table."""
CHANGES = {
    "same": N_("same"),
    "renamed": N_("renamed"),
    "merged": N_("merged"),
    "split": N_("split"),
    "new": N_("new"),
}
LEVELS = {"fault": N_("fault"), "information": N_("information")}
SHOWN_FINDINGS = 5
STANDINGS = {
    "contradicted": N_("contradicted"),
    "supported": N_("supported"),
    "supported_in_part": N_("supported in part"),
    "silent": N_("nothing said"),
    "never_tested": N_("never tested"),
}
APART = (LegalStatus.COMPARISON, LegalStatus.DRAFT, LegalStatus.SUPERSEDED)
"""The statuses of what does not bind by itself, in the order in which they are told."""
_Row = TypeVar("_Row", bound=Mapping[str, Any])
testability_of = word_of(Testability)
status_of = word_of(LegalStatus)


def shown_of(shown: object) -> str:
    """A standing, as it is shown, in words: support in part is never called support."""
    return gettext(STANDINGS[str(shown)])


def kinds_of(kinds: Iterable[str]) -> str:
    """The kinds of a requirement in words."""
    return ", ".join(gettext(KINDS[kind]) for kind in kinds)


def scan_of(testability: str) -> str:
    """Whether a scan can test it: yes, in part, no."""
    return gettext(SCAN[testability])


def read_of(confidence: str) -> str:
    """How surely something was read: the text, a third party's copy, a secondary source."""
    return reading_caution(Confidence(confidence)) or gettext("text")


def level_of(level: str) -> str:
    """Whether a row of a lint is a fault or only worth knowing."""
    return gettext(LEVELS[level])


def cited(row: Mapping[str, Any]) -> str:
    """A citation with what its reader must know: not in force, or not read in the official text.

    Standards say how they were read once, in their note.
    """
    marks = []
    if row["status"] != LegalStatus.IN_FORCE:
        marks.append(status_of(row["status"]))
    if row["confidence"] != Confidence.TEXT_READ and row["framework_kind"] != "standard":
        marks.append(read_of(row["confidence"]))
    return f"{row['citation']} [{', '.join(marks)}]" if marks else str(row["citation"])


def findings_of(ids: list[str]) -> str:
    """Some ids of findings, and how many more there are."""
    shown = ", ".join(ids[:SHOWN_FINDINGS])
    more = len(ids) - SHOWN_FINDINGS
    return shown if more <= 0 else gettext("{ids} and {more} more").format(ids=shown, more=more)


def apart(rows: Iterable[_Row]) -> dict[str, list[_Row]]:
    """Rows of what does not bind, by the reason in words: each status, and what was dropped."""
    found: dict[str, list[_Row]] = {}
    for row in rows:
        found.setdefault(row["status"], []).append(row)
    return {
        gettext("not binding here")
        if status is LegalStatus.IN_FORCE
        else status_of(status.value): found[status]
        for status in (*APART, LegalStatus.IN_FORCE)
        if status in found
    }


def summarise(result: "Coverage") -> None:
    """Say on stderr how many requirements are in each standing, and what was never scanned.

    What does not bind is counted apart.
    """
    counted = Counter(
        Standing(row["standing"]).shown(Testability(row["testability"])) for row in result.rows
    )
    for shown in STANDINGS:
        say(f"{shown_of(shown)}: {counted[shown]}")
    for why, rows in apart(result.beside).items():
        say(gettext("Not counted: {why}").format(why=why) + f" ({len(rows)})")
    if result.unscanned:
        say(
            gettext("Never reached by a scan: {count} of {scope} assets in scope ({ids})").format(
                count=len(result.unscanned), scope=result.scope, ids=_some(result.unscanned)
            )
        )
    say(gettext("Supported means: for the assets that were scanned, and no more."))
    say(gettext("In part means: a scan can test only a part of what is required."))


def tell(session: Session, record: Mapping[str, Any]) -> None:
    """Print all about one requirement."""
    emit_text(f"{cited(record)}  {record['title']}")
    if record["summary"]:
        emit_text(f"\n{record['summary']}")
    if record["note"]:
        emit_text(record["note"])
    emit_text("")
    lines = [(gettext(name), value) for name, value in _facts(record) if value]
    width = max(len(name) for name, _ in lines)
    for name, value in lines:
        emit_text(f"{name:<{width}}  {value}")
    tell_article(record)
    _crosswalk(N_("Comes from"), record["ancestors"])
    _crosswalk(N_("Became"), record["successors"])
    _related(record["related"])
    _mapped(record["mapped"])
    if record["assessment"] is not None:
        _assessment(session, record["assessment"], record["testability"])
    tell_attested(record)
    tell_via(record["via"])
    emit_text(f"\n{record['framework_note']}" if record["framework_note"] else "")


def _facts(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (N_("Id"), record["id"]),
        (N_("Document"), record["framework_title"]),
        (N_("Part"), record["group_title"] or ""),
        (N_("Kind"), kinds_of(record["kind"])),
        (N_("Modality"), _modality(record)),
        (N_("Duty-bearer"), _bearers(record)),
        (N_("Due"), record["due"] or ""),
        (N_("Within"), _within(record["within_hours"])),
        (N_("How often"), _cadence(record["cadence"])),
        (N_("Can be tested"), testability_of(record["testability"])),
        (N_("Status"), word_of(LegalStatus)(record["status"])),
        (N_("How it was read"), word_of(Confidence)(record["confidence"])),
        (N_("Lines of the text"), _lines(record)),
        (N_("In the crosswalk"), _changes(record["changes"])),
    ]


def _modality(record: Mapping[str, Any]) -> str:
    if record["modality"] is None:
        return ""
    word = word_of(Modality)(record["modality"])
    return f"{word} (“{record['modal_words']}”)" if record["modal_words"] else word


def _bearers(record: Mapping[str, Any]) -> str:
    names = ", ".join(record["bearers"])
    if names and not record["bearer_named"]:
        return gettext("{names} (inferred: the text names nobody)").format(names=names)
    return names


def _cadence(cadence: Mapping[str, Any] | None) -> str:
    if cadence is None:
        return ""
    return rhythm_words(cadence["at_least"], cadence["per"])


def _within(hours: int | None) -> str:
    return "" if hours is None else gettext("{hours} hours").format(hours=hours)


def _changes(changes: Mapping[str, str]) -> str:
    return ", ".join(f"{gettext(CHANGES[change])} ({name})" for name, change in changes.items())


def _lines(record: Mapping[str, Any]) -> str:
    if record["lines"] is None:
        return ""
    if record["elucidation_lines"] is None:
        return str(record["lines"])
    return gettext("{lines}; elucidation {elucidation}").format(
        lines=record["lines"], elucidation=record["elucidation_lines"]
    )


def _related(related: list[Mapping[str, Any]]) -> None:
    if not related:
        return
    emit_text(f"\n{gettext('Related requirements')}")
    for other in related:
        relation = gettext(RELATIONS[other["relation"]])
        emit_text(f"  {relation} {cited(other)}: {other['title']}  ({other['requirement']})")
        if other["rationale"] is not None:
            emit_text(f"    {other['rationale']}")


def _crosswalk(heading: str, pairs: list[Mapping[str, Any]]) -> None:
    if not pairs:
        return
    emit_text(f"\n{gettext(heading)}")
    for pair in pairs:
        relation = gettext(RELATIONS[pair["relation"]])
        if pair["confirmed"] is None:
            sure = gettext("unconfirmed")
        else:
            sure = gettext("confirmed by {by} on {on}").format(**pair["confirmed"])
        change = gettext(CHANGES[pair["change"]])
        emit_text(f"  {cited(pair)}: {pair['title']}  ({pair['requirement']})")
        emit_text(f"    {change}; {relation}, {sure}")


def tell_catalogue(record: Mapping[str, Any]) -> None:
    """Print what a catalogue is, how surely it was read, and how much it holds."""
    emit_text(f"{record['short_title']}  {record['title']}\n")
    facts = [
        (N_("Id"), record["id"]),
        (N_("Status"), status_of(record["status"])),
        (N_("Superseded by"), record["superseded_by"]),
        (N_("In force since"), record["in_force_since"]),
        (N_("How it was read"), word_of(Confidence)(record["confidence"])),
        (N_("Entries"), str(record["requirements"])),
    ]
    lines = [(gettext(name), value) for name, value in facts if value]
    width = max(len(name) for name, _ in lines)
    for name, value in lines:
        emit_text(f"{name:<{width}}  {value}")
    if record["note"]:
        emit_text(f"\n{record['note']}")


def _mapped(mapped: list[Mapping[str, Any]]) -> None:
    emit_text(f"\n{gettext('Checks')}")
    if not mapped:
        emit_text(f"  {gettext('No check says anything about it: it is judged by people.')}")
    for item in mapped:
        relation = word_of(Relation)(item["relation"])
        emit_text(f"  {item['check']} {relation}: {item['title']}")
        emit_text(f"    {item['rationale']}")


def _assessment(session: Session, found: Mapping[str, Any], testability: str) -> None:
    from secaudit.core.instant import parse_instant

    shown = shown_of(Standing(found["standing"]).shown(Testability(testability)))
    emit_text(f"\n{gettext('What the evidence says')}: {shown}")
    emit_text(
        "  "
        + gettext("in support: {count} of {scope} assets in scope").format(
            count=found["supported"], scope=found["assets"]
        )
    )
    for heading, key in (
        (N_("no answer for"), "undecided_assets"),
        (N_("in doubt through a hint"), "doubted_assets"),
        (N_("no sign against it, and no evidence for it"), "no_sign_assets"),
        (N_("not tested on"), "untested_assets"),
        (N_("never reached by a scan"), "unscanned_assets"),
    ):
        if found[key]:
            emit_text(f"  {gettext(heading)}: {_some(found[key])}")
    if found["last_tested"]:
        moment = session.local(parse_instant(found["last_tested"]))
        emit_text("  " + gettext("last tested: {moment}").format(moment=moment))
    for one in found["evidence"]:
        accepted = f" ({gettext('accepted for now')})" if one["accepted"] else ""
        name = one["finding"] or "-"
        emit_text(
            "  "
            + gettext("contradicted by {finding}: {check} on {subject}").format(
                finding=name, check=one["check"], subject=one["subject"]
            )
            + accepted
        )
    if found["hints"]:
        emit_text("  " + gettext("hints: {ids}").format(ids=findings_of(found["hints"])))


def _some(ids: "list[str] | tuple[str, ...]") -> str:
    return findings_of(list(ids))
