"""Long tool results of agents: seen in part, read back by tools, left whole where they have to be."""

import json
from contextlib import closing

import pytest
from agent_kit import agent, calls, four_ways, model, named, ran, system_text
from continue_ways import continued_in

from wherry.agent import Agent
from wherry.compression import CompressionManager
from wherry.db.in_memory import InMemoryDb
from wherry.db.sqlite import AsyncSqliteDb, SqliteDb
from wherry.offload import ResultStore, result_id_for
from wherry.run import RunContext
from wherry.tools import tool

LOG = "\n".join(f"{hour} o'clock: {'a gale' if hour == 11 else 'calm'}" for hour in range(1, 101))
KEPT = result_id_for("s", "r", "call-1")
HERE = {"session_id": "s", "run_id": "r"}


def log() -> str:
    """The log."""
    return LOG


def named_call(name, number, **arguments):
    return {"tool_calls": [{"name": name, "id": f"call-{number}", "arguments": arguments}]}


@pytest.fixture
def db(tmp_path):
    db = SqliteDb(db_file=str(tmp_path / "a.db"))
    yield db
    db.close()


def keeper(db, **options):
    return agent(**{"db": db, "tools": [log], "offload_tool_results": ResultStore(threshold_chars=100), **options})


@four_ways
def test_the_model_sees_a_part_and_reads_the_rest(way, db):
    search = named_call("search_result", 2, result_id=KEPT, pattern="gale")
    read = named_call("read_result", 3, result_id=KEPT, start_line=11, end_line=12)
    with model(named_call("log", 1), search, read, "At eleven.") as server:
        events, output = ran(way, keeper(db), **HERE)
        told = [request.turns[-1][1] for request in server.requests[1:]]
        offered = [offer["function"]["name"] for offer in server.requests[0].body["tools"]]
        said = system_text(server)
    assert said.index("search_result") < said.index("read_result")
    assert offered == ["log", "read_result", "search_result"]
    assert told[0].startswith(f'<result id="{KEPT}" tool="log" lines="100" size="')
    assert "[... 75 lines omitted ...]" in told[0]
    assert told[1].splitlines()[1] == "11: 11 o'clock: a gale"
    assert told[2].splitlines()[1:] == ["11 o'clock: a gale", "12 o'clock: calm"]
    assert output.tools[0].result == told[0]
    (session,) = db.get_sessions(deserialize=False)[0]
    assert LOG not in json.dumps(session)
    assert db.get_tool_result(KEPT)["session_id"] == "s"
    if events:
        assert named(events, "ToolCallCompleted")[0].tool.result == told[0]


@four_ways
def test_what_ends_the_run_or_is_shown_stays_whole(way, db):
    ending = tool(stop_after_tool_call=True)(log)
    with model(named_call("log", 1)):
        _, output = ran(way, keeper(db, tools=[ending]), **HERE)
    assert output.content == LOG
    shown = tool(show_result=True)(log)
    with model(named_call("log", 1), "Done.") as server:
        _, output = ran(way, keeper(db, tools=[shown]), session_id="s", run_id="r2")
        assert server.requests[1].text("tool").startswith("<result id=")
    assert LOG in output.content


@four_ways
def test_errors_stay_whole(way, db):
    def broken() -> str:
        """Never works."""
        raise OSError("no gauge " * 100)

    with model(named_call("broken", 1), "Sorry.") as server:
        ran(way, keeper(db, tools=[broken]), **HERE)
        assert "no gauge" in server.requests[1].text("tool")
        assert "<result" not in server.requests[1].text("tool")


@four_ways
def test_results_side_by_side_are_kept_each(way, db):
    two = {"tool_calls": [{"name": "log", "id": f"call-{number}", "arguments": {}} for number in (1, 2)]}
    with model(two, "Both.") as server:
        ran(way, keeper(db), **HERE)
        told = [text for role, text in server.requests[1].turns if role == "tool"]
    assert [text.split('"')[1] for text in told] == [KEPT, result_id_for("s", "r", "call-2")]
    assert len(db.get_tool_results_for_session("s")) == 2


@four_ways
def test_reading_back_is_free_of_the_limit(way, db):
    read = named_call("read_result", 2, result_id=KEPT, end_line=1)
    with model(named_call("log", 1), read, named_call("log", 3), "Enough.") as server:
        ran(way, keeper(db, tool_call_limit=1), **HERE)
        told = [request.turns[-1][1] for request in server.requests[1:]]
    assert told[1].endswith("1 o'clock: calm")
    assert "limit" in told[2]


