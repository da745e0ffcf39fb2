"""Carrying out one tool call: from the model's words to what the model is told.

`parse_call` reads a request; `carried_out` runs it and gives its `CallResult`, or what yields events and then that.
The way through the hooks is in `tool_chain`; batches, limits and messages are in `toolcalls`.
"""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from types import NoneType
from typing import TYPE_CHECKING, Any, cast

from wherry.core.deadline import RunTimedOut
from wherry.core.errors import AsyncToolInSyncRun, WherryError
from wherry.core.log import log_warning
from wherry.core.tools.function import Function, FunctionCall, FunctionExecutionResult
from wherry.core.tools.tool_chain import Calling, cancels, failed, steers, succeeded
from wherry.core.waits import BLOCKING, LOOPING, finish

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from wherry.core.waits import Waits

_WORDS = {"none": None, "null": None, "true": True, "false": False}
_MEDIA = ("images", "videos", "audios", "files")


@dataclass(slots=True)
class ToolScope:
    """What tools and their hooks may have injected.

    Attributes:
        agent: The agent of the run, or None in a team's own run.
        team: The team of the run, or the one the agent works for.
        run_context: State, dependencies, metadata and identity of the run.
        images, videos, audios, files: Media of the run and, where kept, of its session.
        timeout: Seconds a call may take; None for no limit. A Function's own `timeout` wins.
    """

    agent: Any = None
    team: Any = None
    run_context: Any = None
    images: Sequence[Any] | None = None
    videos: Sequence[Any] | None = None
    audios: Sequence[Any] | None = None
    files: Sequence[Any] | None = None
    timeout: float | None = None


