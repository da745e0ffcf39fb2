"""One batch of tool calls: what the model asked for in one message, carried out or held back.

A call that needs a person pauses the run; the others run one after the other in a blocking run, side by side on
a loop. Yields the tool events; fills the run's messages and tools. Called by the loop and by `continuing`.
"""

from __future__ import annotations

from time import perf_counter, time
from typing import TYPE_CHECKING, Any

from wherry.core.agent.overheard import overhear
from wherry.core.agent.toolends import Batch, Ended, concluded, show, shows
from wherry.core.events.model_response import ToolExecution
from wherry.core.events.pause import RunRequirement
from wherry.core.events.user_input import UserFeedbackOption, UserFeedbackQuestion, UserInputField
from wherry.core.log import log_debug
from wherry.core.messages import Message
from wherry.core.metrics import ToolCallMetrics
from wherry.core.tools.calls import CallResult, Piece, ToolScope, carried_out, parse_call
from wherry.core.tools.resolve import scope_for

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from wherry.core.run import Event, Run

FREE = ("read_result", "search_result")  # of the limit of calls; see `offloading`
MEDIA_NOTE = "These are the media that the tool call above made."
NOT_AVAILABLE = "Error: The requested tool does not exist or is not available."
Job = tuple[Any, list[Message], list[ToolExecution]]  # a call, where its result goes, the pauses it needs first
_MEDIA_IN_ORDER = ("images", "videos", "audio", "files")
_MEDIA = frozenset(_MEDIA_IN_ORDER)
_TYPES = {"str": str, "int": int, "float": float, "bool": bool, "list": list, "dict": dict}


def scope_of(run: Run) -> ToolScope:
    """What tools of this run may have injected."""
    return scope_for(run)


def limit_message(run: Run, call: Any) -> Message:
    """Tell the model that a call was not made because the limit is reached."""
    name = call.function.name
    return Message(
        role=run.model.tool_message_role,
        content=f"The limit of tool calls is reached: {name} was not called. Do not ask for it again.",
        tool_call_id=call.call_id,
        tool_name=name,
        tool_args=call.arguments,
        tool_call_error=True,
    )


def input_fields(call: Any) -> list[UserInputField]:
    """The fields that the `get_user_input` tool asks the user for."""
    fields = []
    for asked in call.arguments.get("user_input_fields", []):
        kind = asked.get("field_type")
        fields.append(
            UserInputField(
                name=asked.get("field_name"),
                field_type=kind if isinstance(kind, type) else _TYPES.get(kind, str),
                description=asked.get("field_description"),
            )
        )
    return fields


def questions(call: Any) -> list[UserFeedbackQuestion]:
    """The questions that the `ask_user` tool puts to the user."""
    asked = []
    for question in call.arguments.get("questions", []):
        options = [
            UserFeedbackOption(label=option.get("label", ""), description=option.get("description"))
            for option in question.get("options") or []
        ]
        asked.append(
            UserFeedbackQuestion(
                question=question.get("question", ""),
                header=question.get("header"),
                options=options or None,
                multi_select=question.get("multi_select", False),
            )
        )
    return asked


def held_back(call: Any) -> list[ToolExecution]:
    """The pauses a call needs before it may run; empty when it needs none."""
    function, arguments = call.function, call.arguments
    base: dict[str, Any] = {"tool_call_id": call.call_id, "tool_name": function.name, "tool_args": arguments}
    flags = {
        "approval_type": function.approval_type,
        "external_execution_silent": function.external_execution_silent,
    }
    pauses = []
    if function.requires_confirmation:
        pauses.append(ToolExecution(**base, requires_confirmation=True, **flags))
    if function.requires_user_input:
        schema = function.user_input_schema
        for field in schema or ():
            if arguments and field.name in arguments:
                field.value = arguments[field.name]
        pauses.append(ToolExecution(**base, requires_user_input=True, user_input_schema=schema, **flags))
    if function.name == "get_user_input" and arguments and arguments.get("user_input_fields"):
        pauses.append(ToolExecution(**base, requires_user_input=True, user_input_schema=input_fields(call)))
    if function.name == "ask_user" and arguments and arguments.get("questions"):
        pauses.append(ToolExecution(**base, requires_user_input=True, user_feedback_schema=questions(call)))
    if function.external_execution:
        pauses.append(ToolExecution(**base, external_execution_required=True, **flags))
    return pauses


