"""The process that has imported what commands import: `fork_keeper.py LISTENER REFUSED COUNT OPTIONS... MODULES...`.

`forks` starts it and `fork_client` asks it. It has one thread, and forks for each command until its stdin ends; what a
fork does stands in `fork_command`.
"""

import gc
import importlib
import importlib.machinery
import io
import marshal
import os
import select
import signal
import socket
import sys
import threading
import traceback
from contextlib import suppress

import fork_command

ALL = "*"
FOLDER = "the working folder"
OWN = ("PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE")
"""What a fork can change by itself."""
WATCHED = ("PYTHON", "LC_", "LANG", "LD_", "COV", "SSLKEYLOGFILE")
"""How variables begin that the interpreter, or what it starts by itself, reads before any module does."""


NAMES = set()
"""The variables that modules read while they were imported."""


class Recorded(os._Environ):
    """The environment, with the names that somebody asked for."""

    def __getitem__(self, key):
        NAMES.add(os.fsdecode(key))
        return super().__getitem__(key)

    def __iter__(self):
        NAMES.add(ALL)
        return super().__iter__()


class Refused(Exception):
    """A command that a fork would do in another way than an interpreter of its own."""


class Keeper:
    """What has been imported, and the commands that run.

    Args:
        listener: Where commands ask.
        told: The file of refusals.
        options: The interpreter's options.
    """

    def __init__(self, listener, told, options):
        self._listener = listener
        self._told = told
        self._options = options
        self._running = {}
        self._lines = {}
        self._wake, wakes = socket.socketpair()
        wakes.setblocking(False)
        self._kept = (self._wake, wakes)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)

    def preload(self, modules):
        """Import modules, and take down what they looked at meanwhile."""
        folder = os.getcwd

        def getcwd():
            if sys._getframe(1).f_globals.get("__name__") not in fork_command.MENDED:
                NAMES.add(FOLDER)
            return folder()

        before = dict(os.environb)
        streams = sys.stdout, sys.stderr
        said = sys.stdout = sys.stderr = io.StringIO()
        os.environ.__class__ = os.environb.__class__ = Recorded
        os.getcwd = getcwd
        try:
            for module in modules:
                importlib.import_module(module)
        finally:
            os.getcwd = folder
            os.environ.__class__ = os.environb.__class__ = os._Environ
            sys.stdout, sys.stderr = streams
        if said.getvalue():
            sys.exit(f"a module printed, which a fork would not do: {said.getvalue()}")
        threads = os.listdir("/proc/self/task") if os.path.isdir("/proc/self/task") else threading.enumerate()
        if len(threads) > 1:
            sys.exit(f"a module started a thread, which a fork would not have: {threading.enumerate()}")
        self._changed = {name: value for name, value in os.environb.items() if before.get(name) != value}
        known = {os.fsdecode(name): os.fsdecode(value) for name, value in before.items()}
        self._read = {name: known.get(name) for name in NAMES - {ALL, FOLDER, *OWN}}
        self._all = known if ALL in NAMES else None
        self._folder = os.getcwd() if FOLDER in NAMES else None
        self._watched = watched(before)
        places = {name: getattr(module, "__file__", None) for name, module in sys.modules.items() if "." not in name}
        self._places = {name: place for name, place in places.items() if place}
        gc.collect()
        gc.freeze()  # a collection in a fork would write to every object and so copy it

    def serve(self):
        """Fork for each that asks, until stdin ends; then end those that run."""
        while True:
            ready, _, _ = select.select([0, self._listener, self._wake, *self._lines], [], [])
            if self._wake in ready:
                self._wake.recv(4096)
                self._reap(os.WNOHANG)
            for line in [one for one in ready if one in self._lines]:
                self._heard(line)
            if self._listener in ready:
                self._answer(self._listener.accept()[0])
            if 0 in ready:
                break
        for line in list(self._lines):
            self._end(line)
        while self._running:
            self._reap(0)

    def _heard(self, line):
        """A command passes on signals, or is gone."""
        with suppress(ConnectionError):
            if numbers := line.recv(64):
                for number in numbers:
                    os.kill(self._lines[line], number)
                return
        self._end(line)

    def _end(self, line):
        with suppress(ProcessLookupError):
            os.killpg(self._lines.pop(line), signal.SIGKILL)
        line.close()

    def _reap(self, flags):
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, flags))[0]:
                pid, status = ended
                line = self._running.pop(pid)
                if self._lines.pop(line, None) is None:
                    continue  # its command was gone before
                code = os.waitstatus_to_exitcode(status)
                with suppress(ConnectionError):
                    line.sendall((b"exit" if code >= 0 else b"kill") + abs(code).to_bytes(4, "big"))
                line.close()

    def _answer(self, line):
        size, given, *_ = socket.recv_fds(line, 8, 4)
        text = b""
        while len(text) < int.from_bytes(size, "big") and (more := line.recv(1 << 20)):
            text += more
        if len(given) < 4:
            line.close()
            return
        words, environment, mask, ignored = marshal.loads(text)
        try:
            command = self._command(words, environment, given[3])
        except Refused as error:
            with open(self._told, "a") as told:
                told.write(f"{error}: {' '.join(words)!r}\n")
            line.sendall(b"self" + bytes(4))
            line.close()
        else:
            self._fork(line, lambda: fork_command.become(command, environment | self._changed, given, mask, ignored))
        for number in given:
            os.close(number)

    def _fork(self, line, become):
        # What is sent to the fork before it is the command waits until it is.
        signal.pthread_sigmask(signal.SIG_BLOCK, fork_command.SIGNALS)
        pid = os.fork()
        if not pid:
            try:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                os.setpgid(0, 0)
                for one in (line, self._listener, *self._kept, *self._lines):
                    one.close()
                become()
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(70)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, fork_command.SIGNALS)
        with suppress(OSError):
            os.setpgid(pid, pid)
        self._running[pid] = line
        self._lines[line] = pid

    def _command(self, words, environment, folder):
        """What to run: its kind (`-c`, `-m` or a script), what, and its arguments."""
        count = len(self._options)
        if words[:count] != self._options:
            raise Refused("other options")
        kind, *rest = words[count:] or ["-"]
        if kind in {"-c", "-m"} and rest:
            kind, what, *rest = kind, *rest
        elif kind.startswith("-"):
            raise Refused("other options")
        else:
            kind, what = "", kind
        here = os.open(".", os.O_RDONLY)
        try:
            os.fchdir(folder)
            self._check(environment)
            first = os.getcwd() if kind else os.path.dirname(os.path.realpath(what))
            if not kind and not os.path.isfile(what):
                raise Refused("no file")
            self._check_names(first)
        except OSError as error:
            raise Refused(str(error)) from error
        finally:
            os.fchdir(here)
            os.close(here)
        return kind, what, rest

    def _check(self, environment):
        if watched(environment) != self._watched:
            raise Refused("another environment of the interpreter")
        given = {os.fsdecode(name): os.fsdecode(value) for name, value in environment.items()}
        if self._all is not None and self._all != given:
            raise Refused("another environment, which a module read as a whole when it was imported")
        for name, value in self._read.items():
            if given.get(name) != value:
                raise Refused(f"another {name}, which a module read when it was imported")
        if self._folder not in {None, os.getcwd()}:
            raise Refused("another folder, which a module asked for when it was imported")

    def _check_names(self, folder):
        """Nothing in the folder that comes first has the name of a module that was imported from elsewhere."""
        for entry in os.listdir(folder):
            name, _, suffix = entry.partition(".")
            place = os.path.join(folder, entry)
            if not suffix:
                place = os.path.join(place, "__init__.py")
            elif f".{suffix}" not in importlib.machinery.all_suffixes():
                continue
            if name in self._places and self._places[name] != place and os.path.exists(place):
                raise Refused(f"{place} has the name of a module that was imported before")


def watched(environment):
    names = {os.fsdecode(name): value for name, value in environment.items()}
    return {name: value for name, value in names.items() if name.startswith(WATCHED) and name not in OWN}


def main():
    number, told, count, *words = sys.argv[1:]
    options, modules = words[: int(count)], words[int(count) :]
    del sys.path[0]  # what a command finds first is its own folder
    sys.argv = [""]
    keeper = Keeper(socket.socket(fileno=int(number)), told, options)
    keeper.preload(modules)
    keeper.serve()


if __name__ == "__main__":
    main()
