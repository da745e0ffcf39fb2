"""Results of evals, traces and spans: rows that AgentOS shows, written and read as by Agno."""

from __future__ import annotations

import json
from datetime import UTC, timedelta, timezone

import pytest

from wherry.core.errors import ConfigurationError, StoreError
from wherry.db.schemas.evals import EvalFilterType, EvalRunRecord, EvalType
from wherry.filters import CONTAINS, EQ, NOT
from wherry.tracing.schemas import Span, Trace, create_trace_from_spans

from .platform_calls import asked, call, evaluated, span, traced
from .test_dual_run import KINDS, numbers, places, rows_of  # noqa: F401  fixtures, and what they need

LISTS = {
    "all": {},
    "rows": {"deserialize": False},
    "a page": {"limit": 2, "page": 2, "deserialize": False, "sort_by": "name", "sort_order": "asc"},
    "beyond the last page": {"limit": 5, "page": 3},
    "of an agent": {"agent_id": "ada"},
    "of a team": {"team_id": "crew"},
    "of a workflow and a model": {"workflow_id": "flow", "model_id": "gpt"},
    "of any agent": {"filter_type": "agent"},
    "of any team": {"filter_type": "team"},
    "of any workflow": {"filter_type": "workflow"},
    "of two kinds": {"eval_type": ["reliability", "performance"]},
    "of no kind in particular": {"eval_type": []},
    "of a user": {"user_id": "u"},
    "sorted by what is no column": {"sort_by": "colour", "sort_order": "asc"},
}
EVALS = [
    evaluated("e1", agent_id="ada", name="b", model_id="gpt", model_provider="OpenAI"),
    evaluated("e2", team_id="crew", name="c", eval_type="reliability", eval_input={"of": ["é"]}),
    evaluated("e3", workflow_id="flow", model_id="gpt", name="a", eval_type="agent_as_judge"),
    evaluated("e4", agent_id="bob", eval_type="performance", evaluated_component_name="Bob"),
    asked("rename_eval_run", eval_run_id="e1", name="d 'quoted' é"),
    asked("rename_eval_run", eval_run_id="e9", name="nobody"),
    asked("update_eval_run_user_id", eval_run_id="e2", user_id="u"),
    asked("rename_eval_run", eval_run_id="e2", name="not yours", user_id="v"),
    asked("get_eval_run", eval_run_id="e2"),
    asked("get_eval_run", eval_run_id="e2", user_id="v"),
    asked("get_eval_run", eval_run_id="e2", user_id="u", deserialize=False),
    *(asked("get_eval_runs", **given) for given in LISTS.values()),
    asked("delete_eval_runs", eval_run_ids=["e2", "e9"], user_id="v"),
    asked("delete_eval_runs", eval_run_ids=["e1", "e9"]),
    asked("get_eval_runs", sort_by="run_id", sort_order="asc"),
]
TRACE_LISTS = [
    {},
    {"limit": 1, "page": 2},
    {"limit": None},
    {"run_id": "r1"},
    {"session_id": "s", "agent_id": "ada"},
    {"team_id": "crew"},
    {"workflow_id": "flow"},
    {"status": "ERROR"},
    {"user_id": "u"},
    {"start_time": "2026-01-01T12:00:05+00:00"},
    {"end_time": "2026-01-01T12:00:09+00:00"},
    *(
        {"filter_expr": found}
        for found in (
            {"op": "EQ", "key": "status", "value": "ERROR"},
            {"op": "NEQ", "key": "agent_id", "value": "ada"},
            {"op": "CONTAINS", "key": "name", "value": "RUN"},
            {"op": "CONTAINS", "key": "name", "value": "%"},
            {"op": "STARTSWITH", "key": "name", "value": "get /a_b"},
            {"op": "IN", "key": "run_id", "values": ["r1", "r3"]},
            {"op": "GTE", "key": "start_time", "value": "2026-01-01T14:00:05+02:00"},
            {"op": "LT", "key": "duration_ms", "value": 4000},
            {"op": "NOT", "condition": {"op": "EQ", "key": "status", "value": "OK"}},
            {"op": "OR", "conditions": [
                {"op": "AND", "conditions": [{"op": "GT", "key": "duration_ms", "value": 1},
                                             {"op": "EQ", "key": "session_id", "value": "z"}]},
                {"op": "LTE", "key": "start_time", "value": "2026-01-01T12:00:00.001234Z"},
            ]},
        )
    ),
]  # fmt: skip
SPAN_STATS = [
    {},
    {"limit": 1, "page": 2},
    {"agent_id": "ada"},
    {"team_id": "crew"},
    {"workflow_id": "flow"},
    {"name": "Ada.run", "span_type": "AGENT"},
    {"start_time": "2026-01-01T12:00:01+00:00"},
    {"end_time": "2026-01-01T12:00:01+00:00"},
    {"sort_by": "avg_duration_ms", "sort_order": "asc"},
    {"sort_by": "p95_duration_ms"},
    {"sort_by": "error_count"},
    {"sort_by": "last_called_at"},
    {"sort_by": "colour"},
]
LATER = "2026-01-01T12:00:02+00:00"
TRACES = [
    asked("get_trace", trace_id="t1"),
    asked("get_traces"),
    asked("get_spans", trace_id="t1"),
    traced(1),
    traced(2, second=4, name="step", user_id="u", agent_id=None),
    traced(2, second=2, name="Crew.arun", team_id="crew", status="ERROR", run_id="other", user_id="v"),
    traced(2, second=8, name="Flow.run", workflow_id="flow", status="ERROR"),
    traced(2, second=9, name="Ada.run", status="OK"),
    traced(3, second=6, name="get /a_b", agent_id=None, session_id="z", run_id=None),
    traced(4, second=6, name="get /aXb 100%", agent_id=None, session_id=None, run_id="r1"),
    asked("create_span", span=span(1, 1)),
    asked("create_spans", spans=[]),
    asked("create_spans", spans=[
        span(2, 1, parent_span_id="p1", name="m", status_code="ERROR", status_message="é", start_time=LATER),
        span(3, 2, attributes={}),
        span(4, 2, attributes={"openinference.span.kind": "LLM"}, duration_ms=70),
    ]),
    asked("create_spans", spans=[span(5, 1), span(1, 1)]),
    asked("create_span", span=span(6, 9)),
    asked("get_span", span_id="p2"),
    asked("get_span", span_id="p5"),
    asked("get_spans", trace_id="t2"),
    asked("get_spans", parent_span_id="p1"),
    asked("get_trace", trace_id="t2"),
    asked("get_trace", run_id="r1"),
    asked("get_trace", trace_id="t9"),
    asked("get_trace"),
    *(asked("get_traces", **given) for given in TRACE_LISTS),
    *(
        asked("get_trace_stats", **given)
        for given in (
            *({"group_by": group} for group in ("session", "agent", "team", "workflow", "endpoint", "colour")),
            {"limit": 1, "page": 2},
            {"user_id": "u", "agent_id": "ada"},
            {"team_id": "crew", "workflow_id": "flow"},
            {"start_time": "2026-01-01T12:00:05+00:00", "end_time": "2026-01-01T12:00:07+00:00"},
            {"filter_expr": {"op": "EQ", "key": "status", "value": "OK"}, "group_by": "agent"},
        )
    ),
    *(asked("get_span_stats", **given) for given in SPAN_STATS),
]  # fmt: skip


