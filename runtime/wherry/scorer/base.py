"""What every scorer speaks in: a score, the protocol, and the two errors of fingerprints. Mirrors `agno.scorer.base`.

Nothing here knows an environment; `wherry.environments` builds on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from wherry.core.events.outputs import RunOutput, TeamRunOutput

AnyRunOutput = RunOutput | TeamRunOutput
"""The runs that a scorer is given."""


class FingerprintError(Exception):
    """A part of an identity has no stable form: a value that is not JSON, or a callable without source."""


class MismatchError(Exception):
    """Results of different environments were compared."""


@dataclass
class Score:
    """What one run is worth; mirrors `agno.scorer.Score`.

    Attributes:
        value: From 0 to 1.
        passed: Whether that is enough.
        reason: Why, in words.
        detail: More, as plain data.

    Raises:
        ValueError: `value` lies outside 0 to 1.
    """

    value: float
    passed: bool
    reason: str | None = None
    detail: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.value <= 1.0:
            raise ValueError(
                f"Score.value must be in [0, 1], got {self.value}. Divide by the highest mark that your scale has."
            )


@runtime_checkable
class Scorer(Protocol):
    """Anything with `ascore`; the scorers that come with Wherry have `score` and `digest`, too."""

    async def ascore(self, run: AnyRunOutput, expected: Any = None) -> Score:
        """Judge one run.

        Args:
            run: The run that was completed.
            expected: What its task wants, or None.
        """
        ...
