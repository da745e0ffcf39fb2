"""What AgentOS answers about traces that are always the same, for either package.

`python tests/runtime/api/trace_answers.py agno tests/runtime/api/agno_traces.json` records them of Agno; it needs the
extra `parity` and FastAPI.
"""

import json
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

from starlette.testclient import TestClient

BEGAN = datetime(2026, 5, 12, 10, tzinfo=UTC)
LLM = {"openinference.span.kind": "LLM", "llm.model_name": "m"}
FLOW = {"openinference.span.kind": "CHAIN", "agno.workflow.steps_count": 2, "agno.workflow.step_types": ["Step"]}
# Trace: its ids, its spans as (id, parent, name, milliseconds from the start, its length, status, message, attributes).
TRACES = {
    "t1": (
        {"run_id": "r1", "session_id": "s1", "user_id": "jo", "agent_id": "ada"},
        [
            (
                "c",
                "a",
                "look",
                900,
                20,
                "ERROR",
                None,
                {
                    "openinference.span.kind": "TOOL",
                    "tool.name": "look",
                    "tool.parameters": '{"at": 1}',
                    "exception.message": "no berth",
                    "output.value": "x",
                },
            ),
            (
                "b",
                "a",
                "OpenAIChat.invoke",
                5,
                800,
                "OK",
                None,
                {
                    **LLM,
                    "llm.token_count.prompt": 9,
                    "llm.token_count.completion": 2,
                    "input.value": "{}",
                    "output.value": "{}",
                },
            ),
            ("d", "a", "OpenAIChat.invoke", 950, 500, "UNSET", None, {**LLM, "llm.token_count.prompt": 11}),
            (
                "a",
                None,
                "Ada.run",
                0,
                1500,
                "OK",
                None,
                {
                    "openinference.span.kind": "AGENT",
                    "input.value": "Hi",
                    "output.value": "Ahoy",
                    "session.id": "s1",
                    "user.id": "jo",
                    "agno.run.id": "r1",
                },
            ),
        ],
    ),
    "t2": (
        {"run_id": "r2", "session_id": "s1", "user_id": "jo", "team_id": "crew"},
        [
            (
                "f",
                "e",
                "Mate.run",
                1,
                3,
                "OK",
                None,
                {"openinference.span.kind": "AGENT", "agno.run.id": "r3", "session.id": "s1", "user.id": "jo"},
            ),
            (
                "e",
                None,
                "Crew.arun",
                0,
                7,
                "ERROR",
                "run status: error",
                {
                    "openinference.span.kind": "AGENT",
                    "agno.team.id": "crew",
                    "input.value": "Go",
                    "output.value": "lost",
                },
            ),
        ],
    ),
    "t3": (
        {"run_id": "r4", "session_id": "s2", "workflow_id": "flow"},
        [
            (
                "g",
                None,
                "Flow.run",
                0,
                61_000,
                "OK",
                None,
                {
                    **FLOW,
                    "input.value": "North",
                    "output.value": " None ",
                    "agno.workflow.steps": ["one"],
                    "agno.workflow.description": "Two.",
                },
            ),
            (
                "i",
                "g",
                "two.execute",
                30,
                40,
                "OK",
                None,
                {"openinference.span.kind": "CHAIN", "output.value": "second"},
            ),
            (
                "h",
                "g",
                "one.execute",
                10,
                15,
                "OK",
                None,
                {"openinference.span.kind": "CHAIN", "output.value": "first"},
            ),
        ],
    ),
    "t4": ({"session_id": "s3", "user_id": "al"}, [("j", None, "odd", 0, 999, "OK", None, {})]),
}
GETS = (
    *("/traces", "/traces?limit=2&page=2", "/traces?page=0", "/traces?page=-1", "/traces?limit=0", "/traces?limit=x"),
    *("/traces?user_id=jo", "/traces?status=ERROR", "/traces?session_id=s1&agent_id=ada", "/traces?team_id=crew"),
    *("/traces?workflow_id=flow&run_id=r4", "/traces?run_id=none", "/traces?start_time=2026-05-12T12:00:01%2B01:00"),
    *(
        "/traces?end_time=2026-05-12T10:00:10",
        "/traces?start_time=",
        "/traces?end_time=2026-05-13",
        "/traces?db_id=none",
    ),
    *("/traces?db_id=desk", "/traces/filter-schema", "/traces/none", *(f"/traces/{one}" for one in TRACES)),
    *(
        f"/traces/{one}?span_id={span}"
        for one, span in (("t1", "b"), ("t1", "c"), ("t2", "e"), ("t3", "g"), ("t4", "j"))
    ),
    *("/traces/t1?span_id=none", "/traces/t1?span_id=e", "/traces/t1?run_id=r2", "/traces/x?run_id=r1"),
    *("/trace_session_stats", "/trace_session_stats?user_id=jo", "/trace_session_stats?limit=1&page=2"),
    *("/trace_session_stats?page=0", "/trace_session_stats?agent_id=ada", "/trace_session_stats?workflow_id=flow"),
    *("/trace_session_stats?team_id=crew", "/trace_session_stats?end_time=2020-01-01T00:00:00Z"),
)
JO = {"op": "EQ", "key": "user_id", "value": "jo"}
SEARCHES = (
    *({}, {"filter": JO}, {"filter": JO, "group_by": "session"}, {"group_by": "x"}, {"limit": 101}, {"limit": 0}),
    *({"page": 0, "limit": 1000}, {"page": "x"}, {"page": "2"}, {"page": 1.5}, {"page": True}, {"page": None}),
    *({"filter": []}, {"filter": {}}, {"filter": {"op": "NOT", "condition": JO}}, {"group_by": "session", "limit": 1}),
    {"filter": {"op": "IN", "key": "session_id", "values": ["s1", "s2"]}, "limit": 1, "page": 2},
    {"filter": {"op": "AND", "conditions": [JO, {"op": "GT", "key": "duration_ms", "value": 10}]}},
)


