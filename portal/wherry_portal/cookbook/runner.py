"""A process that runs example scripts, each in a fork of its own: `python -m wherry_portal.cookbook.runner RUNTIME`.

It imports its runtime once, so that a script costs milliseconds to start. Jobs come as JSON lines on stdin, results
leave as JSON lines on stdout. A script reaches nothing but loopback, answers every question with "y", and "serves"
by saying so. Only this process imports the reference.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import logging
import os
import random
import re
import runpy
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

PRELOAD = (
    "agent",
    "team",
    "workflow",
    "models.openai",
    "models.anthropic",
    "db.sqlite",
    "db.postgres",
    "db.in_memory",
    "tools",
    "knowledge.knowledge",
    "vectordb.pgvector",
    "os",
)
GUARDED = ("psycopg", "uvicorn")
"""What every fork loads to guard it."""
ANSWERS = "y\n" * 200
LAST_WORDS = 2000
MOST_OUTPUT = 400_000
MOST_LOGGED = 20
MOST_QUEUED = 9
"""How many times its limit a script may wait for a processor besides."""
POSTGRES = ("5432", "5532")
"""Where Postgres listens by itself, and where the reference's examples have it."""
_HERE = ("localhost", "127.0.0.1", "::1")
_LOOPBACK = ("127.", "localhost", "::1", "0.0.0.0", "/")  # noqa: S104 - compared with, never bound


def main(runtime: str) -> int:
    """Serve jobs until stdin ends."""
    for name in (*(f"{runtime}.{part}" for part in PRELOAD), *GUARDED):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    if runtime == "agno":
        _warm_client()
    gc.collect()
    gc.freeze()  # what is loaded stays shared with the forks
    print(json.dumps({"ready": runtime}), flush=True)
    for line in sys.stdin:
        print(json.dumps(run_job(json.loads(line))), flush=True)
    return 0


def run_job(job: dict[str, Any]) -> dict[str, Any]:
    """Run one script in a fork.

    Args:
        job: ``id``, ``script``, ``folder`` (working folder), ``seconds`` (limit), ``postgres`` (folder with the socket
            of the server that is to be found at Postgres' ports on this machine; may be left out).

    Returns:
        ``id``, ``exit`` (status, None when it was killed), ``output``, ``error`` (last words), ``outside`` (hosts it
        tried to reach, and servers on this machine that were not there), ``postgres`` (whether it connected to that
        server), ``logged`` (errors), ``seconds``.
    """
    with tempfile.TemporaryDirectory(prefix="wherry-run-") as spool:
        start, began = time.perf_counter(), time.time()
        child = os.fork()
        if child == 0:
            _become(job, Path(spool))
        code = _wait(child, job["seconds"])
        note = Path(spool) / "note"
        return {
            "id": job["id"],
            "exit": code,
            "output": without_clock(_read(Path(spool) / "out")[:MOST_OUTPUT], began, time.time()),
            "error": _read(Path(spool) / "err")[-LAST_WORDS:],
            "postgres": (Path(spool) / "postgres").exists(),
            **(json.loads(note.read_text("utf-8")) if note.is_file() else {"outside": [], "logged": []}),
            "seconds": round(time.perf_counter() - start, 3),
        }


def _warm_client() -> None:
    """Ask the model once with the reference's client: it builds its types at the first answer, for seconds a fork."""
    with contextlib.suppress(Exception):
        import openai

        with openai.OpenAI(max_retries=0) as client:
            said: list[Any] = [{"role": "user", "content": "hello"}]
            client.responses.create(model="gpt-5-mini", input=said)
            list(client.responses.create(model="gpt-5-mini", input=said, stream=True))
            client.chat.completions.create(model="gpt-5-mini", messages=said)
            list(client.chat.completions.create(model="gpt-5-mini", messages=said, stream=True))


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace") if path.is_file() else ""


