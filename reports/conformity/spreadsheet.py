"""The report's tables as a workbook."""

from collections.abc import Iterable, Sequence

from reports.conformity.annex import source_of
from reports.conformity.decisions import decisions
from reports.conformity.model import ConformityData, SaidLine
from reports.conformity.numbers import SOURCES
from reports.conformity.progress import EVENTS
from reports.conformity.speech import Speech, speech_of
from reports.spreadsheet import Properties, Sheet, Value, write_book


def conformity_xlsx(data: ConformityData) -> bytes:
    """Render the workbook. Equal data make equal bytes."""
    speech = speech_of(data)
    about = Properties(speech.say("title"), data.organisation, data.identity, data.last)
    sheets = (
        _requirements(data, speech),
        _evidence(data, speech),
        _findings(data, speech),
        _plans(data, speech),
        _audits(data, speech),
        _risks(data, speech),
        _obligations(data, speech),
        _progress(data, speech),
        _numbers(data, speech),
        _about(data, speech),
    )
    return write_book(sheets, speech, about)


def _sheet(
    speech: Speech, key: str, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[Value]]
) -> Sheet:
    heads = tuple((speech.say(f"column.{name}"), width) for name, width in columns)
    return Sheet(speech.say(f"sheet.{key}"), heads, rows)


def _yes(speech: Speech, value: bool) -> str:
    return speech("term.yes" if value else "term.no")


def _requirements(data: ConformityData, speech: Speech) -> Sheet:
    columns = (
        ("citation", 26), ("framework", 30), ("id", 44), ("title", 44), ("bearer", 24),
        ("verdict", 18), ("person", 24), ("on", 12), ("until", 12), ("grade_short", 24),
        ("evidence", 20), ("supported", 12), ("assets", 12), ("findings", 30),
        ("difference", 44), ("last_tested", 13), ("note", 40),
    )  # fmt: skip
    short = {item.id: item.short_title for item in data.frameworks}

    def rows() -> Iterable[Sequence[Value]]:
        for item in data.requirements:
            said = item.said or item.graded
            yield (
                item.citation, short[item.framework], item.id, item.title, item.bearer,
                speech.say(f"verdict.{item.verdict}"), said.person if said else "",
                said.on if said else None, said.until if said else item.lapsed,
                speech.say(f"grade.{item.graded.value}") if item.graded else "",
                speech(f"standing.{item.standing}"), item.supported, item.assets,
                ", ".join(item.contradicting),
                "; ".join(speech.say(f"difference.{code}") for code in item.differences),
                item.last_tested, said.note if said else "",
            )  # fmt: skip

    return _sheet(speech, "requirements", columns, rows())


def _evidence(data: ConformityData, speech: Speech) -> Sheet:
    columns = (
        ("citation", 26), ("id", 44), ("attestation", 12), ("verdict", 18), ("person", 26),
        ("on", 12), ("file", 36), ("hash", 66), ("kept", 12),
    )  # fmt: skip

    def rows() -> Iterable[Sequence[Value]]:
        for item in data.requirements:
            words: tuple[tuple[str, SaidLine | None], ...] = (
                ("verdict", item.said),
                ("grade", item.graded),
            )
            for kind, said in words:
                for file in () if said is None else said.evidence:
                    yield (
                        item.citation, item.id, said.id if said else "",
                        speech.say(f"{kind}.{said.value}") if said else "",
                        said.person if said else "", said.on if said else None, file.name,
                        file.sha256, _yes(speech, file.kept),
                    )  # fmt: skip

    return _sheet(speech, "evidence", columns, rows())


def _findings(data: ConformityData, speech: Speech) -> Sheet:
    columns = (
        ("finding", 10), ("severity", 12), ("state", 18), ("title", 34), ("check", 26),
        ("subject", 38), ("owner", 26), ("due", 12), ("late", 10), ("plan", 10),
        ("contradicts", 44), ("approver", 24), ("until", 12), ("reason", 34), ("hash", 66),
    )  # fmt: skip
    rows = (
        (
            item.id, speech.of("severity", item.severity), speech.of("state", item.state),
            item.title, item.check, item.subject, item.owner, item.due,
            _yes(speech, item.late), item.plan, "; ".join(item.requirements),
            item.accepted.approver if item.accepted else "",
            item.accepted.until if item.accepted else None,
            item.accepted.reason if item.accepted else "", "\n".join(item.evidence),
        )
        for item in data.findings
    )  # fmt: skip
    return _sheet(speech, "findings", columns, rows)