def stored(package, db):
    """Store the traces in a database of a package."""
    schemas = import_module(f"{package}.tracing.schemas")
    for number, (trace_id, (ids, spans)) in enumerate(TRACES.items()):
        began = BEGAN + timedelta(seconds=number, microseconds=number)
        made = []
        for span_id, parent, name, after, length, status, message, attributes in spans:
            start = began + timedelta(milliseconds=after)
            end = start + timedelta(milliseconds=length)
            times = {"start_time": start, "end_time": end, "duration_ms": length, "created_at": BEGAN}
            about = {"name": name, "span_kind": "INTERNAL", "status_code": status, "status_message": message}
            where = {"span_id": span_id, "trace_id": trace_id, "parent_span_id": parent}
            made.append(schemas.Span(**where, **about, **times, attributes=attributes))
        root = next(span for span in made if span.parent_span_id is None)
        taken = {name: getattr(root, name) for name in ("name", "start_time", "end_time", "duration_ms")}
        counts = {"total_spans": len(made), "error_count": sum(span.status_code == "ERROR" for span in made)}
        places = {
            f"{kind}_id": ids.get(f"{kind}_id") for kind in ("run", "session", "user", "agent", "team", "workflow")
        }
        db.upsert_trace(
            schemas.Trace(trace_id=trace_id, status=root.status_code, **taken, **counts, **places, created_at=began)
        )
        db.create_spans(made)


def answers(client):
    """Status and data of each answer, without what took how long."""
    found = {}
    for path in GETS:
        found[f"GET {path}"] = _told(client.get(path))
    for body in SEARCHES:
        found[f"POST {json.dumps(body)}"] = _told(client.post("/traces/search", json=body))
    return found


def _told(answer):
    data = answer.json()
    if "meta" in data:
        assert data["meta"].pop("search_time_ms") >= 0
    return [answer.status_code, data]


def app_of(package, db):
    """An AgentOS of a package with one agent on a database."""
    agent = import_module(f"{package}.agent").Agent(id="ada", name="Ada", db=db, telemetry=False)
    return import_module(f"{package}.os").AgentOS(agents=[agent], db=db, telemetry=False).get_app()


def main(package, file):
    with tempfile.TemporaryDirectory() as folder:
        db = import_module(f"{package}.db.sqlite").SqliteDb(db_file=f"{folder}/t.db", id="desk")
        stored(package, db)
        with TestClient(app_of(package, db), raise_server_exceptions=False) as client:
            lines = [
                f"{json.dumps(asked)}: {json.dumps(told, sort_keys=True)}" for asked, told in answers(client).items()
            ]
    Path(file).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
