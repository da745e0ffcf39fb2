"""Watches a Python environment for Agno: a module that `verify` copies into the environment it builds.

`SOURCE` runs at the start of every Python process of that environment (through a ``.pth`` file) and writes what it
sees, line by line, into one file a process; `read` turns the files into `Seen`. It is text and not an import, because
the watched environment must not need the portal.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULE = "_wherry_witness"
FOLDER = "WHERRY_WITNESS_FOLDER"

SOURCE = '''"""Put here by `wherry pilot verify`: notes which Agno and Wherry modules a process imports, what fails."""

import atexit
import json
import os
import sys
import time

_folder = os.environ.get("WHERRY_WITNESS_FOLDER")


def _note(kind, **facts):
    path = os.path.join(_folder, f"{os.getpid()}.jsonl")
    with open(path, "a", encoding="utf-8") as stream:
        stream.write(json.dumps({"kind": kind, **facts}) + "\\n")


def _loaded(name):
    return sorted(module for module in list(sys.modules) if module == name or module.startswith(name + "."))


def _start():
    _note("start", argv=sys.orig_argv, time=time.time())


def _end():
    where = {name: str(getattr(sys.modules.get(name), "__file__", None)) for name in _loaded("agno")}
    _note("end", agno=where, wherry=len(_loaded("wherry")))


def _hook(event, arguments):
    if event == "import":
        name = arguments[0]
        if name == "agno" or name.startswith("agno."):
            _note("asked", module=name)
        elif name == "wherry":
            _note("wherry")
    # A failure that a test of pytest looks at is that test's to judge, as it may be the point of it.
    elif event == "wherry.run_failed" and not os.environ.get("PYTEST_CURRENT_TEST"):
        _note("failed", error=str(arguments[0]))


if _folder:
    _start()
    sys.addaudithook(_hook)
    atexit.register(_end)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_start)
'''


@dataclass(slots=True)
class Seen:
    """What the processes of an environment did.

    Attributes:
        processes: How many Python processes started.
        silent: How many ended without a word (killed, or left by ``os._exit``); their imports are known all the same.
        with_wherry: How many imported Wherry.
        loaded: Agno modules that were loaded, with their files.
        asked: Agno modules that some code tried to import.
        failed: The errors of runs that failed; an audit event tells them, which no setting of a log silences.
    """

    processes: int = 0
    silent: int = 0
    with_wherry: int = 0
    loaded: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)


def install(site_packages: Path) -> None:
    """Put the witness into an environment."""
    (site_packages / f"{MODULE}.py").write_text(SOURCE, encoding="utf-8")
    (site_packages / f"{MODULE}.pth").write_text(f"import {MODULE}\n", encoding="utf-8")


def read(folder: Path) -> Seen:
    """Read what was written down."""
    seen = Seen()
    for path in sorted(folder.glob("*.jsonl")):
        notes = list(_notes(path))
        starts = sum(1 for note in notes if note["kind"] == "start")
        ends = [note for note in notes if note["kind"] == "end"]
        seen.processes += starts
        seen.silent += max(0, starts - len(ends))
        seen.with_wherry += any(note["kind"] == "wherry" or note.get("wherry") for note in notes)
        seen.asked.update(note["module"] for note in notes if note["kind"] == "asked")
        seen.failed += [note["error"] for note in notes if note["kind"] == "failed"]
        for note in ends:
            seen.loaded.update(note["agno"])
    return seen


def _notes(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:  # a process that was killed while it wrote
            continue
