"""The heart: ask the model, carry out the tools it asks for, ask again, until it is done.

One async generator serves agents and teams, streamed or not, blocking or not. It appends to `run.messages`,
fills `run.output` and yields events. Called by the lifecycle and by a team's `task_loop`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.agent.overheard import settle
from wherry.core.agent.toolcalls import accepted, carry_out, close_batch, waiting
from wherry.core.agent.toolends import Batch
from wherry.core.asking.exchange import Counted, ask, ask_stream
from wherry.core.asking.fallback import Chain
from wherry.core.asking.structured import parsed, parses_structured, type_name
from wherry.core.errors import RunCancelledException
from wherry.core.errors_services import ModelProviderError
from wherry.core.messages import Message
from wherry.core.metrics import accumulate_model_metrics
from wherry.core.run import heard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wherry.core.run import Event, Run


async def converse(run: Run) -> AsyncIterator[Event]:
    """Talk to the model until it is done; when it fails, talk to its fallbacks in turn.

    Raises:
        ModelProviderError: The model and every fallback failed.
    """
    run.extra["tools_listed"] = len(run.output.tools or ())
    primary = run.extra["primary"] = run.model
    run.extra["thought_before"] = run.output.reasoning_content
    chain: Chain | None = None
    before, kept = so_far(run), len(run.messages)
    may_shrink = run.owner.compaction is not None
    try:
        while True:
            try:
                if run.stream or run.owner.output_model is not None:  # which shows not all of them
                    async for event in rounds(run):
                        yield event
                else:
                    await unseen_rounds(run)
                if chain is not None:
                    chain.settle(run)
                settle(run, whole=True)
                return  # noqa: TRY300 - the success path reads better in place
            except ModelProviderError as error:
                if may_shrink and chain is None and await fits_now(run, error, before):
                    may_shrink = False
                    continue
                if chain is None:
                    chain, kept = Chain(run, error), len(run.messages)
                    fresh = True
                else:  # what the first model called stays, so that nothing is called twice; what a fallback called goes
                    del run.messages[kept:]
                    fresh = not run.stream
                if not chain.next(run, error):
                    raise chain.error from None
                if fresh:
                    forget(run, before)
    finally:
        run.model = primary
        settle(run, whole=False)


async def fits_now(run: Run, error: ModelProviderError, before: tuple[Any, ...]) -> bool:
    """Whether a conversation that was too long has been shortened, so that the model is to be asked once more."""
    from wherry.core.agent.overflow import shrunk

    if not await shrunk(run, error):
        return False
    run.tool_calls_made = 0
    if not run.stream:
        forget(run, before)
    return True


def so_far(run: Run) -> tuple[Any, ...]:
    """What a run has said, thought and called before it talks to its model, and how many steps of reasoning it took."""
    output = run.output
    return output.content, output.reasoning_content, list(output.tools or ()), len(output.reasoning_steps or ())


def forget(run: Run, before: tuple[Any, ...]) -> None:
    """Take back what a model that failed has said; as in Agno a whole run lists none of its calls either."""
    output, (said, thought, called, steps) = run.output, before
    run.noted = ""
    run.extra.pop("overheard", None)
    if run.stream:
        output.content = output.reasoning_content = None
        return
    output.content, output.reasoning_content, output.tools = said, thought, called or None
    if output.reasoning_steps:
        output.reasoning_steps = output.reasoning_steps[:steps] or None


async def rounds(run: Run) -> AsyncIterator[Event]:
    """Model request, tool calls, model request, … until a reply asks for no tool or the run must stop."""
    compressor = run.owner.compression_manager if run.owner.compress_tool_results else None
    while True:
        run.stop_if_cancelled()
        if compressor is not None:
            async for event in compress(run, compressor):
                yield event
        assistant = Message(role=run.model.assistant_message_role)
        async for event in request(run, assistant):
            yield event
        if not assistant.tool_calls:
            return
        batch = Batch()
        async for event in carry_out(run, accepted(run, assistant, batch), batch):
            stop_unless_at_work(run)
            yield event
        close_batch(run, batch)
        if batch.stop or await halted(run):
            return


async def unseen_rounds(run: Run) -> None:
    """`rounds` of a whole run, whose events go to listeners alone: no generators, which cost more than calls."""
    compressor = run.owner.compression_manager if run.owner.compress_tool_results else None
    while True:
        run.stop_if_cancelled()
        if compressor is not None:
            async for event in compress(run, compressor):
                heard(run, event)
        assistant = Message(role=run.model.assistant_message_role)
        await unseen_request(run, assistant)
        if not assistant.tool_calls:
            return
        batch = Batch()
        async for event in carry_out(run, accepted(run, assistant, batch), batch):
            stop_unless_at_work(run)
            heard(run, event)
        close_batch(run, batch)
        if batch.stop or await halted(run):
            return


def stop_unless_at_work(run: Run) -> None:
    """Stop a run that was cancelled; a member at work stops by itself, so that what it has said so far is kept."""
    if not run.extra.get("at_work"):
        run.stop_if_cancelled()


async def request(run: Run, assistant: Message) -> AsyncIterator[Event]:
    """One model request between its two events; the assistant message joins the conversation."""
    if not run.stream:
        await unseen_request(run, assistant)
        return
    if run.watched:
        for event in request_started(run):
            yield event
    if parses_structured(run):
        shown = await at_once(run, assistant)
        if shown is not None:
            yield shown
    else:
        async for event in streamed(run, assistant):
            yield event
    run.messages.append(assistant)
    if run.watched:
        for event in request_completed(run, assistant):
            yield event


async def unseen_request(run: Run, assistant: Message) -> None:
    """`request` of a whole run."""
    if run.watched:
        request_started(run)
    await at_once(run, assistant)
    run.messages.append(assistant)
    if assistant.tool_calls and run.output.content is None:
        run.output.content = ""
    if run.watched:
        request_completed(run, assistant)


def request_started(run: Run) -> tuple[Event, ...]:
    """What begins a model request."""
    model = run.extra["primary"]  # events name the run's own model, also when another answers, as in Agno
    return run.note("ModelRequestStartedEvent", {"model": model.id, "model_provider": model.provider})


async def at_once(run: Run, assistant: Message) -> Event | None:
    """One request whose reply comes whole; the event that shows it, in a stream."""
    response = await ask(run, assistant)
    count_usage(run, response)
    take_reply(run, assistant, response)
    if response.images:
        run.output.images = (run.output.images or []) + list(response.images)
    if run.stream and assistant.content is not None:
        return structured_content(run)
    if run.stream and response.provider_data is not None:
        return run.remember(
            run.event(
                "RunContentEvent",
                content_type="str",
                reasoning_content="",
                model_provider_data=response.provider_data,
                **seen_so_far(run),
            )
        )
    return None


def structured_content(run: Run) -> Event:
    """A content event with the parsed object, for a streamed run with a schema."""
    schema = run.context.output_schema
    content, _ = parsed(run.output.content, schema, parse_response=True)
    run.output.content = content
    run.output.content_type = type_name(schema)
    extra = seen_so_far(run)
    return run.remember(
        run.event("RunContentEvent", content=content, content_type=type_name(schema), reasoning_content="", **extra)
    )


def take_reply(run: Run, assistant: Message, response: Any) -> None:
    """Put a whole reply into the run's output; text of several replies is joined."""
    output = run.output
    if assistant.content is not None:
        text = assistant.get_content_string()
        content = output.content
        output.content = content + text if isinstance(content, str) else text
    reasoning = assistant.reasoning_content
    if reasoning is not None:
        # In a team's whole run they follow those from before, in an agent's they take their place, as in Agno.
        joined = run.owner._kind == "team" and not run.stream  # noqa: SLF001 - a part of the same object
        output.reasoning_content = f"{run.extra['thought_before'] or ''}{reasoning}" if joined else reasoning
    if assistant.redacted_reasoning_content is not None:
        output.reasoning_content = (output.reasoning_content or "") + assistant.redacted_reasoning_content
    if assistant.citations is not None:
        output.citations = assistant.citations
    if response.provider_data is not None:
        output.model_provider_data = response.provider_data
    if assistant.audio_output is not None:
        output.response_audio = assistant.audio_output
    # A whole reply leaves a list even when nothing was called, as in Agno; a streamed one leaves None.
    if response.tool_executions or not run.stream:
        output.tools = (output.tools or []) + list(response.tool_executions or ())


