"""What a person, or a schedule, asks to be scanned."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError


@dataclass(frozen=True)
class ScanRequest:
    """One scan as asked for. Kept with the scan, so that it can be resumed or repeated.

    ``targets`` are addresses, ranges or names; none means the whole scope of the authorisation.
    ``ports`` is ``top100``, ``top1000``, ``all`` or a list such as ``22,443,8000-8100``.
    """

    schema_version: ClassVar[int] = 1

    targets: tuple[str, ...] = ()
    zone: str | None = None
    authorisation: str | None = None
    ports: str = "top100"
    services: bool = True
    nmap: bool = True
    timeout: float = 3.0
    retries: int = 1

    def to_record(self) -> dict[str, Any]:
        """Return the JSON form."""
        record: dict[str, Any] = to_json(self)
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Read the JSON form. Raises InputError for an unknown key or a newer version."""
        if record.get("schema_version", 1) != cls.schema_version:
            raise InputError(
                "a scan request of version {version} is not known here",
                version=record.get("schema_version"),
            )
        names = {item.name for item in fields(cls)}
        values = {key: value for key, value in record.items() if key != "schema_version"}
        for key in values:
            if key not in names:
                raise InputError("unknown key {key!r} in a scan request", key=key)
        values["targets"] = tuple(values.get("targets", ()))
        return cls(**values)
