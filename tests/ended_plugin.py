"""A run that is told to end, as `timeout` and CI do by SIGTERM, ends as by Ctrl-C.

Fixtures stop the Postgres and Valkey servers that they have started; the signal's own effect would leave them running.
"""

from __future__ import annotations

import signal
import threading


def pytest_configure():
    first = threading.current_thread() is threading.main_thread()
    if first and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
