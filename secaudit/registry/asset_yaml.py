"""An inventory in YAML: the same fields, under their English or Indonesian names."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from secaudit.content.tables import raise_all
from secaudit.content.yaml import Document, read_document, validate
from secaudit.core.errors import InputError
from secaudit.core.vocabulary import ZoneKind
from secaudit.registry.asset import Asset
from secaudit.registry.asset_columns import FIELDS, read_row
from secaudit.registry.asset_reading import ReadAsset

_NAMES = {field.key: AliasChoices(field.key, field.names[0]) for field in FIELDS}
Level = Annotated[int, Field(ge=1, le=3)]


class AssetEntry(BaseModel):
    """One asset."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(validation_alias=_NAMES["name"], min_length=1)]
    owner: Annotated[str, Field(validation_alias=_NAMES["owner"], min_length=1)]
    """The Perangkat Daerah that answers for it."""
    zone: Annotated[str | None, Field(validation_alias=_NAMES["zone"])] = None
    kind: Annotated[ZoneKind, Field(validation_alias=_NAMES["kind"])] = ZoneKind.IT
    addresses: Annotated[tuple[str, ...], Field(validation_alias=_NAMES["addresses"])] = ()
    hostnames: Annotated[tuple[str, ...], Field(validation_alias=_NAMES["hostnames"])] = ()
    confidentiality: Annotated[Level, Field(validation_alias=_NAMES["confidentiality"])] = 2
    integrity: Annotated[Level, Field(validation_alias=_NAMES["integrity"])] = 2
    availability: Annotated[Level, Field(validation_alias=_NAMES["availability"])] = 2
    in_scope: Annotated[bool, Field(validation_alias=_NAMES["in_scope"])] = True
    tags: Annotated[tuple[str, ...], Field(validation_alias=_NAMES["tags"])] = ()


class AssetFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    assets: tuple[AssetEntry, ...]


def schema() -> dict[str, Any]:
    """The published JSON Schema of an inventory in YAML, with its English names."""
    return AssetFile.model_json_schema()


def read_yaml(path: Path, default_zone: str) -> list[ReadAsset]:
    """Read and check a file. Raises InputError with file and line."""
    document = read_document(path)
    written = validate(document, AssetFile)
    found: list[ReadAsset] = []
    faults: list[InputError] = []
    for index, entry in enumerate(written.assets):
        try:
            found.append(
                ReadAsset(_asset(document, entry, index, default_zone), _place(document, index))
            )
        except InputError as error:
            faults.append(error)
    raise_all(faults)
    return found


def _asset(document: Document, entry: AssetEntry, index: int, default_zone: str) -> Asset:
    cells = [_cell(getattr(entry, field.key)) for field in FIELDS]

    def where(column: int) -> str:
        field = FIELDS[column]
        given = document.value["assets"][index]
        key = field.key if field.key in given else field.names[0]
        return f"{document.source}:{document.line_of(('assets', index, key))}"

    return read_row(FIELDS, cells, where, default_zone)


def _cell(value: Any) -> str:
    if isinstance(value, tuple):
        return "\n".join(value)
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    return "" if value is None else str(value)


def _place(document: Document, index: int) -> str:
    return f"{document.source}:{document.line_of(('assets', index))}"
