"""How a terminal tells what people attested, and what comes from related requirements."""

from collections.abc import Mapping, Sequence
from typing import Any

from secaudit.assurance.vocabulary import Grade, Verdict
from secaudit.assurance.words import say as word_of
from secaudit.cli.output import emit_text
from secaudit.core.vocabulary import Standing, Testability
from secaudit.text.language import N_, gettext
from secaudit.text.words import standing_word

CARRIES = {
    "whole": N_("counts as a whole"),
    "part": N_("a part only"),
    "hint": N_("hint only"),
}
RELATIONS = {
    "equal": N_("equal"),
    "subset": N_("part of it"),
    "superset": N_("contains it"),
    "intersects": N_("intersects"),
}


def tell_attested(record: Mapping[str, Any]) -> None:
    """Print the self-assessment and the auditor's grade, each apart."""
    for heading, key, kind in (
        (N_("Self-assessment"), "self_assessment", Verdict),
        (N_("Auditor's grade"), "grade", Grade),
    ):
        said = record[key]
        if said is not None:
            emit_text(f"\n{gettext(heading)}: {word_of(kind, said['value'])}  ({said['id']})")
            emit_text("  " + gettext("by {person} ({account})").format(**said))
            _tell_period(said)
            for file in said["evidence"]:
                emit_text(f"  {file['name']}  {file['sha256']}")
            if said["evidence_missing"]:
                names = ", ".join(said["evidence_missing"])
                gone = gettext("its evidence is gone from the store: {names}")
                emit_text("  " + gone.format(names=names))
            if said["note"]:
                emit_text(f"  {said['note']}")


def _tell_period(said: Mapping[str, Any]) -> None:
    text = gettext("from {begin}; valid until {day}").format(
        begin=said["effective_from"], day=said["expires_on"]
    )
    emit_text(f"  {text}" + (f" ({gettext('expired')})" if said["expired"] else ""))


def tell_via(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print what evidence about other requirements is worth here, and the way that it comes."""
    if not rows:
        return
    emit_text(f"\n{gettext('Evidence from related requirements')}")
    for row in rows:
        way = " → ".join(step["requirement"] for step in row["path"])
        emit_text(
            "  "
            + gettext("via {way} ({relation}): {worth}").format(
                way=way,
                relation=gettext(RELATIONS[row["relation"]]),
                worth=gettext(CARRIES[row["carries"]]),
            )
        )
        said = []
        if row["self_assessment"]:
            said.append(f"{row['attestation']} {word_of(Verdict, row['self_assessment'])}")
        if row["standing"] in {Standing.CONTRADICTED.value, Standing.SUPPORTED.value}:
            said.append(
                str(standing_word(Standing(row["standing"]), Testability(row["testability"])))
            )
        emit_text(f"    {row['cited']}: {'; '.join(said)}")
