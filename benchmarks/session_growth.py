"""What a run costs in a session that already has 10, 100, 1,000 or 10,000 runs, on Wherry and on Agno.

    python benchmarks/session_growth.py                    # SQLite and Postgres, both runtimes
    python benchmarks/session_growth.py --store sqlite --runtime wherry --repeats 200 --out growth.json
    python benchmarks/session_growth.py --out results/growth.json    # what the page of benchmarks shows

A run's share of the store is measured: load the session with three runs of history, build the history's messages, save
the session and one run. Sizes take turns, so that a busy machine slows all of them alike. Beside the time that passes,
the processor time of the process is told, which a busy machine changes little; with Postgres on the same machine, that
of the server's processes is added, as Linux counts it. Each runtime works in a process of its own; Agno is needed for
its own numbers only. Postgres comes out of its wheel, or from `WHERRY_TEST_POSTGRES_URL`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

SIZES = (10, 100, 1_000, 10_000)
HISTORY = 3


def run_dict(session_id: str, number: int) -> dict[str, Any]:
    """A stored run of two messages, about as long as a short answer."""
    text = f"answer {number} " + "word " * 40
    messages = [
        {"id": f"{session_id}-{number}-q", "role": "user", "content": f"question {number}", "created_at": 1000},
        {"id": f"{session_id}-{number}-a", "role": "assistant", "content": text, "created_at": 1000},
    ]
    return {
        "run_id": f"{session_id}-{number}",
        "agent_id": "ada",
        "session_id": session_id,
        "content": text,
        "content_type": "str",
        "status": "COMPLETED",
        "created_at": 1000,
        "metrics": {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15},
        "messages": messages,
    }


def session_dict(session_id: str) -> dict[str, Any]:
    """A stored session."""
    return {
        "session_id": session_id,
        "agent_id": "ada",
        "user_id": "u",
        "session_data": {"session_state": {"n": 0}},
        "agent_data": {"name": "Ada"},
        "created_at": 1000,
    }


class Wherry:
    """The two calls that Wherry's runners make."""

    def __init__(self, kind: str, address: str) -> None:
        from wherry.core.events.outputs import RunOutput
        from wherry.db.postgres import PostgresDb
        from wherry.db.sqlite import SqliteDb
        from wherry.session import AgentSession

        self.db: Any = SqliteDb(db_file=address) if kind == "sqlite" else PostgresDb(db_url=address, db_schema="wherry")
        self.session_class, self.run_class = AgentSession, RunOutput

    def fill(self, session_id: str, count: int) -> None:
        """Make a session with so many runs."""
        session = self.session_class.from_dict(session_dict(session_id))
        for start in range(0, count, 500):
            batch = range(start, min(start + 500, count))
            self.db.save_run(session, *[self.run_class.from_dict(run_dict(session_id, number)) for number in batch])

    def once(self, session_id: str, number: int) -> None:
        """Do what one run asks of the store."""
        session = self.db.load_run_context(session_id, "agent", "u", HISTORY)
        session.get_messages(last_n_runs=HISTORY)
        session.session_data["session_state"]["n"] += 1
        run = self.run_class.from_dict(run_dict(session_id, number))
        session.upsert_run(run)
        self.db.save_run(session, run)


class Agno:
    """What `read_or_create_session`, the history and `persist_run_in_session` of Agno 3.1.10 do."""

    def __init__(self, kind: str, address: str) -> None:
        from agno.db.postgres import PostgresDb
        from agno.db.sqlite import SqliteDb
        from agno.run.agent import RunOutput
        from agno.session import AgentSession
        from agno.session._utils import resolve_run_index

        url = address.replace("postgresql://", "postgresql+psycopg://")
        self.db: Any = SqliteDb(db_file=address) if kind == "sqlite" else PostgresDb(db_url=url, db_schema="agno")
        self.session_class, self.run_class, self.place = AgentSession, RunOutput, resolve_run_index

    def fill(self, session_id: str, count: int) -> None:
        """Make a session with so many runs."""
        self.db.upsert_session(self.session_class.from_dict(session_dict(session_id)))
        for number in range(count):
            run = self.run_class.from_dict(run_dict(session_id, number))
            self.db.upsert_run(run, session_id=session_id, user_id="u", run_index=number)

    def once(self, session_id: str, number: int) -> None:
        """Do what one run asks of the store."""
        session = self.db.get_session(session_id, user_id="u")
        session.get_messages(last_n_runs=HISTORY)
        session.session_data["session_state"]["n"] += 1
        run = self.run_class.from_dict(run_dict(session_id, number))
        session.upsert_run(run)
        self.db.upsert_session(session)
        self.db.upsert_run(run, session_id=session_id, user_id="u", run_index=self.place(session, run))


RUNTIMES: dict[str, Callable[[str, str], Any]] = {"wherry": Wherry, "agno": Agno}


