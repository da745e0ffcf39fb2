"""Environments: tasks that an agent tries several times, each attempt alone, and what is made of the results."""

import asyncio
import json

import pytest
from agent_kit import agent, calls, chat, model
from pydantic import BaseModel

from wherry.agent import Agent
from wherry.db.in_memory import InMemoryDb
from wherry.environments import (
    AttemptResult,
    Environment,
    EnvironmentRunResult,
    FingerprintError,
    MismatchError,
    StopReason,
    Task,
    TaskResult,
    arun_rollouts,
    run_rollouts,
    to_sft_jsonl,
)
from wherry.models.openai import OpenAIChat
from wherry.scorer import CodeScorer, Score
from wherry.team import Team
from wherry.testing import ReplayServer
from wherry.testing.deterministic import deterministic_reply
from wherry.tools.mcp import MCPTools


class Depth(BaseModel):
    feet: int


def is_right(run, expected):
    return run.content == expected


def sound(place: str) -> str:
    """Measure the depth of a place."""
    return f"{place}: 6 feet"


def environment(tasks=("How deep?",), who=None, scorer=None, **options):
    tasks = tuple(task if isinstance(task, Task) else Task(input=task, expected="6 feet") for task in tasks)
    return Environment("broads", tasks, scorer or CodeScorer(is_right), who or agent(), **options)


@pytest.fixture
def echo():
    """A model that answers each request by rule."""
    with ReplayServer(fallback=deterministic_reply) as server, server.environment():
        yield server


def test_each_task_is_tried_k_times_and_scored():
    with model("6 feet", "1 foot", "6 feet", "6 feet"):
        result = run_rollouts(environment(["How deep?", Task("How wide?", "6 feet", id="wide")]), k=2, concurrency=1)
    assert [(one.task.id, one.n_passed, one.pass_rate) for one in result.task_results] == [
        ("t1", 1, 0.5),
        ("wide", 2, 1),
    ]
    assert (result.n_attempts, result.n_scored, result.n_unscored, result.pass_rate) == (4, 4, 0, 0.75)
    assert result.learning_zone().summary()["tasks"] == [
        {"id": "t1", "pass_rate": 0.5, "mean_value": 0.5, "n_unscored": 0, "learning_zone": True}
    ]
    assert str(result).splitlines()[1:] == ["  t1     █░   1/2   0.50   learning zone", "  wide   ██   2/2   1.00"]


def test_the_async_form_gives_the_same(echo):
    env = environment(who=agent(output_schema=Depth), scorer=CodeScorer(lambda run, _: run.content.feet == 1))
    whole, later = run_rollouts(env, k=3), asyncio.run(arun_rollouts(env, k=3))
    assert whole.pass_rate == later.pass_rate == 1
    assert whole.env_matches(later)
    assert later.env_matches(env)


def test_attempts_share_no_session_no_memory_and_no_cached_reply(echo, tmp_path):
    db = InMemoryDb()
    kept = agent(
        model=chat(cache_response=True, cache_dir=str(tmp_path / "cache")),
        db=db,
        add_history_to_context=True,
        update_memory_on_run=True,
        save_response_to_file=str(tmp_path / "reply.txt"),
    )
    run_rollouts(environment(who=kept), k=3)
    assert len(echo.requests) == 3
    assert all(len([role for role, _ in request.turns if role == "user"]) == 1 for request in echo.requests)
    assert db.get_sessions() == []
    assert not (tmp_path / "reply.txt").exists()
    assert not (tmp_path / "cache").exists()
    assert kept.db is db
    assert kept.update_memory_on_run


def test_another_model_runs_without_touching_the_agent(echo):
    own = agent()
    first = run_rollouts(environment(who=own), k=1)
    other = run_rollouts(environment(who=own), k=1, model=OpenAIChat(id="gpt-5", temperature=0.1))
    assert [request.body["model"] for request in echo.requests] == ["gpt-5-mini", "gpt-5"]
    assert own.model.id == "gpt-5-mini"
    assert other.diff(first).policy_changed
    assert first.env_fingerprint == other.env_fingerprint


def test_a_factory_makes_an_agent_for_each_attempt(echo):
    made = []

    def factory():
        made.append(agent())
        return made[-1]

    run_rollouts(environment(who=factory), k=2)
    assert len({id(one) for one in made}) == 3  # one more, for the fingerprints


