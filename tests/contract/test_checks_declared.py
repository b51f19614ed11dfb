"""Every check is declared whole, in both languages, with a page in step with the declaration."""

import string
import subprocess
import sys
from pathlib import Path

import pytest

from scanners.catalogue import Check
from scanners.registry import load_checks

ROOT = Path(__file__).resolve().parents[2]
CHECKS = list(load_checks().values())


def test_there_are_at_least_thirty_checks_and_all_three_rooms_have_some() -> None:
    assert len(CHECKS) >= 30
    rooms = [check.id.split(".")[0] for check in CHECKS]
    assert min(rooms.count(room) for room in ("net", "tls", "cert", "ssh")) >= 10
    assert set(rooms) >= {"net", "tls", "cert", "ssh"}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_declaration_is_complete(check: Check) -> None:
    texts = (
        check.title,
        check.severity_reason,
        check.description,
        check.statement,
        check.remediation,
    )
    for text in texts:
        assert text.id.strip()
        assert text.en.strip()
        assert text.id != text.en
    assert len(check.title.id) <= 80
    assert len(check.title.en) <= 80
    fields = [
        {name for _, name, _, _ in string.Formatter().parse(text) if name}
        for text in (check.statement.id, check.statement.en)
    ]
    assert fields[0] == fields[1]
    assert check.references


def test_pages_index_and_schema_are_in_step() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools/check_pages.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
