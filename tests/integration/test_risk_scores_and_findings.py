"""Scores that hold together, and accepted findings that stay in the register."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from assured_city import AssuredCity
from city_people import register as register_people

from secaudit.app.workspace import load_settings
from secaudit.core.vocabulary import Outcome
from secaudit.risk import register
from secaudit.risk.model import Score

TELNET = ("net.telnet.exposed", "kantor/192.0.2.7:23/tcp")
ADD = (
    *("risk", "add", "--title", "Banjir", "--owner", "Dinas Contoh", "--category", "bencana"),
    *("--reason", "Pernah terjadi."),
)


@pytest.fixture
def city(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[AssuredCity]:
    made = AssuredCity(tmp_path / "ws", capsys, monkeypatch)
    yield made
    made.workspace.database.close()


def test_a_risk_is_not_larger_than_it_would_be_with_nothing_done(city: AssuredCity) -> None:
    city.run(*ADD, "--current", "4x5", "--inherent", "1x1", code=2)
    assert "the inherent risk (1, 1x1) is below the current one (20, 4x5)" in city.talk
    assert "--inherent 4x5" in city.talk
    city.run(*ADD, "--current", "2x3", "--inherent", "3x3")
    score = ("risk", "score", "R-0001", "--reason", "Ditinjau.")
    city.run(*score, "--current", "4x5", code=2)
    city.run(*score, "--inherent", "1x2", code=2)
    assert city.json("risk", "show", "R-0001")["score"] == 6
    city.run(*score, "--current", "4x5", "--inherent", "5x5")


def test_lint_finds_what_was_scored_so_before(city: AssuredCity) -> None:
    city.run(*ADD, "--current", "4x5", "--asset", "A-0001")
    with city.workspace.change() as change:
        risk = register.get(change.connection, "R-0001")
        low = type(risk)(**{**vars(risk), "inherent": Score(1, 1)})
        register.save(change.connection, low, "scored", change.at, "a@b")
        change.record("risk.scored", risk.id)
    faults = {item["code"]: item for item in city.json("risk", "lint", code=4)}
    assert "1" in faults["inherent_below_current"]["message"]


def test_accepted_findings_come_into_the_register(city: AssuredCity) -> None:
    city.scan({TELNET: Outcome.FAILED})
    register_people(city.workspace)
    until = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
    city.run(
        *("finding", "accept", "--all", "--yes", "--approver", "GCIO", "--reason", "Diisolasi."),
        *("--until", until, "--proof", city.file("surat.txt"), "--requested-by", "Dinas Contoh"),
    )
    city.run("risk", "propose")
    (risk,) = city.json("risk", "list")
    assert risk["open_findings"] == ["F-0001"]
    assert risk["score"] > 1


def test_a_cancelled_plan_treats_nothing(city: AssuredCity) -> None:
    city.scan({TELNET: Outcome.FAILED})
    city.run(*ADD, "--current", "2x3")
    due = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
    plan = ("--action", "Tutup telnet.", "--owner", "Dinas Contoh", "--due", due)
    city.run("finding", "plan", "F-0001", *plan)
    city.run("plan", "cancel", "P-0001", "--version", "1", "--reason", "Servernya diganti.")
    city.run("risk", "treat", "R-0001", "--how", "mitigate", *plan, "--plan", "P-0001", code=2)
    assert "P-0001 was cancelled: Servernya diganti." in city.talk


def test_appetites_by_category_are_told_wherever_the_matrix_is(city: AssuredCity) -> None:
    settings = city.workspace.folder / "secaudit.yaml"
    said = settings.read_text(encoding="utf-8")
    said = said.replace("appetite: {}", "appetite: {bencana: 5}")
    settings.write_text(said, encoding="utf-8")
    city.workspace = type(city.workspace)(
        city.workspace.folder, load_settings(city.workspace.folder)
    )
    city.run(*ADD, "--current", "2x3")
    told = city.run("risk", "matrix")
    assert "Otherwise by category, from: natural disasters 5" in told
    assert "To treat: R-0001" in told
    drawing = city.workspace.folder.parent / "matriks.svg"
    city.run("risk", "matrix", "-o", str(drawing))
    assert "To treat: R-0001" in drawing.read_text(encoding="utf-8")
    page = city.workspace.folder.parent / "laporan.html"
    city.run("report", "build", "-o", str(page), "--allow-empty")
    assert "limit of their own" in page.read_text(encoding="utf-8")


def test_a_rejected_risk_says_that_it_no_longer_follows(city: AssuredCity) -> None:
    register_people(city.workspace)
    city.run(*ADD, "--current", "4x5")
    assert "no longer follows" not in city.run("risk", "show", "R-0001")
    city.run(
        *("risk", "reject", "R-0001", "--by", "GCIO", "--reason", "Bukan risiko."),
        *("--document", city.file("tolak.txt")),
    )
    assert "it no longer follows its findings" in city.run("risk", "show", "R-0001")
