"""A function as a scorer. Mirrors `agno.scorer.code`."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import textwrap
from typing import TYPE_CHECKING, Any

from wherry.scorer.base import FingerprintError, Score

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.scorer.base import AnyRunOutput


class CodeScorer:
    """Judge runs with a callable; mirrors `agno.scorer.CodeScorer`.

    Args:
        fn: Takes the run and what is expected, gives a bool, a number from 0 to 1, or a `Score`; may be async.
        pass_threshold: From which number on a run has passed (default 0.5); a bool is not measured by it.
    """

    def __init__(self, fn: Callable[[AnyRunOutput, Any], Any], *, pass_threshold: float = 0.5) -> None:
        self.fn = fn
        self.pass_threshold = pass_threshold

    def score(self, run: AnyRunOutput, expected: Any = None) -> Score:
        """Judge a run in the calling thread.

        Raises:
            TypeError: The function gave something that is no verdict.
        """
        return self._verdict(asyncio.run(self.fn(run, expected)) if self._awaited else self.fn(run, expected))

    async def ascore(self, run: AnyRunOutput, expected: Any = None) -> Score:
        """Judge a run; a plain function works in a thread, so that it blocks nobody."""
        if self._awaited:
            return self._verdict(await self.fn(run, expected))
        return self._verdict(await asyncio.to_thread(self.fn, run, expected))

    def digest(self) -> str:
        """Hash of the function's source and the threshold; equal to Agno's.

        Raises:
            FingerprintError: The source cannot be had, as in an interactive shell.
        """
        try:
            source = textwrap.dedent(inspect.getsource(self.fn))
        except (OSError, TypeError) as error:
            raise FingerprintError(
                f"There is no source of {self.fn!r} to take a digest of. Define the function in a file."
            ) from error
        return hashlib.sha256(f"{source}\npass_threshold={self.pass_threshold!r}".encode()).hexdigest()

    @property
    def _awaited(self) -> bool:
        call = getattr(self.fn, "__call__", None)  # noqa: B004 - an object may have an async one
        return inspect.iscoroutinefunction(self.fn) or inspect.iscoroutinefunction(call)

    def _verdict(self, given: Any) -> Score:
        if isinstance(given, Score):
            return given
        if isinstance(given, bool):
            return Score(float(given), given)
        if isinstance(given, int | float):
            return Score(float(given), float(given) >= self.pass_threshold)
        raise TypeError(f"CodeScorer function must return bool, float, or Score, got {type(given).__name__}: {given!r}")
