"""Runs that do not go well: retries, fallback models, exceptions, limits of time."""

import threading

import pytest
from agent_kit import agent, calls, chat, four_ways, model, named, ran, streamed_ways
from pydantic import BaseModel

from wherry.agent import Agent, FallbackConfig
from wherry.exceptions import CheckTrigger, InputCheckError, ModelProviderError, OutputCheckError, RunCancelledException
from wherry.models.base import Model
from wherry.models.response import ModelResponse


class Berth(BaseModel):
    place: str


OUT = {"status": 500, "error": "out"}
SLOW_DOWN = {"status": 429, "error": "slow down"}
TOO_LONG = {"status": 400, "error": "maximum context length is 9"}


@four_ways
@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (OUT, "out"),
        ({"status": 401, "error": "wrong key"}, "wrong key"),
        (SLOW_DOWN, "slow down"),
        ({"raw": "<html>gateway</html>", "content_type": "text/html"}, ""),
    ],
)
def test_a_provider_that_fails_ends_the_run_with_an_error(way, reply, said):
    with model(reply):
        events, output = ran(way, agent())
    assert output.status == "ERROR"
    assert said in output.content
    assert [message.role for message in output.messages] == ["user"]
    if events:
        assert events[-1].event == "RunError"
        assert events[-1].content == output.content


def tide() -> str:
    """Tell the tide."""
    return "high"


@four_ways
@pytest.mark.parametrize("said", [{}, {"content": "Let me look.", "reasoning": "hm"}])
def test_a_provider_that_fails_after_tools_leaves_its_error_as_the_answer(way, said):
    with model({**said, **calls("tide")}, OUT):
        events, output = ran(way, agent(tools=[tide]))
    assert [message.role for message in output.messages] == ["user", "assistant", "tool"]
    if events:
        assert (events[-1].event, events[-1].content) == ("RunError", "out")
    else:  # what was said before is in the messages alone
        assert (output.content, output.reasoning_content, output.tools) == ("out", None, None)


@pytest.mark.parametrize("way", ["run", "arun"])
@pytest.mark.parametrize("second", ["output_model", "parser_model"])
def test_a_second_model_that_fails_leaves_its_error_as_the_answer(way, second):
    with model("draft", OUT):
        _, output = ran(
            way, agent(**{second: chat("second")}, output_schema=Berth if second == "parser_model" else None)
        )
    assert (output.status, output.content) == ("ERROR", "out")


@four_ways
def test_a_failed_run_is_tried_again(way):
    with model(OUT, "fine") as server:
        _, output = ran_loosely(way, agent(retries=1, delay_between_retries=0))
        assert server.request_count == 2
    assert (output.status, output.content) == ("COMPLETED", "fine")


@streamed_ways
@pytest.mark.parametrize(("second", "said"), [({"content": "High.", "reasoning": "Sure."}, "High."), (OUT, "Look. ")])
def test_what_a_stream_said_gives_way_to_the_next_answer(way, second, said):
    with model({"content": "Look. ", "reasoning": "Hm.", **calls("tide")}, OUT, second):
        events, output = ran_loosely(way, agent(tools=[tide], retries=1, delay_between_retries=0))
    assert output.content == said
    if output.status == "COMPLETED":
        assert (events[-1].content, output.reasoning_content) == ("High.", "Sure.")


@four_ways
def test_a_run_is_tried_as_often_as_it_says(way):
    with model(OUT, OUT, OUT) as server:
        _, output = ran_loosely(way, agent(retries=2, delay_between_retries=0, exponential_backoff=True))
        assert server.request_count == 3
    assert output.status == "ERROR"


def ran_loosely(way, owner, **options):
    """A run whose stream is not in order, as in Agno: each try begins with RunStarted, broken hooks do not end."""
    from agent_ways import run_in

    return run_in(way, owner, "Which way?", **options)


@pytest.mark.parametrize("backoff", [False, True])
def test_waits_between_retries(backoff, monkeypatch):
    waited = []
    monkeypatch.setattr("wherry.core.waits.time.sleep", waited.append, raising=False)
    owner = agent(retries=2, delay_between_retries=3, exponential_backoff=backoff)
    with model(OUT, OUT, "fine"):
        assert ran_loosely("run", owner)[1].content == "fine"
    assert waited == ([3, 6] if backoff else [3, 3])


@four_ways
def test_a_refused_input_is_not_tried_again(way):
    def refuse(run_input):
        raise InputCheckError("Not about boats.", check_trigger=CheckTrigger.OFF_TOPIC)

    with model():
        events, output = ran(way, agent(pre_hooks=[refuse], retries=3))
    assert (output.status, output.content) == ("ERROR", "Not about boats.")
    if events:
        assert (events[-1].error_type, events[-1].error_id) == ("input_check_error", "off_topic")


@four_ways
def test_a_refused_output_ends_the_run_with_what_was_said(way):
    def refuse(run_output):
        raise OutputCheckError("Too long.", additional_data={"words": 9})

    with model("a long answer"):
        events, output = ran(way, agent(post_hooks=[refuse], retries=3))
    assert (output.status, output.content) == ("ERROR", "a long answer")
    if events:
        assert events[-1].additional_data == {"words": 9}


@four_ways
def test_a_hook_that_breaks_is_logged_and_the_run_goes_on(way, caplog):
    def broken(run_input):
        raise KeyError("gauge")

    with model("fine"):
        assert ran_loosely(way, agent(pre_hooks=[broken], post_hooks=[broken]))[1].content == "fine"
    assert "gauge" in caplog.text


# --- other models --------------------------------------------------------------------------------------------------


def on(name, reply):
    return {**(reply if isinstance(reply, dict) else {"content": reply}), "when": {"model": name}}


