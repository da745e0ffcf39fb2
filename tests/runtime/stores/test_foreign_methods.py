"""What databases of Agno's have and ours do not, what a database of one's own lacks, and helpers for reading rows."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from processes import loopback

from wherry.core.errors import NotMigratedError
from wherry.db.base import AsyncBaseDb, BaseDb
from wherry.db.in_memory import InMemoryDb
from wherry.db.json import JsonDb
from wherry.db.postgres import AsyncPostgresDb, PostgresDb
from wherry.db.redis import RedisDb
from wherry.db.sqlite import AsyncSqliteDb, SqliteDb
from wherry.db.utils import (
    CustomJSONEncoder,
    build_run_rows_for_session,
    canonical_run_status,
    deserialize_session,
    deserialize_sessions,
    get_sort_value,
    json_serializer,
    owner_key,
    resolve_session_type,
)
from wherry.models.message import Message
from wherry.run.agent import RunOutput
from wherry.run.base import RunStatus
from wherry.session import AgentSession, TeamSession
from wherry.utils.serialize import json_serializer as json_default

POSTGRES = "postgresql://nobody@127.0.0.1:1/none"
REDIS = "redis://127.0.0.1:1"
FOREIGN = [
    (lambda path: InMemoryDb(), "get_traces", "telemetry.trace-rows"),
    (lambda path: JsonDb(str(path)), "upsert_trace", "telemetry.trace-rows"),
    (lambda path: JsonDb(str(path)), "cleanup_legacy_runs_field", "storage.migrations"),
    (lambda path: JsonDb(str(path)), "list_components", "storage.components"),
    (lambda path: SqliteDb(db_file=str(path / "a.db")), "create_schedule", "os.scheduler"),
    (lambda path: SqliteDb(db_file=str(path / "a.db")), "append_transcript_entries", "other.internals"),
    (lambda path: SqliteDb(db_file=str(path / "a.db")), "migrate_table_from_v1_to_v2", "storage.migrations"),
    (lambda path: AsyncSqliteDb(db_file=str(path / "a.db")), "upsert_auth_token", "os.auth"),
    (lambda path: PostgresDb(db_url=POSTGRES), "claim_job", "os.queue"),
    (lambda path: PostgresDb(db_url=POSTGRES), "create_task", "os.company"),
    (lambda path: AsyncPostgresDb(db_url=POSTGRES), "enqueue_job", "os.queue"),
    (lambda path: AsyncPostgresDb(db_url=POSTGRES), "create_project", "os.company"),
    (lambda path: RedisDb(db_url=REDIS), "queue_stats", "os.queue"),
    (lambda path: RedisDb(db_url=REDIS), "get_mcp_oauth_client", "os.mcp"),
]


@pytest.mark.parametrize(("make", "method", "row"), FOREIGN, ids=[f"{m}-{r}" for _, m, r in FOREIGN])
def test_a_method_that_is_not_there_says_which_feature_it_belongs_to(make, method, row, tmp_path):
    database = make(tmp_path)

    def call():
        found = getattr(database, method)("one", two=2)
        return asyncio.run(found) if asyncio.iscoroutine(found) else found

    with pytest.raises(NotMigratedError, match=f"{method}.. is not migrated .feature '{row}'"):
        call()


@pytest.mark.parametrize("kind", ["async", "json"])
def test_a_database_without_the_catalogue_refuses_it_at_once_as_agnos_do(kind, tmp_path):
    path = str(tmp_path / "a")
    database = AsyncSqliteDb(db_file=path) if kind == "async" else JsonDb(path)
    with pytest.raises(NotImplementedError, match=r"storage\.components"):
        database.list_components(name="x")
    with pytest.raises(NotImplementedError, match=r"storage\.components"):
        database.set_current_version("x", 1)


class Own(BaseDb):
    """A database of one's own that keeps sessions only."""


class AwaitedOwn(AsyncBaseDb):
    """The same with coroutines."""


LACKING = [
    "get_session",
    "upsert_session",
    "get_user_memories",
    "upsert_knowledge_content",
    "table_exists",
    "clear_memories",
    "get_eval_run",
]


@pytest.mark.parametrize("method", LACKING)
def test_a_database_of_ones_own_says_what_it_lacks(method):
    with pytest.raises(NotImplementedError, match=f"Own does not implement {method}"):
        getattr(Own(), method)() if method == "clear_memories" else getattr(Own(), method)("x")
    with pytest.raises(NotImplementedError, match=f"AwaitedOwn does not implement {method}"):
        asyncio.run(getattr(AwaitedOwn(), method)("x"))


