"""Inventories that people keep: CSV as spreadsheets write it, XLSX, and YAML.

Every fault names its place: ``file:line`` or ``file:sheet!cell``. All rows are read before any is
used, so that nothing is ever half imported.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from secaudit.content.tables import MOST_ROWS, Line, content_of, raise_all, read_tables
from secaudit.content.tables.files import DELIMITED, WORKBOOKS
from secaudit.core.errors import InputError
from secaudit.registry.asset_columns import header, read_row
from secaudit.registry.asset_reading import ReadAsset, texts_of


def read_assets(path: Path, default_zone: str = "kantor") -> list[ReadAsset]:
    """Read an inventory by its suffix: ``.csv``, ``.txt``, ``.xlsx``, ``.yaml`` or ``.yml``.

    Of a workbook the first sheet is read. Raises InputError with the place of every fault.
    """
    suffix = path.suffix.lower()
    if suffix in (".yaml", ".yml"):
        from secaudit.registry.asset_yaml import read_yaml

        return _without_doubles(read_yaml(path, default_zone))
    content = content_of(path)
    if suffix in (*WORKBOOKS, *DELIMITED):
        table = next(read_tables(path, content))
        return _table(table.lines, str(path), default_zone)
    raise InputError(
        "{path} is not an inventory that can be read",
        hint="save it as .csv, .xlsx or .yaml",
        path=path,
    )


def _table(lines: Iterator[Line], source: str, default_zone: str) -> list[ReadAsset]:
    first = next(lines, None)
    if first is None:
        raise InputError(
            "the file is empty", hint="see secaudit asset template", source=source, line=1
        )
    fields = header(texts_of(first), first.where)
    found: list[ReadAsset] = []
    faults: list[InputError] = []
    for count, line in enumerate(lines):
        if count >= MOST_ROWS:
            raise InputError("more than {limit} rows", source=source, limit=MOST_ROWS)
        cells = texts_of(line)
        try:
            found.append(
                ReadAsset(read_row(fields, cells, line.where, default_zone), line.where(0))
            )
        except InputError as error:
            faults.append(error)
    raise_all(faults)
    return _without_doubles(found)


def _without_doubles(assets: Iterable[ReadAsset]) -> list[ReadAsset]:
    seen: dict[tuple[str, str], ReadAsset] = {}
    for item in assets:
        key = (item.asset.zone, item.asset.name)
        if key in seen:
            raise InputError(
                "{name} in zone {zone} stands twice; the first is at {place}",
                hint="an asset is known by its name and zone: give each its own",
                source=item.place,
                name=item.asset.name,
                zone=item.asset.zone,
                place=seen[key].place,
            )
        seen[key] = item
    return list(seen.values())