def test_failures_are_results_and_stay_out_of_the_shares():
    def moody(run, expected):
        raise LookupError("no sounding lead")

    with model("6 feet"):
        broken = run_rollouts(environment(scorer=CodeScorer(moody)), k=1)
    with model({"status": 400, "error": "too long"}):
        failed = run_rollouts(environment(), k=1)
    assert broken.task_results[0].attempts[0].stop_reason == StopReason.completed
    assert broken.errors() == {"t1": ["scorer: LookupError: no sounding lead"]}
    attempt = failed.task_results[0].attempts[0]
    assert attempt.stop_reason == StopReason.error
    assert "too long" in attempt.error
    for result in (broken, failed):
        assert (result.n_unscored, result.pass_rate, result.mean_value) == (1, None, None)
        assert "▲   0/0   -   1 unscored" in str(result)
        assert "first error:" in str(result)


def test_a_pause_and_a_time_out_end_an_attempt_without_a_score():
    async def slow(run, expected):
        await asyncio.sleep(60)

    asking = agent(tools=[sound], tool_hooks=None)
    from wherry.tools import tool

    asking.tools = [tool(requires_confirmation=True)(sound)]
    with model(calls("sound", place="Bure")):
        paused = run_rollouts(environment(who=asking), k=1).task_results[0].attempts[0]
    with model("6 feet"):
        late = run_rollouts(environment(scorer=CodeScorer(slow), timeout_seconds=2.0), k=1).task_results[0].attempts[0]
    assert (paused.stop_reason, paused.score) == (StopReason.paused, None)
    assert (late.stop_reason, late.score, late.error) == (StopReason.timeout, None, "timeout: exceeded 2.0s")
    assert late.run.content == "6 feet"


def test_a_refused_tool_call_is_told():
    with model(calls("sound", place="Bure"), calls("sound", place="Yare"), "6 feet"):
        result = run_rollouts(environment(who=agent(tools=[sound], tool_call_limit=1)), k=1)
    attempt = result.task_results[0].attempts[0]
    assert attempt.tool_call_limit_hit
    assert attempt.score.passed


def test_when_everything_begins_with_one_error_the_rest_is_left():
    def broken():
        made.append(1)
        if len(made) > 1:
            raise PermissionError("no key")
        return agent()

    made = []
    result = run_rollouts(environment(who=broken), k=9, concurrency=1)
    assert result.stopped_early == "error-storm"
    assert result.n_attempts == 4
    assert result.task_results[0].attempts[0].error_type == "PermissionError"


def test_some_tasks_can_be_chosen(echo):
    env = environment(["How deep?", "How wide?"])
    result = run_rollouts(env, k=1, tasks=[env.tasks[1]])
    assert [one.task.id for one in result.task_results] == ["t2"]
    with pytest.raises(ValueError, match="'How wide\\?' is not one of them"):
        run_rollouts(env, k=1, tasks=[Task("How wide?")])


def test_a_result_is_kept_and_compared_with_a_later_one(tmp_path):
    env = environment(["How deep?", Task("How wide?", "6 feet", metadata={"river": "Bure"})])
    with model("6 feet", "1 foot", "1 foot", "1 foot"):
        run_rollouts(env, k=2, concurrency=1).save(tmp_path / "before.json")
    before = EnvironmentRunResult.load(tmp_path / "before.json")
    with model("1 foot", "1 foot", "6 feet", "6 feet"):
        now = run_rollouts(env, k=2, concurrency=1)
    diff = now.diff(before)
    assert (diff.improved, diff.regressed, diff.policy_changed) == (("t2",), ("t1",), False)
    assert str(diff).splitlines()[1:] == [
        "  t1   1/2 -> 0/2    -0.50   regressed",
        "  t2   0/2 -> 2/2    +1.00   improved",
    ]
    assert now.learning_zone().diff(before).to_dict()["unmatched_baseline"] == ["t1", "t2"]
    assert before.task_results[1].task.metadata == {"river": "Bure"}
    assert before.task_results[0].attempts[0].run.content == "6 feet"
    assert asyncio.run(EnvironmentRunResult.aload(tmp_path / "before.json")).summary() == before.summary()


