"""What a call stands for, and which keywords it gives: directly, through dictionaries, through `functools.partial`."""

from __future__ import annotations

import ast
from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wherry_portal.assess.evaluate import Evaluator
from wherry_portal.assess.facts import CallUse, UnclearUse
from wherry_portal.assess.values import (
    AgnoName,
    Entry,
    Foreign,
    Instance,
    Mapping,
    Method,
    Prepared,
    SuperOf,
    UserClass,
    UserFunction,
    UserObject,
    Value,
    Words,
    merged,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_NAMERS = {
    "import_module",
    "__import__",
    "patch",
    "setattr",
    "delattr",
    "importorskip",
    "find_spec",
    "spy",
    "object",
    "dict",
    "stub",
}
"""Last parts of calls whose text arguments are paths of names."""


class Given:
    """The arguments of one call."""

    def __init__(
        self, positional: list[Value | None], keywords: tuple[Entry, ...], *, certain: bool, starred: bool
    ) -> None:
        self.positional = positional
        self.keywords = keywords
        self.certain = certain
        self.starred = starred


class CallEvaluator(Evaluator):
    """Evaluates calls."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._builtins: dict[str, Callable[[ast.Call, Given], Value | None]] = {
            "dict": self._make_dict,
            "getattr": self._getattr,
            "super": self._super,
            "list": self._collect,
            "tuple": self._collect,
            "sorted": self._collect,
            "functools.partial": self._partial,
            "copy.copy": self._same,
            "copy.deepcopy": self._same,
        }

    def _call(self, node: ast.Call) -> Value | None:
        first = len(self.facts.texts)
        target = self.value(node.func)
        given = self._given(node)
        if not self.quiet and len(self.facts.texts) > first and self._names_things(node.func, target):
            self._make_certain(first, node)
        if target is None:
            return self._unknown_callee(node, given)
        return self.call(node, target, given)

    def _given(self, node: ast.Call) -> Given:
        positional = [self.value(argument) for argument in node.args]
        starred = any(isinstance(argument, ast.Starred) for argument in node.args)
        entries: list[Entry] = []
        certain = True
        for keyword in node.keywords:
            value = self.value(keyword.value)
            if keyword.arg is not None:
                entries.append(Entry(keyword.arg, keyword, keyword.value, value))
            elif isinstance(value, Mapping):
                entries = merged(entries, value.entries)
                certain = certain and value.complete
            else:
                certain = False
        return Given(positional, tuple(entries), certain=certain, starred=starred)

    def call(self, node: ast.AST, target: Value, given: Given) -> Value | None:
        """What calling a value gives."""
        if isinstance(target, AgnoName):
            return self._call_name(node, target, given)
        if isinstance(target, Method):
            return self._call_method(node, target, given)
        if isinstance(target, Prepared):
            keywords = tuple(merged(list(target.keywords.entries), given.keywords))
            certain = given.certain and target.keywords.complete
            return self.call(
                node, target.target, Given(given.positional, keywords, certain=certain, starred=given.starred)
            )
        if isinstance(target, UserClass):
            return self._call_user_class(node, target, given)
        if isinstance(target, UserFunction):
            return self.returned(target)
        if isinstance(target, Foreign) and isinstance(node, ast.Call):
            handler = self._builtins.get(target.path)
            return handler(node, given) if handler else None
        return None

    def _call_name(self, node: ast.AST, target: AgnoName, given: Given) -> Value | None:
        symbol = self.surface.resolve(target.path)
        if symbol is None:
            self._note(
                node,
                target.path,
                target.path,
                "class" if target.path.rpartition(".")[2][:1].isupper() else "function",
                given,
            )
            return None
        if symbol.kind == "class":
            self._note(node, target.path, symbol.path, "class", given)
            return Instance(symbol.path)
        if symbol.kind == "method":
            self._note(node, target.path, symbol.path, "method", given)
            return self._result(symbol.path, symbol.owner)
        if symbol.kind == "function":
            self._note(node, target.path, symbol.path, "function", given)
            return self._result(symbol.path, "")
        return None

    def _call_method(self, node: ast.AST, target: Method, given: Given) -> Value | None:
        if target.name == "__init__":
            self._note(node, target.cls, target.cls, "class", given)
            return None
        symbol = self.surface.member(target.cls, target.name)
        if symbol is None:
            self._note(node, f"{target.cls}.{target.name}", f"{target.cls}.{target.name}", "method", given)
            return None
        if symbol.kind == "method":
            self._note(node, f"{target.cls}.{target.name}", symbol.path, "method", given)
        return self._result(symbol.path, target.cls)

    def _result(self, path: str, owner: str) -> Value | None:
        """An object of the class that a function of Agno returns; the first one when it may be several."""
        found = self.surface.returns(path)
        if owner in found:
            return Instance(owner)
        best = [cls for cls in found if cls.endswith("Output")] or list(found)
        return Instance(best[0]) if best else None

    def _call_user_class(self, node: ast.AST, target: UserClass, given: Given) -> Value | None:
        if target.agno_base and not self._has_own_init(target):
            declared = {name for name in target.members if not name.startswith("_")}
            keywords = tuple(entry for entry in given.keywords if entry.name not in declared)
            self._note(node, target.agno_base, target.agno_base, "class", _with(given, keywords))
        return UserObject(target)

    def _has_own_init(self, cls: UserClass) -> bool:
        if "__init__" in cls.members:
            return True
        return any(isinstance(base, UserClass) and self._has_own_init(base) for base in cls.bases)

    def _note(self, node: ast.AST, target: str, canonical: str, kind: Any, given: Given) -> None:
        if self.quiet:
            return
        positional = -1 if given.starred else len(given.positional)
        self.facts.calls.append(CallUse(node, target, canonical, given.keywords, given.certain, kind, positional))
        if not given.certain and kind == "class" and not self._forwards(node):
            self.facts.unclear.append(UnclearUse(node, target, "keywords come from a mapping that cannot be followed"))

    def _forwards(self, node: ast.AST) -> bool:
        """Whether the call is ``super().__init__(**kwargs)`` with what the constructor itself was given."""
        return (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "__init__"
            and isinstance(node.func.value, ast.Call)
            and isinstance(node.func.value.func, ast.Name)
            and node.func.value.func.id == "super"
        )

    @abstractmethod
    def returned(self, function: UserFunction) -> Value | None:
        """What a function of the assessed code returns; see `walker`."""

    # functions whose meaning is known

    def _unknown_callee(self, node: ast.Call, given: Given) -> Value | None:
        if isinstance(node.func, ast.Name):
            handler = self._builtins.get(node.func.id)
            return handler(node, given) if handler else None
        if isinstance(node.func, ast.Attribute):
            self._mutate(node.func, given)
        return None

    def _mutate(self, function: ast.Attribute, given: Given) -> None:
        """`config.update(...)` of a dictionary that is known by name."""
        if not isinstance(function.value, ast.Name) or function.attr not in {"update", "setdefault", "pop", "append"}:
            return
        name = function.value.id
        known = self.scope.lookup(name)
        if not isinstance(known, Mapping):
            return
        if function.attr == "update":
            more = [value for value in given.positional if isinstance(value, Mapping)]
            complete = known.complete and given.certain and len(more) == len(given.positional)
            entries = list(known.entries)
            for mapping in more:
                entries = merged(entries, mapping.entries)
                complete = complete and mapping.complete
            self.scope.bind(name, Mapping(tuple(merged(entries, given.keywords)), complete), maybe=False)
        elif function.attr == "pop" and given.positional and isinstance(given.positional[0], Words):
            gone = given.positional[0].text
            self.scope.bind(
                name, replace(known, entries=tuple(e for e in known.entries if e.name != gone)), maybe=False
            )

    def _make_dict(self, node: ast.Call, given: Given) -> Value | None:
        entries: list[Entry] = []
        certain = given.certain and not given.starred
        for value in given.positional:
            if isinstance(value, Mapping):
                entries = merged(entries, value.entries)
                certain = certain and value.complete
            else:
                certain = False
        return Mapping(tuple(merged(entries, given.keywords)), certain)

    def _getattr(self, node: ast.Call, given: Given) -> Value | None:
        if len(given.positional) > 1 and isinstance(given.positional[1], Words):
            return self.member_of(given.positional[0], given.positional[1].text)
        if given.positional and isinstance(given.positional[0], AgnoName) and not self.quiet:
            self.facts.unclear.append(UnclearUse(node, given.positional[0].path, "the name is computed"))
        return None

    def _super(self, node: ast.Call, given: Given) -> Value | None:
        return SuperOf(self.owner) if self.owner is not None else None

    def _collect(self, node: ast.Call, given: Given) -> Value | None:
        return given.positional[0] if given.positional else None

    def _same(self, node: ast.Call, given: Given) -> Value | None:
        return given.positional[0] if given.positional else None

    def _partial(self, node: ast.Call, given: Given) -> Value | None:
        if not given.positional or given.positional[0] is None:
            return None
        return Prepared(given.positional[0], Mapping(given.keywords, given.certain))

    # texts that name things

    def _names_things(self, function: ast.expr, target: Value | None) -> bool:
        last = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if isinstance(target, Foreign):
            last = target.path.rpartition(".")[2]
        return last in _NAMERS or last.endswith(("env", "environ"))

    def _make_certain(self, first: int, node: ast.Call) -> None:
        direct = {id(argument) for argument in [*node.args, *(keyword.value for keyword in node.keywords)]}
        self.facts.texts[first:] = [
            replace(use, certain=use.certain or id(use.node) in direct) for use in self.facts.texts[first:]
        ]


def _with(given: Given, keywords: tuple[Entry, ...]) -> Given:
    return Given(given.positional, keywords, certain=given.certain, starred=given.starred)
