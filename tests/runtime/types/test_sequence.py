"""The checker of event sequences finds what is wrong, and the fold reads what is right."""

from __future__ import annotations

from typing import Any

import pytest

from wherry.core.events.fold import fold
from wherry.media import Image
from wherry.models.response import ToolExecution
from wherry.reasoning.step import ReasoningStep
from wherry.run import agent, team, workflow
from wherry.testing.sequence import SequenceError, check_sequence, sequence_problems


def a(name: str, **own: Any) -> Any:
    """An agent's event of run "r"."""
    return getattr(agent, f"{name}Event")(**{"agent_id": "a", "run_id": "r", "session_id": "s", **own})


def t(name: str, **own: Any) -> Any:
    return getattr(team, f"{name}Event")(**{"team_id": "t", "run_id": "T", **own})


def w(name: str, **own: Any) -> Any:
    return getattr(workflow, f"{name}Event")(**{"workflow_id": "w", "run_id": "W", **own})


CALL = ToolExecution(tool_call_id="c", tool_name="add")
GOOD = [
    a("RunStarted", model="m", model_provider="P"),
    a("ModelRequestStarted"),
    a("RunContent", content="Let me see. "),
    a("ModelRequestCompleted", model="m", model_provider="P", input_tokens=2, total_tokens=2),
    a("ToolCallStarted", tool=CALL),
    a(
        "ToolCallCompleted",
        tool=ToolExecution(tool_call_id="c", result="3"),
        images=[Image(url="http://127.0.0.1/", id="i")],
    ),
    a("ModelRequestStarted"),
    a("RunContent", content="Three.", reasoning_content="hm"),
    a("ModelRequestCompleted", model="m", model_provider="P", input_tokens=3, total_tokens=3),
    a("RunContentCompleted"),
    a("RunCompleted"),
]


def test_a_good_sequence_passes() -> None:
    check_sequence(GOOD)
    check_sequence([*GOOD, "an output"])
    check_sequence([])


@pytest.mark.parametrize("place", range(len(GOOD)))
def test_every_event_of_a_good_sequence_counts_except_contents(place: int) -> None:
    problems = sequence_problems([*GOOD[:place], *GOOD[place + 1 :]])
    assert bool(problems) == (GOOD[place].event not in {"RunContent", "RunContentCompleted"})


@pytest.mark.parametrize(
    ("events", "says"),
    [
        ([*GOOD, a("RunContent", content="x")], "RunContent .event 11. follows the RunCompleted"),
        ([GOOD[0], *GOOD], "starts a second time"),
        ([a("ModelRequestStarted"), *GOOD], "before the start"),
        ([GOOD[0], a("RunCompleted", run_id="other")], "no end"),
        ([a("RunContent", run_id=None)], "no run_id"),
        (
            [
                t("RunStarted"),
                t("RunCompleted"),
                a("RunStarted", parent_run_id="T"),
                a("RunCompleted", parent_run_id="T"),
            ],
            "goes on after",
        ),
        (
            [
                a("RunStarted", parent_run_id="T"),
                t("RunStarted"),
                a("RunCompleted", parent_run_id="T"),
                t("RunCompleted"),
            ],
            "begins before",
        ),
        ([w("WorkflowStarted"), w("StepStarted", step_name="x"), w("WorkflowCompleted")], "Step .'x', None. of run W"),
        (
            [
                w("WorkflowStarted"),
                w("LoopIterationStarted", iteration=1),
                w("LoopIterationCompleted", iteration=2),
                w("WorkflowCompleted"),
            ],
            "had not started",
        ),
    ],
)
def test_a_bad_sequence_is_told(events: list[Any], says: str) -> None:
    with pytest.raises(SequenceError, match=says) as caught:
        check_sequence(events)
    assert caught.value.problems


def test_runs_cut_short_may_leave_things_open() -> None:
    for end in (a("RunError", content="no"), a("RunCancelled", reason="stop")):
        check_sequence([*GOOD[:5], end])
    check_sequence([*GOOD[:5], a("RunCancelled"), a("RunCompleted")])
    check_sequence([a("PreHookStarted", pre_hook_name="h"), a("RunError")])


