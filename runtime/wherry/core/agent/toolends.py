"""What follows a tool call that has run: the model's message, the record, media, the events that end it.

Called by `toolcalls`, once the call has its result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wherry.core.agent.reasoning import note_thought
from wherry.core.events.model_response import ToolExecution
from wherry.core.messages import Message
from wherry.core.metrics import ToolCallMetrics

if TYPE_CHECKING:
    from wherry.core.run import Event, Run
    from wherry.core.tools.calls import CallResult


class Batch:
    """The calls of one assistant message.

    Attributes:
        results: Messages for the model, in the order of the calls.
        stop: The run ends after this batch.
    """

    def __init__(self) -> None:
        self.slots: list[list[Message]] = []
        self.extra: list[Message] = []
        self.stop = False

    @property
    def results(self) -> list[Message]:
        """Result messages of all calls, then what tools added."""
        return [message for slot in self.slots for message in slot] + self.extra


@dataclass(slots=True)
class Ended:
    """How a call went.

    Attributes:
        result: What came of it; None while it runs.
        envelope: What the model is told of a result that is kept apart; see `offloading`.
        metrics: When it ran, and for how long; None while it runs.
        begun: When it began, by the clock that measures and by that of the world, in seconds.
    """

    result: CallResult | None = None
    envelope: str | None = None
    metrics: ToolCallMetrics | None = None
    begun: tuple[float, float] = (0.0, 0.0)


def concluded(run: Run, call: Any, slot: list[Message], batch: Batch, ended: Ended, record: Any = None) -> list[Event]:
    """Take the result of a call into messages, tools and media; the events that end it.

    `record` is the ToolExecution of a call that was held back before; it is filled instead of a new one.
    """
    result, metrics = ended.result, ended.metrics
    if result is None:
        return []
    if metrics is None:  # given up while it came to its end
        metrics = ToolCallMetrics()
    message = result_message(run, call, result)
    shown = message.content
    if ended.envelope is not None:
        message.content = ended.envelope
    slot.append(message)
    if result.control is not None:
        steer(run, result.control, message, batch)
    if record is not None:
        tool = record
        tool.result, tool.tool_call_error = str(message.content), message.tool_call_error
    else:
        tool = finished(run, call, message, metrics)
    take_media(run, result)
    whole = result.success and not result.in_pieces
    told = show(run, shown) if whole and shows(run, call, record) else []
    return [*told, *completed(run, call, tool, metrics.duration or 0.0)]


def shows(run: Run, call: Any, record: Any) -> bool:
    """Whether the result of a call is part of the run's content.

    An agent's call that a person decided about shows nothing by itself: the answer follows, as in Agno.
    """
    return bool(call.function.show_result) and (record is None or hasattr(run.output, "member_responses"))


def result_message(run: Run, call: Any, result: CallResult) -> Message:
    """What the model is told about a call."""
    media: dict[str, Any] = {}
    if result.success and (result.images or result.videos or result.audios or result.files):
        media = {"images": result.images, "videos": result.videos, "audio": result.audios, "files": result.files}
    return Message(
        role=run.model.tool_message_role,
        content=result.text if result.success else result.error,
        tool_call_id=call.call_id,
        tool_name=call.function.name,
        tool_args=call.arguments,
        tool_call_error=not result.success,
        stop_after_tool_call=bool(call.function.stop_after_tool_call),
        **media,
    )


def result_message_for(run: Run, tool: Any, content: Any, *, error: bool | None = None) -> Message:
    """What the model is told about a call that somebody else decided."""
    return Message(
        role=run.model.tool_message_role,
        content=content,
        tool_call_id=tool.tool_call_id,
        tool_name=tool.tool_name,
        tool_args=tool.tool_args,
        tool_call_error=error,
        stop_after_tool_call=bool(tool.stop_after_tool_call),
    )


def steer(run: Run, control: Any, message: Message, batch: Batch) -> None:
    """Apply what a tool raised to steer the run: added messages, or the end."""
    for text, role in ((control.user_message, "user"), (control.agent_message, "assistant")):
        if text is not None:
            batch.extra.append(text if isinstance(text, Message) else Message(role=role, content=text))
    for given in control.messages or ():
        batch.extra.append(given if isinstance(given, Message) else Message.model_validate(given))
    if control.stop_execution:
        message.stop_after_tool_call = True
        for added in batch.extra:
            added.stop_after_tool_call = True


def show(run: Run, content: Any) -> list[Event]:
    """Put a tool's result, or a piece of it, into the run's content, as `show_result` asks."""
    run.output.content = (run.output.content or "") + str(content)
    if not run.stream:
        return []
    return [run.remember(run.event("RunContentEvent", content=content, reasoning_content=""))]


def finished(run: Run, call: Any, message: Message, metrics: ToolCallMetrics) -> ToolExecution:
    """Replace the started record of a call by its finished one; calls that share an id differ by their arguments."""
    tool = ToolExecution(
        tool_call_id=call.call_id,
        tool_name=message.tool_name,
        tool_args=message.tool_args or {},
        tool_call_error=message.tool_call_error,
        result=str(message.content),
        stop_after_tool_call=message.stop_after_tool_call,
        metrics=metrics,
    )
    tools = run.output.tools
    begun = [index for index, one in enumerate(tools) if one.tool_call_id == tool.tool_call_id]
    if begun:
        index = next((i for i in begun if tools[i].result is None and tools[i].tool_args == tool.tool_args), begun[-1])
        tool.child_run_id = tools[index].child_run_id
        tools[index] = tool
    return tool


def completed(run: Run, call: Any, tool: ToolExecution, elapsed: float) -> list[Event]:
    """The events that end a call, and those of a thought when the tool is for thinking."""
    events: list[Event] = []
    if run.watched or "ToolCallCompletedEvent" in run.ends:
        content, output = f"{call.get_call_str()} completed in {elapsed:.4f}s. ", run.output
        media = {"images": output.images, "videos": output.videos, "audio": output.audio, "files": output.files}
        events += run.note("ToolCallCompletedEvent", {"tool": tool, "content": content, **media})
        if tool.tool_call_error:
            events += run.note("ToolCallErrorEvent", {"tool": tool, "error": str(tool.result)})
    if (tool.tool_name or "").lower() in ("think", "analyze"):
        events += note_thought(run, tool)
    return events


def take_media(run: Run, result: CallResult) -> None:
    """Media made by a tool become media of the run."""
    for name, made in (
        ("images", result.images),
        ("videos", result.videos),
        ("audio", result.audios),
        ("files", result.files),
    ):
        if made:
            setattr(run.output, name, (getattr(run.output, name) or []) + list(made))
