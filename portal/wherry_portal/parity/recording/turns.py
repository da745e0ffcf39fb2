"""Running the turns of a case in one of the ways (run, stream, events and their async twins), and what each gave.

A turn yields a `Taken`, written down (by `record`) before the next turn can change the objects.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import io
import json
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wherry_portal.parity.recording import record
from wherry_portal.parity.recording.runtime import symbol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wherry_portal.parity.recording.recipe import Recipe

_MEDIA = {"image": "images", "audio": "audio", "video": "videos", "file": "files"}


@dataclass
class Taken:
    """What one turn gave.

    Attributes:
        events: Every event of a streamed turn, in order.
        result: The run output, the value of a `call`, or None.
        error: What was raised to the caller.
        printed: What a `print` turn wrote.
        written: All of it as JSON data.
    """

    events: list[Any] = field(default_factory=list)
    result: Any = None
    error: BaseException | None = None
    printed: str | None = None
    written: dict[str, Any] = field(default_factory=dict)


class Conversation:
    """The turns of one case, one after the other, on objects of one recipe.

    Args:
        recipe: What is built.
        way: One of run, stream, events, arun, astream, aevents.
    """

    def __init__(self, recipe: Recipe, way: str) -> None:
        self.recipe = recipe
        self.way = way
        self.is_async = way.startswith("a")
        self.streamed = way not in {"run", "arun"}
        self.last: Any = None

    async def take(self, turn: Mapping[str, Any]) -> Taken:
        """Run one turn; never raises for what the runtime raises."""
        if turn.get("rebuild"):
            self.recipe.rebuild()
        if "seed" in turn:
            random.seed(turn["seed"])
        taken = Taken()
        try:
            target = self.recipe.target(turn.get("target"))
            await self._do(target, turn, taken)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - what a run raises is what is compared
            taken.error = error
        taken.written = {
            "events": [record.event(event) for event in taken.events],
            "outputs": record.output(taken.result),
            "errors": record.exception(taken.error),
            "printed": taken.printed,
        }
        return taken

    async def _do(self, target: Any, turn: Mapping[str, Any], taken: Taken) -> None:
        if "call" in turn:
            taken.result = await self._call(target, turn)
        elif "print" in turn:
            taken.printed = await self._print(target, turn)
        elif "continue" in turn:
            positional, named = self._continuation(turn)
            await self._drive(target, "continue_run", positional, named, turn, taken)
        else:
            positional, named = [self._input(turn)], self._run_arguments(turn)
            await self._drive(target, "run", positional, named, turn, taken)

    async def _drive(
        self,
        target: Any,
        method: str,
        positional: list[Any],
        named: dict[str, Any],
        turn: Mapping[str, Any],
        taken: Taken,
    ) -> None:
        """Call run or continue_run, collecting events as they come, also when it raises in the middle."""
        if self.streamed:
            named = {**self._stream_arguments(target), **named}
        call = getattr(target, f"a{method}" if self.is_async else method)
        found = call(*positional, **named)
        if inspect.isawaitable(found):
            found = await found
        if self.is_async and hasattr(found, "__aiter__"):
            await self._aread(target, found, turn, taken)
        elif hasattr(found, "__next__"):
            self._read(target, found, turn, taken)
        else:
            taken.result = found
        self.last = taken.result if taken.result is not None else self.last

    def _read(self, target: Any, stream: Iterator[Any], turn: Mapping[str, Any], taken: Taken) -> None:
        for item in stream:
            if self._seen(target, item, turn, taken):
                break
        if hasattr(stream, "close"):
            stream.close()
        if taken.result is None:
            taken.result = _stored_output(target, taken.events)

    async def _aread(self, target: Any, stream: Any, turn: Mapping[str, Any], taken: Taken) -> None:
        async for item in stream:
            if self._seen(target, item, turn, taken):
                break
        if hasattr(stream, "aclose"):
            await stream.aclose()
        if taken.result is None:
            taken.result = _stored_output(target, taken.events)

    def _seen(self, target: Any, item: Any, turn: Mapping[str, Any], taken: Taken) -> bool:
        """Sort an item of a stream into events and result; whether reading stops here."""
        if not hasattr(item, "event"):
            taken.result = item
            return False
        taken.events.append(item)
        if len(taken.events) == turn.get("cancel_after"):
            target.cancel_run(item.run_id)
        return len(taken.events) == turn.get("break_after")

    def _stream_arguments(self, target: Any) -> dict[str, Any]:
        found: dict[str, Any] = {"stream": True}
        if self.way.endswith("events"):
            found["stream_events"] = True
        if type(target).__name__ != "Workflow":
            found["yield_run_output"] = True
        return found

    def _input(self, turn: Mapping[str, Any]) -> Any:
        content = self.recipe.value(turn["content"])
        if "role" not in turn:
            return content
        named = {"created_at": turn["timestamp"]} if "timestamp" in turn else {}
        return symbol("models.message.Message")(role=turn["role"], content=content, **named)

    def _run_arguments(self, turn: Mapping[str, Any]) -> dict[str, Any]:
        named: dict[str, Any] = self.recipe.value(dict(turn.get("run") or {}))
        for reference in turn.get("references") or ():
            kind = reference["kind"]
            where = {"url": reference["url"]} if "url" in reference else {"content": reference["content"].encode()}
            medium = symbol(f"media.{kind.capitalize()}")(**where, **reference.get("arguments", {}))
            named.setdefault(_MEDIA[kind], []).append(medium)
        return named

    def _continuation(self, turn: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        via = turn.get("via", "requirements")
        paused = _through_json(self.last) if via == "data" else self.last
        steps = getattr(paused, "step_requirements", None)
        requirements = steps if steps is not None else getattr(paused, "requirements", None) or []
        errors = getattr(paused, "error_requirements", None) or []
        unresolved = [requirement for requirement in (*requirements, *errors) if not _resolved(requirement)]
        for requirement, decision in zip(unresolved, turn["continue"], strict=False):
            _decide_all(requirement, decision, self.recipe)
        named = self._run_arguments(turn)
        if via in {"run_response", "data"}:
            return [paused], named
        named = {"run_id": paused.run_id, "session_id": paused.session_id, **named}
        if via == "requirements":
            named["step_requirements" if steps is not None else "requirements"] = requirements
        return [], named

    async def _call(self, target: Any, turn: Mapping[str, Any]) -> Any:
        name = turn["call"]
        method = getattr(target, f"a{name}", None) if self.is_async else None
        arguments = self.recipe.value(turn.get("args", {}))
        positional, named = (arguments, {}) if isinstance(arguments, list) else ([], arguments)
        found = (method or getattr(target, name))(*positional, **named)
        return await found if inspect.isawaitable(found) else found

    async def _print(self, target: Any, turn: Mapping[str, Any]) -> str:
        named = {**self._run_arguments(turn)}
        if self.streamed:
            named["stream"] = True
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            if self.is_async:
                await target.aprint_response(self.recipe.value(turn["print"]), **named)
            else:
                target.print_response(self.recipe.value(turn["print"]), **named)
        return printed.getvalue()


def _through_json(output: Any) -> Any:
    """A run output as another process has it that was sent its JSON."""
    return type(output).from_dict(json.loads(json.dumps(output.to_dict(), default=str)))


def _resolved(requirement: Any) -> bool:
    found = requirement.is_resolved
    return bool(found() if callable(found) else found)


def _decide_all(requirement: Any, decision: Mapping[str, Any], recipe: Recipe) -> None:
    """Resolve one open requirement; of an executor that waits, each of its own."""
    if not getattr(requirement, "requires_executor_input", False):
        _decide(requirement, decision, recipe)
        return
    for inner in requirement.executor_requirements:
        if isinstance(inner, dict):
            _decide_data(inner, decision)
        else:
            _decide(inner, decision, recipe)


def _decide(requirement: Any, decision: Mapping[str, Any], recipe: Recipe) -> None:
    """Resolve one open requirement as the fixture decides."""
    ((kind, value),) = decision.items()
    value = recipe.value(value)
    if kind in {"confirm", "retry", "skip"}:
        getattr(requirement, kind)()
    elif kind == "reject":
        requirement.reject(value) if value is not None else requirement.reject()
    elif kind == "input" and hasattr(requirement, "set_user_input"):
        requirement.set_user_input(**value)
    elif kind == "input":
        requirement.provide_user_input(value)
    elif kind == "feedback":
        requirement.provide_user_feedback(value)
    elif kind == "result":
        requirement.set_external_execution_result(value)
    elif kind == "edit":
        requirement.edit(value)
    elif kind == "select":
        requirement.select(*([value] if isinstance(value, str) else value))


def _decide_data(requirement: dict[str, Any], decision: Mapping[str, Any]) -> None:
    """Resolve a requirement that is data, as programs do that read the run from the database."""
    ((kind, value),) = decision.items()
    if kind == "result":
        requirement["external_execution_result"] = requirement["tool_execution"]["result"] = value
    elif kind == "input":
        for field_ in requirement["tool_execution"]["user_input_schema"]:
            field_["value"] = value[field_["name"]]
        requirement["tool_execution"]["answered"] = True
    else:
        requirement["confirmation"] = requirement["tool_execution"]["confirmed"] = kind == "confirm"


def _stored_output(target: Any, events: list[Any]) -> Any:
    """The output of a streamed run that did not yield it (workflows never do): read back from the database."""
    run_ids = [
        event.run_id for event in events if getattr(event, "run_id", None) and getattr(event, "workflow_id", None)
    ]
    if getattr(target, "db", None) is None or not run_ids or not hasattr(target, "get_run_output"):
        return None
    return target.get_run_output(run_ids[0], events[0].session_id)