def test_a_pause_may_be_continued_in_the_same_stream_or_another() -> None:
    rest = [a("RunContinued"), *GOOD[4:]]
    check_sequence([*GOOD[:4], a("RunPaused")])
    check_sequence(rest)
    check_sequence([*GOOD[:4], a("RunPaused"), *rest])


def test_contents_alone_need_no_start() -> None:
    check_sequence([a("RunContent", content="x"), a("RunContent", content="y")])
    check_sequence([a("RunContent", content="x"), a("RunPaused")])


def test_custom_events_may_be_anywhere() -> None:
    check_sequence([agent.CustomEvent(), GOOD[0], agent.CustomEvent(run_id="r"), *GOOD[1:]])


def test_a_fold_gathers_what_the_events_tell() -> None:
    output = fold(GOOD)
    assert output.content == "Let me see. Three."
    assert output.status == "COMPLETED"
    assert [tool.result for tool in output.tools] == ["3"]
    assert [image.id for image in output.images] == ["i"]
    assert (output.metrics.input_tokens, len(output.metrics.details["model"])) == (5, 1)
    assert (output.run_id, output.session_id, output.agent_id, output.model) == ("r", "s", "a", "m")
    assert output.reasoning_content == "hm"


def test_what_the_end_states_wins() -> None:
    events = [*GOOD[:-1], a("RunCompleted", content={"n": 3}, content_type="dict", session_state={"k": 1})]
    output = fold(events)
    assert (output.content, output.content_type, output.session_state) == ({"n": 3}, "dict", {"k": 1})


def test_a_fold_changes_no_event() -> None:
    before = [event.to_dict() for event in GOOD]
    fold(GOOD)
    assert [event.to_dict() for event in GOOD] == before


def test_a_cancelled_run_stays_cancelled() -> None:
    output = fold([*GOOD[:3], a("RunCancelled", reason="stop"), a("RunCompleted")])
    assert (output.status, output.content) == ("CANCELLED", "stop")


def test_thoughts_are_gathered() -> None:
    steps = [ReasoningStep(title=title) for title in "xy"]
    events = [
        GOOD[0],
        *(a("ReasoningStep", content=step, reasoning_content=step.title) for step in steps),
        a("ReasoningContentDelta", reasoning_content="!"),
        a("FollowupsCompleted", followups=["f"]),
        a("RunCompleted"),
    ]
    output = fold(events)
    assert (output.reasoning_steps, output.reasoning_content, output.followups) == (steps, "y!", ["f"])


def test_members_and_their_members_are_nested() -> None:
    inner = {"team_id": "i", "run_id": "I", "parent_run_id": "T"}
    events = [
        t("RunStarted"),
        t("RunStarted", **inner),
        *(
            a(type(e).__name__.removesuffix("Event"), parent_run_id="I", content=e.content)
            for e in GOOD
            if e.event.startswith("Run")
        ),
        t("RunCompleted", content="inner", **inner),
        t("RunError", content="broken"),
    ]
    check_sequence(events)
    output = fold(events)
    assert (output.status, output.content) == ("ERROR", "broken")
    assert [member.content for member in output.member_responses] == ["inner"]


def test_a_workflow_knows_its_steps_even_when_it_fails() -> None:
    from wherry.core.events.step_io import StepOutput

    events = [
        w("WorkflowStarted", workflow_name="n"),
        w("StepStarted", step_name="x", step_index=0),
        a("RunStarted", workflow_run_id="W"),
        a("RunCompleted", workflow_run_id="W", content="done"),
        w("StepCompleted", step_name="x", step_index=0, step_response=StepOutput(step_name="x", content="done")),
        w("WorkflowError", error="broken"),
    ]
    check_sequence(events)
    output = fold(events)
    assert (output.status, output.content, output.workflow_name) == ("ERROR", "broken", "n")
    assert [step.step_name for step in output.step_results] == ["x"]
    assert [run.content for run in output.step_executor_runs] == ["done"]


def test_nothing_cannot_be_folded() -> None:
    with pytest.raises(ValueError, match="no event"):
        fold(["an output"])
