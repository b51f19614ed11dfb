"""Shared by all tests: where nothing may be skipped, a skip is a failure."""

import os
from collections.abc import Generator

import pytest

NO_SKIP_VARIABLE = "SECAUDIT_NO_SKIP"
os.environ.pop("COLUMNS", None)  # pytest-xdist gives its workers a width; a test says its own


def _forbid_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get(NO_SKIP_VARIABLE):
        why = report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"nothing may be skipped here ({NO_SKIP_VARIABLE}): {why}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _forbid_skip(report)
    return report
