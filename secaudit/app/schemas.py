"""The JSON Schemas of what people write for a workspace, published under ``docs/schemas/``.

``python -m secaudit.app.schemas`` writes them; ``--check`` says whether they are in step (exit
code 4 when not).
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from secaudit.app.checks import SeverityOverlay
from secaudit.app.settings import Settings
from secaudit.core.errors import ExitCode
from secaudit.ledger.working_days import HolidayFile
from secaudit.registry import asset_yaml, authorisation_files

FOLDER = Path(__file__).parents[2] / "docs" / "schemas"
SCHEMAS: Mapping[str, tuple[Callable[[], dict[str, Any]], str]] = {
    "asset.schema.json": (asset_yaml.schema, "An inventory: secaudit asset import FILE"),
    "authorisation.schema.json": (
        authorisation_files.schema,
        "An authorisation: secaudit scope add --file FILE",
    ),
    "holidays.schema.json": (HolidayFile.model_json_schema, "holidays.yaml of a workspace"),
    "severities.schema.json": (
        SeverityOverlay.model_json_schema,
        "content/severities.yaml of a workspace",
    ),
    "settings.schema.json": (Settings.model_json_schema, "secaudit.yaml of a workspace"),
}


def schema_text(name: str) -> str:
    """The text of one published schema."""
    make, title = SCHEMAS[name]
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **make(),
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
    parser = argparse.ArgumentParser(prog="python -m secaudit.app.schemas", description=__doc__)
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
