"""The formats of the statement."""

from collections.abc import Callable, Mapping

from reports.soa.compose import compose_soa
from reports.soa.model import SoaData
from reports.soa.results import soa_json
from reports.soa.spreadsheet import soa_xlsx


def soa_pdf(data: SoaData) -> bytes:
    """The statement as PDF/A. Raises InternalError when Typst refuses it."""
    from reports.pdf import render_document

    return render_document(compose_soa(data), data.day)


FORMATS: Mapping[str, Callable[[SoaData], bytes]] = {
    "xlsx": soa_xlsx,
    "pdf": soa_pdf,
    "json": soa_json,
}
