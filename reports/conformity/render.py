"""The formats of the conformity report."""

from collections.abc import Callable, Mapping

from reports.conformity.compose import compose_conformity
from reports.conformity.model import ConformityData
from reports.conformity.results import conformity_json


def conformity_html(data: ConformityData) -> bytes:
    """The report as one page, in UTF-8."""
    from reports.html import document_html

    return document_html(compose_conformity(data)).encode("utf-8")


def conformity_pdf(data: ConformityData) -> bytes:
    """The report as PDF/A. Raises InternalError when Typst refuses it."""
    from reports.pdf import render_document

    return render_document(compose_conformity(data), data.day)


def _xlsx(data: ConformityData) -> bytes:
    from reports.conformity.spreadsheet import conformity_xlsx

    return conformity_xlsx(data)


FORMATS: Mapping[str, Callable[[ConformityData], bytes]] = {
    "html": conformity_html,
    "pdf": conformity_pdf,
    "xlsx": _xlsx,
    "json": conformity_json,
}
