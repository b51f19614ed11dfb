"""A table to fill in as a workbook: the table, a guide to it, and a hidden sheet about itself."""

from reports.exchange.model import FormTable
from reports.spreadsheet import Form, Properties, Sheet, Value, write_book
from reports.words import Words


def form_xlsx(table: FormTable) -> bytes:
    """Render the workbook."""
    words = Words(table.language, table.timezone)
    columns = table.columns
    base = len(columns)
    form = Form(
        to_read=frozenset(
            index
            for index, column in enumerate(columns)
            if not (column.editable or column.new_only)
        )
        | {base},
        choices={index: column.choices for index, column in enumerate(columns) if column.choices},
        hidden=frozenset({base}),
    )
    heads = [(column.heading, column.width) for column in columns]
    sheets = (
        Sheet(
            words(f"exchange.sheet.{table.noun}"),
            [*heads, (words("exchange.column.base"), 12)],
            table.rows,
            form,
        ),
        _guide(table, words),
        Sheet(table.meta_title, [("key", 12), ("value", 60)], table.meta, hidden=True),
    )
    about = Properties(
        words(f"exchange.title.{table.noun}"), table.organisation, "secaudit", table.day
    )
    return write_book(sheets, words, about)


def _guide(table: FormTable, words: Words) -> Sheet:
    rows: list[tuple[Value, Value]] = [
        (words("exchange.guide.exported"), words.instant(table.at)),
        (words("exchange.guide.rows"), len(table.rows)),
        *(("•", text) for text in words.several("exchange.guide.common")),
        *(("•", text) for text in words.several(f"exchange.guide.{table.noun}")),
        (words("exchange.guide.columns"), None),
    ]
    for column in table.columns:
        kind = "may" if column.editable else "new" if column.new_only else "ignored"
        rows.append((column.heading, words(f"exchange.guide.{kind}")))
    return Sheet(
        words("exchange.sheet.guide"), [(table.organisation, 34), (words("sheet.cell.value"), 110)],
        rows,
    )  # fmt: skip