def bare(answer):
    """An answer without times that a clock told; what was stored within one second has no order."""
    if isinstance(answer, list):
        found = [bare(item) for item in answer]
        evals = found and all(isinstance(item, dict) and "eval_data" in item for item in found)
        return sorted(found, key=lambda row: row["run_id"]) if evals else found
    if isinstance(answer, dict):
        clock = {"updated_at"} | ({"created_at"} if "eval_data" in answer else set())
        return {name: bare(value) for name, value in answer.items() if name not in clock}
    return answer


def kept(kind, given):
    """The rows of a database without times that a clock told."""
    rows = rows_of(kind, given)
    if kind == "redis":
        texts = {name: json.loads(text) for name, text in rows.items() if isinstance(text, str) and "{" in text}
        ordered = {name: list(bare(row).items()) for name, row in texts.items()}
        # Agno names this set after the member of the enum and cannot empty it; nobody reads it.
        return {
            name: row for name, row in {**rows, **ordered}.items() if not name.startswith(":evals:index:eval_type:")
        }
    return {name: [bare(row) for row in found] if name.endswith(("eval_runs", "json")) else found
            for name, found in rows.items()}  # fmt: skip


def opened(kind, given):
    from wherry.db.json import JsonDb
    from wherry.db.postgres import PostgresDb
    from wherry.db.redis import RedisDb
    from wherry.db.sqlite import SqliteDb

    return {"sqlite": SqliteDb, "postgres": PostgresDb, "redis": RedisDb, "json": JsonDb}[kind](**given)


def in_turn(story, kind, given, agno, turns):
    """The answers to a story's steps, done by Agno and Wherry in turn."""
    answers = []
    for number, step in enumerate(story):
        if turns[number % len(turns)] == "a":
            answers.append(agno(kind, given, step))
        else:
            store = opened(kind, given)
            try:
                answers.append(call("wherry", store, step))
            finally:
                store.close()
    return [bare(answer) for answer in answers]


TURNS = {"by turns": "aw", "Wherry first": "wa", "Wherry alone": "w"}


