"""A stopwatch, the time source of every metrics object; its public place is also where it lives."""

from __future__ import annotations

from time import perf_counter
from typing import Any, Self

from wherry.core.matrix import module_getattr

__all__ = ["Timer"]


class Timer:
    """Measures seconds between `start` and `stop`; mirrors `agno.utils.timer.Timer`.

    Attributes:
        start_time: Reading of the clock at the start, in seconds, or None.
        end_time: Reading at the stop, or None.
        elapsed_time: Seconds between the two once stopped, or None.
    """

    __slots__ = ("elapsed_time", "end_time", "start_time")

    def __init__(self) -> None:
        self.start_time: float | None = None
        self.end_time: float | None = None
        self.elapsed_time: float | None = None

    @property
    def elapsed(self) -> float:
        """Seconds so far: final once stopped, growing while running, 0.0 before the start."""
        if self.elapsed_time is not None:
            return self.elapsed_time
        return 0.0 if self.start_time is None else perf_counter() - self.start_time

    def start(self) -> float:
        """Start and return the reading of the clock."""
        self.start_time = perf_counter()
        return self.start_time

    def stop(self) -> float:
        """Stop and return the reading of the clock."""
        self.end_time = perf_counter()
        if self.start_time is not None:
            self.elapsed_time = self.end_time - self.start_time
        return self.end_time

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def to_dict(self) -> dict[str, Any]:
        """Both readings as text and the elapsed seconds."""
        return {
            "start_time": None if self.start_time is None else str(self.start_time),
            "end_time": None if self.end_time is None else str(self.end_time),
            "elapsed": self.elapsed,
        }


__getattr__ = module_getattr(__name__, "agno.utils.timer")
