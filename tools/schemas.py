"""Write docs/schemas/: the JSON Schema of every kind of file that people write or edit.

python tools/schemas.py            write
python tools/schemas.py --check    change nothing; 1 where a schema is out of step

An editor that knows YAML schemas completes and checks a catalogue, an inventory or an
authorisation with them.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from controls.crosswalk import CrosswalkFile
from controls.model import CatalogueFile, MappingFile
from controls.raci import RaciFile
from scanners.policy.profile import Profile
from scanners.registry import CheckFile
from scanners.ssh.algorithms import AlgorithmFile
from scanners.ssh.software import SoftwareFile
from secaudit.app.checks import SeverityOverlay
from secaudit.app.exchange.json_form import schema_of
from secaudit.app.exchange.nouns import NOUNS
from secaudit.app.notices.texts import NoticeTexts
from secaudit.app.roles import RoleTable
from secaudit.app.settings import Settings
from secaudit.audit.content import Questions, ReviewInputs
from secaudit.ledger.working_days import HolidayFile
from secaudit.registry import asset_yaml, authorisation_files
from secaudit.risk.scale import Scale

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "schemas"
SCHEMAS: Mapping[str, tuple[Callable[[], dict[str, Any]], str]] = {
    "asset": (asset_yaml.schema, "An inventory: secaudit asset import FILE"),
    "audit-questions": (Questions.model_json_schema, "secaudit/audit/questions.yaml"),
    "audit-review": (ReviewInputs.model_json_schema, "secaudit/audit/review.yaml"),
    "authorisation": (
        authorisation_files.schema,
        "An authorisation: secaudit scope add --file FILE",
    ),
    "catalogue": (
        CatalogueFile.model_json_schema,
        "A file of controls/catalogs or content/catalogs",
    ),
    "checks": (CheckFile.model_json_schema, "A checks.yaml of the scanners"),
    "crosswalk": (
        CrosswalkFile.model_json_schema,
        "A file of controls/crosswalks or content/crosswalks",
    ),
    **{
        f"exchange-{name}": (
            partial(schema_of, noun),
            f"secaudit {name} export -o FILE.json, and secaudit {name} import FILE.json",
        )
        for name, noun in NOUNS.items()
    },
    "holidays": (HolidayFile.model_json_schema, "holidays.yaml of a workspace"),
    "mapping": (MappingFile.model_json_schema, "A file of controls/mappings or content/mappings"),
    "notice-texts": (NoticeTexts.model_json_schema, "secaudit/app/notices/texts.yaml"),
    "policy": (
        Profile.model_json_schema,
        "A file of scanners/policy/profiles or content/policies",
    ),
    "raci": (RaciFile.model_json_schema, "A file of controls/raci or content/raci"),
    "risk-scale": (Scale.model_json_schema, "A file of secaudit/risk/scales or content/risk"),
    "roles": (RoleTable.model_json_schema, "secaudit/app/roles.yaml"),
    "settings": (Settings.model_json_schema, "secaudit.yaml of a workspace"),
    "ssh-algorithms": (AlgorithmFile.model_json_schema, "scanners/ssh/algorithms.yaml"),
    "ssh-software": (SoftwareFile.model_json_schema, "scanners/ssh/software.yaml"),
    "severities": (SeverityOverlay.model_json_schema, "content/severities.yaml of a workspace"),
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


def main() -> int:
    """Write, or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    wanted = {f"{name}.schema.json": schema_text(name) for name in SCHEMAS}
    faults = []
    for name, content in wanted.items():
        path = arguments.folder / name
        if path.is_file() and path.read_text(encoding="utf-8") == content:
            continue
        if arguments.check:
            faults.append(f"{name} is out of step with the code: run 'make docs'")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    for path in sorted(arguments.folder.glob("*.json")):
        if path.name not in wanted:
            faults.append(f"{path.name} belongs to no kind of file: remove it")
    print("\n".join(faults) or f"{len(wanted)} schemas in step with the code")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
