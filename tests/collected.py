"""One process collects the tests; those that run a share of them are its forks and have them already.

To collect takes a process about ten seconds: it imports all test modules and what these import, and makes fifteen
thousand items. The process that forks (`forks`) imports this module, which collects as a process of `xdist` does. What
`xdist` starts in each fork is `run`, which takes over the session, collected as it is. `collected_plugin` starts both.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import select
import signal
import sys

import pytest
from _pytest.config import _prepareconfig
from _pytest.main import wrap_session
from _pytest.tmpdir import TempPathFactory

GIVEN = "WHERRY_COLLECTS"
"""The variable with what `collected_plugin` gives: the arguments of pytest and the path of modules."""


class Heard:
    """What was collected or could not be, for the process that shares out; it hears it from each fork.

    Args:
        end: Where that process has come to its end when there is something to read.
    """

    def __init__(self, end):
        self.told = []
        self.end = end

    def pytest_collectstart(self):
        if select.select([self.end], [], [], 0)[0]:
            os._exit(0)  # it was interrupted and waits for this one

    def pytest_collectreport(self, report):
        self.told.append(report)


class Collected:
    """A session that has collected and runs nothing yet.

    Args:
        args: The arguments of pytest.
        workerinput: What plugins look for in a process that runs a share.
    """

    def __init__(self, args, workerinput):
        end = os.dup(0)  # pytest puts something else there
        self.config = _prepareconfig(args, None)
        from xdist import remote  # whose asserts pytest rewrites if it has not been imported before

        self.remote = remote
        remote.setup_config(self.config, None)
        self.config.workerinput = workerinput
        self.config.workeroutput = {}
        self.heard = Heard(end)
        self.error = None
        self.config.pluginmanager.register(self.heard)
        self.session = pytest.Session.from_config(self.config)
        self.config._do_configure()
        self.config.hook.pytest_sessionstart(session=self.session)
        try:
            self.config.hook.pytest_collection(session=self.session)
        except (Exception, pytest.exit.Exception) as error:  # noqa: BLE001 - each fork raises it
            self.error = error
        self.config.pluginmanager.unregister(self.heard)
        os.close(end)
        self.capture = self.config.pluginmanager.getplugin("capturemanager")
        self.capture.stop_global_capturing()  # its files have a place in them, which forks would share
        self.path = list(sys.path)
        self.signalled = signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def run(self, channel):
        """Be the process with which the other end of a channel shares the tests."""
        workerinput, _args, options, _path = channel.receive()
        sys.path[:] = self.path
        random.seed()
        signal.signal(signal.SIGTERM, self.signalled)
        for name, value in (("TESTRUNUID", "testrunuid"), ("WORKER", "workerid"), ("WORKER_COUNT", "workercount")):
            os.environ[f"PYTEST_XDIST_{name}"] = str(workerinput[value])
        os.environ.pop(GIVEN)
        self.config.workerinput = workerinput
        self.config.option.basetemp = options.get("basetemp")
        self.config._tmp_path_factory = TempPathFactory.from_config(self.config, _ispytest=True)
        self.capture.start_global_capturing()
        self.capture.suspend_global_capture()
        # From here on as `xdist` and pytest begin, where what has been done is not done again.
        interactor = self.remote.interactor = self.remote.WorkerInteractor(self.config, channel)
        pytest.Session.from_config = lambda _: self.session
        self.config._do_configure = lambda: None
        self.config.hook.pytest_sessionstart = interactor.pytest_sessionstart
        wrap_session(self.config, lambda config, session: self.share(interactor, config, session))

    def share(self, interactor, config, session):
        """Tell what is collected, and run what is asked for."""
        interactor.pytest_collection()
        for report in self.heard.told:
            interactor.pytest_collectreport(report)
        if self.error is not None:
            raise self.error
        interactor.pytest_collection_finish(session)
        config.hook.pytest_runtestloop(session=session)
        if session.testsfailed:
            return pytest.ExitCode.TESTS_FAILED
        return None if session.testscollected else pytest.ExitCode.NO_TESTS_COLLECTED


def collected():
    given = json.loads(os.environ[GIVEN])
    sys.path[:] = given["path"]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return Collected(given["args"], given["workerinput"])


COLLECTED = collected()
