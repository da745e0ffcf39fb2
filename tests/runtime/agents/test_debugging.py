"""`debug_mode`: what happens in a run is written to the log, for as long as the run goes on, in the four ways."""

import logging
import os
import subprocess
import sys
import threading

import pytest
from agent_kit import agent, calls, four_ways, model, ran
from agent_ways import run_in

from wherry.core.run import listeners
from wherry.run import cancel
from wherry.run.cancel import InMemoryRunCancellationManager
from wherry.team import Team
from wherry.workflow import Step, Workflow


def tide_at(place: str) -> str:
    """Tell the tide."""
    return f"high water at {place}"


def lines(caplog):
    return [record.getMessage() for record in caplog.records if record.levelno == logging.DEBUG]


def owner(**options):
    return agent(id="ada", description="You are a pilot.", tools=[tide_at], **options)


@four_ways
def test_a_run_is_written_down_from_its_begin_to_its_end(way, caplog):
    with model(calls("tide_at", place="Horning"), "Sail at noon."):
        ran(way, owner(debug_mode=True))
    written = lines(caplog)
    assert written[0].startswith("RunStarted ada run=")
    assert written[-1].startswith("RunCompleted ada run=")
    text = "\n".join(written)
    order = ["You are a pilot.", "Which way?", "Running tide_at(place='Horning')", "high water", "Sail at noon."]
    assert sorted(order, key=text.index) == order
    assert all(text.count(part) == 1 for part in order)  # no message twice
    assert "'total_tokens': 25" in text
    assert "tide_at(place=Horning) completed in " in text


@four_ways
def test_without_it_nothing_is_written(way, caplog):
    before = logging.getLogger("wherry").level
    with model(calls("tide_at", place="Horning"), "Sail at noon.", calls("tide_at", place="Horning"), "Sail at noon."):
        ran(way, owner(debug_mode=True))
        caplog.clear()
        ran(way, owner())
    assert lines(caplog) == []
    assert logging.getLogger("wherry").level == before


@four_ways
def test_one_run_may_ask_for_it(way, caplog):
    with model("Sail at noon."):
        ran(way, owner(), debug_mode=True)
    assert "Sail at noon." in "\n".join(lines(caplog))


@four_ways
@pytest.mark.parametrize(("level", "from_outside", "shown"), [(1, None, False), (2, None, True), (1, "2", True)])
def test_the_second_level_shows_the_schemas_of_tools(way, level, from_outside, shown, caplog, monkeypatch):
    if from_outside:
        monkeypatch.setenv("AGNO_DEBUG_LEVEL", from_outside)
    with model("Sail at noon."):
        ran(way, owner(debug_mode=True, debug_level=level))
    assert ('"properties": {"place"' in "\n".join(lines(caplog))) is shown


@four_ways
def test_a_failure_is_written_down_and_changes_nothing_else(way, caplog):
    failing = {"status": 401, "error": "wrong key"}
    with model(failing, failing):
        events, output = ran(way, owner(debug_mode=True))
        plain_events, plain = ran(way, owner())
    assert any(line.startswith("RunError ada") and line.endswith("wrong key") for line in lines(caplog))
    assert [event.event for event in events] == [event.event for event in plain_events]
    assert (output.status, output.content, len(output.events or [])) == (
        plain.status,
        plain.content,
        len(plain.events or []),
    )


@four_ways
def test_members_of_a_team_are_written_down_with_it(way, caplog):
    crew = Team(id="crew", members=[owner()], model=agent().model, telemetry=False, debug_mode=True)
    asked = calls("delegate_task_to_member", member_id="ada", task="Ask the sea.")
    with model(asked, "It is calm.", "Go."):
        run_in(way, crew, "May we?")
    text = "\n".join(lines(caplog))
    assert "RunStarted crew" in text
    assert "RunStarted ada" in text
    assert text.index("It is calm.") < text.index("RunCompleted ada") < text.index("RunCompleted crew")


