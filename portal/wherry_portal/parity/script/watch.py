"""The child process that runs a user's script and notes what its agents, teams and workflows gave.

`python -m wherry_portal.parity.script.watch RUNTIME PIPE FOLDER SCRIPT [ARGUMENTS]`. The script runs as `__main__`;
what it prints goes to this process's own stdout. Only calls that the script itself makes are noted, not those of
members, and not those of a server that the script asks (`TestClient(agent_os.get_app())`): these are counted. So are
the lines of the files in FOLDER that it comes to, unless that is the empty text.
"""

from __future__ import annotations

import atexit
import contextlib
import inspect
import json
import logging
import os
import random
import re
import runpy
import sys
import threading
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry_portal.parity.recording import record, runtime
from wherry_portal.parity.script.explained import WITH_PARALLEL
from wherry_portal.parity.script.ran import Lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

WATCHED = ("run", "arun", "continue_run", "acontinue_run")
COVERED = ("print_response", "aprint_response", "cli_app", "acli_app")
_HOLDERS = ("members", "steps", "else_steps", "choices", "agent", "team", "workflow")
_TOLD = (("store_media", False),)
"""Options that a listed difference depends on, where they are not the default."""
_SERVERS = re.compile(r"(?:agno\.os|wherry\.(?:api|os))(?:\.|$)")
_OF_RUNTIMES = re.compile(r"(?:agno|wherry)(?:[.-]|$)")
_depth: ContextVar[int] = ContextVar("depth", default=0)


def main() -> int:
    """Run the script; its exit status is this process's."""
    package, pipe, folder, script, *arguments = sys.argv[1:]
    runtime.use(package)
    random.seed(0)
    _silence_logs()
    noted: list[dict[str, Any]] = []
    served: list[str] = []
    with runtime.loading():
        for path in ("agent.Agent", "team.Team", "workflow.Workflow"):
            with contextlib.suppress(LookupError, ImportError):  # a script may need no team, an install no workflow
                _watch(runtime.symbol(path), noted, served)
    sys.argv = [script, *arguments]
    sys.path[0] = str(Path(script).resolve().parent)
    status, error = 0, None
    lines = Lines(folder)
    if folder:
        lines.start()
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else 0 if leaving.code is None else 1
    except BaseException as raised:  # noqa: BLE001 - how a script ends is part of what is compared
        status, error = 1, raised
    _end()
    ran = lines.told()
    sys.stdout.flush()
    with os.fdopen(int(pipe), "w", encoding="utf-8") as out:
        strayed = package == "agno" and any(f"wherry.{name}" in sys.modules for name in ("agent", "team", "workflow"))
        json.dump(
            {
                "runs": noted,
                "error": record.exception(error),
                "exit": status,
                "strayed": strayed,
                "served": len(served),
                "ran": ran,
            },
            out,
        )
    return status


def _end() -> None:
    """Wait for the script's threads, then do what it has left to its end, as the interpreter does after a script.

    This process is gone as soon as its result is known: what is done then would be done by chance or not at all.
    """
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - nothing public does it
    atexit._run_exitfuncs()  # noqa: SLF001 - the same


def _silence_logs() -> None:
    """Print no record of the runtimes' own loggers: Agno prints them among what the script prints, Wherry does not.

    Records of the script's own loggers stay.
    """
    handle = logging.Logger.handle

    def handled(logger: logging.Logger, entry: logging.LogRecord) -> None:
        if not _OF_RUNTIMES.match(logger.name):
            handle(logger, entry)

    logging.Logger.handle = handled  # type: ignore[method-assign, assignment]


def _watch(kind: Any, noted: list[dict[str, Any]], served: list[str]) -> None:
    for name in WATCHED:
        if hasattr(kind, name):
            setattr(kind, name, _noting(getattr(kind, name), kind.__name__, name, noted, served))
    for name in COVERED:
        if hasattr(kind, name):
            setattr(kind, name, _covering(getattr(kind, name), kind.__name__, name, noted))