def count_usage(run: Run, response: Any) -> None:
    """Add a reply's tokens to the run's metrics."""
    metrics = run.output.metrics
    metrics.set_time_to_first_token()
    if response.response_usage is not None:
        accumulate_model_metrics(response, run.model, "model", metrics)


async def streamed(run: Run, assistant: Message) -> AsyncIterator[Event]:
    """One request whose reply comes in pieces; each piece with something to show is an event."""
    output = run.output
    first = counted = True
    try:
        async for delta in ask_stream(run, assistant):
            if first:
                output.metrics.set_time_to_first_token()
                first = False
            event = piece(run, delta)
            if event is not None:
                run.look()
                yield event
    except RunCancelledException:
        counted = run.waits.blocking
        raise
    finally:
        # As in Agno, a stream that breaks off or tells no usage lists its model, too, but for a cancel on a loop.
        if counted:
            accumulate_model_metrics(Counted(assistant.metrics), run.model, "model", output.metrics)
    if assistant.audio_output is not None:
        output.response_audio = assistant.audio_output


def seen_so_far(run: Run) -> dict[str, Any]:
    """What every content event repeats of the run, left out while there is nothing."""
    output = run.output
    references, steps = output.references, output.reasoning_steps
    more, thoughts = output.additional_input, output.reasoning_messages
    if references is None and more is None and steps is None and thoughts is None:
        return {}
    found = {"references": references, "additional_input": more, "reasoning_steps": steps}
    found["reasoning_messages"] = thoughts
    return {name: value for name, value in found.items() if value is not None}


