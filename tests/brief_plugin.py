"""Of a test that passed, the processes that share the tests out tell the one that collects the outcomes one thing.

Three reports of a test (its preparation, itself, its end) go from process to process, and with each the names of all
that it lies in. All that a preparation or an end that passed has to tell is how long it took, so it stays where it was
made unless somebody asks for that; that a test begins is told where it is shown. Whatever did not pass, or has more to
say, is told in full.
"""

from __future__ import annotations

import pytest

LEFT_OUT = "left-out"


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session):
    """Have what sends reports leave out those without news, and what of the others only selects tests beforehand."""
    config = session.config
    if not hasattr(config, "workerinput") or timed(config.option):
        return
    # xdist runs its module in this process without importing it: its class is known by name alone.
    (teller,) = (one for one in config.pluginmanager.get_plugins() if type(one).__name__ == "WorkerInteractor")
    send = teller.sendevent

    shown = config.get_verbosity() > 0

    def sendevent(name, **told):
        report = told.get("data", {})
        if LEFT_OUT in report or (name == "logstart" and not shown):
            return
        if report.get("outcome") == "passed":
            report["keywords"] = {}
        send(name, **told)

    teller.sendevent = sendevent
    config.pluginmanager.register(Brief(), "wherry-brief")


def timed(option):
    """Whether somebody asks how long preparations take: our evidence, pytest itself, or what reads its XML."""
    return getattr(option, "evidence", False) or option.durations is not None or option.xmlpath


class Brief:
    """Marks, in a process that runs a share of the tests, what need not be told."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_to_serializable(self, report):
        news = report.outcome != "passed" or report.sections or getattr(report, "user_properties", None)
        if type(report) is pytest.TestReport and report.when != "call" and not news:
            return {LEFT_OUT: True}
        return None