def measure(runtime: str, kind: str, address: str, repeats: int) -> list[dict[str, Any]]:
    """Milliseconds of a run's share of the store, by number of earlier runs."""
    worker = RUNTIMES[runtime](kind, address)
    for size in SIZES:
        worker.fill(f"s{size}", size)
    taken: dict[int, list[float]] = {size: [] for size in SIZES}
    used: dict[int, list[float]] = {size: [] for size in SIZES}
    served = dict.fromkeys(SIZES, 0.0)
    for number in range(repeats + 5):
        for size in SIZES:
            start, began, before = time.perf_counter(), time.process_time(), server_seconds(kind, address)
            worker.once(f"s{size}", size + number)
            if number >= 5:  # the first ones warm caches and connections
                used[size].append((time.process_time() - began) * 1000)
                taken[size].append((time.perf_counter() - start) * 1000)
                served[size] += server_seconds(kind, address) - before
    worker.db.close()
    least = statistics.median(taken[SIZES[0]])
    cpu = {size: statistics.median(used[size]) + served[size] * 1000 / repeats for size in SIZES}
    return [
        {
            "store": kind,
            "runtime": runtime,
            "earlier_runs": size,
            "median_ms": round(statistics.median(values), 3),
            "p95_ms": round(sorted(values)[int(len(values) * 0.95)], 3),
            "times_the_smallest": round(statistics.median(values) / least, 2),
            "cpu_ms": round(cpu[size], 3),
            "cpu_times_the_smallest": round(cpu[size] / cpu[SIZES[0]], 2),
            "repeats": repeats,
        }
        for size, values in taken.items()
    ]


def server_seconds(kind: str, address: str) -> float:
    """Processor seconds of the Postgres processes that serve this database, as far as they are on this machine."""
    if kind != "postgres":
        return 0.0
    name = address.rpartition("/")[2].partition("?")[0]
    return sum(seconds_of(folder) for folder in SERVERS or find_servers(name))


def seconds_of(process: Path) -> float:
    """Processor seconds of a process by its folder below `/proc`: in nanoseconds if Linux has them, or in ticks."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int((process / "schedstat").read_text().split()[0]) / 1e9
    with contextlib.suppress(OSError):
        fields = (process / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


SERVERS: list[Path] = []


def find_servers(database: str) -> list[Path]:
    """Folders below `/proc` of the server's processes for a database; none where there is no `/proc`."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if database in (folder / "cmdline").read_text() and "postgres:" in (folder / "cmdline").read_text():
                SERVERS.append(folder)
    return SERVERS


@contextlib.contextmanager
def address_of(kind: str) -> Iterator[str]:
    """An empty database."""
    if kind == "postgres":
        sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
        import servers

        with servers.postgres() as url:
            yield url
        return
    with tempfile.TemporaryDirectory() as folder:
        yield str(Path(folder) / "growth.db")


def head_of(asked: argparse.Namespace) -> dict[str, Any]:
    """The head of the file of results, with the commit that is checked out now."""
    from wherry_portal.evidence.stamp import header

    command = " ".join(["python benchmarks/session_growth.py", *sys.argv[1:]])
    reference = "agno" in (asked.runtime or RUNTIMES)
    return header(command, root=Path(__file__).parents[1], reference=reference)


def main() -> None:
    """Run the children and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--store", choices=["sqlite", "postgres"], action="append")
    parser.add_argument("--runtime", choices=list(RUNTIMES), action="append")
    parser.add_argument("--repeats", type=int, default=60)
    parser.add_argument("--out", type=Path, help="also write a file of results")
    parser.add_argument("--address", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.address:
        print(json.dumps(measure(asked.runtime[0], asked.store[0], asked.address, asked.repeats)))
        return
    head = head_of(asked) if asked.out else {}
    rows: list[dict[str, Any]] = []
    for kind in asked.store or ["sqlite", "postgres"]:
        for runtime in asked.runtime or list(RUNTIMES):
            with address_of(kind) as address:
                command = [sys.executable, "-W", "ignore", __file__, "--address", address, "--store", kind]
                command += ["--runtime", runtime, "--repeats", str(asked.repeats)]
                told = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  its own script
            for row in json.loads(told.stdout.splitlines()[-1]):
                rows.append(row)
                print("{store:9} {runtime:7} {earlier_runs:6} runs  median {median_ms:8.3f} ms  p95 {p95_ms:8.3f} ms  "
                      "x{times_the_smallest}  "
                      "cpu {cpu_ms:8.3f} ms x{cpu_times_the_smallest}".format(**row))  # fmt: skip
    if asked.out:
        from wherry_portal.evidence.stamp import write_results

        write_results(asked.out, head, {"rows": rows})


if __name__ == "__main__":
    main()