@four_ways
def test_steps_of_a_workflow_are_written_down_with_it(way, caplog):
    flow = Workflow(name="flow", steps=[Step(name="ask", agent=owner())], debug_mode=True, telemetry=False)
    with model("It is calm."):
        run_in(way, flow, "May we?")
    text = "\n".join(lines(caplog))
    assert text.index("WorkflowStarted") < text.index("StepStarted") < text.index("It is calm.")
    assert text.index("RunCompleted ada") < text.index("WorkflowCompleted")


def test_runs_side_by_side_leave_the_log_as_it_was():
    before = logging.getLogger("wherry").level
    with model(*[{"content": "Aye.", "think": 0.05}] * 8):
        runs = [threading.Thread(target=owner(debug_mode=number % 2 == 0).run, args=("x",)) for number in range(8)]
        for one in runs:
            one.start()
        for one in runs:
            one.join()
    assert logging.getLogger("wherry").level == before
    assert logging.getLogger("wherry").handlers == []


@four_ways
@pytest.mark.parametrize("kind", ["agent", "workflow"])
@pytest.mark.parametrize("broken", ["register_run", "cleanup_run"])
def test_a_broken_manager_of_cancels_leaves_the_log_as_it_was(way, kind, broken, monkeypatch):
    def breaks(_self, _run_id):
        raise OSError("no connection")

    before, heard = logging.getLogger("wherry").level, list(listeners)
    monkeypatch.setattr(cancel, "_cancellation_manager", InMemoryRunCancellationManager())  # a run of it stays known
    one = owner(debug_mode=True)
    if kind == "workflow":
        one = Workflow(name="flow", steps=[Step(name="say", executor=lambda _given: "Aye.")], debug_mode=True)
    with model(*["Aye."] * (kind == "agent" and broken == "cleanup_run")):
        monkeypatch.setattr(InMemoryRunCancellationManager, broken, breaks)
        with pytest.raises(OSError, match="no connection"):
            run_in(way, one, "Ahoy?")
    assert (logging.getLogger("wherry").level, listeners) == (before, heard)


def test_a_listener_that_leaves_while_it_is_told_takes_no_event_from_the_next():
    heard = []

    def leaves(event, _run):
        listeners.remove(leaves)

    def stays(event, _run):
        heard.append(event.event)

    for way in ("run", "arun stream"):
        heard.clear()
        listeners.extend([leaves, stays])
        try:
            with model("Aye."):
                run_in(way, owner(), "Ahoy?")
        finally:
            listeners.remove(stays)
        assert heard[0] == "RunStarted"


PROGRAM = """
import sys
from wherry.agent import Agent
from wherry.testing import ReplayServer
if "basic" in sys.argv:
    import logging
    logging.basicConfig(format="APP %(message)s", stream=sys.stdout)
if "handler" in sys.argv:
    import logging
    logging.getLogger("wherry").addHandler(logging.StreamHandler(sys.stdout))
    logging.getLogger("wherry").handlers[0].setFormatter(logging.Formatter("APP %(message)s"))
with ReplayServer(["Aye."]) as server, server.environment():
    Agent(id="ada", model="openai-chat:any", debug_mode="debug" in sys.argv).run("Ahoy?")
"""


@pytest.mark.parametrize(
    ("arguments", "environment", "console", "application"),
    [
        ([], {}, False, False),
        (["debug"], {}, True, False),
        ([], {"AGNO_DEBUG": "true"}, True, False),
        (["debug", "basic"], {}, False, True),
        (["debug", "handler"], {}, False, True),
    ],
)
def test_records_go_to_standard_error_or_to_the_application(arguments, environment, console, application):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ("DEBUG   RunStarted ada" in done.stderr) is console
    assert ("APP RunStarted ada" in done.stdout) is application
    assert done.stderr.count("Ahoy?") + done.stdout.count("Ahoy?") == (1 if console or application else 0)
