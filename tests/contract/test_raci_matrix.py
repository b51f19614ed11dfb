"""The RACI of Perwal 26/2021 holds what can be read, and nothing that cannot."""

import pytest

from controls.library import load_library
from controls.raci import RaciMatrix

ACTORS = (
    *("wali-kota", "koordinator-spbe", "tim-koordinasi"),
    *("gcio", "pemangku-kepentingan", "perangkat-daerah"),
)
READ = {
    "baris-1": "A A/C C/R C/R I R",
    "baris-2": "A A/C C/R ? ? R",
    "baris-3": "? A/C ? ? ? ?",
    "baris-4": "A A/C C R I R",
    "baris-5": "A A/C C/R C R R",
    "baris-6": "A A/C C ? ? R",
}


GIVEN_BY = {
    "baris-1": "huruf-e",
    "baris-2": "huruf-d",
    "baris-3": "huruf-f",
    "baris-4": "huruf-a",
    "baris-5": "huruf-b",
    "baris-6": "huruf-c",
}


@pytest.fixture(scope="module")
def matrix() -> RaciMatrix:
    [found] = load_library().matrices
    return found


def test_each_cell_is_as_it_was_read(matrix: RaciMatrix) -> None:
    found = {
        task.key: " ".join(
            "?" if (cell := task.cells[actor]).letters is None else "/".join(cell.letters)
            for actor in ACTORS
        )
        for task in matrix.tasks
    }

    assert found == READ
    assert tuple(matrix.actors) == ACTORS
    assert matrix.open_cells == 9


def test_an_open_cell_says_why(matrix: RaciMatrix) -> None:
    for task in matrix.tasks:
        for cell in task.cells.values():
            assert (cell.letters is None) == (cell.why_open is not None)
            assert cell.confirmed is None


def test_each_task_is_given_by_a_provision_of_the_catalogue(matrix: RaciMatrix) -> None:
    library = load_library()

    found = {task.key: task.requirement for task in matrix.tasks}

    assert found == {
        key: f"perwal-pekalongan-26-2021:pasal-4.ayat-2.{letter}"
        for key, letter in GIVEN_BY.items()
    }
    for requirement in found.values():
        assert requirement is not None
        assert library.requirement(requirement).bearers == ("koordinator-spbe",)
