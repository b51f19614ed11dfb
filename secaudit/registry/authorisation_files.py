"""An authorisation as a person writes it: a YAML file, or options that say the same."""

from datetime import UTC, date, datetime, time, tzinfo
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator

from secaudit.content.faults import said
from secaudit.content.yaml import Document, read_document, validate
from secaudit.core.authorisation import Authorisation, RateCaps, ZonePermit
from secaudit.core.errors import InputError
from secaudit.core.network import AddressRange, AddressSet, parse_target
from secaudit.core.vocabulary import DEFAULT_PROBE_CLASSES, ProbeClass, ZoneKind
from secaudit.registry.resolve import Resolver, resolve


def _read_moment(value: Any) -> datetime | date:
    if isinstance(value, str):
        try:
            # A day has no time: the workspace's time zone decides when it begins and ends.
            return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
        except ValueError:
            pass
    raise said(
        "{value!r} is not a day or a moment such as 2026-11-21 or 2026-11-21T18:00",
        value=str(value),
    )


Moment = Annotated[
    datetime | date,
    PlainValidator(_read_moment, json_schema_input_type=str),
]
"""A day, or a day and a time; without an offset it is in the workspace's time zone."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ZoneEntry(_Part):
    """A zone that the letter names."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
    kind: ZoneKind = ZoneKind.IT


class CapsEntry(_Part):
    """Upper bounds on what scans under this letter cause."""

    packets_per_second: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    packets_per_second_per_host: Annotated[int, Field(ge=1, le=100_000)] = 40
    connections_per_host: Annotated[int, Field(ge=1, le=256)] = 4
    connections: Annotated[int, Field(ge=1, le=16_384)] = 256


class AuthorisationFile(_Part):
    """A surat tugas. Targets are addresses, CIDR blocks, ranges or host names."""

    schema_version: Literal[1] = 1
    number: Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
    issuer: Annotated[str, Field(min_length=1, max_length=300, pattern=r"\S")]
    """Who signed: office and name."""
    valid_from: Moment
    valid_until: Moment
    """The last moment, or the last day, that day included."""
    targets: Annotated[tuple[str, ...], Field(min_length=1)]
    exclusions: tuple[str, ...] = ()
    """Addresses, blocks, ranges or names that are never touched, whatever the targets say."""
    zones: tuple[ZoneEntry, ...] = ()
    """Where scans may look from; any zone when none is named."""
    caps: CapsEntry = CapsEntry()
    probe_classes: Annotated[tuple[ProbeClass, ...], Field(min_length=1)] = tuple(
        sorted(DEFAULT_PROBE_CLASSES)
    )
    document: str | None = None
    """The signed letter, a file beside this one."""


def read_authorisation_file(path: Path) -> tuple[AuthorisationFile, Document]:
    """Read and check a file. Raises InputError with file and line."""
    document = read_document(path)
    return validate(document, AuthorisationFile), document


def to_authorisation(
    written: AuthorisationFile,
    zone: tzinfo,
    *,
    resolver: Resolver = resolve,
    document: Document | None = None,
) -> tuple[Authorisation, dict[str, tuple[str, ...]]]:
    """Turn what was written into the value that scans obey.

    Every name, of targets and of exclusions, is resolved once here: the answers are returned
    beside the value. Raises InputError, with the line where ``document`` is given.
    """
    valid_from = _moment(written.valid_from, zone, time.min)
    valid_until = _moment(written.valid_until, zone, time.max)
    if valid_until <= valid_from:
        raise _error(document, ("valid_until",), "the authorisation ends before it begins")
    answers: dict[str, tuple[str, ...]] = {}
    permitted = _addresses(written.targets, "targets", resolver, answers, document)
    names = dict(answers)
    exclusions = _addresses(written.exclusions, "exclusions", resolver, answers, document)
    if not permitted - exclusions:
        raise _error(document, ("exclusions",), "the exclusions leave nothing of the targets")
    named = [entry.name for entry in written.zones]
    if len(set(named)) < len(named):
        raise _error(document, ("zones",), "a zone is named twice")
    return (
        Authorisation(
            number=written.number.strip(),
            issuer=written.issuer.strip(),
            valid_from=valid_from,
            valid_until=valid_until,
            targets=tuple(text.strip() for text in written.targets),
            permitted=permitted,
            exclusions=exclusions,
            zones=tuple(ZonePermit(entry.name, entry.kind) for entry in written.zones),
            names=names,
            caps=RateCaps(**written.caps.model_dump()),
            probe_classes=frozenset(written.probe_classes),
        ),
        answers,
    )


def schema() -> dict[str, Any]:
    """The published JSON Schema of an authorisation file."""
    return AuthorisationFile.model_json_schema()


def _moment(written: datetime | date, zone: tzinfo, time_of_day: time) -> datetime:
    if not isinstance(written, datetime):
        written = datetime.combine(written, time_of_day)
    if written.tzinfo is None:
        written = written.replace(tzinfo=zone)
    try:
        return written.astimezone(UTC)
    except OverflowError:
        raise InputError("{text} is outside the calendar", text=written.isoformat()) from None


def _addresses(
    texts: tuple[str, ...],
    key: str,
    resolver: Resolver,
    answers: dict[str, tuple[str, ...]],
    document: Document | None,
) -> AddressSet:
    runs: list[AddressRange] = []
    for index, text in enumerate(texts):
        try:
            target = parse_target(text)
            if target.addresses is not None:
                runs.append(target.addresses)
                continue
            name = target.text.lower().removesuffix(".")
            if name not in answers:
                answers[name] = resolver(name)
            runs.extend(AddressSet.parse(answers[name]).runs)
        except InputError as error:
            if document is None:
                raise
            raise document.error(
                (key, index), error.message, hint=error.hint, **error.facts
            ) from None
    return AddressSet.of(runs)


def _error(document: Document | None, at: tuple[str, ...], message: str) -> InputError:
    return InputError(message) if document is None else document.error(at, message)
