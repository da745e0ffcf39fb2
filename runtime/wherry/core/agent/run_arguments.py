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


class RunSettings(TypedDict, total=False):
    """Settings of one run that change nothing about the kind of what it returns.

    Each overrides the option of the same name.

    Attributes:
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
        debug_mode: Log what is sent and received.
        background: Start the run and return at once with status PENDING (async only).
        background_tasks: A list-like object with `add_task`, for hooks that run later.
    """

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
    debug_mode: bool | None
    background: bool
    background_tasks: Any


class RunArguments(RunSettings, total=False):
    """All settings of one run.

    Attributes:
        stream: Yield events instead of returning the output.
        yield_run_output: Yield the output after the last event.
    """

    stream: bool | None
    yield_run_output: bool | None


class PrintArguments(RunArguments, total=False):
    """What `print_response` takes beside the settings of a run; None takes the option of the owner.

    Attributes:
        markdown: Draw the answer as Markdown.
        show_message: Draw the question (True).
        show_reasoning, show_full_reasoning: Draw the steps of reasoning (True), with all that they hold (False).
        show_member_responses: Draw a panel for each member of a team.
        console: A `rich` console to draw on.
        markup: Read square brackets in texts as rich's markup (True).
        tags_to_include_in_markdown: Tags that stay in the text of an answer that is drawn as Markdown.
    """

    markdown: bool | None
    show_message: bool
    show_reasoning: bool
    show_full_reasoning: bool
    show_member_responses: bool | None
    console: Any
    markup: bool
    tags_to_include_in_markdown: set[str] | None


NAMES = frozenset(RunArguments.__annotations__)
_ORDER = ("stream", *(name for name in RunArguments.__annotations__ if name != "stream"))
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
        log_warning(f"{text}{'' if near else '.'} It is handed to hooks and has no other effect.")
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
        named = sorted(NAMES - {"background", "background_tasks"}, key=_ORDER.index)
        parameters += [kinds(name, kinds.KEYWORD_ONLY, default=None) for name in (*named, *extra)]
        parameters.append(kinds("kwargs", kinds.VAR_KEYWORD))
        function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return function

    return mark
