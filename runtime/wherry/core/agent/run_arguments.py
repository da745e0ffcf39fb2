"""The keywords that `run` and its relatives take, in one place.

Typed for callers, checked by name at run time: Agno swallows unknown keywords, Wherry says so once.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable
from typing import Any, TypedDict, TypeVar

from wherry.core.log import log_warning

F = TypeVar("F", bound=Callable[..., Any])


class RunArguments(TypedDict, total=False):
    """Settings of one run; each overrides the option of the same name.

    Attributes:
        stream: Yield events instead of returning the output.
        stream_events: Yield every event, not only content.
        user_id: Whose run it is.
        session_id: Which session it belongs to.
        session_state: Values for the session's state.
        run_context: A context to run in, for example that of an enclosing run.
        run_id: Id of the run; made up when not given.
        audio, images, videos, files: Media of the input.
        knowledge_filters: Restrict the knowledge base.
        add_history_to_context, add_dependencies_to_context, add_session_state_to_context: What the model is shown.
        dependencies: Values for prompts and tools; merged over the owner's.
        metadata: Stored with the run; merged over the owner's and the session's.
        output_schema: Schema of the answer.
        yield_run_output: Yield the output after the last event.
        debug_mode: Log what is sent and received.
        background: Start the run and return at once with status PENDING (async only).
        background_tasks: A list-like object with `add_task`, for hooks that run later.
    """

    stream: bool | None
    stream_events: bool | None
    user_id: str | None
    session_id: str | None
    session_state: dict[str, Any] | None
    run_context: Any
    run_id: str | None
    audio: Any
    images: Any
    videos: Any
    files: Any
    knowledge_filters: Any
    add_history_to_context: bool | None
    add_dependencies_to_context: bool | None
    add_session_state_to_context: bool | None
    dependencies: dict[str, Any] | None
    metadata: dict[str, Any] | None
    output_schema: Any
    yield_run_output: bool | None
    debug_mode: bool | None
    background: bool
    background_tasks: Any


NAMES = frozenset(RunArguments.__annotations__)
_warned: set[str] = set()
# Names may come from clients of a server, who must not fill the memory or the log with them.
_MOST_WARNED = 1000


def extra_arguments(given: dict[str, Any], *, strict: bool) -> dict[str, Any]:
    """Take the keywords that `run` does not know out of `given`; hooks may still ask for them.

    Raises:
        TypeError: There are some, and the owner is strict about them.
    """
    if NAMES.issuperset(given):
        return {}
    unknown = {name: given.pop(name) for name in list(given) if name not in NAMES}
    for name in unknown:
        if not strict and (name in _warned or len(_warned) >= _MOST_WARNED):
            continue
        near = difflib.get_close_matches(name, NAMES, 1)
        text = f"run() has no keyword {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")
        if strict:
            raise TypeError(text)
        _warned.add(name)
        log_warning(f"{text} It is handed to hooks and has no other effect.")
    return unknown


def by_place(names: tuple[str, ...], values: tuple[Any, ...], given: dict[str, Any]) -> None:
    """Name the arguments that were given by their place.

    Raises:
        TypeError: There are too many, or one is given by name, too.
    """
    if len(values) > len(names):
        surplus = values[len(names) :]
        raise TypeError(f"{surplus!r} cannot be given by place: after {names[-1]!r} arguments have names.")
    for name, value in zip(names, values, strict=False):
        if name in given:
            raise TypeError(f"{name!r} is given twice: by place as {value!r} and by name as {given[name]!r}.")
        given[name] = value


def with_signature(*, leading: tuple[str, ...] = ("input",), extra: tuple[str, ...] = ()) -> Callable[[F], F]:
    """Give a `**given` method the signature that its typed dictionary stands for."""

    def mark(function: F) -> F:
        kinds = inspect.Parameter
        parameters = [kinds("self", kinds.POSITIONAL_OR_KEYWORD)]
        parameters += [kinds(name, kinds.POSITIONAL_OR_KEYWORD) for name in leading]
        named = [name for name in RunArguments.__annotations__ if name not in ("background", "background_tasks")]
        parameters += [kinds(name, kinds.KEYWORD_ONLY, default=None) for name in (*named, *extra)]
        parameters.append(kinds("kwargs", kinds.VAR_KEYWORD))
        function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return function

    return mark