@dataclass(slots=True)
class CallResult:
    """What came of a call.

    Attributes:
        success: The tool returned.
        result: The Python object it returned; the joined text of a generator.
        text: What the model is told: the result as text, or what went wrong.
        error: What went wrong.
        images, videos, audios, files: Media the tool made.
        control: Raised by the tool or a hook to steer the run.
        in_pieces: A generator's: what is to be shown of it was passed on as it came.
    """

    success: bool
    result: Any = None
    text: str = ""
    error: str | None = None
    images: Sequence[Any] | None = None
    videos: Sequence[Any] | None = None
    audios: Sequence[Any] | None = None
    files: Sequence[Any] | None = None
    control: Any = None
    in_pieces: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that a generator tool yields, passed on at once because its result is to be shown."""

    text: str


# --- reading a request ---------------------------------------------------------------------------------------------


def parse_call(functions: Mapping[str, Function], tool_call: Mapping[str, Any]) -> FunctionCall | None:
    """Read a tool call of an assistant message.

    Args:
        functions: The run's tools by name.
        tool_call: `{"id", "function": {"name", "arguments"}}`; arguments are JSON text or a dict.

    Returns:
        The call, its `error` set when the arguments cannot be used; None when there is no tool of that name.
    """
    asked = tool_call.get("function") or {}
    function = functions.get(asked.get("name") or "")
    if function is None:
        log_warning(f"The model asked for a tool that is not there: {asked.get('name')!r}")
        return None
    call = FunctionCall(function, call_id=tool_call.get("id"))
    arguments = asked.get("arguments")
    if arguments is None or arguments == "":
        return call
    try:
        read = _read(arguments)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError) as error:
        call.error = f"The arguments are not JSON: {error}\n\nSend them again as one JSON object."
        return call
    if isinstance(read, dict):
        call.arguments = {name: _word(value) for name, value in read.items()}
    elif read != []:  # some models send an empty array for "no arguments"
        call.error = f"The arguments must be one JSON object, not {_shown(read)}. Send them again."
    return call


def _read(arguments: Any) -> Any:
    if not isinstance(arguments, (str, bytes)):
        return arguments
    try:
        return json.loads(arguments)
    except ValueError:
        return ast.literal_eval(arguments if isinstance(arguments, str) else arguments.decode())


def _word(value: Any) -> Any:
    """A value sent as the word for it: "true", "null", … ."""
    return _WORDS.get(value.strip().lower(), value) if type(value) is str and len(value) < _LONGEST else value


_LONGEST = 64


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


# --- running it ----------------------------------------------------------------------------------------------------


async def perform(call: FunctionCall, scope: ToolScope, waits: Waits) -> FunctionExecutionResult:
    """Run the entrypoint with its hooks; generators come back unread.

    Raises:
        AgentRunException: Raised by the tool or a hook to steer the run.
        AsyncToolInSyncRun: The tool is asynchronous but the run is not.
    """
    return _perform_here(call, scope) if waits.blocking else await _perform_on_loop(call, scope, waits)


def _perform_here(call: FunctionCall, scope: ToolScope) -> FunctionExecutionResult:
    function = call.function
    if function.entrypoint is None:
        return _without_entrypoint(function)
    declared = function.declared()
    if declared is not None and declared.kind in ("coroutine", "async_generator"):
        raise AsyncToolInSyncRun(
            f"Tool {function.name!r} is asynchronous but the run is not.", hint="Call arun() instead of run()."
        )
    calling = Calling(call, scope, declared)
    if not calling.bare:
        return calling.now()
    try:
        result = calling.enter()
        if type(result) not in _PLAIN and inspect.isawaitable(result):
            _refuse(function, result)
        return succeeded(call, calling.injected, result)
    except Exception as error:  # noqa: BLE001 - a tool may raise anything; the model is told
        return failed(call, error)


async def _perform_on_loop(call: FunctionCall, scope: ToolScope, waits: Waits) -> FunctionExecutionResult:
    function = call.function
    if function.entrypoint is None:
        return _without_entrypoint(function)
    declared = function.declared()
    calling = Calling(call, scope, declared)
    if not calling.bare:
        if calling.has_async_parts():
            return await calling.later(waits)
        return await waits.work(calling.now)  # type: ignore[no-any-return]
    kind = declared.kind if declared is not None else "plain"
    try:
        result = await waits.work(calling.enter) if kind == "plain" else calling.enter()
        if kind == "coroutine":
            result = await result
        return succeeded(call, calling.injected, result)
    except Exception as error:  # noqa: BLE001 - a tool may raise anything; the model is told
        return failed(call, error)


_PLAIN = frozenset({str, int, float, bool, dict, list, NoneType})


def _without_entrypoint(function: Function) -> FunctionExecutionResult:
    return FunctionExecutionResult("failure", error=f"Tool {function.name!r} has no entrypoint.")


def _refuse(function: Function, result: Any) -> None:
    if inspect.iscoroutine(result):
        result.close()
    raise AsyncToolInSyncRun(
        f"Tool {function.name!r} returned something to await but the run is not asynchronous.", hint="Call arun()."
    )


async def carried_out(call: FunctionCall, scope: ToolScope, waits: Waits) -> CallResult | AsyncGenerator[Any, None]:
    """Carry out a call: its result; of a tool that yields, what gives its events, then exactly one `CallResult`.

    Text that a generator yields comes as a `Piece` when its result is to be shown.

    Raises:
        RunCancelledException: The run was cancelled in the meantime.
        RunTimedOut: The run's time is up.
        AsyncToolInSyncRun: The tool is asynchronous but the run is not.
    """
    seconds = call.function.timeout or scope.timeout
    try:
        if seconds is None and not waits.limited:
            outcome = _perform_here(call, scope) if waits.blocking else await _perform_on_loop(call, scope, waits)
        else:
            outcome = await waits.limit(perform(call, scope, waits), seconds)
    except (WherryError, RunTimedOut):
        raise
    except TimeoutError:
        return _timed_out(call, seconds)
    except Exception as error:
        if cancels(error) or not steers(error):
            raise
        return CallResult(False, text=str(error), error=str(error), control=error)
    if outcome.status == "failure":
        return CallResult(False, text=outcome.error or "", error=outcome.error)
    result = outcome.result
    if type(result) is not str and (isinstance(result, (Iterator, AsyncIterator))):
        own = waits.untimed if getattr(call.function.entrypoint, "keeps_time", False) else waits
        return _read_out(call, result, own, seconds)
    return _told(result)


async def execute(call: FunctionCall, scope: ToolScope, waits: Waits) -> AsyncGenerator[Any, None]:
    """`carried_out` for those who want all there is: the events of a tool that yields, then one `CallResult`."""
    made = await carried_out(call, scope, waits)
    if isinstance(made, CallResult):
        yield made
        return
    async for item in made:
        yield item


def _told(result: Any) -> CallResult:
    if type(result).__name__ != "ToolResult" or not hasattr(result, "content"):
        return CallResult(True, result, result if type(result) is str else str(result))
    media: dict[str, Any] = {name: getattr(result, name, None) or None for name in _MEDIA}
    if any(media.values()):
        from wherry.core.tools.foreign import native_media

        media = {name: native_media(name, items) for name, items in media.items()}
    return CallResult(True, result, result.content, **media)


def _timed_out(call: FunctionCall, seconds: float | None) -> CallResult:
    call.error = f"Tool {call.function.name!r} gave no result within {seconds:g} s and was given up."
    log_warning(call.error)
    return CallResult(False, text=call.error, error=call.error)


async def _read_out(call: FunctionCall, source: Any, waits: Waits, seconds: float | None) -> AsyncGenerator[Any, None]:
    """Events pass, text is joined and, where it is shown, passes too; a generator that fails makes a failed call."""
    texts: list[str] = []
    items = waits.each(source)
    try:
        while True:
            try:
                item: Any = await waits.untimed.limit(cast("Any", anext(items)), seconds)
            except StopAsyncIteration:
                break
            texts.append(_text_of(call, item))
            if is_event(type(item)):
                yield item
            elif call.function.show_result and item is not None:
                yield Piece(texts[-1])
    except RunTimedOut:
        raise
    except Exception as error:
        if cancels(error):
            raise
        if isinstance(error, TimeoutError) and seconds is not None and not error.args:
            yield _timed_out(call, seconds)
            return
        call.error = str(error)
        log_warning(f"Tool {call.function.name!r} failed while its output was read: {error}")
        yield CallResult(False, text=call.error, error=call.error, control=error if steers(error) else None)
        return
    finally:
        await _closed(items, source)
    call.result = text = "".join(texts)
    yield CallResult(True, text, text, in_pieces=True)


async def _closed(items: Any, source: Any) -> None:
    try:
        await items.aclose()
        if hasattr(source, "aclose"):
            await source.aclose()
        elif hasattr(source, "close"):
            source.close()
    except (RuntimeError, ValueError) as error:  # still busy in a thread that was given up
        log_warning(f"A tool's output could not be closed: {error}")


_event_types: dict[type, bool] = {}


def is_event(kind: type) -> bool:
    """Whether a class is an event of a run, ours or the reference's."""
    known = _event_types.get(kind)
    if known is None:
        known = _event_types[kind] = any(base.__name__ == "BaseRunOutputEvent" for base in kind.__mro__)
    return known


