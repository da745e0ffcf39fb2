"""A team in tasks mode: the leader writes a list, members work it off, the run ends by itself."""

import re

import pytest
from agent_ways import WAYS, run_in
from continue_ways import continued_in

from wherry.agent import Agent
from wherry.db.sqlite import SqliteDb
from wherry.models.openai import OpenAIChat
from wherry.team import Team, TeamMode
from wherry.testing import ReplayServer
from wherry.tools import tool


def call(name, **arguments):
    return {"tool_calls": [{"name": name, "arguments": arguments}]}


def last_task_id(request):
    """The id of the task that the request's last tool result names."""
    return re.findall(r"\[([0-9a-f]{8})\]", request.turns[-1][1])[-1]


def every_task_id(request):
    return list(dict.fromkeys(re.findall(r"Task created: \[([0-9a-f]{8})\]", str(request.turns))))


def model(server, **given):
    return OpenAIChat(id="gpt-5-mini", api_key="k", base_url=server.base_url, **given)


def task_team(server, names=("Ann", "Ben"), **given):
    members = [Agent(name=name, role=f"does what {name} does", model=model(server)) for name in names]
    return Team(name="crew", mode=TeamMode.tasks, members=members, model=model(server), telemetry=False, **given)


@pytest.mark.parametrize("way", WAYS)
def test_one_task_is_created_carried_out_and_reported(way):
    def leader_then_member(request):
        text = request.turns[-1][1]
        if text == "How deep is it?":
            return call("create_task", title="Measure", description="Measure the depth", assignee="ann")
        if "Task created" in text:
            return call("execute_task", task_id=last_task_id(request), member_id="ann")
        if text == "Measure the depth":
            return "4 metres"
        if "completed. Result: 4 metres" in text:
            return call("mark_all_complete", summary="measured")
        return "It is 4 metres deep."

    with ReplayServer([leader_then_member]) as server:
        team = task_team(server)
        events, output = run_in(way, team, "How deep is it?")
    assert output.status.value == "COMPLETED"
    assert output.content == "It is 4 metres deep."
    assert [tool.tool_name for tool in output.tools] == ["create_task", "execute_task", "mark_all_complete"]
    [stored] = output.session_state["_team_tasks"]["tasks"]
    assert (stored["title"], stored["status"], stored["result"], stored["assignee"]) == (
        "Measure",
        "completed",
        "4 metres",
        "ann",
    )
    assert [member.content for member in output.member_responses] == ["4 metres"]
    if events:
        names = [event.event for event in events]
        assert names.count("TeamTaskIterationStarted") == names.count("TeamTaskIterationCompleted") == 1
        changes = [event.status for event in events if event.event == "TeamTaskUpdated"]
        assert changes == ["in_progress", "completed"]
        [board] = [event for event in events if event.event == "TeamTaskStateUpdated"]
        assert [task.title for task in board.tasks] == ["Measure"]
        assert names[-1] == "TeamRunCompleted"


@pytest.mark.parametrize("way", WAYS)
def test_tasks_side_by_side_all_end_and_the_list_ends_the_run(way):
    def answer(request):
        text = request.turns[-1][1]
        known = every_task_id(request)
        if text == "Do both":
            return {
                "tool_calls": [
                    {"name": "create_task", "arguments": {"title": "A", "assignee": "ann", "description": "part A"}},
                    {"name": "create_task", "arguments": {"title": "B", "assignee": "ben", "description": "part B"}},
                ]
            }
        if text.startswith("part "):
            return f"done {text[-1]}"
        if len(known) == 2 and "Result:" not in text:
            return call("execute_tasks_parallel", task_ids=known)
        return "Both are done."

    with ReplayServer([answer]) as server:
        team = task_team(server)
        _, output = run_in(way, team, "Do both")
    tasks = output.session_state["_team_tasks"]["tasks"]
    assert [(task["status"], task["result"]) for task in tasks] == [("completed", "done A"), ("completed", "done B")]
    assert output.content == "Both are done."
    assert sorted(member.content for member in output.member_responses) == ["done A", "done B"]


@pytest.mark.parametrize("way", WAYS)
def test_a_failing_member_fails_its_task_and_the_leader_goes_on(way):
    def answer(request):
        text = request.turns[-1][1]
        if text == "Try":
            return call("create_task", title="T", description="impossible", assignee="ann")
        if text == "impossible":
            return {"status": 400, "error": "no such luck"}
        if "Task created" in text:
            return call("execute_task", task_id=last_task_id(request), member_id="ann")
        if "failed" in text and "current_task_state" not in text:
            return call("mark_all_complete", summary="it cannot be done")
        return "It cannot be done."

    with ReplayServer([answer]) as server:
        team = task_team(server)
        _, output = run_in(way, team, "Try")
    [task] = output.session_state["_team_tasks"]["tasks"]
    assert task["status"] == "failed"
    assert "no such luck" in task["result"]
    assert output.status.value == "COMPLETED"


