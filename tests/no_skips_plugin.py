"""With CI=true a skipped test is a failed one: where everything can be installed, nothing may be left out."""

from __future__ import annotations

import os

import pytest


def refuse_skips() -> bool:
    """Whether this run has to execute every test."""
    return os.environ.get("CI", "").lower() == "true"


def _refuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    if not refuse_skips() or not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"CI=true allows no skip: {report.nodeid}: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    _refuse(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    _refuse(report)
    return report