def _text_of(call: FunctionCall, item: Any) -> str:
    """What an item adds to the text for the model: content events their content, other events nothing."""
    if not is_event(type(item)):
        return str(item)
    name = item.event
    if name == "CustomEvent":
        text = str(item)  # as in Agno, the text does not name the call yet
        item.tool_call_id = call.call_id
        return text
    if name in ("RunContent", "TeamRunContent", "WorkflowCompleted") and item.content is not None:
        content = item.content
        return str(content.model_dump_json()) if hasattr(content, "model_dump_json") else str(content)
    return ""


# --- without a run -------------------------------------------------------------------------------------------------


def _scope_of(function: Function) -> ToolScope:
    return ToolScope(
        function._agent,  # noqa: SLF001 - the run's objects a Function was bound to by `resolve`
        function._team,  # noqa: SLF001
        function._run_context,  # noqa: SLF001
        **{name: getattr(function, f"_{name}", None) for name in _MEDIA},
    )


def perform_now(call: FunctionCall) -> FunctionExecutionResult:
    """Serve `FunctionCall.execute`."""
    return finish(perform(call, _scope_of(call.function), BLOCKING))


async def perform_later(call: FunctionCall) -> FunctionExecutionResult:
    """Serve `FunctionCall.aexecute`."""
    return await perform(call, _scope_of(call.function), LOOPING)
