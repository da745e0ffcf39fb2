"""The ways to run an agent or a team, and to go on with a run: blocking or on the event loop, whole or streamed.

`Agent` and `Team` inherit `Ways` with the classes of their output and of their events, so that type checkers and
editors know what each way gives. What `stream` and `yield_run_output` decide is said in the overloads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, Unpack, cast, overload

from wherry.core.agent.run_arguments import RunArguments, with_signature
from wherry.core.run import outcome, shown
from wherry.core.waits import BLOCKING, LOOPING, drain, finish

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterator

    from wherry.core.agent.run_arguments import RunSettings

Output = TypeVar("Output")
"""The output of a run."""
Piece = TypeVar("Piece")
"""An event of a stream."""


class Ways(Generic[Output, Piece]):
    """`run`, `arun`, `continue_run` and `acontinue_run`."""

    @overload
    def run(
        self, input: Any, *, stream: Literal[True], yield_run_output: Literal[True], **given: Unpack[RunSettings]
    ) -> Iterator[Piece | Output]: ...
    @overload
    def run(
        self,
        input: Any,
        *,
        stream: Literal[True],
        yield_run_output: Literal[False] | None = ...,
        **given: Unpack[RunSettings],
    ) -> Iterator[Piece]: ...
    @overload
    def run(
        self,
        input: Any,
        *,
        stream: Literal[False] | None = ...,
        yield_run_output: bool | None = ...,
        **given: Unpack[RunSettings],
    ) -> Output: ...
    @overload
    def run(
        self,
        input: Any,
        *,
        stream: bool | None,
        yield_run_output: bool | None = ...,
        **given: Unpack[RunSettings],
    ) -> Output | Iterator[Piece | Output]: ...

    @with_signature()
    def run(self, input: Any, **given: Unpack[RunArguments]) -> Any:
        """Run once and wait; mirrors `agno.agent.Agent.run`.

        Args:
            input: Text, a list of texts, a Message or a list of them, a dict, or a pydantic object.
            **given: See `RunArguments`.

        Returns:
            The RunOutput (TeamRunOutput for a team), or with `stream=True` an iterator of events.

        Raises:
            NotMigratedError: A feature of the call is not available; before any model call.
            ValueError: The input does not fit `input_schema`, or a hook is asynchronous.
        """
        owner: Any = self
        run = owner.make_run(input, BLOCKING, cast("dict[str, Any]", given))
        events = owner.events(run)
        if run.stream:
            return drain(shown(run, events, bool(given.get("yield_run_output"))))
        return finish(outcome(run, events))

    @overload
    def arun(
        self, input: Any, *, stream: Literal[True], yield_run_output: Literal[True], **given: Unpack[RunSettings]
    ) -> AsyncIterator[Piece | Output]: ...
    @overload
    def arun(
        self,
        input: Any,
        *,
        stream: Literal[True],
        yield_run_output: Literal[False] | None = ...,
        **given: Unpack[RunSettings],
    ) -> AsyncIterator[Piece]: ...
    @overload
    def arun(
        self,
        input: Any,
        *,
        stream: Literal[False] | None = ...,
        yield_run_output: bool | None = ...,
        **given: Unpack[RunSettings],
    ) -> Coroutine[Any, Any, Output]: ...
    @overload
    def arun(
        self,
        input: Any,
        *,
        stream: bool | None,
        yield_run_output: bool | None = ...,
        **given: Unpack[RunSettings],
    ) -> Coroutine[Any, Any, Output] | AsyncIterator[Piece | Output]: ...

    @with_signature(extra=("background",))
    def arun(self, input: Any, **given: Unpack[RunArguments]) -> Any:
        """Run once on the event loop; mirrors `agno.agent.Agent.arun`.

        Args and raises: as `run`.

        Returns:
            An awaitable RunOutput, or with `stream=True` an async iterator of events.
        """
        owner: Any = self
        arguments = cast("dict[str, Any]", given)
        background = arguments.pop("background", False)
        run = owner.make_run(input, LOOPING, arguments)
        if background:
            from wherry.core.agent.background import in_background

            return in_background(owner, run, bool(arguments.get("yield_run_output")))
        if run.stream:
            return shown(run, owner.events(run), bool(arguments.get("yield_run_output")))
        return outcome(run, owner.events(run))

    @overload
    def continue_run(
        self, run_response: Output | None = ..., *, stream: Literal[True], **given: Any
    ) -> Iterator[Piece | Output]: ...
    @overload
    def continue_run(
        self, run_response: Output | None = ..., *, stream: Literal[False] | None = ..., **given: Any
    ) -> Output: ...
    @overload
    def continue_run(
        self, run_response: Output | None = ..., *, stream: bool | None, **given: Any
    ) -> Output | Iterator[Piece | Output]: ...

    def continue_run(self, run_response: Any = None, **given: Any) -> Any:
        """Go on with a paused, broken-off or finished run; mirrors `agno.agent.Agent.continue_run`.

        Args:
            run_response: The output of the run, or None when `run_id` and a session name it.
            **given: `run_id`, `requirements`, `input`, `continue_from`, `fork`, `regenerate`, `replace_original`,
                `additional_instructions`, and the settings of `run`.

        Returns:
            The output, or with `stream=True` an iterator of events.

        Raises:
            RunNotFoundError: No such run is stored.
            RunNotContinuableError: The run was cancelled.
            ValueError: Neither an output nor a run id was given, or requirements are open.
        """
        from wherry.core.agent.continuing import continue_blocking

        return continue_blocking(self, run_response, given, BLOCKING)

    @overload
    def acontinue_run(
        self, run_response: Output | None = ..., *, stream: Literal[True], **given: Any
    ) -> AsyncIterator[Piece | Output]: ...
    @overload
    def acontinue_run(
        self, run_response: Output | None = ..., *, stream: Literal[False] | None = ..., **given: Any
    ) -> Coroutine[Any, Any, Output]: ...
    @overload
    def acontinue_run(
        self, run_response: Output | None = ..., *, stream: bool | None, **given: Any
    ) -> Coroutine[Any, Any, Output] | AsyncIterator[Piece | Output]: ...

    def acontinue_run(self, run_response: Any = None, **given: Any) -> Any:
        """`continue_run` on the event loop."""
        from wherry.core.agent.continuing import continue_looping

        return continue_looping(self, run_response, given, LOOPING)
