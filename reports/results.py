"""All data of a report for other programs."""

from reports.facts import identity_of
from reports.model import ReportData
from secaudit.core.canonical import canonical_json, to_json


def results_json(data: ReportData) -> bytes:
    """The data as canonical JSON with a final newline; ``identity`` names the content."""
    return canonical_json({**to_json(data), "identity": identity_of(data)}) + b"\n"