@pytest.mark.parity
@pytest.mark.timeout(300)
@pytest.mark.parametrize("turns", TURNS.values(), ids=TURNS.keys())
@pytest.mark.parametrize("kind", KINDS)
def test_eval_results_are_kept_as_by_agno(kind, turns, agno, places):  # noqa: F811
    alone, shared = places(kind)
    wanted = in_turn(EVALS, kind, alone, agno, "a")
    assert in_turn(EVALS, kind, shared, agno, turns) == wanted
    assert kept(kind, shared) == kept(kind, alone)


@pytest.mark.parity
@pytest.mark.timeout(300)
@pytest.mark.parametrize("turns", TURNS.values(), ids=TURNS.keys())
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind == "sqlite" or "postgres" in str(kind)])
def test_traces_are_kept_as_by_agno(kind, turns, agno, places):  # noqa: F811
    alone, shared = places(kind)
    wanted = in_turn(TRACES, kind, alone, agno, "a")
    assert in_turn(TRACES, kind, shared, agno, turns) == wanted
    assert kept(kind, shared) == kept(kind, alone)


def test_the_newest_results_come_first_and_pages_must_exist(store, monkeypatch):
    import wherry.stores.document_evals
    import wherry.stores.plans_evals

    for second, run_id in enumerate(("old", "new", "newest")):
        for module in (wherry.stores.document_evals, wherry.stores.plans_evals):
            monkeypatch.setattr(module, "time", lambda second=second: 1000 + second)
        store.create_eval_run(EvalRunRecord(run_id=run_id, eval_type="accuracy", eval_data={}))
    assert [item.run_id for item in store.get_eval_runs()] == ["newest", "new", "old"]
    assert [item.run_id for item in store.get_eval_runs(limit=1, page=2)] == ["new"]
    rows, total = store.get_eval_runs(limit=2, deserialize=False, sort_by="created_at", sort_order="asc")
    assert ([row["run_id"] for row in rows], total) == (["old", "new"], 3)
    with pytest.raises(ConfigurationError, match="at least 1"):
        store.get_eval_runs(limit=1, page=0)


def test_a_record_comes_back_as_it_was(store):
    made = EvalRunRecord(run_id="e", eval_type=EvalType.RELIABILITY, eval_data={"a": [1, None]}, team_id="crew")
    assert store.create_eval_run(made) is made
    assert store.get_eval_run("e") == made
    assert store.get_eval_runs(filter_type=EvalFilterType.TEAM, eval_type=[EvalType.RELIABILITY]) == [made]
    row = store.get_eval_run("e", deserialize=False)
    row["eval_data"]["a"].append("changed outside")
    assert store.get_eval_run("e") == made
    store.delete_eval_run("e")
    assert store.get_eval_run("e") is None


def test_the_table_of_traces_is_made_with_that_of_spans(fresh_sql_store):
    fresh_sql_store.create_spans([Span.from_dict(span(1, 1))])
    assert fresh_sql_store.get_spans() == []
    fresh_sql_store.upsert_trace(Trace.from_dict(traced(1)["given"]["trace"]))
    fresh_sql_store.create_span(Span.from_dict(span(1, 1)))
    assert fresh_sql_store.get_trace("t1").total_spans == 1


def test_what_cannot_be_stored_is_logged_and_breaks_nothing(sql_store, caplog):
    sql_store.upsert_trace(Trace.from_dict(traced(1)["given"]["trace"]))
    sql_store.create_span(Span.from_dict(span(1, 9)))
    sql_store.create_spans([Span.from_dict(span(1, 1)), Span.from_dict(span(2, 1)), Span.from_dict(span(1, 1))])
    sql_store.create_span(Span.from_dict(span(3, 1, duration_ms=10**30)))
    sql_store.create_spans([{"no": "span"}])
    assert sql_store.get_spans() == []
    assert caplog.text.count("create_span stored nothing") == 2
    assert caplog.text.count("create_spans stored nothing") == 2


def test_conditions_on_traces_can_be_objects_and_are_checked(sql_store):
    for number, name in enumerate(("Ada.run", "50% Off.run")):
        sql_store.upsert_trace(Trace.from_dict(traced(number, name=name)["given"]["trace"]))
    found, total = sql_store.get_traces(filter_expr=CONTAINS("name", "50%") & NOT(EQ("status", "ERROR")))
    assert ([item.name for item in found], total) == (["50% Off.run"], 1)
    for wrong in (
        EQ("colour", "red"),
        EQ("name", None),
        {"op": "AND", "conditions": []},
        {"op": "LIKE", "key": "name", "value": "x"},
        {"key": "name"},
        {"op": ["EQ"], "key": "name", "value": "x"},
        {"op": "IN", "key": "name", "values": 5},
        {"op": "OR", "conditions": 5},
    ):
        with pytest.raises(ConfigurationError):
            sql_store.get_traces(filter_expr=wrong)
    for group in ("colour", ["agent"]):
        with pytest.raises(ConfigurationError, match="cannot be grouped"):
            sql_store.get_trace_stats(group_by=group)