def test_results_of_different_environments_are_not_compared(echo):
    first = run_rollouts(environment(), k=1)
    other = run_rollouts(environment(who=agent(instructions="Guess.")), k=1)
    with pytest.raises(MismatchError, match="diverged"):
        first.diff(other)
    unknown = run_rollouts(environment(scorer=CodeScorer(eval("lambda run, expected: True"))), k=1)  # noqa: S307
    assert unknown.env_fingerprint is None
    assert not unknown.env_matches(unknown)


def test_a_file_that_cannot_be_written_leaves_the_old_one(echo, tmp_path):
    path = tmp_path / "before.json"
    path.write_text("old")
    result = run_rollouts(environment([Task("How deep?", expected={6})]), k=1)
    with pytest.raises(TypeError, match="task 't1' field 'expected' is not JSON"):
        result.save(path)
    assert path.read_text() == "old"
    path.write_text('{"format_version": 9}')
    with pytest.raises(ValueError, match="unsupported format_version 9"):
        EnvironmentRunResult.load(path)


def test_the_report_shows_what_each_attempt_did(capsys):
    with model("6 feet", calls("sound", place="Bure"), "1 foot"):
        result = run_rollouts(environment(who=agent(tools=[sound])), k=2, concurrency=1)
    result.print_report()
    failed = capsys.readouterr().out
    assert "attempt 2: FAIL   value=0.00   stop=completed" in failed
    assert "tool: sound({'place': 'Bure'}) -> ok" in failed
    assert "attempt 1" not in failed
    result.print_report(only="all", attempts=1)
    assert "1 more (raise attempts= to see them)" in capsys.readouterr().out
    result.print_attempt("t1", 1)
    assert "  expected: 6 feet\n  PASS   stop=completed" in capsys.readouterr().out
    with pytest.raises(KeyError, match="known ids: t1"):
        result.print_attempt("t9")
    with pytest.raises(IndexError, match=r"1..2"):
        result.print_attempt("t1", 3)
    with pytest.raises(ValueError, match="got 'some'"):
        result.print_report(only="some")


def attempt(content="6 feet", passed=True, scored=True, tools=None, limit=False, number=0):
    with model(content):
        run = agent(instructions="Be brief.").run(f"How deep, {number}?")
    run.tools = tools
    score = Score(float(passed), passed) if scored else None
    return AttemptResult(run, score, StopReason.completed, 0.1, tool_call_limit_hit=limit)


def test_passed_attempts_become_training_data_and_the_rest_is_counted(tmp_path):
    attempts = (attempt(), attempt(passed=False), attempt(scored=False), attempt(tools=[object()]), attempt(limit=True))
    result = EnvironmentRunResult("broads", 5, "e", "p", (TaskResult(Task("How deep?", id="t1"), attempts),), 1.0)
    report = to_sft_jsonl(result, tmp_path / "new" / "data.jsonl")
    assert vars(report) == {
        "n_written": 1,
        "n_skipped_failed": 1,
        "n_skipped_tool_runs": 1,
        "n_skipped_limit_hit": 1,
        "n_skipped_no_text": 0,
        "n_dropped_over_cap": 0,
    }
    assert [json.loads(line) for line in (tmp_path / "new" / "data.jsonl").read_text().splitlines()] == [
        {
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "How deep, 0?"},
                {"role": "assistant", "content": "6 feet"},
            ]
        }
    ]
    meta = json.loads((tmp_path / "new" / "data.jsonl.meta.json").read_text())
    assert meta["lines"] == [{"task_id": "t1", "attempt_index": 0, "score": 1.0}]
    assert (meta["env_fingerprint"], meta["policy_fingerprint"]) == ("e", "p")
    assert to_sft_jsonl(result, tmp_path / "all.jsonl", only_passed=False).n_written == 2


def test_training_data_ends_at_the_size_that_trainers_take(tmp_path):
    big = attempt(content="x" * 400_000)
    result = EnvironmentRunResult(
        "broads", 4, None, None, (TaskResult(Task("How deep?"), (big, big, big, attempt())),), 1.0
    )
    report = to_sft_jsonl(result, tmp_path / "data.jsonl")
    assert (report.n_written, report.n_dropped_over_cap) == (2, 2)
    assert (tmp_path / "data.jsonl").stat().st_size < 1024 * 1024