def without_clock(text: str, began: float, ended: float) -> str:
    """An output without the minutes in which the script ran, the one thing by which two good runs of it may differ.

    Other minutes stay: a script or a model may have said them. Times to the second are masked by `outputs`.
    """
    for minute in range(int(began) // 60, int(ended) // 60 + 1):
        told = time.strftime("%Y-%m-%d %H:%M", time.localtime(minute * 60))
        text = re.sub(rf"{told}(?!:?\d)", "<time>", text)
    return text


def _wait(child: int, seconds: float) -> int | None:
    """Exit status of a child, None when the limit passed and it was killed.

    The time in which it was ready and got no processor is not counted, so that a busy machine makes nobody late.
    """
    start = time.monotonic()
    end = start + seconds
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= end:
            end = start + seconds + min(_queued(child), MOST_QUEUED * seconds)
            if time.monotonic() >= end:
                break
        time.sleep(0.02)
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:  # on a busy machine it may not have got as far as to a group of its own
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _queued(child: int) -> float:
    """Seconds in which a process waited for a processor; 0 where the system does not tell."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{child}/schedstat").read_text("ascii").split()[1]) / 1e9
    return 0.0


def _become(job: dict[str, Any], spool: Path) -> NoReturn:
    """Turn this fork into the script; never returns."""
    code = 1
    outside: list[str] = []
    logged: list[str] = []
    try:
        os.setsid()
        _redirect(spool)
        os.chdir(job["folder"])
        _guard_network(outside)
        _guard_databases(outside, job.get("postgres", ""), spool / "postgres")
        _guard_servers()
        _guard_logs(logged)
        random.seed(0)
        sys.argv = [job["script"]]
        sys.path.insert(0, str(Path(job["script"]).parent))
        runpy.run_path(job["script"], run_name="__main__")
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - whatever ends the script is its result
        traceback.print_exc()
    finally:
        (spool / "note").write_text(json.dumps({"outside": outside, "logged": logged}), "utf-8")
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code & 0xFF)


def _redirect(spool: Path) -> None:
    (spool / "in").write_text(ANSWERS, "utf-8")
    for name, number in (("in", 0), ("out", 1), ("err", 2)):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        handle = os.open(spool / name, flags, 0o600)
        os.dup2(handle, number)
        os.close(handle)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - it lives as long as the process
    sys.stdout = open(1, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115 - the same
    sys.stderr = open(2, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115 - the same


def _guard_network(outside: list[str]) -> None:
    """Refuse every address but loopback, and remember what was asked for and not there."""
    import socket

    def refused(host: object) -> OSError | None:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if not name or name == "None" or name.startswith(_LOOPBACK):
            return None
        _remember(outside, name)
        return ConnectionRefusedError(111, f"only loopback is reachable here, not {name}")

    looked_up, connected = socket.getaddrinfo, socket.socket.connect
    heard = {urlsplit(os.environ.get("OPENAI_BASE_URL", "")).port}

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        error = refused(host)
        if error is not None:
            raise error
        return looked_up(host, *arguments, **options)

    def connect(self: socket.socket, address: Any) -> None:
        error = refused(address[0] if isinstance(address, tuple) else address)
        if error is not None:
            raise error
        if not _absent(address, connected, heard):
            return connected(self, address)
        _remember(outside, f"localhost:{address[1]}")
        raise ConnectionRefusedError(111, f"nothing listens on port {address[1]}")

    socket.getaddrinfo = getaddrinfo
    socket.socket.connect = connect  # type: ignore[method-assign, assignment]


def _absent(address: Any, connected: Any, heard: set[int | None]) -> bool:
    """Whether no server listens there; asked on a connection of its own, as the script's may not wait."""
    import socket

    if not isinstance(address, tuple) or address[1] in heard:
        return False
    with socket.socket(socket.AF_INET6 if ":" in str(address[0]) else socket.AF_INET) as probe:
        probe.settimeout(1)
        try:
            connected(probe, address)
        except OSError:
            return True
    heard.add(address[1])
    return False


def _remember(outside: list[str], name: str) -> None:
    if name not in outside:
        outside.append(name)


def _guard_databases(outside: list[str], served: str, used: Path) -> None:
    """Lead to the server of this run who asks for a Postgres on this machine, and remember one that is not there.

    By its client's own way of connecting, which is not by Python's sockets: what a script names, and prints, stays.
    """
    try:
        from psycopg import OperationalError, conninfo, generators
    except ImportError:
        return
    connect = generators.connect

    def noted(given: str, **options: Any) -> Any:
        wanted = conninfo.conninfo_to_dict(given)
        if served and str(wanted.get("host")) in _HERE and str(wanted.get("port", POSTGRES[0])) in POSTGRES:
            used.touch()
            own = {"host": served, "port": POSTGRES[0], "hostaddr": None}
            given = conninfo.make_conninfo("", **(wanted | own))
        try:
            return (yield from connect(given, **options))
        except OperationalError:
            _remember(outside, "localhost:postgres")
            raise

    generators.connect = noted


def _guard_logs(logged: list[str]) -> None:
    """Print no log, as what a runtime logs is not what it does; keep the errors."""

    def handle(_: logging.Logger, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR and len(logged) < MOST_LOGGED:
            logged.append(record.getMessage()[:200])

    logging.Logger.handle = handle  # type: ignore[method-assign, assignment]


def _guard_servers() -> None:
    """A script that would serve for ever says so and goes on."""
    try:
        import uvicorn
    except ImportError:
        return

    def run(*_: Any, **__: Any) -> None:
        print("(serving)")

    uvicorn.run = run
    uvicorn.Server.run = run  # type: ignore[method-assign]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