@pytest.mark.parametrize("make", [InMemoryDb, lambda: RedisDb(db_url=REDIS)], ids=["memory", "redis"])
def test_databases_that_cannot_cancel_in_one_step_refuse_as_agnos_do(make):
    with pytest.raises(NotImplementedError, match="cancel_pending_run"):
        make().cancel_pending_run("r", session_id="s", reason="late")


def test_sessions_are_read_from_rows():
    rows = [{"session_id": "a", "agent_id": "x"}, {"session_id": "b", "team_id": "x"}]
    assert [type(one) for one in deserialize_sessions(None, rows)] == [AgentSession, TeamSession]
    assert isinstance(deserialize_session("team", rows[0]), TeamSession)
    session = AgentSession(session_id="s", user_id="u")
    session.runs = [RunOutput(run_id="1"), RunOutput(run_id=None), RunOutput(run_id="2")]
    made = build_run_rows_for_session(session)
    assert [(row["run_id"], row["run_index"], row["user_id"]) for row in made] == [("1", 0, "u"), ("2", 2, "u")]


@pytest.mark.parametrize("cls", [SqliteDb, AsyncSqliteDb])
def test_the_kind_of_a_stored_session_is_found(cls, tmp_path):
    async def work():
        database = cls(db_file=str(tmp_path / "a.db"))
        stored = database.upsert_session(TeamSession(session_id="s", team_id="t", user_id="u"))
        if asyncio.iscoroutine(stored):
            await stored
        found = [
            await resolve_session_type(database, "s", None),
            await resolve_session_type(database, "s", None, "other"),
            await resolve_session_type(database, "none", None),
            await resolve_session_type(database, "s", "agent"),
        ]
        closed = database.close()
        if asyncio.iscoroutine(closed):
            await closed
        return found

    found = asyncio.run(work())
    assert (found[0][0].value, found[0][1]["team_id"]) == ("team", "t")
    assert found[1:] == [(None, None), (None, None), ("agent", None)]


STATUSES = ["completed", "COMPLETED", "Paused", "odd", 3]
SHARED = """
import json
from datetime import UTC, date, datetime
from enum import Enum
from uuid import UUID
from {package}.db.utils import canonical_run_status, get_sort_value, json_serializer, owner_key
from {package}.models.message import Message
from {package}.run.base import RunStatus
from {package}.utils.serialize import json_serializer as json_default
class Colour(Enum):
    red = 1
    deep = (1, 2)
said = [json_serializer([UUID(int=3), date(2026, 1, 2), datetime(2026, 1, 2, tzinfo=UTC), int, "é"])]
said += [canonical_run_status(value) for value in [*STATUSES, RunStatus.error]]
said += [json_default(value) for value in [date(2026, 1, 2), Colour.red, Colour.deep, UUID(int=3), 5]]
said += [owner_key(5), owner_key(None), get_sort_value({{"created_at": 4}}, "updated_at"), get_sort_value({{}}, "x")]
print(json.dumps(said))
"""


@pytest.mark.parity
@pytest.mark.timeout(120)
def test_helpers_say_what_agnos_say(reference):
    told = []
    for package in ("agno", "wherry"):
        code = SHARED.replace("STATUSES", repr(STATUSES)).format(package=package)
        words = ["-c", code]
        command = reference.command(*words) if package == "agno" else [sys.executable, "-W", "ignore", *words]
        done = subprocess.run(command, env=loopback(), capture_output=True, text=True, timeout=100, check=True)
        told.append(json.loads(done.stdout.splitlines()[-1]))
    assert told[0] == told[1]


def test_values_without_a_json_form_are_refused_as_the_json_module_refuses_them():
    said = json.loads(json_serializer({"id": UUID(int=1), "at": datetime(2026, 1, 2, tzinfo=UTC)}))
    assert said == {"id": str(UUID(int=1)), "at": "2026-01-02T00:00:00+00:00"}
    assert json.loads(json.dumps(Message(role="user", content="hi"), cls=CustomJSONEncoder))["content"] == "hi"
    with pytest.raises(TypeError, match="not JSON serializable"):
        json_serializer(object())
    assert canonical_run_status(RunStatus.paused) == "PAUSED"
    assert canonical_run_status("mro") == "mro"
    assert (owner_key(1), get_sort_value({"a": 1}, "a")) == ("1", 1)
    assert json_default(date(2026, 1, 2)) == "2026-01-02"