def test_tasks_come_from_a_file_and_a_bad_line_is_named(tmp_path):
    path = tmp_path / "tasks.jsonl"
    path.write_text(
        '{"input": "How deep?", "expected": "6 feet"}\n\n{"input": "How wide?", "id": "w", "metadata": {"a": 1}}\n'
    )
    assert [(task.input, task.expected, task.id) for task in Task.from_jsonl(path)] == [
        ("How deep?", "6 feet", None),
        ("How wide?", None, "w"),
    ]
    assert len(asyncio.run(Task.afrom_jsonl(path))) == 2


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "not valid JSON"),
        ("[]", "expected an object, got list"),
        ('{"input": "a", "expected_output": "b"}', "unknown key 'expected_output'"),
        ('{"input": 1}', "'input' is required and must be a string"),
        ('{"input": "a", "id": 1}', "'id' must be a string"),
        ('{"input": "a", "metadata": 1}', "'metadata' must be an object"),
    ],
)
def test_a_bad_task_in_a_file_is_refused_with_its_line(tmp_path, line, complaint):
    path = tmp_path / "tasks.jsonl"
    path.write_text('{"input": "How deep?"}\n' + line)
    with pytest.raises(ValueError, match=f"line 2: {complaint}"):
        Task.from_jsonl(path)


def test_a_bad_environment_is_refused_at_construction():
    with pytest.raises(TypeError, match=r"tasks\[0\] must be a Task, got str"):
        Environment("broads", ("How deep?",), CodeScorer(is_right), agent())
    with pytest.raises(ValueError, match="duplicate task id 'a'"):
        environment([Task("How deep?", id="a"), Task("How wide?", id="a")])
    with pytest.raises(ValueError, match="duplicate resolved task id 't2'"):
        run_rollouts(environment([Task("How deep?", id="t2"), "How wide?"]))
    with pytest.raises(TypeError, match="does not accept a Team"):
        environment(who=Team(members=[agent()]))
    with pytest.raises(TypeError, match="factory returned a Team"):
        run_rollouts(environment(who=lambda: Team(members=[agent()])))
    with pytest.raises(TypeError, match="zero-arg factory returning one, got int"):
        environment(who=7)
    with pytest.raises(TypeError, match="must return an Agent, got int"):
        run_rollouts(environment(who=lambda: 7))
    with pytest.raises(TypeError, match="must be a Model instance, got str"):
        run_rollouts(environment(), model="openai:gpt-5")
    with pytest.raises(ValueError, match="k must be >= 1, got 0"):
        run_rollouts(environment(), k=0)
    with pytest.raises(FingerprintError, match="needs a model"):
        environment(who=Agent()).policy_fingerprint()


def test_rollouts_on_a_running_loop_are_awaited():
    async def on_a_loop():
        run_rollouts(environment())

    with pytest.raises(RuntimeError, match="await arun_rollouts"):
        asyncio.run(on_a_loop())


def test_a_server_that_attempts_would_share_is_refused():
    server = MCPTools(command="npx lead")
    for who in (agent(tools=[server]), agent(tools=lambda: [server]), lambda: agent(tools=[server])):
        with pytest.raises(RuntimeError, match="share one MCP session"):
            run_rollouts(environment(who=who), k=1)
    with pytest.raises(RuntimeError, match="never connected"):
        run_rollouts(environment(who=lambda: agent(tools=lambda: [MCPTools(command="npx lead")])), k=1)


def test_what_shapes_the_prompt_shapes_the_fingerprint():
    def print_of(**options):
        return environment(who=agent(**options)).env_fingerprint()

    assert print_of() == print_of(name="Bea")
    changes = [
        {"instructions": "Guess."},
        {"tools": [sound]},
        {"tool_call_limit": 2},
        {"session_state": {"a": 1}},
        {"additional_input": ["Hm."]},
        {"markdown": True},
        {"add_name_to_context": True},
    ]
    assert len({print_of(), *(print_of(**change) for change in changes)}) == len(changes) + 1
    with pytest.raises(FingerprintError, match=r"agent\.instructions is function"):
        print_of(instructions=lambda: "Guess.")
