"""What comes later or is only lent: tasks, futures, gathered answers, contexts that give back what they were given.

`asyncio.gather(make(), make())`, `pool.submit(make).result()`, `stack.enter_context(nullcontext(bot))`. Nothing is run.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from wherry_portal.assess.gathered import GatheredCalls
from wherry_portal.assess.values import AgnoName, Later, Many, Row, UserClass, UserFunction, Value, element_of

if TYPE_CHECKING:
    from wherry_portal.assess.calls import Given

_LENDERS = {"enter_context", "enter_async_context"}
_TASKS = {"create_task", "ensure_future"}
"""Last parts of methods, of a task group or a loop, that give a task of what they are given."""


class WaitedCalls(GatheredCalls):
    """Evaluates what is waited for."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        now = ("asyncio.run", "asyncio.wait_for", "asyncio.shield", "contextlib.nullcontext", "contextlib.closing")
        later = ("asyncio.create_task", "asyncio.ensure_future", "asyncio.run_coroutine_threadsafe")
        self._builtins |= dict.fromkeys(now, self._waited) | dict.fromkeys(later, self._task)
        self._builtins |= {"asyncio.gather": self._gathered, "asyncio.to_thread": self._in_thread}

    def _await(self, node: ast.Await) -> Value | None:
        return arrived(super()._await(node))

    def _waited(self, node: ast.Call, given: Given) -> Value | None:
        return arrived(given.positional[0]) if given.positional else None

    def _task(self, node: ast.Call, given: Given) -> Value | None:
        made = self._waited(node, given)
        return Later(made) if made is not None else None

    def _gathered(self, node: ast.Call, given: Given) -> Value | None:
        """One answer for each that is waited for; of those that are unpacked nobody says how many."""
        if not given.starred:
            return Row(tuple(arrived(value) for value in given.positional))
        unpacked = next((part.value for part in node.args if isinstance(part, ast.Starred)), None)
        return Many(arrived(element_of(self.look(unpacked)))) if unpacked is not None else None

    def _in_thread(self, node: ast.Call, given: Given) -> Value | None:
        return self._made_by(given.positional[0]) if given.positional else None

    def _unknown_callee(self, node: ast.Call, given: Given) -> Value | None:
        if isinstance(node.func, ast.Attribute):
            name, first = node.func.attr, given.positional[0] if given.positional else None
            owner = self.look(node.func.value) if name == "result" else None
            if isinstance(owner, Later):
                return owner.value
            if name in _LENDERS or name == "run_until_complete":
                return arrived(first)
            if name in _TASKS:
                return self._task(node, given)
            if name in {"submit", "map"} and isinstance(first, UserFunction | UserClass | AgnoName):
                made = self._made_by(first)
                return Many(made) if name == "map" else Later(made) if made is not None else None
        return super()._unknown_callee(node, given)


def arrived(value: Value | None) -> Value | None:
    """What is there once somebody has waited for it."""
    return value.value if isinstance(value, Later) else value
