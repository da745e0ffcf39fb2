"""Asking a reasoning model before the main model. Mirrors Agno's native reasoning in `agno.reasoning.manager`.

The reasoning model sees what is asked, without history; its thoughts become reasoning content of the run and an
assistant message that the main model reads. A failure is logged and the run goes on without thoughts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.agent.afterwards import own_model
from wherry.core.agent.reasoning_kinds import place_of_thoughts
from wherry.core.agent.thoughts import step_text, thought_message
from wherry.core.asking.exchange import plain_request, side_stream
from wherry.core.events.reasoning_step import ReasoningStep, ReasoningSteps
from wherry.core.log import log_warning

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wherry.core.agent.reasoning_kinds import Place
    from wherry.core.messages import Message
    from wherry.core.run import Event, Run


def thoughts_of(response: Any, place: Place) -> str:
    """The thoughts of a whole reply: what stands beside its text, or within it."""
    if place == "beside":
        return str(response.reasoning_content or "")
    return thoughts_within(str(response.content or ""))


def thoughts_within(text: str) -> str:
    """The thoughts in a text: what stands in `<think>` tags, else all of it."""
    if "<think>" not in text or "</think>" not in text:
        return text
    return text[text.find("<think>") + len("<think>") : text.find("</think>")].strip()


def conversation(run: Run) -> list[Message]:
    """What the reasoning model is asked: the system's text, the user's, then what else was given; no history."""
    return [
        message.model_copy()
        for message in (run.system_message, run.user_message, *(run.extra_messages or ()))
        if message is not None
    ]


async def think_first(run: Run) -> AsyncIterator[Event]:
    """Ask the reasoning model; put its thoughts before the main model's turn."""
    model = own_model(run.owner.reasoning_model)
    place = place_of_thoughts(model)
    if run.watched:
        yield run.remember(run.event("ReasoningStartedEvent"))
    thoughts: str | None = None
    if place is None:
        log_warning(
            f"{type(model).__name__} {model.id!r} is not known to think first, so it is not asked: give a reasoning "
            "model as reasoning_model, or ReasoningTools as a tool."
        )
    else:
        try:
            if run.lifecycle:
                pieces: list[str] = []
                async for event in streamed_thoughts(run, model, place, pieces):
                    yield event
                thoughts = "".join(pieces) or None
            else:
                thoughts = await whole_thoughts(run, model, place)
        except Exception as error:  # noqa: BLE001 - the run goes on without thoughts, as in Agno
            log_warning(f"Reasoning error. {error}, continuing regular session...")
    if thoughts is not None:
        take(run, thoughts)
    if run.watched:
        steps = ReasoningSteps(reasoning_steps=[step_with(thoughts)] if thoughts is not None else [])
        yield run.remember(run.event("ReasoningCompletedEvent", content=steps, content_type="ReasoningSteps"))


async def whole_thoughts(run: Run, model: Any, place: Place) -> str:
    """What the reasoning agent thinks, or without one the reasoning model."""
    asked = conversation(run)
    if run.owner.reasoning_agent is None:
        reply = await plain_request(model, run.waits, asked, run.output.metrics, "reasoning_model")
        return thoughts_of(reply, place)
    text = "".join([thought async for thought in thoughts_of_own(run, model, place)])
    return text if place == "beside" else thoughts_within(text)


def thoughts_of_own(run: Run, model: Any, place: Place) -> AsyncIterator[str]:
    """What the reasoning agent thinks in the model's place."""
    thoughts: AsyncIterator[str] = run.owner.own_thoughts(
        run, conversation(run), place, last=type(model).__name__ == "Claude"
    )
    return thoughts


async def streamed_thoughts(run: Run, model: Any, place: Place, pieces: list[str]) -> AsyncIterator[Event]:
    """The thoughts as they come; a model that thinks in its text tells all of it."""
    if run.owner.reasoning_agent is not None:
        async for told in thoughts_of_own(run, model, place):
            if told:
                pieces.append(told)
                yield run.remember(run.event("ReasoningContentDeltaEvent", reasoning_content=told))
        return
    async for delta in side_stream(run, model, conversation(run), "reasoning_model"):
        thought = delta.reasoning_content or (delta.content if place == "within" else None)
        if thought:
            pieces.append(thought)
            yield run.remember(run.event("ReasoningContentDeltaEvent", reasoning_content=thought))


def step_with(thoughts: str) -> ReasoningStep:
    """The one step of a model that thought."""
    return ReasoningStep(result=thought_message(thoughts).get_content_string())


def take(run: Run, thoughts: str) -> None:
    """Put thoughts into the output and before the main model."""
    output, message, step = run.output, thought_message(thoughts), step_with(thoughts)
    output.reasoning_content = (output.reasoning_content or "") + step_text(step)
    output.reasoning_steps = [*(output.reasoning_steps or ()), step]
    output.reasoning_messages = [*(output.reasoning_messages or ()), message]
    run.messages.append(message)
