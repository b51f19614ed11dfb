"""The published schemas of what people write for a workspace are those that the code holds to."""

import json

import pytest

from secaudit.app.schemas import FOLDER, SCHEMAS, main, stale


def test_the_published_schemas_are_in_step():
    assert stale(FOLDER) == []
    assert main(["--check"]) == 0


def test_stale_schemas_are_named(tmp_path, capsys):
    assert main(["--check", "--folder", str(tmp_path)]) == 4
    assert "settings.schema.json is not in step" in capsys.readouterr().err
    assert main(["--folder", str(tmp_path)]) == 0
    assert stale(tmp_path) == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_allows_no_unknown_key(name):
    schema = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    assert schema["additionalProperties"] is False
    assert schema["title"]
