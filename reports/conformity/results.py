"""The data of a conformity report for other programs, and read back from an issued one."""

from reports.conformity.model import ConformityData
from secaudit.core.canonical import canonical_json, printable_json, to_json
from secaudit.core.errors import VerificationError


def conformity_record(data: ConformityData) -> bytes:
    """The canonical bytes that are kept when a report is issued, and that its hash is of."""
    return canonical_json({**to_json(data), "identity": data.identity})


def conformity_json(data: ConformityData) -> bytes:
    """The same value for people's files: nothing unprintable raw."""
    return printable_json({**to_json(data), "identity": data.identity}) + b"\n"


def read_conformity(content: bytes) -> ConformityData:
    """Read the data of a report back. Raises VerificationError where it is none."""
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(ConformityData).validate_json(content)
    except ValidationError as error:
        raise VerificationError(
            "the content is no conformity report: {why}", why=error.errors()[0]["msg"]
        ) from None
