"""The tables as a workbook: every cell is text, a number or a date, never a formula or a link.

Rows are written one by one in constant memory. The creation date is the period's last day, so that
equal data make equal bytes.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import zip_longest
from typing import Any

from reports.facts import Facts, identity_of
from reports.model import ReportData, RiskMatrix
from reports.words import Words, time_zone
from secaudit.core.vocabulary import Severity
from secaudit.text.escape import cell as safe_cell

LONGEST_CELL = 32_000
"""Excel takes 32,767 characters in a cell."""
LARGEST_SHEET = 1_048_000
"""Excel takes 1,048,576 rows in a sheet."""

LISTS = "_lists"
LONGEST_LIST = 255
"""Excel takes so many characters of a list that stands in a rule itself."""

Value = str | int | float | bool | date | datetime | None

_FILL = {
    Severity.CRITICAL: ("#9B2335", "#FFFFFF"),
    Severity.HIGH: ("#FBE3D2", "#8A3A06"),
    Severity.MEDIUM: ("#FBF0CC", "#654A00"),
    Severity.LOW: ("#E0ECF6", "#1F4A6E"),
    Severity.INFO: ("#E8ECF0", "#323F4B"),
}


@dataclass(frozen=True)
class Form:
    """What makes a sheet one to fill in; columns are counted from 0."""

    to_read: frozenset[int]
    """Columns that are for reading only: they are grey."""
    choices: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """What the cells of a column offer in a drop-down list."""
    hidden: frozenset[int] = frozenset()
    spare_rows: int = 200
    """Rows below the last one that offer the choices too."""


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, its headings with widths in characters, its rows."""

    name: str
    columns: Sequence[tuple[str, int]]
    rows: Iterable[Sequence[Value]]
    form: Form | None = None
    hidden: bool = False


def render_xlsx(data: ReportData) -> bytes:
    """Render the workbook."""
    words = Words(data.language, data.timezone)
    about = Properties(words("cover.title"), data.organisation, identity_of(data), data.period.last)
    return write_book(sheets(Facts(data), words), words, about)


@dataclass(frozen=True)
class Properties:
    """What a workbook says about itself."""

    title: str
    author: str
    identity: str
    day: date


def write_book(sheets: Iterable[Sheet], words: Words, about: Properties) -> bytes:
    """Write sheets as a workbook; equal sheets make equal bytes."""
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "yyyy-mm-dd hh:mm",
        },
    )
    book.set_properties(
        {
            "title": about.title,
            "author": safe_cell(about.author),
            "keywords": about.identity,
            "created": datetime.combine(about.day, time()),
        }
    )
    writer = _Writer(book, words)
    for sheet in sheets:
        writer.write(sheet)
    writer.write_lists()
    book.close()
    return buffer.getvalue()


class _Writer:
    def __init__(self, book: Any, words: Words) -> None:
        self._book = book
        self._lists: list[Sequence[str]] = []
        self._zone = time_zone(words.timezone)
        base = {"valign": "top", "text_wrap": True, "font_size": 10}
        self._text = book.add_format(base)
        self._day = book.add_format({**base, "num_format": "yyyy-mm-dd"})
        self._moment = book.add_format({**base, "num_format": "yyyy-mm-dd hh:mm"})
        self._head = book.add_format(
            {**base, "bold": True, "bg_color": "#E7EDF1", "font_color": "#1D4E6B", "bottom": 1}
        )
        grey = {**base, "bg_color": "#ECEEF0", "font_color": "#4A5560"}
        self._grey = book.add_format(grey)
        self._grey_day = book.add_format({**grey, "num_format": "yyyy-mm-dd"})
        self._head_to_fill = book.add_format(
            {**base, "bold": True, "bg_color": "#FFF3C4", "font_color": "#4D3B00", "bottom": 1}
        )
        self._words = {
            words.of("severity", severity): book.add_format(
                {**base, "bg_color": back, "font_color": front, "bold": True}
            )
            for severity, (back, front) in _FILL.items()
        }

    def write(self, sheet: Sheet) -> None:
        page = self._book.add_worksheet(sheet.name)
        page.freeze_panes(1, 1)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        form = sheet.form
        grey = form.to_read if form else frozenset()
        for column, (heading, width) in enumerate(sheet.columns):
            hidden = {"hidden": True} if form and column in form.hidden else {}
            page.set_column(column, column, width, None, hidden)
            head = self._head if form is None or column in grey else self._head_to_fill
            page.write_string(0, column, heading, head)
        last = 0
        for last, row in enumerate(sheet.rows, start=1):
            if last > LARGEST_SHEET:
                raise ValueError(f"more than {LARGEST_SHEET} rows in {sheet.name}")
            for column, value in enumerate(row):
                self._cell(page, last, column, value, grey=column in grey)
        page.autofilter(0, 0, last, len(sheet.columns) - 1)
        if form is not None:
            self._offer(page, form, last)
        if sheet.hidden:
            page.very_hidden()

    def _offer(self, page: Any, form: Form, last: int) -> None:
        for column, words in form.choices.items():
            page.data_validation(
                1,
                column,
                min(last + form.spare_rows, LARGEST_SHEET),
                column,
                {"validate": "list", "source": self._source(words), "error_type": "warning"},
            )

    def _source(self, words: Sequence[str]) -> str | list[str]:
        """A list inside the rule, where Excel takes it; else a range of the hidden sheet."""
        if len(",".join(words)) <= LONGEST_LIST and not any("," in word for word in words):
            return list(words)
        from xlsxwriter.utility import xl_col_to_name

        self._lists.append(words)
        letter = xl_col_to_name(len(self._lists) - 1)
        return f"='{LISTS}'!${letter}$1:${letter}${len(words)}"

    def write_lists(self) -> None:
        """Write the lists that no rule could hold, one in each column of a hidden sheet."""
        if not self._lists:
            return
        page = self._book.add_worksheet(LISTS)
        page.very_hidden()
        for row, words in enumerate(zip_longest(*self._lists, fillvalue="")):
            for column, word in enumerate(words):
                page.write_string(row, column, safe_cell(word), self._text)

    def _cell(self, page: Any, row: int, column: int, value: Value, *, grey: bool = False) -> None:
        text = self._grey if grey else self._text
        if value is None or value == "":
            page.write_blank(row, column, None, text)
        elif isinstance(value, bool):
            page.write_number(row, column, int(value), text)
        elif isinstance(value, int | float):
            page.write_number(row, column, value, text)
        elif isinstance(value, datetime):
            self._instant(page, row, column, value)
        elif isinstance(value, date):
            midnight = datetime.combine(value, time())
            page.write_datetime(row, column, midnight, self._grey_day if grey else self._day)
        else:
            shown = safe_cell(value[:LONGEST_CELL])[:LONGEST_CELL]
            page.write_string(row, column, shown, self._words.get(value, text))

    def _instant(self, page: Any, row: int, column: int, value: datetime) -> None:
        if not 1900 < value.year < 9999:
            page.write_string(row, column, f"{value.year:04d}", self._text)
            return
        local = value.astimezone(self._zone).replace(tzinfo=None, microsecond=0)
        page.write_datetime(row, column, local, self._moment)


