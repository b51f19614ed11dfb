"""The report as PDF/A-2a and PDF/UA-1 by Typst, with its own fonts: equal data make equal bytes.

The text of the report reaches Typst as JSON data, never as markup.
"""

import json
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from reports.compose import compose
from reports.document import Document
from reports.model import ReportData
from reports.plain import breakable, printed, to_plain
from secaudit.core.errors import InternalError

TEMPLATE = Path(__file__).parent / "templates" / "report.typ"
STANDARDS = ("a-2a", "ua-1")
"""Archival with structure (ISO 19005-2, level A) and accessible (ISO 14289-1)."""


def render_pdf(data: ReportData) -> bytes:
    """Render the report. Raises InternalError when Typst refuses it."""
    return render_document(compose(data), data.period.last)


def render_document(document: Document, day: date) -> bytes:
    """Render any document, dated ``day``. Raises InternalError when Typst refuses it."""
    import typst

    plain = to_plain(document, lambda text: breakable(printed(text)))
    plain["date"] = {"year": day.year, "month": day.month, "day": day.day}
    source: Any = TEMPLATE.read_bytes()
    standards: Any = list(STANDARDS)
    try:
        rendered = typst.compile(
            source,
            root=str(TEMPLATE.parent),
            sys_inputs={"document": json.dumps(plain)},
            ignore_system_fonts=True,
            pdf_standards=standards,
            timestamp=int(datetime.combine(day, time(), UTC).timestamp()),
        )
    except typst.TypstError as error:
        raise InternalError("the PDF could not be made: {why}", why=error) from error
    if not isinstance(rendered, bytes):
        raise InternalError("the PDF could not be made: {why}", why="no single file")
    return rendered
