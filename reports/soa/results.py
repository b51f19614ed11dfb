"""The statement's data for other programs."""

from reports.soa.model import SoaData
from secaudit.core.canonical import canonical_json, to_json


def soa_json(data: SoaData) -> bytes:
    """The data as canonical JSON with a final newline; ``identity`` names the content."""
    return canonical_json({**to_json(data), "identity": data.identity}) + b"\n"