@four_ways
def test_fallback_models_take_over_in_turn(way):
    owner = agent(fallback_models=[chat("second"), "openai-chat:third"])
    with model(on("gpt-5-mini", OUT), on("second", {"status": 400, "error": "no"}), on("third", "fine")):
        events, output = ran(way, owner)
    assert (output.status, output.content) == ("COMPLETED", "fine")
    # As in Agno, events name the run's own model, and its metrics list each model of a stream that was asked.
    assert {event.model for event in events if event.event.startswith("ModelRequest")} <= {"gpt-5-mini"}
    asked = ["gpt-5-mini", "second", "third"] if events else ["third"]
    assert [entry.id for entry in output.metrics.details["model"]] == asked


@four_ways
def test_the_next_run_starts_with_the_first_model_again(way):
    owner = agent(fallback_models=[chat("second")])
    with model(on("gpt-5-mini", OUT), on("second", "fine"), on("gpt-5-mini", "well again")):
        assert [ran(way, owner)[1].content for _ in range(2)] == ["fine", "well again"]


@four_ways
def test_a_request_that_is_refused_as_faulty_goes_to_no_fallback(way):
    with model(on("gpt-5-mini", {"status": 401, "error": "wrong key"})) as asked:
        _, output = ran(way, agent(fallback_models=[chat("second")]))
        assert len(asked.requests) == 1
    assert (output.status, output.content) == ("ERROR", "wrong key")


@four_ways
def test_when_every_model_fails_so_does_the_run(way):
    with model(on("gpt-5-mini", OUT), on("second", {"status": 400, "error": "no"})):
        _, output = ran(way, agent(fallback_models=[chat("second")]))
    assert (output.status, output.content) == ("ERROR", "out")


@four_ways
@pytest.mark.parametrize(
    ("reply", "taken"), [(SLOW_DOWN, "limits"), (TOO_LONG, "window"), (OUT, "errors")], ids=["rate", "window", "other"]
)
def test_the_kind_of_failure_chooses_the_fallback(way, reply, taken):
    told = []
    config = FallbackConfig(
        on_error=[chat("errors")],
        on_rate_limit=[chat("limits")],
        on_context_overflow=[chat("window")],
        callback=lambda first, second, error: told.append((first, second, type(error).__name__)),
    )
    with model(on("gpt-5-mini", reply), on(taken, "fine")):
        assert ran(way, agent(fallback_config=config))[1].content == "fine"
    assert [(first, second) for first, second, _ in told] == [("gpt-5-mini", taken)]


@four_ways
def test_fallbacks_by_kind_may_be_named(way):
    config = FallbackConfig(on_rate_limit=["openai:limits"])
    with model(on("gpt-5-mini", SLOW_DOWN), on("limits", "fine")):
        assert ran(way, agent(fallback_config=config))[1].content == "fine"
    assert config.on_rate_limit[0].id == "limits"


@streamed_ways
def test_what_a_broken_stream_said_is_not_said_twice(way):
    with model(
        {"content": "one two three four", "cut_after": 2, "when": {"model": "gpt-5-mini"}}, on("second", "fine")
    ):
        _, output = ran(way, agent(fallback_models=[chat("second")]))
    assert output.content == "fine"
    assert [message.content for message in output.messages] == ["Which way?", "fine"]


# --- models of one's own -------------------------------------------------------------------------------------------


class Own(Model):
    """Answers with what it is given; exceptions are raised."""

    def __init__(self, *answers):
        super().__init__(id="own", name="Own", provider="Here")
        self.answers = list(answers)

    def invoke(self, *args, **options):
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return ModelResponse(role="assistant", content=answer)

    async def ainvoke(self, *args, **options):
        return self.invoke()

    def invoke_stream(self, *args, **options):
        yield self.invoke()

    async def ainvoke_stream(self, *args, **options):
        yield self.invoke()


@four_ways
def test_any_exception_of_a_model_ends_the_run(way):
    events, output = ran(way, Agent(model=Own(ZeroDivisionError("by zero"))))
    assert (output.status, output.content) == ("ERROR", "by zero")
    if events:
        assert events[-1].error_type == "ZeroDivisionError"


@four_ways
def test_errors_of_models_name_their_family(way):
    events, output = ran(way, Agent(model=Own(ModelProviderError("down"))))
    assert output.content == "down"
    if events:
        assert events[-1].error_type == "model_provider_error"


@pytest.mark.parametrize("way", ["run", "run stream"])
def test_an_interrupt_from_the_keyboard_cancels_the_run(way):
    events, output = ran(way, Agent(model=Own(KeyboardInterrupt())))
    assert (output.status, output.content) == ("CANCELLED", "Operation cancelled by user")
    if events:
        assert named(events, "RunCancelled")


@four_ways
def test_a_cancel_from_inside_is_a_cancel(way):
    _, output = ran(way, Agent(model=Own(RunCancelledException("enough")), retries=2))
    assert (output.status, output.content) == ("CANCELLED", "enough")


# --- time ----------------------------------------------------------------------------------------------------------


@four_ways
def test_a_run_may_be_limited_in_time(way):
    with model({"content": "late", "think": 60, "times": "forever"}):
        _, output = ran(way, agent(run_timeout=0.05))
    assert output.status == "ERROR"
    assert output.content == "The run took more than its 0.05 s."


@four_ways
def test_a_tool_call_may_be_limited_in_time(way):
    released = threading.Event()

    def wait_for_tide() -> str:
        """Wait."""
        released.wait(60)
        return "tide"

    with model(calls("wait_for_tide"), "I gave up."):
        _, output = ran(way, agent(tools=[wait_for_tide], tool_timeout=0.05))
    released.set()
    assert output.content == "I gave up."
    assert output.tools[0].tool_call_error
    assert "0.05 s" in output.tools[0].result