@four_ways
def test_a_result_from_outside_is_kept(way, db):
    outside = tool(external_execution=True)(log)
    with model(named_call("log", 1), "Calm.") as server:
        owner = keeper(db, tools=[outside])
        _, paused = ran(way, owner, **HERE)
        paused.requirements[0].tool_execution.result = LOG
        _, output = continued_in(way, owner, paused)
        assert server.requests[1].text("tool").startswith(f'<result id="{KEPT}"')
    assert output.tools[0].result.startswith("<result id=")
    assert owner.result_store.payload(KEPT) == LOG


def test_results_of_other_sessions_and_users_are_not_read(db):
    from wherry.offload.tools import get_read_result_function, get_search_result_function

    owner = keeper(db)
    with model(named_call("log", 1), "Calm."):
        ran("run", owner, user_id="bob", **HERE)

    def read(**whose):
        context = RunContext(**{"run_id": "r", "session_id": "s", "user_id": "bob", **whose})
        return get_read_result_function(owner, context).entrypoint(KEPT, end_line=1)

    assert read() == f"{KEPT}, lines 1-1 of 100. It goes on at start_line=2.\n1 o'clock: calm"
    assert db.reassign_session_owner("s", previous_user_id="bob", user_id="alice")
    assert read() == read(user_id="bob")
    assert read(user_id=None) == read()
    assert "different session" in read(session_id="t")
    assert "different user" in read(user_id="alice")
    context = RunContext(run_id="r", session_id="s")
    search = get_search_result_function(owner, context).entrypoint
    assert search(KEPT, "[unclosed").startswith("Error: invalid regular expression '[unclosed'")
    assert search("res_0", "x").startswith("Error: unknown result id 'res_0'")
    assert search(KEPT, "storm") == f"Nothing in {KEPT} fits the pattern."
    assert search(KEPT, "calm").startswith(f"First 20 matches in {KEPT};")
    assert "10: 10 o'clock: calm\n11: 11 o'clock: a gale\n12:" in search(KEPT, "gale", 1)


@pytest.mark.parametrize("kind", [None, "memory", "async"])
def test_without_a_database_that_can_results_stay_and_a_warning_tells_once(kind, tmp_path, caplog):
    made = {"memory": InMemoryDb, "async": lambda: AsyncSqliteDb(db_file=str(tmp_path / "b.db"))}
    db = made[kind]() if kind else None
    owner = keeper(db, offload_tool_results=True, id=f"ada-{kind}")
    with model(calls("log"), "Calm.", calls("log"), "Calm.") as server:
        for _ in range(2):
            ran("arun", owner)
        assert server.requests[1].text("tool") == LOG
    assert owner.result_store is None
    assert caplog.text.count("offload_tool_results is off") == 1


def test_settings_are_checked_written_and_read(db):
    assert Agent(telemetry=False, offload_tool_results=False).to_dict()["offload_tool_results"] is False
    assert "offload_tool_results" not in Agent(telemetry=False).to_dict()
    settings = ResultStore(threshold_chars=12_000, ttl_seconds=60)
    told = keeper(db, offload_tool_results=settings).to_dict()["offload_tool_results"]
    assert told == {"threshold_chars": 12_000, "ttl_seconds": 60}
    again = Agent.from_dict({"offload_tool_results": told}).offload_tool_results
    assert again.to_dict() == told
    owner = keeper(db, offload_tool_results=settings)
    assert owner.result_store is not settings
    assert (owner.result_store.db, settings.db, owner.deep_copy().offload_tool_results) == (db, None, settings)
    with pytest.raises(TypeError, match="threshold_chars"):
        keeper(db, offload_tool_results=12_000).initialize_agent()
    for both in ({"compress_tool_results": True}, {"compression_manager": CompressionManager()}):
        with pytest.raises(ValueError, match="cannot be enabled together"):
            keeper(db, **both).initialize_agent()


def test_a_store_with_a_database_of_its_own_is_made_once(db, tmp_path):
    with closing(SqliteDb(db_file=str(tmp_path / "other.db"))) as other:
        settings = ResultStore(db=other, threshold_chars=100)
        owner = keeper(db, offload_tool_results=settings)
        owner.make_ready()
        first = owner.result_store
        owner.make_ready()
        assert owner.result_store is first
        assert first.db is other
        settings.db = db
        owner.make_ready()
        assert owner.result_store.db is db


def test_a_setting_or_database_that_changes_counts_from_the_next_run_on(db, tmp_path):
    owner = keeper(db)
    with model(*[calls("log"), "Calm."] * 3) as server:
        ran("run", owner)
        owner.db = other = SqliteDb(db_file=str(tmp_path / "other.db"))
        ran("run", owner, session_id="t")
        owner.offload_tool_results = False
        ran("run", owner)
        told = [server.requests[number].text("tool") for number in (1, 3, 5)]
    assert [text.startswith("<result") for text in told] == [True, True, False]
    assert len(other.get_tool_results_for_session("t")) == 1
    assert owner.result_store is None
    other.close()
