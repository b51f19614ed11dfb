"""Two people who edit the same risk or audit finding: nobody undoes what they have not read."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
from audited_city import AuditedCity

from secaudit.app.audit import nonconformity
from secaudit.app.risk_decisions import RiskText, Who, set_risk
from secaudit.audit.finding import Analysis
from secaudit.core.errors import RefusedError

ADD = (
    *("risk", "add", "--title", "Banjir", "--owner", "Dinas Contoh", "--current", "2x3"),
    *("--reason", "Pernah terjadi."),
)
SET = ("risk", "set", "R-0001", "--owner")


@pytest.fixture
def city(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[AuditedCity]:
    made = AuditedCity(tmp_path / "ws", capsys, monkeypatch)
    yield made
    made.workspace.database.close()


def raised(city: AuditedCity) -> None:
    """An audit finding, AF-0001, raised from the auditors' account."""
    audit = city.begin("A.8.24")
    city.audit(
        *("nonconformity", "raise", audit, "A.8.24", "--grade", "minor", "--title", "Kunci"),
        *("--condition", "Tidak ada.", "--evidence", city.proof),
    )


def both(city: AuditedCity, one: Callable[[], object], other: Callable[[], object]) -> list[object]:
    """Begin two acts while a third holds the write lock; return what came of each."""
    came: list[object] = []

    def act(do: Callable[[], object]) -> None:
        try:
            came.append(do())
        except RefusedError as error:
            came.append(error)

    threads = [Thread(target=act, args=(do,)) for do in (one, other)]
    with city.workspace.database.write():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(1)
    for thread in threads:
        thread.join(60)
    return came


def test_what_another_account_edited_has_to_be_read_first(city: AuditedCity) -> None:
    city.act_as("kominfo")
    city.run(*ADD)
    city.run(*SET, "Dinas A", "--reason", "x")
    city.run(*SET, "Dinas B", "--reason", "x")
    city.act_as("persandian")
    city.run(*SET, "Dinas C", "--reason", "x", code=2)
    assert "R-0001 was changed by kominfo@" in city.talk
    assert "Dinas Contoh -> Dinas B" in city.talk
    city.run("risk", "score", "R-0001", "--current", "1x1", "--reason", "x", code=2)
    city.run(*SET, "Dinas C", "--reason", "x", "--version", "3")
    city.run("risk", "score", "R-0001", "--current", "1x1", "--reason", "x")
    city.act_as("kominfo")
    city.run(*SET, "Dinas D", "--reason", "x", code=2)
    assert "persandian@" in city.talk


def test_of_two_at_once_the_second_is_refused(city: AuditedCity) -> None:
    city.run(*ADD)

    def act(owner: str) -> Callable[[], object]:
        return lambda: set_risk(city.workspace, "R-0001", RiskText(owner=owner), Who(reason="x"))

    came = both(city, act("Dinas A"), act("Dinas B"))
    refused = [item for item in came if isinstance(item, RefusedError)]
    assert len(refused) == 1
    assert "since version 1" in str(refused[0])


def test_an_audit_finding_is_analysed_by_who_read_it(city: AuditedCity) -> None:
    raised(city)
    analyse = ("nonconformity", "analyse", "AF-0001", "--cause")
    city.audit(*analyse, "Tidak ada petugas.", account="kominfo")
    city.audit(*analyse, "Anggaran.", "--by", "Sari Contoh", code=2)
    assert "AF-0001 was changed by" in city.talk
    assert "Tidak ada petugas." in city.talk
    version = city.json("audit", "nonconformity", "show", "AF-0001")["version"]
    city.audit(*analyse, "Anggaran.", "--by", "Sari Contoh", "--version", str(version))
    city.audit(*analyse, "Lain.", "--version", "99", code=2)


def test_of_two_analyses_at_once_the_second_is_refused(city: AuditedCity) -> None:
    raised(city)

    def act(cause: str) -> Callable[[], object]:
        return lambda: nonconformity.analyse(city.workspace, "AF-0001", Analysis(cause=cause))

    came = both(city, act("Satu."), act("Dua."))
    assert sum(isinstance(item, RefusedError) for item in came) == 1
