"""The results by criterion: what scans said, the four steps, and what was not tested and why."""

from collections.abc import Iterable

from reports.audit.model import AuditData, CriterionLine, StepLine
from reports.document import (
    Badge,
    Block,
    Cell,
    Code,
    Column,
    Lines,
    Paragraph,
    Plain,
    Section,
    Table,
    Tone,
)
from reports.words import Words

CONCLUSION_TONE: dict[str | None, Tone] = {
    "effective": "good",
    "partly": "warn",
    "not_effective": "bad",
    "not_tested": "mute",
    None: "mute",
}
_STANDING_TONE: dict[str, Tone] = {
    "contradicted": "bad",
    "supported": "good",
    "supported_in_part": "good",
    "silent": "mute",
    "never_tested": "mute",
}
_SHORT = ("understand", "design", "implementation", "effectiveness")


def criteria_section(data: AuditData, words: Words) -> Section:
    """A table for each catalogue, then the steps that were not tested."""
    blocks: list[Block] = [Paragraph(words("audit.criteria_intro"))]
    if not data.criteria:
        return Section(
            "criteria", words("audit.section.criteria"), (Paragraph(words("audit.not_begun")),)
        )
    columns = (
        Column(words("audit.column.criterion"), 28),
        Column(words("audit.column.scans"), 16),
        *(Column(words(f"audit.step_short.{step}"), 14) for step in _SHORT),
    )
    for framework in dict.fromkeys(item.framework for item in data.criteria):
        rows = tuple(_row(item, words) for item in data.criteria if item.framework == framework)
        blocks.append(Table(words("audit.criteria_of", framework=framework), columns, rows))
    blocks += _work(data, words)
    return Section("criteria", words("audit.section.criteria"), tuple(blocks), new_page=True)


def _row(item: CriterionLine, words: Words) -> tuple[Cell, ...]:
    name = item.citation.removeprefix(item.framework).strip() or item.citation
    first: list[Plain | Code | Badge] = [Plain(name, strong=True), Plain(item.title)]
    if item.findings:
        first.append(Plain(", ".join(item.findings)))
    said: list[Plain | Code | Badge] = [
        Badge(words(f"standing.{item.standing}"), _STANDING_TONE.get(item.standing, "mute"))
    ]
    if item.standing.startswith("supported"):
        share = words("audit.share", n=words.number(item.supported), m=words.number(item.assets))
        said.append(Plain(share))
    if item.contradicting:
        said.append(Plain(words.joined(item.contradicting, most=4)))
    by_step = {step.step: step for step in item.steps}
    return (
        Lines(tuple(first)),
        Lines(tuple(said)),
        *(_conclusion(by_step.get(step), words) for step in _SHORT),
    )


def _conclusion(step: StepLine | None, words: Words) -> Cell:
    value = None if step is None else step.conclusion
    return Badge(words(f"audit.conclusion.{value or 'open'}"), CONCLUSION_TONE[value])


def _work(data: AuditData, words: Words) -> list[Block]:
    done: list[tuple[Cell, ...]] = []
    left: list[tuple[Cell, ...]] = []
    for item in data.criteria:
        for steps in _alike(item.steps):
            step = steps[0]
            names = [Plain(words(f"audit.step.{one.step}")) for one in steps]
            where = Lines((Plain(item.citation, strong=True), *names))
            if step.conclusion == "not_tested":
                left.append((where, Plain(step.reason), Plain(step.person)))
            else:
                done.append((where, _told(step), _proofs(step, words), _who(step, words)))
    blocks: list[Block] = []
    if done:
        columns = (
            Column(words("audit.column.step"), 28),
            Column(words("audit.column.work"), 34),
            Column(words("audit.column.evidence"), 24),
            Column(words("audit.column.who"), 14),
        )
        blocks.append(Table(words("audit.work"), columns, tuple(done)))
    if left:
        left_columns = (
            Column(words("audit.column.step"), 40),
            Column(words("audit.column.reason"), 40),
            Column(words("audit.column.who"), 20),
        )
        blocks.append(Table(words("audit.untested"), left_columns, tuple(left)))
    return blocks


def _alike(steps: Iterable[StepLine]) -> list[list[StepLine]]:
    """The steps with a result, those together that rest on the same work."""
    found: dict[tuple[object, ...], list[StepLine]] = {}
    for step in steps:
        if step.conclusion is not None:
            untested = step.conclusion == "not_tested"
            key = (untested, step.work, step.reason, step.person, step.on, step.proofs)
            found.setdefault(key, []).append(step)
    return list(found.values())


def _told(step: StepLine) -> Cell:
    shown = [Plain(step.work)]
    if step.reason:
        shown.append(Plain(step.reason))
    return Lines(tuple(shown))


def _proofs(step: StepLine, words: Words) -> Cell:
    if not step.proofs:
        return Plain("–")
    shown: list[Plain | Code | Badge] = []
    for proof in step.proofs:
        shown.append(Plain(f"{words(f'audit.proof.{proof.kind}')}: {proof.reference}"))
        shown += [Code(digest[:16], digest) for digest in proof.sha256[:3]]
        if proof.lost:
            shown.append(Badge(words(f"audit.lost.{proof.lost}"), "bad"))
    return Lines(tuple(shown))


def _who(step: StepLine, words: Words) -> Cell:
    return Lines((Plain(step.person), Plain(words.day(step.on))))