def readable(run: Run, assistant: Message) -> list[Any]:
    """The calls of a message that can be carried out; the others are answered with what is wrong."""
    calls = []
    functions = run.tools.functions if run.tools is not None else {}
    for asked in assistant.tool_calls or ():
        call = parse_call(functions, asked)
        problem = NOT_AVAILABLE if call is None else call.error
        if problem is None:
            calls.append(call)
            continue
        run.messages.append(
            Message(
                role=run.model.tool_message_role,
                tool_call_id=asked.get("id"),
                tool_name=(asked.get("function") or {}).get("name"),
                content=problem,
            )
        )
    return calls


def accepted(run: Run, assistant: Message, batch: Batch) -> list[Job]:
    """The calls of an assistant message that are to be carried out, each with its place in the batch."""
    jobs: list[Job] = []
    limit = run.owner.tool_call_limit
    made, refused = run.tool_calls_made, 0
    for call in readable(run, assistant):
        slot: list[Message] = []
        free = run.owner._result_store is not None and call.function.name in FREE  # noqa: SLF001 - a part of the same object
        made += 0 if free else 1
        if limit is not None and made > limit and not free:
            log_debug(f"Tool call limit of {limit} reached: {call.function.name!r} is not called")
            slot.append(limit_message(run, call))
            batch.slots.insert(len(batch.slots) if run.waits.blocking else refused, slot)  # on a loop first, as in Agno
            refused += 1
            continue
        batch.slots.append(slot)
        jobs.append((call, slot, held_back(call)))
    return jobs


def charged(run: Run, batch: Batch) -> int:
    """How many messages of a batch count against the limit; reading back a result that was taken away does not."""
    if run.owner._result_store is None:  # noqa: SLF001 - a part of the same object
        return sum(map(len, batch.slots)) + len(batch.extra)
    return sum(message.tool_name not in FREE for message in batch.results)


def hold(run: Run, pauses: list[ToolExecution]) -> tuple[()]:
    """Record pauses in the output, without an event; the newest becomes a requirement."""
    output = run.output
    output.tools = (output.tools or []) + pauses
    output.requirements = (output.requirements or []) + [RunRequirement(tool_execution=pauses[-1])]
    return ()


async def carry_out(run: Run, jobs: list[Job], batch: Batch, record: Any = None) -> AsyncIterator[Event]:
    """Run calls: in turn when blocking, else side by side; those that wait for a person are held back.

    `record` is the ToolExecution of a single call that was held back before; it is filled instead of a new one.
    """
    if len(jobs) < 2 or run.waits.blocking:
        for call, slot, pauses in jobs:
            if pauses:
                hold(run, pauses)
                continue
            for event in beginning(run, call, record):
                yield event
            ended = Ended()
            pieces = await perform(run, call, ended)
            if pieces is not None:
                async for event in read_out(run, call, ended, pieces, record):
                    yield event
            for event in concluded(run, call, slot, batch, ended, record):
                yield event
        return
    async for event in side_by_side(run, jobs, batch):
        yield event


async def side_by_side(run: Run, asked: list[Job], batch: Batch) -> AsyncIterator[Event]:
    """Run calls at the same time; when all are done, they are concluded in the order in which they were asked for."""
    # A whole run on a loop lists what waits before what ran; the others list calls as they were asked for, as in Agno.
    for call, _, pauses in asked if run.stream else sorted(asked, key=lambda job: not job[2]):
        for event in hold(run, pauses) if pauses else started(run, call):
            yield event
    jobs = [(call, slot) for call, slot, pauses in asked if not pauses]
    ends = [Ended() for _ in jobs]
    told: list[Event] = []
    try:
        async for event in run.waits.merge([one_of(run, job[0], end) for job, end in zip(jobs, ends, strict=True)]):
            yield event
    finally:  # what has run stays in the run, whatever became of the others
        for (call, slot), end in zip(jobs, ends, strict=True):
            told += concluded(run, call, slot, batch, end)
    for event in told:
        yield event


def started(run: Run, call: Any) -> tuple[Event, ...]:
    """Note that a call begins; the event, if somebody watches."""
    tool = ToolExecution(tool_call_id=call.call_id, tool_name=call.function.name, tool_args=call.arguments or {})
    run.output.tools = run.output.tools or []
    run.output.tools.append(tool)
    return run.note("ToolCallStartedEvent", {"tool": tool}) if run.watched else ()


