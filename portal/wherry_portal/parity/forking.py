"""The process that has loaded a runtime and forks: `python -m wherry_portal.parity.forking RUNTIME SOCKET MODULES...`.

`forks` starts it and asks it over the socket. Each fork takes over what it works with (descriptors, environment,
folder, places of modules) and runs a module as `python -m` does. What a process of its own would find otherwise makes
the fork such a process: files that stand before a loaded module, and a runtime that prints while it is loaded.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib
import json
import os
import signal
import socket
import sys
from importlib.machinery import all_suffixes
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from wherry_portal.parity.recording import runtime

if TYPE_CHECKING:
    from collections.abc import Sequence

_BY_ITSELF = ("sitecustomize", "usercustomize")
"""Modules that Python loads wherever it finds them."""
_ONCE_ASKED = (
    "openai.resources.chat.completions.completions",
    "httpcore2",
    "httpcore",
    "anyio._backends._asyncio",
)
"""What the library of OpenAI's models, if it is loaded, imports when a first client is made and asked."""
_OUT_OF_THE_WAY = 100
"""Descriptors from here on are in nobody's way."""
_WAYS = 6
"""Descriptors that come with a job: for its end, its text, stdin, stdout, stderr, its pipe."""


def main() -> NoReturn:
    """Load the runtime and fork for whoever asks, until nobody can any more."""
    package, number, *modules = sys.argv[1:]
    del sys.path[0]  # the folder it was started in
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    runtime.use(package)
    with runtime.loading():
        for name in modules:
            with contextlib.suppress(LookupError, ImportError):
                runtime.symbol(name)
        for name in _ONCE_ASKED if "openai" in sys.modules else ():
            with contextlib.suppress(ImportError):  # another version of the library has none of that name
                importlib.import_module(name)
    sys.stdout.flush()
    printed = os.fstat(1).st_size > 0
    with socket.socket(fileno=int(number)) as asked:
        while True:
            text, given, *_ = socket.recv_fds(asked, 1, _WAYS)
            _reap(os.WNOHANG if text else 0)
            if not text:
                os._exit(0)  # nothing of a runtime is in use here
            if not os.fork():
                asked.close()
                _watch(given, printed=printed)
            for one in given:
                os.close(one)
            asked.sendall(b"j")


def _reap(flags: int) -> None:
    """Take note of those that have ended; at the end, of all."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, flags)[0]:
            pass


def _watch(given: Sequence[int], *, printed: bool) -> NoReturn:
    """Say which process does the job, and how it ended."""
    line, text, *descriptors = [fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, _OUT_OF_THE_WAY) for one in given]
    for one in given:
        os.close(one)
    child = os.fork()
    if not child:
        os.close(line)
        with os.fdopen(text, "rb") as file:
            job = json.load(file)
        _become(job, descriptors, printed=printed)
    for one in descriptors:
        os.close(one)
    with contextlib.suppress(OSError), socket.socket(fileno=line) as told:
        told.sendall(child.to_bytes(4, "big"))
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        told.sendall(status.to_bytes(4, "big", signed=True))
    os._exit(0)


def _become(job: dict[str, Any], descriptors: Sequence[int], *, printed: bool) -> NoReturn:
    """Do a job."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number, own in zip(descriptors, (0, 1, 2, job["pipe"]), strict=True):
            if number == own:  # whoever asks has as many open
                os.set_inheritable(own, True)
                continue
            os.dup2(number, own)
            os.close(number)
        own = _entries(os.environ.get("PYTHONPATH", ""))
        os.chdir(job["cwd"])
        places = _places(job["env"], own)
        if printed or _stand_before(places):
            os.execve(sys.executable, [sys.executable, "-m", *job["words"]], job["env"])  # noqa: S606 - itself, anew
        os.environ.clear()
        os.environ.update(job["env"])
        sys.path[:] = places
        importlib.invalidate_caches()
        sys.orig_argv = [sys.executable, "-m", *job["words"]]
        name, *sys.argv[1:] = job["words"]
        module = importlib.import_module(name)
        sys.argv[0] = str(module.__file__)
        code = module.main()
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter ends
        sys.excepthook(*sys.exc_info())
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code & 0xFF)


def _places(env: dict[str, str], before: Sequence[str]) -> list[str]:
    """Where the fork looks for modules: as `python -m` in its folder would, with its PYTHONPATH and no other."""
    others = [place for place in sys.path if place not in before]
    return [str(Path.cwd()), *dict.fromkeys([*_entries(env.get("PYTHONPATH", "")), *others])]


def _entries(path: str) -> list[str]:
    return [os.path.abspath(entry) for entry in path.split(os.pathsep) if entry]  # noqa: PTH100 - as `site` does


def _stand_before(places: Sequence[str]) -> bool:
    """Whether a module that is loaded would have been found somewhere else, or one that Python loads by itself."""
    known = {place: set(_modules(place)) for place in places if place not in sys.path}
    if any(name in found for name in _BY_ITSELF for found in known.values()):
        return True
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and "." not in name and name != "__main__":
            own = Path(file).parent
            homes = {str(own), str(own.parent)}
            if any(name in found for place, found in known.items() if place not in homes):
                return True
    return False


def _modules(place: str) -> list[str]:
    """Names of the modules and packages in a folder."""
    found = []
    with contextlib.suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            name, _, suffix = entry.name.partition(".")
            if f".{suffix}" in all_suffixes() or Path(entry.path, "__init__.py").is_file():
                found.append(name)
    return found


if __name__ == "__main__":
    main()
