"""The report as one HTML file: inline style and charts, no script, nothing to fetch."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.compose import compose
from reports.document import Document
from reports.model import ReportData
from reports.plain import screen, to_plain

TEMPLATES_FOLDER = Path(__file__).parent / "templates"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["chart"] = Markup  # our own SVG, whose texts are escaped where it is drawn
    return environment


def render_html(data: ReportData) -> str:
    """Render the report. Equal data make equal text."""
    return document_html(compose(data))


def document_html(document: Document) -> str:
    """Render any document as one page."""
    style = (TEMPLATES_FOLDER / "report.css").read_text("utf-8")
    return (
        _environment()
        .get_template("report.html.j2")
        .render(document=to_plain(document, screen), style=Markup(style))  # noqa: S704  our own file
    )