async def one_of(run: Run, call: Any, ended: Ended) -> AsyncGenerator[Event, None]:
    """Events of one tool of several; afterwards `ended` says how it went."""
    pieces = await perform(run, call, ended)
    if pieces is not None:
        async for event in read_out(run, call, ended, pieces):
            yield event


async def perform(run: Run, call: Any, ended: Ended) -> AsyncGenerator[Any, None] | None:
    """Carry out a call; what is to be read out of a tool that yields, else None, and `ended` says how it went."""
    ended.begun = perf_counter(), time()
    made = await carried_out(call, scope_of(run), run.waits)
    if not isinstance(made, CallResult):
        return made
    ended.result = made
    await done(run, call, ended)
    return None


async def read_out(
    run: Run, call: Any, ended: Ended, pieces: AsyncGenerator[Any, None], record: Any = None
) -> AsyncGenerator[Event, None]:
    """Events of a tool that yields, and what it shows as it comes; afterwards `ended` says how it went."""
    async for item in pieces:
        if isinstance(item, CallResult):
            ended.result = item
            continue
        if isinstance(item, Piece):
            if shows(run, call, record):
                for event in show(run, item.text):
                    yield event
            continue
        for event in passed_on(run, call, item):
            yield run.remember(event)
    await done(run, call, ended)


async def done(run: Run, call: Any, ended: Ended) -> None:
    """Note how long a call took, and keep its result where it is too long for the model."""
    begun, began_at = ended.begun
    elapsed = perf_counter() - begun
    ended.metrics = ToolCallMetrics(start_time=began_at, end_time=began_at + elapsed, duration=elapsed)
    if run.owner._result_store is not None:  # noqa: SLF001 - a part of the same object
        from wherry.core.agent.offloading import keep_result

        await keep_result(run, call, ended)


def passed_on(run: Run, call: Any, event: Event) -> list[Event]:
    """What a tool's event becomes: itself; content that is shown becomes the run's own.

    As in Agno the content's first event follows in a blocking run only.
    """
    own = own_custom(run, call, event)
    name = event.event.removeprefix("Team")
    if not call.function.show_result or name != "RunContent" or event.content is None:
        if run.stream:
            overhear(run, own)
        return [own]
    content, kind = event.content, {}
    if not isinstance(content, str):
        kind = {"content_type": type(content).__name__}
        content = content.model_dump_json() if hasattr(content, "model_dump_json") else str(content)
    run.output.content = (run.output.content or "") + content
    told = run.event("RunContentEvent", content=event.content, reasoning_content="", **kind)
    return [told, own] if run.waits.blocking else [told]


def beginning(run: Run, call: Any, record: Any) -> tuple[Event, ...]:
    """The events that begin a call."""
    if record is None:
        return started(run, call)
    return run.note("ToolCallStartedEvent", {"tool": record}) if run.watched else ()


def own_custom(run: Run, call: Any, event: Event) -> Event:
    """A custom event yielded by a tool belongs to this run; other events keep their own run."""
    if event.event == "CustomEvent":
        for name, value in run.ids.items():
            setattr(event, name, value)
        event.tool_call_id = call.call_id
    return event


def close_batch(run: Run, batch: Batch) -> None:
    """Count the calls and hand their results to the model; media go into a user message of their own."""
    run.tool_calls_made += charged(run, batch)
    results = batch.results
    run.messages.extend(results)
    batch.stop = any(message.stop_after_tool_call for message in results)
    media: dict[str, Any] = {}
    for message in results:
        if _MEDIA.isdisjoint(message.__dict__):  # as of most: it holds only what it was given
            continue
        for name in _MEDIA_IN_ORDER:
            if found := getattr(message, name):
                media.setdefault(name, []).extend(found)
                setattr(message, name, None)
    if media and run.owner.send_media_to_model:
        run.messages.append(Message(role="user", content=MEDIA_NOTE, **media))


def waiting(run: Run) -> bool:
    """Whether the run must stop here because a person has to act."""
    for tool in run.output.tools or ():
        if tool.requires_confirmation or tool.external_execution_required or tool.requires_user_input:
            return True
    return any(not requirement.is_resolved() for requirement in run.output.requirements or ())
