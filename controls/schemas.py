"""The JSON Schemas of what the library is made of, published under ``docs/schemas/``.

``python -m controls.schemas`` writes them; ``--check`` says whether they are in step (exit code 4
when not). An editor that knows YAML schemas completes and checks a catalogue with them.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel

from controls.crosswalk import CrosswalkFile
from controls.model import CatalogueFile, MappingFile
from controls.raci import RaciFile
from secaudit.core.errors import ExitCode

FOLDER = Path(__file__).parents[1] / "docs" / "schemas"
SCHEMAS: dict[str, tuple[type[BaseModel], str]] = {
    "catalogue.schema.json": (CatalogueFile, "A file of controls/catalogs or content/catalogs"),
    "crosswalk.schema.json": (
        CrosswalkFile,
        "A file of controls/crosswalks or content/crosswalks",
    ),
    "raci.schema.json": (RaciFile, "A file of controls/raci or content/raci"),
    "mapping.schema.json": (MappingFile, "A file of controls/mappings or content/mappings"),
}


def schema_text(name: str) -> str:
    """The text of one published schema."""
    model, title = SCHEMAS[name]
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **model.model_json_schema(),
        "title": title,
    }
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def stale(folder: Path) -> list[str]:
    """The names of the schemas in ``folder`` that are missing or not in step."""
    return [
        name
        for name in SCHEMAS
        if not (folder / name).is_file()
        or (folder / name).read_text(encoding="utf-8") != schema_text(name)
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the schemas, or check them."""
    parser = argparse.ArgumentParser(prog="python -m controls.schemas", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 4 if not in step")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args(arguments)
    outdated = stale(options.folder)
    for name in outdated:
        if options.check:
            print(f"{options.folder / name} is not in step", file=sys.stderr)
        else:
            options.folder.mkdir(parents=True, exist_ok=True)
            (options.folder / name).write_text(schema_text(name), encoding="utf-8")
    return int(ExitCode.FAULTS_FOUND) if options.check and outdated else int(ExitCode.DONE)


if __name__ == "__main__":
    sys.exit(main())
