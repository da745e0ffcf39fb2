"""Asking a reasoning model before the main model. Mirrors Agno's native reasoning in `agno.reasoning.manager`.

The reasoning model sees the conversation; its thoughts become reasoning content of the run and an assistant message
that the main model reads. A failure is logged and the run goes on without thoughts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.agent.afterwards import own_model
from wherry.core.agent.reasoning import step_text, thought_message
from wherry.core.asking.exchange import plain_request, side_stream
from wherry.core.events.reasoning_step import ReasoningStep, ReasoningSteps
from wherry.core.log import log_warning

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wherry.core.messages import Message
    from wherry.core.run import Event, Run


def thoughts_of(response: Any) -> str:
    """The thoughts of a reply: its reasoning content, else what stands in `<think>` tags, else the whole text."""
    if response.reasoning_content:
        return str(response.reasoning_content)
    text = response.content or ""
    if "</think>" in text:
        return str(text.partition("</think>")[0].replace("<think>", "").strip())
    return str(text)


def conversation(run: Run) -> list[Message]:
    """The messages without the system's, as reasoning models want them."""
    return [
        message.model_copy(update={"role": "user"}) if message.role == "system" else message
        for message in run.messages
        if message.content or message.tool_calls
    ]


async def think_first(run: Run) -> AsyncIterator[Event]:
    """Ask the reasoning model; put its thoughts before the main model's turn."""
    model = own_model(run.owner.reasoning_model)
    if run.watched:
        yield run.remember(run.event("ReasoningStartedEvent"))
    thoughts = ""
    try:
        if run.lifecycle:
            pieces: list[str] = []
            async for event in streamed_thoughts(run, model, pieces):
                yield event
            thoughts = "".join(pieces)
        else:
            messages = conversation(run)
            metrics = run.output.metrics
            thoughts = thoughts_of(await plain_request(model, run.waits, messages, metrics, "reasoning_model"))
    except Exception as error:  # noqa: BLE001 - the run goes on without thoughts, as in Agno
        log_warning(f"Reasoning error. {error}, continuing regular session...")
    if thoughts:
        take(run, thoughts)
    if run.watched:
        steps = ReasoningSteps(reasoning_steps=[step_with(thoughts)] if thoughts else [])
        yield run.remember(run.event("ReasoningCompletedEvent", content=steps, content_type="ReasoningSteps"))


async def streamed_thoughts(run: Run, model: Any, pieces: list[str]) -> AsyncIterator[Event]:
    """The thoughts as they come; a model that tells none apart thinks in its text."""
    apart = False
    async for delta in side_stream(run, model, conversation(run), "reasoning_model"):
        apart = apart or bool(delta.reasoning_content)
        thought = delta.reasoning_content or (None if apart else delta.content)
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
