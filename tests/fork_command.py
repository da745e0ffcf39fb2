"""What a fork does to be a command, as far as a program can see: a script, a module or a line of code is `__main__`.

`fork_keeper` calls `become` in what it has forked.
"""

import atexit
import gc
import importlib
import importlib.machinery
import io
import os
import runpy
import signal
import sys
import threading
import time
import types

SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)
MENDED = {"rich": "_IMPORT_CWD", "multiprocessing.process": "ORIGINAL_DIR"}
"""Modules that keep the folder in which they were imported, and under which name: a fork puts its own there."""
KEPT = []
"""The streams of before: modules may have them, and they write to the same descriptors."""


def become(command, environment, given, mask, ignored):
    """Take over what a command works with, run it and end as it does.

    Args:
        command: Its kind (`-c`, `-m` or nothing), the code, module or script, and its arguments.
        environment: Its environment.
        given: The descriptors of its streams and its folder.
        mask: Its mask for new files.
        ignored: The signals that it ignores.
    """
    for number in SIGNALS:
        plain = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
        signal.signal(number, signal.SIG_IGN if number in ignored else plain)
    for own, number in enumerate(given[:3]):
        os.dup2(number, own)
    os.fchdir(given[3])
    for number in given:
        os.close(number)
    for name, place in MENDED.items():
        if name in sys.modules:
            setattr(sys.modules[name], place, os.path.abspath(os.getcwd()))
    os.umask(mask)
    os.environb.clear()
    os.environb.update(environment)
    if "pycache_prefix" not in sys._xoptions:
        sys.pycache_prefix = os.environ.get("PYTHONPYCACHEPREFIX") or None
    sys.dont_write_bytecode = bool(sys.flags.dont_write_bytecode or os.environ.get("PYTHONDONTWRITEBYTECODE"))
    time.tzset()
    if "tempfile" in sys.modules:
        sys.modules["tempfile"].tempdir = None  # which depends on the environment
    KEPT.extend((sys.stdin, sys.stdout, sys.stderr))
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream = standard(number, name)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    importlib.invalidate_caches()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    finish(run(*command))


def standard(number, name):
    """A standard stream as the interpreter makes it."""
    old = KEPT[number]
    raw = open(number, "rb" if not number else "wb", buffering=0, closefd=False)  # noqa: SIM115
    raw.name = f"<{name}>"
    buffer = raw if number and old.write_through else (io.BufferedWriter if number else io.BufferedReader)(raw)
    stream = io.TextIOWrapper(
        buffer, old.encoding, old.errors, "\n" if number else None,
        line_buffering=not old.write_through and (number == 2 or raw.isatty()), write_through=old.write_through,
    )  # fmt: skip
    stream.mode = "w" if number else "r"
    return stream


def run(kind, what, rest):
    """Run it as `__main__` and return how it ended: an exit status, or below zero a signal."""
    main = types.ModuleType("__main__")
    main.__loader__ = importlib.machinery.BuiltinImporter
    main.__annotations__ = {}
    main.__builtins__ = sys.modules["builtins"]
    sys.modules["__main__"] = main
    sys.argv = [kind or what, *rest]
    sys.orig_argv = [sys.executable, *([kind] if kind else []), what, *rest]
    try:
        if kind == "-m":
            sys.path.insert(0, os.getcwd())
            runpy._run_module_as_main(what)
        elif kind:
            sys.path.insert(0, "")
            exec(compile(what, "<string>", "exec", dont_inherit=True), main.__dict__)
        else:
            place = os.path.abspath(what)
            sys.path.insert(0, os.path.dirname(os.path.realpath(what)))
            main.__file__ = place
            main.__cached__ = None
            main.__loader__ = importlib.machinery.SourceFileLoader("__main__", place)
            with open(what, "rb") as script:
                text = script.read()
            exec(compile(text, place, "exec", dont_inherit=True), main.__dict__)
    except SystemExit as error:
        return status(error.code)
    except BaseException as error:
        told = error.__traceback__.tb_next  # from the program's own first line on
        sys.excepthook(type(error), error.with_traceback(told), told)
        return -signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1
    return 0


def status(code):
    if code is None or isinstance(code, int):
        return (code or 0) & 0xFF
    print(code, file=sys.stderr)
    return 1


def finish(code):
    """End as an interpreter does: wait for threads, run what waits for the end, let go of what the program made."""
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.modules["__main__"].__dict__.clear()
    gc.collect()
    for stream in (sys.stdout, *KEPT[1:], sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except (OSError, ValueError):
            code = 120
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)
