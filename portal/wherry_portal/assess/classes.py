"""Classes that are reached through their objects, objects that are called, and classes that keep keywords for later.

`type(bot)(name="a")`, `Agent.__init__(self, name="a")`, `maker("a")` of a class with `__call__`. Nothing is run.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from wherry_portal.assess.calls import Given
from wherry_portal.assess.values import AgnoName, Instance, UserFunction, UserObject, Value
from wherry_portal.assess.waited import WaitedCalls

if TYPE_CHECKING:
    from collections.abc import Iterator


class ClassCalls(WaitedCalls):
    """Evaluates calls of classes and objects."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._builtins["type"] = self._type

    def _type(self, node: ast.Call, given: Given) -> Value | None:
        return _class_of(given.positional[0]) if len(given.positional) == 1 else None

    def member_of(self, base: Value | None, name: str) -> Value | None:
        """As in `GatheredCalls`; `__class__` of an object is its class."""
        return _class_of(base) if name == "__class__" and _class_of(base) else super().member_of(base, name)

    def call(self, node: ast.AST, target: Value, given: Given) -> Value | None:
        """As in `KnownCalls`; a constructor called by the name of its class, and an object that is called."""
        if isinstance(target, AgnoName) and target.path.endswith(".__init__"):
            made = self.instance_of(AgnoName(target.path.removesuffix(".__init__")))
            if isinstance(made, Instance):
                rest = Given(given.positional[1:], given.keywords, certain=given.certain, starred=given.starred)
                self._note(node, made.cls, made.cls, "class", rest)
                return None
        if isinstance(target, UserObject):
            method = self.member_of(target, "__call__")
            return self.returned(method) if isinstance(method, UserFunction) else None
        return super().call(node, target, given)

    def _handed_on(self, function: UserFunction, kept: str) -> Iterator[tuple[UserFunction, ast.Call]]:
        """As in `KnownCalls`; also what other methods give of keywords that the constructor kept on `self`."""
        yield from super()._handed_on(function, kept)
        if function.owner is None or not isinstance(function.node, ast.FunctionDef):
            return
        names = set(_kept_on_self(function.node, kept))
        for method in function.owner.members.values() if names else ():
            if isinstance(method, UserFunction):
                for part in ast.walk(method.node):
                    if isinstance(part, ast.Call) and any(_unpacks(keyword, names) for keyword in part.keywords):
                        yield method, part


def _class_of(value: Value | None) -> Value | None:
    if isinstance(value, Instance):
        return AgnoName(value.cls)
    return value.cls if isinstance(value, UserObject) else None


def _kept_on_self(function: ast.FunctionDef, kept: str) -> Iterator[str]:
    """Attributes that a constructor gives the mapping of a name: ``self.defaults = defaults``."""
    for part in ast.walk(function):
        if isinstance(part, ast.Assign) and isinstance(part.value, ast.Name) and part.value.id == kept:
            yield from (name for target in part.targets if (name := _on_self(target)))


def _unpacks(keyword: ast.keyword, names: set[str]) -> bool:
    return keyword.arg is None and _on_self(keyword.value) in names


def _on_self(node: ast.expr) -> str:
    """Which attribute of `self` an expression is; empty when it is none."""
    plain = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
    return node.attr if plain and isinstance(node, ast.Attribute) else ""