@pytest.mark.parametrize("way", WAYS)
def test_a_question_that_needs_no_task_ends_after_one_reminder(way):
    with ReplayServer([{"content": "Hello!", "times": "forever"}]) as server:
        _, output = run_in(way, task_team(server), "Hi")
        asked = len(server.requests)
    assert asked == 2
    assert output.status.value == "COMPLETED"


@pytest.mark.parametrize("way", WAYS)
def test_the_loop_stops_at_max_iterations(way):
    def answer(request):
        text = request.turns[-1][1]
        if text == "Go":
            return call("create_task", title="never done", assignee="ann")
        return "thinking"

    with ReplayServer([answer]) as server:
        _, output = run_in(way, task_team(server, max_iterations=3), "Go")
        asked = len(server.requests)
    assert asked == 4  # the first turn asks twice, the other two once
    assert output.session_state["_team_tasks"]["tasks"][0]["status"] == "pending"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("within", [False, True], ids=["at once", "after a call"])
def test_what_earlier_turns_gave_stays_when_a_later_one_fails(way, within, tmp_path):
    create = call("create_task", title="T", assignee="ann")
    more = [call("list_tasks")] if within else []
    with ReplayServer([create, "Thinking.", *more, {"status": 400, "error": "out"}]) as server:
        team = task_team(server, db=SqliteDb(db_file=str(tmp_path / "t.db")))
        _, output = run_in(way, team, "Go", session_id="s")
        [stored] = team.get_session(session_id="s").runs
    streamed = within and way.endswith("stream")
    for run in (output, stored):
        assert run.status == "ERROR"
        assert [message.role for message in run.messages] == ["system", "user", "assistant", "tool", "assistant"]
        assert run.content == ("" if streamed else "Thinking.")
        assert [tool.tool_name for tool in run.tools] == ["create_task", *(["list_tasks"] if streamed else [])]


@pytest.mark.parametrize("way", WAYS)
def test_wrong_ids_and_states_are_told_to_the_leader(way):
    replies = [
        call("execute_task", task_id="nope", member_id="ann"),
        call("update_task_status", task_id="nope", status="completed"),
        call("update_task_status", task_id="nope", status="blocked"),
        call("update_task_status", task_id="nope", status="later"),
        call("add_task_note", task_id="nope", note="n"),
        call("execute_tasks_parallel", task_ids=[]),
        call("create_task", title="A", assignee="zoe", depends_on=["nope"]),
        call("create_task", title=" a "),
        call("mark_all_complete", summary="gave up"),
        "I gave up.",
    ]
    with ReplayServer(replies) as server:
        _, output = run_in(way, task_team(server), "Go")
        server.assert_done()
    results = [tool.result for tool in output.tools]
    assert "no task with the id 'nope'" in results[0]
    assert "no task with the id 'nope'" in results[1]
    assert "blocked by its dependencies" in results[2]
    assert "no status 'later'" in results[3]
    assert "no task with the id 'nope'" in results[4]
    assert results[5] == "No task was named."
    assert "status: blocked" in results[6]
    assert "exists already" in results[7]
    assert output.session_state["_team_tasks"]["completion_summary"] == "gave up"


def asking_leader(execute):
    """Replies of a leader with one task, and of its member, whose tool waits for a person."""

    def answer(request):
        text = request.turns[-1][1]
        if text == "A boat, please.":
            return call("create_task", title="Book", description="Book the Albion", assignee="ann")
        if "Task created" in text:
            return execute(every_task_id(request)[-1])
        if text == "Book the Albion":
            return call("book", boat="Albion")
        return "It is booked." if text == "Albion is booked" else "All set."

    return answer


EXECUTIONS = {
    "alone": (lambda task: call("execute_task", task_id=task, member_id="ann"), "in_progress"),
    "side by side": (lambda task: call("execute_tasks_parallel", task_ids=[task]), "pending"),
    "with a word": (
        lambda task: {"content": "Ann books.", **call("execute_task", task_id=task, member_id="ann")},
        "in_progress",
    ),
}


