"""Conversations in a terminal with one of the two packages; runs behind a pty, for `test_chat_in_a_terminal.py`.

Usage: `python chat_child.py agno|wherry JOBS ENDS`: a file of conversations, one after the other, and one that gets a
JSON line for how each ended.
"""

import asyncio
import fcntl
import importlib
import json
import logging
import os
import signal
import sys
import termios
from pathlib import Path

fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts its background jobs deaf to Ctrl-C
PACKAGE, JOBS, ENDS = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])


def of(name):
    return importlib.import_module(f"{PACKAGE}.{name}")


class MCPTools:
    """Known by its name."""


def tide(place: str) -> str:
    """Tide at a place."""
    return f"{place}: rising"


def built(job, db):
    given = dict(job.get("agent", {}))
    model = of("models.openai").OpenAIChat(id="gpt-5-mini", max_retries=0)
    tools = {"tide": tide, "mcp": MCPTools()}
    if "tools" in given:
        given["tools"] = [tools[name] for name in given["tools"]]
    if job.get("db"):
        given["db"] = db
    if job.get("schema"):
        from pydantic import create_model

        given["output_schema"] = create_model("Trip", river=(str, ...))
    kinds = {"agent": of("agent").Agent, "team": of("team").Team}
    if job.get("kind") == "team":
        given["members"] = [of("agent").Agent(name="Bob", model=model, telemetry=False)]
    return kinds[job.get("kind", "agent")](name="Ada", model=model, telemetry=False, **given)


def talk(owner, job):
    given = job.get("given", {})
    if job["way"] == "acli_app":
        asyncio.run(owner.acli_app(**given))
    elif job["way"] == "cli_app":
        owner.cli_app(**given)
    elif job["way"] == "aprint_response":
        asyncio.run(owner.aprint_response(**given))
    else:
        owner.print_response(**given)


def mark(text):
    """Say on the screen where a conversation begins and ends."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main():
    logging.disable(logging.CRITICAL)
    for job in json.loads(JOBS.read_text()):
        os.environ.update(job["environment"])
        db = of("db.in_memory").InMemoryDb()
        told = {"name": job["name"], "error": None}
        mark(f"<{job['name']}>")
        try:
            talk(built(job, db), job)
        except BaseException as error:  # noqa: BLE001 - how it ended is what is compared
            told["error"] = type(error).__name__
        kind = of("db.base").SessionType(job.get("kind", "agent"))
        runs = [(one.session_id, one.user_id, [run.status for run in one.runs]) for one in db.get_sessions(kind)]
        told["sessions"] = runs
        with ENDS.open("a") as ends:
            ends.write(json.dumps(told, default=str) + "\n")
        mark(f"</{job['name']}>")


main()
