"""The statement's data for other programs."""

from reports.soa.model import SoaData
from secaudit.core.canonical import printable_json, to_json


def soa_json(data: SoaData) -> bytes:
    """The data as canonical JSON, nothing unprintable raw; ``identity`` names the content."""
    return printable_json({**to_json(data), "identity": data.identity}) + b"\n"
