"""Ten thousand findings out and in again, on a machine with little memory."""

import os
import resource
import subprocess
import sys

import pytest
from exchanged_city import City, Sheet, found_city

COUNT = 10_000
MOST_MEMORY = 768 * 2**20


def limited(city: City, *arguments: object) -> str:
    """Run one command in a process that may not take more memory."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))

    done = subprocess.run(
        [sys.executable, "-m", "secaudit", "--workspace", str(city.folder), *map(str, arguments)],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, preexec_fn=limit,
        env={**os.environ, "SECAUDIT_LANG": "en"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stderr


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_thousand_findings(tmp_path):
    city = found_city(tmp_path)
    city.scan_many(COUNT)
    path = tmp_path / "f.xlsx"
    assert f"{COUNT + 6} rows" in limited(city, "finding", "export", "-o", path)
    assert "changes nothing" in limited(city, "finding", "import", path, "--dry-run")
    sheet = Sheet(path)
    owner, remark = sheet.column("Owner"), sheet.column("New remark")
    for row in range(2, sheet.page.max_row + 1):
        sheet.page.cell(row, owner).value = f"Tim {row % 7}"
        if row % 100 == 0:
            sheet.page.cell(row, remark).value = f"catatan {row}"
    sheet.save()
    told = limited(city, "finding", "import", path, "--yes", "--format", "json")
    assert f"{COUNT + 6} rows were taken in" in told
    actions = [entry.action for entry in city.entries()]
    assert actions[-1] == "finding.imported"
    assert actions.count("finding.assigned") == 7