def _plans(data: ConformityData, speech: Speech) -> Sheet:
    columns = (("plan", 10), ("what", 50), ("owner", 28), ("due", 12), ("late", 10),
               ("progress", 24))  # fmt: skip
    rows = (
        (
            item.id, item.action, item.owner, item.due, _yes(speech, item.late),
            speech.say("work.progress", done=item.done, total=item.total),
        )
        for item in data.plans
    )  # fmt: skip
    return _sheet(speech, "plans", columns, rows)


def _audits(data: ConformityData, speech: Speech) -> Sheet:
    columns = (("finding", 12), ("grade", 24), ("what", 50), ("citation", 40), ("state", 24),
               ("owner", 28), ("due", 12), ("late", 10))  # fmt: skip
    rows = (
        (
            item.id, speech.say(f"grade.{item.grade}"), item.title, item.citation,
            speech(f"audit.state.{item.state}"), item.owner, item.due, _yes(speech, item.late),
        )
        for item in data.audit_findings
    )  # fmt: skip
    return _sheet(speech, "audits", columns, rows)


def _risks(data: ConformityData, speech: Speech) -> Sheet:
    columns = (("risk", 10), ("title", 50), ("level", 18), ("value", 10), ("above", 14),
               ("treatment", 50), ("owner", 28), ("review_on", 14))  # fmt: skip
    rows = (
        (
            item.id, item.title, item.level, item.score, _yes(speech, item.above),
            item.treatment, item.owner, item.review_on,
        )
        for item in data.risks
    )  # fmt: skip
    return _sheet(speech, "risks", columns, rows)


def _obligations(data: ConformityData, speech: Speech) -> Sheet:
    columns = (("obligation", 40), ("title", 50), ("note", 40), ("standing", 18),
               ("done_on", 30), ("next", 14))  # fmt: skip
    rows = (
        (
            item.citation, item.title, item.rhythm,
            speech.say(f"obligation.{item.standing}"),
            ", ".join(day.isoformat() for day in item.done_on), item.next,
        )
        for item in data.obligations
    )  # fmt: skip
    return _sheet(speech, "obligations", columns, rows)


def _progress(data: ConformityData, speech: Speech) -> Sheet:
    columns = (("field", 44), ("requirement", 40), ("before", 24), ("after", 24))
    rows: list[Sequence[Value]] = []
    if data.progress is None:
        rows.append((speech.say("change.first"), "", "", ""))
    else:
        for move in data.progress.verdicts:
            rows.append(
                (
                    speech.say("progress.verdicts"), move.citation,
                    speech.say(f"verdict.{move.before}"), speech.say(f"verdict.{move.after}"),
                )
            )  # fmt: skip
        for move in data.progress.evidence:
            rows.append(
                (
                    speech.say("progress.evidence"), move.citation,
                    speech(f"standing.{move.before}"), speech(f"standing.{move.after}"),
                )
            )  # fmt: skip
        for key in EVENTS:
            names: tuple[str, ...] = getattr(data.progress, key)
            rows.append((speech.say(f"progress.event.{key}"), ", ".join(names), "", len(names)))
    return _sheet(speech, "progress", columns, rows)


def _numbers(data: ConformityData, speech: Speech) -> Sheet:
    columns = (("number", 46), ("before", 12), ("value", 12), ("source", 70))
    before = data.previous.numbers if data.previous else {}
    rows = (
        (
            speech.say(f"number.{key}"),
            before.get(key),
            data.numbers[key],
            source_of(key, data, speech),
        )
        for key in SOURCES
    )
    return _sheet(speech, "numbers", columns, rows)


def _about(data: ConformityData, speech: Speech) -> Sheet:
    rows: list[Sequence[Value]] = [
        (speech("cover.organisation"), data.organisation),
        (speech.say("cover.to"), data.addressee),
        (speech.say("cover.number"), data.issue.id if data.issue else speech.say("mark.draft")),
        (speech.say("basis.period"), speech.period(data.first, data.last)),
        (speech.say("cover.state_at"), speech.instant(data.at)),
        (speech("cover.identity"), data.identity),
        (speech.say("closing.trail"), f"{data.trail_position} {data.trail_hash}"),
        *((speech.say("section.basis"), text) for text in data.basis),
        *((speech.say("section.decisions"), f"{item.text} {item.why}")
          for item in decisions(data, speech)),
        ("!", speech.say("limit")),
    ]  # fmt: skip
    if data.sample:
        rows.insert(0, ("!", speech.say("mark.sample")))
    return _sheet(speech, "about", (("field", 36), ("value", 90)), rows)