def test_what_no_database_takes_ends_in_an_error(sql_store):
    sql_store.upsert_trace(Trace.from_dict(traced(1)["given"]["trace"]))
    for given in (
        {"limit": 10**30},
        {"page": 10**18},
        {"user_id": "half \ud800"},
        {"filter_expr": EQ("name", {"a": 1})},
    ):
        with pytest.raises(StoreError):
            sql_store.get_traces(**given)
    for first_and_last_day in ("0001-01-01T00:00:00+05:00", "9999-12-31T23:00:00-05:00"):
        assert sql_store.get_traces(filter_expr=EQ("start_time", first_and_last_day)) == ([], 0)


def test_moments_are_the_same_in_every_zone(sql_store):
    for number in (1, 2):
        sql_store.upsert_trace(Trace.from_dict(traced(number, second=2 * number)["given"]["trace"]))
    first, second = sorted(sql_store.get_traces()[0], key=lambda trace: trace.start_time)
    for zone in (UTC, timezone(timedelta(hours=5)), timezone(timedelta(hours=-9)), None):

        def told(moment, zone=zone):
            return moment.astimezone(zone) if zone else moment.replace(tzinfo=None)

        def found(**given):
            return [trace.trace_id for trace in sql_store.get_traces(**given)[0]]

        assert found(start_time=told(second.start_time)) == ["t2"]
        assert found(end_time=told(first.end_time)) == ["t1"]
        assert (
            sql_store.get_trace_stats(start_time=told(second.created_at), group_by="agent")[0][0]["total_traces"] == 1
        )


def test_numbers_of_pages_below_their_range_mean_the_same_on_both_databases(sql_store):
    for number in range(3):
        sql_store.upsert_trace(Trace.from_dict(traced(number)["given"]["trace"]))
    sql_store.create_spans([Span.from_dict(span(number, 1)) for number in range(3)])
    for given, wanted in (({"limit": -1}, 3), ({"limit": 2, "page": -1}, 2), ({"limit": 0}, 0)):
        traces, total = sql_store.get_traces(**given)
        assert (len(traces), total) == (wanted, 3)
    assert len(sql_store.get_trace_stats(limit=-1, group_by="agent")[0]) == 1
    assert len(sql_store.get_spans("t1", limit=-1)) == 3


def test_a_limit_of_spans_holds(sql_store):
    sql_store.upsert_trace(Trace.from_dict(traced(1)["given"]["trace"]))
    sql_store.create_spans([Span.from_dict(span(number, 1)) for number in range(3)])
    assert len(sql_store.get_spans("t1", limit=2)) == 2
    assert len(sql_store.get_spans("t1", limit=None)) == 3


def test_a_trace_is_made_from_its_spans():
    assert create_trace_from_spans([]) is None
    told = {"agno.run.id": "r", "session.id": "s", "agno.agent.id": "ada", "user.id": "u"}
    root = Span.from_dict(span(1, 1, attributes=told))
    child = Span.from_dict(
        span(2, 1, parent_span_id="p1", status_code="ERROR", end_time="2026-01-01T12:00:02+00:00", attributes={})
    )
    whole = create_trace_from_spans([child, root])
    assert (whole.name, whole.status, whole.error_count, whole.total_spans) == ("Ada.run", "ERROR", 1, 2)
    assert (whole.run_id, whole.session_id, whole.user_id, whole.agent_id) == ("r", "s", "u", "ada")
    assert whole.duration_ms == 1998
    part = create_trace_from_spans([child])
    assert (part.run_id, part.agent_id) == (None, None)
    assert Trace.from_dict(whole.to_dict()) == whole
    assert Span.from_dict({**root.to_dict(), "start_time": 10**18, "created_at": 5}).created_at.timestamp() == 5


def test_spans_of_opentelemetry_become_rows():
    trace = pytest.importorskip("opentelemetry.sdk.trace")
    tracer = trace.TracerProvider().get_tracer("t")
    with tracer.start_as_current_span("outer") as outer, tracer.start_as_current_span("inner") as inner:
        inner.set_attributes({"n": 1, "list": ("a", "b")})
    made = Span.from_otel_span(inner)
    assert (made.name, made.span_kind, made.status_code) == ("inner", "INTERNAL", "UNSET")
    assert made.attributes == {"n": 1, "list": ["a", "b"]}
    assert made.parent_span_id == Span.from_otel_span(outer).span_id
    assert (len(made.trace_id), len(made.span_id)) == (32, 16)