def _noting(
    method: Callable[..., Any], kind: str, name: str, noted: list[dict[str, Any]], served: list[str]
) -> Callable[..., Any]:
    """The method with its result (and, streamed, its events) written down."""

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if _depth.get():
            return method(self, *args, **kwargs)
        if _by_a_server(inspect.currentframe()):
            served.append(name)
            return method(self, *args, **kwargs)
        entry = _begun(kind, self, name)
        noted.append(entry)
        with _inside(entry):
            found = method(self, *args, **kwargs)
        if inspect.isawaitable(found):
            return _awaited(found, entry)
        if hasattr(found, "__aiter__"):
            return _aread(found, entry)
        if inspect.isgenerator(found):
            return _read(found, entry)
        entry["output"] = record.output(found)
        return found

    return call


def _by_a_server(frame: FrameType | None) -> bool:
    """Whether the call that a frame of this module stands for comes from a server's code."""
    caller = frame.f_back if frame else None
    return bool(caller and _SERVERS.match(caller.f_globals.get("__name__", "")))


def _begun(kind: str, subject: Any, name: str) -> dict[str, Any]:
    """What is known of a call before it does anything: whose it is, of what parts, which method, in which way."""
    way = "arun" if name.startswith("a") else "run"
    parts = list(_parts(subject, set()))
    options = [f"{name}={value}" for name, value in _TOLD if getattr(subject, name, None) is value]
    if any(type(part).__name__ == "Parallel" for _, part in parts):
        options.append(WITH_PARALLEL)
    return {
        "kind": kind,
        "name": getattr(subject, "name", None),
        "parts": sorted({part.name for holder, part in parts if _is_a_part(holder, part)}),
        "options": options,
        "method": name.removeprefix("a"),
        "way": way,
    }


def _parts(subject: Any, known: set[int]) -> Iterator[tuple[str, Any]]:
    """What a team or workflow is made of, each with the attribute that holds it."""
    if id(subject) in known:
        return
    known.add(id(subject))
    for holder in _HOLDERS:
        held = getattr(subject, holder, None)
        for part in held if isinstance(held, (list, tuple)) else [held]:
            if part is not None:
                yield holder, part
                yield from _parts(part, known)


def _is_a_part(holder: str, part: Any) -> bool:
    """Whether it is a member of a team or does a step of a workflow."""
    by_kind = holder in {"members", "agent", "team"} or type(part).__name__ in {"Agent", "Team"}
    return by_kind and isinstance(getattr(part, "name", None), str)


def _covering(method: Callable[..., Any], kind: str, name: str, noted: list[dict[str, Any]]) -> Callable[..., Any]:
    """The method as a call whose inner runs are not noted: what it prints is compared instead."""

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if _depth.get():
            return method(self, *args, **kwargs)
        entry = _begun(kind, self, name)
        if kwargs.get("stream"):
            entry["way"] += " stream"
        noted.append(entry)
        with _inside(entry):
            found = method(self, *args, **kwargs)
        return _awaited(found, None) if inspect.isawaitable(found) else found

    return call


@contextlib.contextmanager
def _inside(entry: dict[str, Any]) -> Any:
    token = _depth.set(_depth.get() + 1)
    try:
        yield
    except Exception as error:
        entry["error"] = record.exception(error)
        raise
    finally:
        _depth.reset(token)


async def _awaited(awaitable: Any, entry: dict[str, Any] | None) -> Any:
    noted = entry if entry is not None else {}
    with _inside(noted):
        found = await awaitable
    if entry is not None and hasattr(found, "__aiter__"):
        return _aread(found, entry)
    noted["output"] = record.output(found)
    return found


def _read(stream: Any, entry: dict[str, Any]) -> Any:
    _streamed(entry)
    while True:
        with _inside(entry):
            try:
                item = next(stream)
            except StopIteration:
                return
        _note_item(item, entry)
        yield item


async def _aread(stream: Any, entry: dict[str, Any]) -> Any:
    _streamed(entry)
    iterator = aiter(stream)
    while True:
        with _inside(entry):
            try:
                item = await anext(iterator)
            except StopAsyncIteration:
                return
        _note_item(item, entry)
        yield item


def _streamed(entry: dict[str, Any]) -> None:
    entry["events"] = []
    entry["way"] += " stream"


def _note_item(item: Any, entry: dict[str, Any]) -> None:
    if hasattr(item, "event"):
        entry["events"].append(record.event(item))
    else:
        entry["output"] = record.output(item)


if __name__ == "__main__":
    sys.exit(main())
