"""The words of this report, and the cells that several of its sections share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from reports.conformity.model import ConformityData, RequirementLine, SaidLine
from reports.document import Badge, Cell, Code, Column, Lines, Plain, Tone
from reports.words import Words

PREFIX = "conformity_report"
HASH_SHOWN = 16
NAMES_SHOWN = 6
VERDICT_TONE: Mapping[str, Tone] = {
    "conform": "good",
    "partly": "warn",
    "not_conform": "bad",
    "not_applicable": "info",
    "not_judged": "mute",
}
STANDING_TONE: Mapping[str, Tone] = {
    "contradicted": "bad",
    "supported": "good",
    "supported_in_part": "good",
    "silent": "info",
    "never_tested": "mute",
}
GRADE_TONE: Mapping[str, Tone] = {"major": "bad", "minor": "warn"}
SEVERITIES = ("critical", "high", "medium", "low", "info")
SEVERITY_TONE: Mapping[str, Tone] = {
    "critical": "critical",
    "high": "high",
    "medium": "medium",
    "low": "low",
    "info": "info",
}
Piece = Plain | Code | Badge


@dataclass(frozen=True)
class Speech(Words):
    """Speaks about one report. ``say`` reads the texts of this kind of report."""

    def say(self, key: str, /, **facts: object) -> str:
        """The text at ``key`` of the conformity report."""
        return self(f"{PREFIX}.{key}", **facts)

    def columns(self, *columns: tuple[str, int]) -> tuple[Column, ...]:
        """Columns by their key and width."""
        return tuple(Column(self.say(f"column.{key}"), width) for key, width in columns)

    def verdict(self, code: str) -> Badge:
        """A verdict as a badge."""
        return Badge(self.say(f"verdict.{code}"), VERDICT_TONE[code])

    def standing(self, code: str) -> Badge:
        """What the evidence says as a badge."""
        return Badge(self(f"standing.{code}"), STANDING_TONE[code])

    def severity(self, code: str) -> Badge:
        """A severity as a badge."""
        return Badge(self.of("severity", code), SEVERITY_TONE[code])

    def names(self, items: Iterable[str], most: int = NAMES_SHOWN) -> str:
        """Names with commas, and how many more there are."""
        return self.joined(tuple(items), most=most)

    def owner_due(self, owner: str, due: date | None, *, late: bool) -> Cell:
        """Who answers, by when, and whether that day has passed."""
        shown: list[Piece] = [
            Plain(owner or self.say("work.no_owner")),
            Plain(self.say("work.no_due") if due is None else self.day(due)),
        ]
        if late:
            shown.append(Badge(self.say("work.late"), "bad"))
        return Lines(tuple(shown))


def speech_of(data: ConformityData) -> Speech:
    """The words in the report's language and time zone."""
    return Speech(data.language, data.timezone)


def requirement_cell(item: RequirementLine) -> Cell:
    """Its citation, what it is about, and what its reader must know."""
    shown = [Plain(item.citation, strong=True), Plain(item.title)]
    if item.caution:
        shown.append(Plain(f"[{item.caution}]"))
    return Lines(tuple(shown))


def verdict_cell(item: RequirementLine, speech: Speech) -> Cell:
    """What people said: the verdict, then each word with its name and day."""
    shown: list[Piece] = [speech.verdict(item.verdict)]
    both = item.said is not None and item.graded is not None
    for key, kind, said in (
        ("owner_said", "verdict", item.said),
        ("auditor_said", "grade", item.graded),
    ):
        if said is None:
            continue
        if both or kind == "grade":
            shown.append(
                Plain(speech.say(f"state.{key}", value=speech.say(f"{kind}.{said.value}")))
            )
        shown.append(Plain(_who(said, speech)))
        if said.about:
            shown.append(Plain(speech.say("state.carried", citation=said.about)))
        if said.note and item.verdict != "conform":
            shown.append(Plain(said.note))
    if item.lapsed is not None:
        shown.append(Plain(speech.say("state.lapsed", day=speech.day(item.lapsed))))
    return Lines(tuple(shown)) if len(shown) > 1 else shown[0]


def _who(said: SaidLine, speech: Speech) -> str:
    return speech.say("state.who", person=said.person, day=speech.day(said.on))


def evidence_cell(item: RequirementLine, speech: Speech) -> Cell:
    """What the evidence says: its standing, of how many assets, and the findings."""
    shown: list[Piece] = [speech.standing(item.standing)]
    if item.standing.startswith("supported"):
        share = speech.say(
            "state.share", n=speech.number(item.supported), total=speech.number(item.assets)
        )
        shown.append(Plain(share))
    open_ones = [name for name in item.contradicting if name not in item.accepted]
    if open_ones:
        shown.append(Plain(speech.say("state.findings", names=speech.names(open_ones, 4))))
    if item.accepted:
        shown.append(Plain(speech.say("state.accepted", names=speech.names(item.accepted, 4))))
    if item.last_tested is not None:
        shown.append(Plain(speech.say("state.tested", day=speech.day(item.last_tested))))
    return Lines(tuple(shown)) if len(shown) > 1 else shown[0]
