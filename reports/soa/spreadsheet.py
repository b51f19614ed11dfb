"""The statement as a workbook: one sheet with the controls, one that says what it is."""

from collections.abc import Iterable, Sequence

from reports.soa.model import ControlLine, FileLine, SoaData, references
from reports.spreadsheet import Properties, Sheet, Value, write_book
from reports.words import Words

_COLUMNS = (
    *(("control", 10), ("title", 34), ("group", 20), ("applicable", 12), ("justification", 40)),
    *(("risk", 24), ("law", 44), ("contract", 24), ("good_practice", 24), ("proposed", 44)),
    *(("implementation", 20), ("test", 20), ("last_tested", 17), ("findings", 24)),
    *(("supported", 14), ("owner", 26), ("evidence", 40), ("sha256", 66)),
)


def soa_xlsx(data: SoaData) -> bytes:
    """Render the workbook."""
    words = Words(data.language, data.timezone)
    sheets = (_controls(data, words), _about(data, words))
    about = Properties(words("soa.title"), data.organisation, data.identity, data.day)
    return write_book(sheets, words, about)


def _controls(data: SoaData, words: Words) -> Sheet:
    heads = tuple((words(f"soa.column.{key}"), width) for key, width in _COLUMNS)
    return Sheet(words("soa.sheet.controls"), heads, (_row(line, words) for line in data.controls))


def _row(line: ControlLine, words: Words) -> Sequence[Value]:
    return (
        line.number,
        line.title,
        line.group,
        words(f"soa.applicable.{applicable_key(line)}"),
        line.justification,
        *(_reasons(line, kind, words) for kind in ("risk", "law", "contract", "good_practice")),
        "; ".join(references(item for item in line.reasons if item.proposed)),
        words(f"soa.implementation.{line.implementation}") if line.implementation else "",
        words(f"soa.test.{line.test}"),
        line.last_tested,
        ", ".join(line.findings),
        f"{line.supported}/{line.assets}" if line.test in {"tested", "contradicted"} else "",
        line.owner,
        "; ".join(file_words(item, words) for item in line.evidence),
        " ".join(item.sha256 for item in line.evidence),
    )


def _reasons(line: ControlLine, kind: str, words: Words) -> str:
    found = [item for item in line.reasons if item.kind == kind and not item.proposed]
    return "; ".join(references(found)) or (words("term.yes") if found else "")


def file_words(file: FileLine, words: Words) -> str:
    """The name of a file, and whether it is gone."""
    return words("soa.evidence_gone", name=file.name) if file.missing else file.name


def applicable_key(line: ControlLine) -> str:
    """``yes``, ``no`` or ``undecided``."""
    if line.applicable is None:
        return "undecided"
    return "yes" if line.applicable else "no"


def _about(data: SoaData, words: Words) -> Sheet:
    def rows() -> Iterable[Sequence[Value]]:
        yield words("cover.organisation"), data.organisation
        yield words("cover.unit"), data.unit
        yield words("soa.cover.framework"), data.framework_title
        yield words("soa.cover.version"), version_words(data, words)
        yield words("soa.cover.approver"), data.approver or ""
        yield words("soa.cover.approved_at"), data.approved_at
        yield words("soa.cover.document"), file_words(data.document, words) if data.document else ""
        yield words("soa.cover.document_sha256"), data.document.sha256 if data.document else ""
        yield words("soa.cover.tests_of"), data.day
        yield words("cover.identity"), data.identity
        yield words("soa.limit.title"), words("soa.limit.text")

    columns = ((words("sheet.cell.field"), 34), (words("sheet.cell.value"), 90))
    return Sheet(words("soa.sheet.about"), columns, rows())


def version_words(data: SoaData, words: Words) -> str:
    """``Version 2 (approved)``."""
    return words(
        "soa.version", n=words.number(data.version), state=words(f"soa.state.{data.state}")
    )
