"""One scenario on Wherry with every instruction of the interpreter counted, in a process of its own: prints JSON.

Counted are the instructions of Wherry's own functions and the calls that they make of functions written in C. Unlike
seconds, both are the same on a busy machine. Started by `counting` as a file.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import CodeType, FrameType

WARM_UP = 10
HOUR = 3600.0
TOP = 12
MOST_DIGITS = 400  # no float has as many


class Count:
    """Instructions and calls, by function of ours."""

    def __init__(self) -> None:
        self.steps: Counter[CodeType] = Counter()
        self.calls: Counter[CodeType] = Counter()
        self.names: dict[CodeType, str] = {}

    def begin(self) -> None:
        """Count from now on, in this thread and in those that start later."""
        for module in (threading, sys):
            module.settrace(self._entered)
            module.setprofile(self._called)

    def end(self) -> None:
        """Count no more."""
        for module in (threading, sys):
            module.settrace(None)
            module.setprofile(None)

    def _entered(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        if not self._ours(frame):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self._stepped

    def _stepped(self, frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "opcode":
            self.steps[frame.f_code] += 1
        return self._stepped

    def _called(self, frame: FrameType, event: str, _argument: Any) -> None:
        if event == "c_call" and self._ours(frame):
            self.calls[frame.f_code] += 1

    def _ours(self, frame: FrameType) -> bool:
        # Code that dataclasses make has no file, but it has the module's names.
        name = self.names.get(frame.f_code)
        if name is None:
            module = frame.f_globals.get("__name__", "")
            ours = module == "wherry" or module.startswith("wherry.")
            name = self.names[frame.f_code] = f"{module}.{frame.f_code.co_qualname}" if ours else ""
        return bool(name)


def take_any_time() -> None:
    """Let no clock decide what is counted.

    A step's function that a busy machine keeps waiting, and a commit on a slow disk, would go to a thread. A row of
    nineteen digits in what is read is looked at once more; how many of the durations have one is chance.
    """
    for name in ("brief", "step_quiet", "step_row"):
        vars(importlib.import_module(f"wherry.core.workflow.{name}"))["BRIEF"] = HOUR
    vars(importlib.import_module("wherry.stores.sqlite"))["SLOW_SECONDS"] = HOUR
    vars(importlib.import_module("wherry.core.exact_json"))["_LONG"] = bytes([1]) * MOST_DIGITS


async def main(order: dict[str, Any]) -> dict[str, Any]:
    """Count some runs of what the order describes."""
    take_any_time()
    subjects = importlib.import_module("subjects")
    one = subjects.subject(order)
    count = Count()
    # Telemetry is written here, once, and not in a thread that would begin whenever it is time.
    with subjects.recorded(order, interval=HOUR) as settle:
        for _ in range(WARM_UP):
            await one("warm-up")
        settle()
        count.begin()
        for _ in range(order["runs"]):
            await one("counted")
        settle()
        count.end()
    runs = order["runs"]
    steps, calls = sum(count.steps.values()), sum(count.calls.values())
    top = [f"{count.names[code]}: {100 * number / steps:.1f} %" for code, number in count.steps.most_common(TOP)]
    return {"steps": round(steps / runs), "calls": round(calls / runs), "top": top}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(json.loads(sys.argv[1])))))