@pytest.mark.parametrize("kind", EXECUTIONS)
@pytest.mark.parametrize("way", WAYS)
def test_a_member_that_waits_for_a_person_leaves_its_task_open_and_settles_it_afterwards(way, kind):
    @tool(requires_confirmation=True)
    def book(boat: str) -> str:
        """Book a boat."""
        return f"{boat} is booked"

    execute, open_status = EXECUTIONS[kind]
    with ReplayServer([asking_leader(execute)]) as server:
        team = task_team(server)
        team.members[0].tools = [book]
        _, output = run_in(way, team, "A boat, please.")
        assert output.status == "PAUSED"
        waits = "The team waits for a person:\n- Ann: book needs confirmation"
        assert output.content == ("Ann books." if kind == "with a word" else waits)
        assert [task["status"] for task in output.session_state["_team_tasks"]["tasks"]] == [open_status]
        asked = len(server.requests)
        output.requirements[0].confirm()
        events, output = continued_in(way, team, output)
        # One request of the member's and one of the leader's: a run that goes on is not taken through the list again.
        assert len(server.requests) == asked + 2
    assert (output.status, output.content) == ("COMPLETED", "All set.")
    [task] = output.session_state["_team_tasks"]["tasks"]
    assert (task["status"], task["result"]) == ("completed", "It is booked.")
    assert not [event for event in events if "Task" in event.event]


@pytest.mark.parametrize("way", WAYS)
def test_a_team_that_goes_on_without_a_database_keeps_the_state_of_its_output(way):
    @tool(requires_confirmation=True)
    def book(boat: str) -> str:
        """Book a boat."""
        return f"{boat} is booked"

    with ReplayServer([call("book", boat="Albion"), "All set."]) as server:
        team = Team(members=[], tools=[book], model=model(server), session_state={"crew": 2}, telemetry=False)
        _, output = run_in(way, team, "A boat, please.", session_state={"tide": "high"})
        output.requirements[0].confirm()
        _, output = continued_in(way, team, output)
    assert (output.session_state["crew"], output.session_state["tide"]) == (2, "high")


@pytest.mark.parametrize("way", WAYS)
def test_tasks_side_by_side_need_an_assignee_each_and_may_fail_each_for_itself(way):
    def answer(request):
        text, known = request.turns[-1][1], every_task_id(request)
        steps = [
            lambda: call("create_task", title="A", description="part A", assignee="ann"),
            lambda: call("create_task", title="B", description="part B", assignee="ben"),
            lambda: call("create_task", title="C", description="part C"),
            lambda: call("create_task", title="D", description="part D", assignee="zoe"),
            lambda: call("execute_tasks_parallel", task_ids=[known[0], "nope"]),
            lambda: call("execute_tasks_parallel", task_ids=[known[2]]),
            lambda: call("execute_tasks_parallel", task_ids=[known[3]]),
            lambda: call("execute_task", task_id=known[0], member_id="zoe"),
            lambda: call("add_task_note", task_id=known[0], note="mind the bridge"),
            lambda: call("execute_tasks_parallel", task_ids=known[:2]),
            lambda: call("execute_task", task_id=known[0], member_id="ann"),
            lambda: call("update_task_status", task_id=known[2], status="completed", result="by hand"),
            lambda: call("mark_all_complete", summary="as far as it goes"),
            lambda: "That is all.",
        ]
        if text == "part A":
            return "A is done"
        if text == "part B":
            return {"status": 400, "error": "no such luck"}
        return steps[sum(1 for role, _ in request.turns if role == "tool")]()

    with ReplayServer([answer]) as server:
        events, output = run_in(way, task_team(server), "Go")
    told = [tool.result for tool in output.tools][4:]
    assert "no task with the id 'nope'" in told[0]
    assert "has no assignee" in told[1]
    assert "no member 'zoe'" in told[2]
    assert "no member with the id zoe" in told[3]
    assert "Note added" in told[4]
    assert "A is done" in told[5]
    assert "no such luck" in told[5]
    assert "is completed and cannot be carried out" in told[6]
    assert "is now completed" in told[7]
    tasks = output.session_state["_team_tasks"]["tasks"]
    assert [task["status"] for task in tasks] == ["completed", "failed", "completed", "pending"]
    assert (tasks[0]["notes"], tasks[2]["result"]) == (["mind the bridge"], "by hand")
    assert output.content == "That is all."
    if events:
        changes = [(event.title, event.status) for event in events if event.event == "TeamTaskUpdated"]
        assert ("B", "failed") in changes
        assert changes[-1] == ("C", "completed")
