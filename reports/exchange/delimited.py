"""A table to fill in as CSV, as the spreadsheets of its language read it."""

import csv
import io
from datetime import date

from reports.exchange.model import FormTable
from reports.spreadsheet import Value
from reports.words import Words
from secaudit.text.escape import cell


def form_csv(table: FormTable) -> bytes:
    """Write UTF-8 with a mark, so that spreadsheets see what it is; days in ISO form."""
    stream = io.StringIO()
    # Spreadsheets set to Indonesian part cells by semicolons: the comma marks decimals there.
    separator = ";" if table.language == "id" else ","
    writer = csv.writer(stream, delimiter=separator, lineterminator="\r\n")
    words = Words(table.language)
    writer.writerow([*(column.heading for column in table.columns), words("exchange.column.base")])
    decimal = "," if table.language == "id" else "."
    for row in table.rows:
        writer.writerow([_text(value, decimal) for value in row])
    return stream.getvalue().encode("utf-8-sig")


def _text(value: Value, decimal: str) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", decimal)
    if isinstance(value, date):
        return value.isoformat()
    return cell(value) if isinstance(value, str) else str(value)
