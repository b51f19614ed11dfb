"""A report cites and sums up what binds by the settings, and marks the rest as not binding."""

from io import BytesIO
from pathlib import Path

import pytest
from assured_city import AssuredCity
from openpyxl import load_workbook

from reports.html import render_html
from reports.spreadsheet import render_xlsx
from secaudit.app.packs import report_data
from secaudit.app.reporting.request import PackRequest
from secaudit.app.workspace import open_workspace
from secaudit.core.vocabulary import Outcome
from secaudit.text.language import Language

PERDA = "perda-pekalongan-3-2026"
BEKASI = "perwal-bekasi-32-2021"
NETWORK = "iso27001-2022:A.8.20"


@pytest.fixture
def city(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> AssuredCity:
    made = AssuredCity(tmp_path / "ws", capsys, monkeypatch)
    made.scan({("net.telnet.exposed", "kantor/192.0.2.7:23/tcp"): Outcome.FAILED})
    return made


def test_the_settings_decide_on_what_a_report_cites(city: AssuredCity) -> None:
    path = city.workspace.folder / "secaudit.yaml"
    text = path.read_text(encoding="utf-8")
    text = text.replace("  add: []", f"  add: [{BEKASI}]")
    text = text.replace("  drop: []", f"  drop: [{PERDA}, '{NETWORK}']")
    path.write_text(text, encoding="utf-8")
    workspace = open_workspace(city.workspace.folder)
    data = report_data(workspace, PackRequest(language=Language.ENGLISH))
    workspace.database.close()

    frameworks = {item.id: item for item in data.frameworks}
    assert frameworks[BEKASI].binds
    assert not frameworks[PERDA].binds
    assert not frameworks["rancangan-perda-pekalongan-2025"].binds
    binds = [item.binds for item in data.frameworks]
    assert binds == sorted(binds, reverse=True)
    (finding,) = data.findings
    assert finding.citations
    assert not any("3/2026" in cited for cited in finding.citations)
    assert not any(cited.endswith("8.20") for cited in finding.citations)
    assert "Not binding here" in render_html(data)

    sheet = load_workbook(BytesIO(render_xlsx(data)))["Conformity"]
    head, *rows = sheet.iter_rows(values_only=True)
    at = {name: index for index, name in enumerate(head)}
    said = {row[at["Id"]]: (row[at["Legal status"]], row[at["Binds"]]) for row in rows}
    assert said[NETWORK] == ("In force", "no")
    assert said["iso27001-2022:A.8.24"] == ("In force", "yes")
    assert {said[name] for name in said if str(name).startswith(BEKASI)} == {
        ("For comparison", "yes")
    }
