"""The formats of the audit report."""

from collections.abc import Callable, Mapping

from reports.audit.compose import compose_audit
from reports.audit.model import AuditData
from secaudit.core.canonical import printable_json, to_json


def audit_html(data: AuditData) -> bytes:
    """The report as one page, in UTF-8."""
    from reports.html import document_html

    return document_html(compose_audit(data)).encode("utf-8")


def audit_pdf(data: AuditData) -> bytes:
    """The report as PDF/A. Raises InternalError when Typst refuses it."""
    from reports.pdf import render_document

    return render_document(compose_audit(data), data.day)


def audit_json(data: AuditData) -> bytes:
    """The data as canonical JSON, nothing unprintable raw; ``identity`` names the content."""
    return printable_json({**to_json(data), "identity": data.identity}) + b"\n"


FORMATS: Mapping[str, Callable[[AuditData], bytes]] = {
    "html": audit_html,
    "pdf": audit_pdf,
    "json": audit_json,
}