def sheets(facts: Facts, words: Words) -> tuple[Sheet, ...]:
    """The sheets in their order."""
    return (
        _findings(facts, words),
        _conformity(facts, words),
        _risks(facts, words),
        _certificates(facts, words),
        _assets(facts, words),
        _scans(facts, words),
        _about(facts, words),
    )


def _heads(words: Words, *columns: tuple[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(
        (words(f"column.{key[1:]}") if key.startswith(".") else words(f"sheet.cell.{key}"), width)
        for key, width in columns
    )


def _yes(words: Words, value: bool | None) -> str:
    return "" if value is None else words("term.yes" if value else "term.no")


def _findings(facts: Facts, words: Words) -> Sheet:
    columns = _heads(
        words, (".number", 10), (".severity", 12), (".state", 14), ("title", 34), ("check", 26),
        (".subject", 38), ("asset", 24), (".statement", 50), ("remediation", 50), (".owner", 26),
        (".due", 13), ("overdue", 12), ("citations", 30), ("first_seen", 17), (".last_seen", 17),
        ("outcome", 16), ("open", 11), (".evidence", 66),
    )  # fmt: skip

    def rows() -> Iterable[Sequence[Value]]:
        for finding in (*facts.open, *facts.closed):
            check = facts.data.checks.get(finding.check)
            yield (
                finding.id, words.of("severity", finding.severity),
                words.of("state", finding.state), check.title if check else "", finding.check,
                finding.subject, facts.asset_names.get(finding.asset or "", finding.asset),
                finding.statement, check.remediation if check else "", finding.owner, finding.due,
                _yes(words, finding.is_overdue(facts.at)), "; ".join(finding.citations),
                finding.first_seen, finding.last_seen, words.of("outcome", finding.last_outcome),
                _yes(words, finding.is_open), "\n".join(finding.evidence),
            )  # fmt: skip

    return Sheet(words("sheet.findings"), columns, rows())


def _conformity(facts: Facts, words: Words) -> Sheet:
    columns = _heads(
        words, (".citation", 26), ("framework", 34), ("id", 40), (".requirement", 50),
        ("standing", 18), ("supported", 12), ("assets", 12), (".finding_ids", 40),
        (".unscanned", 30), (".testability", 28), ("modality", 14), ("bearer", 24),
        (".last_tested", 17), ("legal_status", 22), ("binds", 12),
    )  # fmt: skip

    def rows() -> Iterable[Sequence[Value]]:
        for framework in facts.data.frameworks:
            for item in framework.requirements:
                found = sorted({name for line in item.contradictions for name in line.findings})
                yield (
                    item.citation, framework.title, item.id, item.title,
                    words(f"standing.{item.standing.shown(item.testability)}"),
                    item.supported, item.assets,
                    ", ".join(found), ", ".join(item.unscanned),
                    words.of("testability", item.testability),
                    words.of("modality", item.modality) if item.modality else "", item.bearer,
                    item.last_tested, words.of("legal_status", framework.status),
                    _yes(words, item.binds),
                )  # fmt: skip

    return Sheet(words("sheet.conformity"), columns, rows())


def _risks(facts: Facts, words: Words) -> Sheet:
    columns = _heads(
        words, (".number", 10), ("title", 36), ("category", 24), (".reason", 60),
        ("likelihood", 13), ("impact", 10), ("magnitude", 10), (".level", 16), ("above", 12),
        ("inherent", 12), ("residual", 12), ("residual_estimate", 12), ("treatment", 50),
        (".state", 14), (".owner", 26), (".approver", 24), ("review_on", 14), (".finding_ids", 40),
    )  # fmt: skip
    scale = facts.data.matrix
    rows = []
    for risk in facts.data.risks:
        drawn = None if risk.other_scale else scale
        size = drawn.magnitude(risk.likelihood, risk.impact) if drawn else None
        band = drawn.bands[drawn.band(size)].name if drawn and size is not None else risk.level

        rows.append(
            (
                risk.id, risk.title, risk.category, risk.reasoning, risk.likelihood, risk.impact,
                size, band, _yes(words, risk.above), _magnitude(drawn, risk.inherent),
                _magnitude(drawn, risk.residual),
                _yes(words, risk.residual_estimate if risk.residual else None),
                "; ".join(risk.treatments), words.of("risk_state", risk.state), risk.owner,
                risk.approver, risk.review_on, ", ".join(risk.findings),
            )
        )  # fmt: skip
    return Sheet(words("sheet.risks"), columns, rows)


def _magnitude(scale: RiskMatrix | None, score: tuple[int, int] | None) -> int | None:
    return scale.magnitude(*score) if scale and score else None


def _certificates(facts: Facts, words: Words) -> Sheet:
    columns = _heads(
        words, ("name", 36), (".issuer", 36), ("not_before", 17), (".valid_until", 17),
        (".state", 16), ("key", 16), ("signature", 26), ("trusted", 11), (".places", 44),
        (".finding_ids", 24), ("fingerprint", 66),
    )  # fmt: skip
    rows = [
        (
            row.certificate.name, row.certificate.issuer, row.certificate.not_before,
            row.certificate.not_after, words(f"certificates.state.{row.state}"),
            row.certificate.key, row.certificate.signature, _yes(words, row.certificate.trusted),
            "\n".join(row.certificate.places), ", ".join(row.certificate.findings),
            row.certificate.fingerprint,
        )
        for row in facts.certificates
    ]  # fmt: skip
    return Sheet(words("sheet.certificates"), columns, rows)


def _assets(facts: Facts, words: Words) -> Sheet:
    columns = _heads(
        words, (".number", 10), (".asset", 32), (".owner", 30), (".zone", 14), ("kind", 14),
        (".addresses", 34), ("hostnames", 34), ("confidentiality", 14), ("integrity", 11),
        ("availability", 13), (".in_scope", 12), (".last_scanned", 17), (".findings", 10),
    )  # fmt: skip
    rows = [
        (
            asset.id, asset.name, asset.owner, asset.zone, words.of("zone_kind", asset.kind),
            ", ".join(asset.addresses), ", ".join(asset.hostnames), asset.confidentiality,
            asset.integrity, asset.availability, _yes(words, asset.in_scope),
            asset.last_scanned or words("term.never"), facts.open_by_asset.get(asset.id, 0),
        )
        for asset in facts.data.assets
    ]  # fmt: skip
    return Sheet(words("sheet.assets"), columns, rows)


def _scans(facts: Facts, words: Words) -> Sheet:
    columns = _heads(
        words, (".scan", 10), (".authorisation", 24), (".zone", 14), (".ports", 16),
        ("started", 17), ("finished", 17), (".completeness", 15), (".hosts", 11), ("up", 10),
        ("silent", 12), ("failed", 8), ("refused", 9), (".packets", 11),
    )  # fmt: skip
    rows = [
        (
            scan.id, scan.authorisation, scan.zone, scan.profile, scan.started_at,
            scan.finished_at, words("scans.complete" if scan.complete else "scans.incomplete"),
            scan.hosts, scan.up, scan.silent, scan.failed, scan.refused, scan.packets,
        )
        for scan in facts.data.scans
    ]  # fmt: skip
    return Sheet(words("sheet.scans"), columns, rows)


def _about(facts: Facts, words: Words) -> Sheet:
    data = facts.data
    rows: list[tuple[Value, Value]] = [
        (words("cover.organisation"), data.organisation),
        (words("cover.unit"), data.unit),
        (words("cover.period"), words.period(data.period.first, data.period.last)),
        (words("cover.identity"), identity_of(data)),
        (words("method.limits.lead"), words("method.limits.text")),
    ]
    if data.sample:
        rows.insert(0, ("!", words("cover.sample")))
    if facts.nothing_scanned:
        rows.insert(0, (words("summary.nothing.title"), words("summary.nothing.text")))
    return Sheet(words("sheet.about"), _heads(words, ("field", 36), ("value", 90)), rows)
