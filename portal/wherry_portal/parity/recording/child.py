"""The child process of parity: `python -m wherry_portal.parity.recording.child` reads a job and records its cases.

One JSON line a recording goes to the pipe the parent reads; the process's own stdout and stderr are of no account. One
child handles many cases, because importing a runtime costs more than running one.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
import os
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.testing import ReplayServer
from wherry_portal.parity.recording import record, runtime
from wherry_portal.parity.recording.recipe import Recipe
from wherry_portal.parity.recording.turns import Conversation, Taken

if TYPE_CHECKING:
    from collections.abc import Mapping


def main() -> int:
    """Record every case of the job on stdin (JSON); recordings go to the file descriptor it names."""
    job = json.load(sys.stdin)
    runtime.use(job["runtime"])
    silence()
    trust_nobody()
    with runtime.loading():
        for name in runtime.LOADED:
            with contextlib.suppress(LookupError):  # what is not there is the error of each case that needs it
                runtime.symbol(name)
    with os.fdopen(job["pipe"], "w", encoding="utf-8") as pipe, ReplayServer() as server, server.environment():
        for entry in job["entries"]:
            pipe.write(json.dumps({"begin": entry["key"]}) + "\n")
            pipe.flush()
            recorded = record_case(entry, server, Path(job["callables"]))
            pipe.write(json.dumps({"key": entry["key"], **recorded}) + "\n")
            pipe.flush()
    return 0


def silence() -> None:
    """Loggers and warnings of a runtime are not part of what is compared."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)


def trust_nobody() -> None:
    """Trust no certificate authority: all is HTTP on loopback, and reading the system's list costs 0.1 s a client.

    The folder named is none, so that a child which is killed leaves nothing behind.
    """
    os.environ.pop("SSL_CERT_FILE", None)
    os.environ["SSL_CERT_DIR"] = f"{os.devnull}/authorities"


def record_case(entry: Mapping[str, Any], server: ReplayServer, callables: Path) -> dict[str, Any]:
    """Run one case in one way and give its recording, or the reason why it could not be run."""
    started = time.perf_counter()
    runtime.taken_notes()
    server.reset(entry["recipe"]["model_responses"])
    try:
        with tempfile.TemporaryDirectory(prefix="parity-") as folder, contextlib.redirect_stdout(io.StringIO()):
            document = run_case(entry, server, callables, Path(folder))
    except Exception as error:  # noqa: BLE001 - a recipe that cannot be built is a result, and the next case must run
        reason = f"{type(error).__name__}: {error}"
        return {"error": reason, "trace": traceback.format_exc(limit=-6), "seconds": time.perf_counter() - started}
    return {"document": document, "seconds": time.perf_counter() - started}


def run_case(entry: Mapping[str, Any], server: ReplayServer, callables: Path, folder: Path) -> dict[str, Any]:
    """Build, run and record; sync ways run without an event loop in the thread, as a plain script does."""
    recipe = Recipe(entry["recipe"], folder, callables)
    conversation = Conversation(recipe, entry["way"])
    turns = entry["recipe"]["user_inputs"]
    if conversation.is_async:
        taken = asyncio.run(_all(conversation, turns))
    else:
        taken = [_finished(conversation.take(turn)) for turn in turns]
    return _document(taken, recipe, server)


async def _all(conversation: Conversation, turns: list[Mapping[str, Any]]) -> list[Taken]:
    return [await conversation.take(turn) for turn in turns]


def _finished(coroutine: Any) -> Taken:
    """Drive a coroutine that awaits nothing to its end."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        taken: Taken = stop.value
        return taken
    coroutine.close()
    raise RuntimeError("a blocking turn tried to wait for an event loop")


def _document(taken: list[Taken], recipe: Recipe, server: ReplayServer) -> dict[str, Any]:
    sessions: dict[str, Any] = record.database(recipe.database)
    if recipe.template.get("db") == "memory":
        sessions = record.memory(recipe.db)
    return {
        "requests": [{"method": r.method, "path": r.path, "body": r.body} for r in server.requests],
        "refused": [*server.refused],
        "unused": server.problems()[len(server.refused) :],
        **{
            channel: [turn.written[channel] for turn in taken] for channel in ("events", "outputs", "errors", "printed")
        },
        "trace": record.plain(runtime.taken_notes()),
        "sessions": sessions,
    }


if __name__ == "__main__":
    sys.exit(main())
