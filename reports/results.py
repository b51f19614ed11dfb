"""All data of a report for other programs."""

from reports.facts import identity_of
from reports.model import ReportData
from secaudit.core.canonical import printable_json, to_json


def results_json(data: ReportData) -> bytes:
    """The data as canonical JSON, nothing unprintable raw; ``identity`` names the content."""
    return printable_json({**to_json(data), "identity": identity_of(data)}) + b"\n"