def piece(run: Run, delta: Any) -> Event | None:
    """Fold one piece of a reply into the output; the event that shows it, if there is something to show."""
    output = run.output
    text, thought, redacted = delta.content, delta.reasoning_content, delta.redacted_reasoning_content
    if text is not None:
        output.content = (output.content or "") + text
        output.content_type = "str"
    if thought is not None or redacted is not None:
        # A stream's first thought takes the place of those from before, as in Agno.
        held = None if run.extra.pop("thought_before", None) else output.reasoning_content
        output.reasoning_content = (held or "") + (thought or "") + (redacted or "")
    if delta.provider_data is not None:
        output.model_provider_data = delta.provider_data
    if delta.citations is not None:
        output.citations = delta.citations
    if delta.images:
        output.images = (output.images or []) + list(delta.images)
        return run.remember(
            run.event("RunContentEvent", image=delta.images[-1], reasoning_content="", **seen_so_far(run))
        )
    if delta.audio is not None:
        output.response_audio = delta.audio
        return run.remember(
            run.event("RunContentEvent", response_audio=delta.audio, reasoning_content="", **seen_so_far(run))
        )
    if (
        text is None
        and thought is None
        and redacted is None
        and delta.citations is None
        and delta.provider_data is None
    ):
        return None
    event = run.event(
        "RunContentEvent",
        content=text,
        content_type="str",
        reasoning_content=(thought or "") + (redacted or ""),
        citations=delta.citations,
        model_provider_data=delta.provider_data,
        **seen_so_far(run),
    )
    return run.remember(event)


def request_completed(run: Run, assistant: Message) -> tuple[Event, ...]:
    """What ends a model request, with its token counts."""
    used, model = assistant.metrics, run.extra["primary"]
    return run.note(
        "ModelRequestCompletedEvent",
        {
            "model": model.id,
            "model_provider": model.provider,
            "input_tokens": used.input_tokens,
            "output_tokens": used.output_tokens,
            "total_tokens": used.total_tokens,
            "time_to_first_token": used.time_to_first_token,
            "reasoning_tokens": used.reasoning_tokens,
            "cache_read_tokens": used.cache_read_tokens,
            "cache_write_tokens": used.cache_write_tokens,
        },
    )


async def halted(run: Run) -> bool:
    """Whether a run waits for a person after a round of tools; a checkpoint is saved first, if its owner wants one."""
    if run.owner.checkpoint == "tool-batch":
        from wherry.core.agent.saving import checkpoint

        await checkpoint(run)
    return waiting(run)


async def compress(run: Run, compressor: Any) -> AsyncIterator[Event]:
    """Let the owner's compressor shorten tool results before the next request."""
    from wherry.core.agent.compression import compress_results

    async for event in compress_results(run, compressor):
        yield event
