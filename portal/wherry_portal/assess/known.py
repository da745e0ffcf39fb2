"""Calls whose meaning takes more than `calls`: computed names, casts, members named in texts, keywords handed on."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from wherry_portal.assess.calls import CallEvaluator, Given
from wherry_portal.assess.facts import CallUse, MemberUse, UnclearUse
from wherry_portal.assess.values import (
    AgnoName,
    Entry,
    Instance,
    Many,
    Mapping,
    Method,
    Prepared,
    SuperOf,
    UserClass,
    UserFunction,
    UserObject,
    Value,
    Words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROPERTIES = {"property", "cached_property"}
_LENDERS = {"contextmanager", "asynccontextmanager"}
_SETTERS = {"setattr", "delattr", "object", "spy"}
"""Last parts of calls that take an object and the name of one of its members: ``patch.object(Agent, "run")``."""


class KnownCalls(CallEvaluator):
    """Evaluates what takes more than one look."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._dispatch[ast.JoinedStr] = self._joined
        self._builtins |= {
            "typing.cast": self._cast,
            "importlib.import_module": self._module,
            "__import__": self._module,
        }

    # names put together

    def _joined(self, node: ast.JoinedStr) -> Value | None:
        """An f-string of which every part is known."""
        parts = []
        for part in node.values:
            parts.append(self.value(part.value if isinstance(part, ast.FormattedValue) else part))
            self.value(getattr(part, "format_spec", None))
        texts = [part.text for part in parts if isinstance(part, Words)]
        return Words("".join(texts), node) if len(texts) == len(node.values) else None

    def _module(self, node: ast.Call, given: Given) -> Value | None:
        """`import_module`: a name that is spelled out nowhere is no text that could be rewritten: it is said aloud."""
        name = given.positional[0] if given.positional else None
        path = name.text if isinstance(name, Words) else ""
        if path.startswith("."):
            package = next((entry.meaning for entry in given.keywords if entry.name == "package"), None)
            package = given.positional[1] if len(given.positional) > 1 else package
            path = f"{package.text}{path}" if isinstance(package, Words) else ""
        written = ast.unparse(node.args[0]) if node.args else ""
        source = name.node if isinstance(name, Words) and not name.others else None
        computed = not (isinstance(source, ast.Constant) and source.value == path)
        of_agno = path.partition(".")[0] == "agno" or (not path and "agno" in written)
        if computed and of_agno and not self.quiet:
            self.facts.unclear.append(UnclearUse(node, "agno", f"the module name {written} is computed"))
        return AgnoName(path) if path.partition(".")[0] == "agno" else None

    # casts, properties, context managers

    def _cast(self, node: ast.Call, given: Given) -> Value | None:
        self.quiet += 1
        try:
            return self.annotated(node.args[0]) if node.args else None
        finally:
            self.quiet -= 1

    def member_of(self, base: Value | None, name: str) -> Value | None:
        """As in `Evaluator`; a property stands for what it returns."""
        found = super().member_of(base, name)
        if isinstance(base, UserObject | SuperOf) and isinstance(found, UserFunction) and decorated(found, _PROPERTIES):
            return self.returned(found)
        return found

    def lent(self, function: UserFunction, found: Value | None) -> Value | None:
        """What a call of a function gives to `with`: the one thing that a context manager yields."""
        return found.element if isinstance(found, Many) and decorated(function, _LENDERS) else found

    # members named in texts

    def _call(self, node: ast.Call) -> Value | None:
        found = super()._call(node)
        last = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if (last in _SETTERS or last == "hasattr") and len(node.args) > 1 and not self.quiet:
            self._note_member(node, stored=last != "hasattr")
        return found

    def _note_member(self, node: ast.Call, *, stored: bool) -> None:
        base, name = self.look(node.args[0]), self.look(node.args[1])
        if isinstance(base, AgnoName):
            symbol = self.surface.resolve(base.path)
            base = Instance(symbol.path) if symbol is not None and symbol.kind == "class" else None
        if isinstance(base, Instance) and isinstance(name, Words):
            names = (name.text, *name.others)
            self.facts.members.extend(MemberUse(node.args[1], base.cls, each, stored) for each in names)

    def _mutate(self, function: ast.Attribute, given: Given) -> None:
        super()._mutate(function, given)
        if function.attr != "setdefault" or not isinstance(function.value, ast.Name) or not given.positional:
            return
        known, key = self.scope.lookup(function.value.id), given.positional[0]
        if isinstance(known, Mapping) and isinstance(key, Words):
            entries = {key.text: Entry(key.text, key.node, key.node)} | {entry.name: entry for entry in known.entries}
            mapping = Mapping(tuple(entries.values()), known.complete)
            self.scope.bind(function.value.id, mapping, maybe=False)

    # keywords passed on

    def _partial(self, node: ast.Call, given: Given) -> Value | None:
        """`partial` of a class: its keywords count even when nobody is seen to call it."""
        made = super()._partial(node, given)
        if isinstance(made, Prepared) and isinstance(made.target, AgnoName):
            symbol = self.surface.resolve(made.target.path)
            if symbol is not None and symbol.kind == "class":
                whole = Given([], given.keywords, certain=given.certain, starred=True)
                self._note(node, made.target.path, symbol.path, "class", whole)
                return Prepared(made.target, Mapping(()))
        if isinstance(made, Prepared) and isinstance(made.target, Method) and not self.quiet:
            whole = Given([], given.keywords, certain=given.certain, starred=True)
            self._call_method(node, made.target, whole)
            return Prepared(made.target, Mapping(()))
        return made

    def call(self, node: ast.AST, target: Value, given: Given) -> Value | None:
        """As in `CallEvaluator`; keywords that a function hands on to a class of Agno are that class's."""
        if isinstance(target, UserFunction):
            self._hand_on(node, target, given, target.owner.agno_base if target.owner else "")
        elif isinstance(target, UserClass) and isinstance(target.members.get("__init__"), UserFunction):
            self._hand_on(node, target.members["__init__"], given, target.agno_base)
        return super().call(node, target, given)

    def _hand_on(self, node: ast.AST, function: Value | None, given: Given, base: str = "") -> None:
        if self.quiet or not given.keywords or not isinstance(function, UserFunction):
            return
        arguments = function.node.args
        if arguments.kwarg is None:
            return
        own = {one.arg for one in (*arguments.args, *arguments.kwonlyargs)}
        rest = tuple(entry for entry in given.keywords if entry.name not in own)
        for method, call in self._handed_on(function, arguments.kwarg.arg):
            path = base if _is_super(call) else self._class_called(method, call)
            if path and rest:
                self.facts.calls.append(CallUse(node, path, path, rest, certain=False, kind="class", positional=-1))

    def _handed_on(self, function: UserFunction, kept: str) -> Iterator[tuple[UserFunction, ast.Call]]:
        """Calls that are given the keywords that a function takes as a mapping, each with the function it is in."""
        yield from ((function, call) for call in _calls_with(function.node, kept))

    def _class_called(self, function: UserFunction, call: ast.Call) -> str:
        before, self.scope = self.scope, function.scope
        try:
            made = self.instance_of(self.look(call.func))
        finally:
            self.scope = before
        return made.cls if isinstance(made, Instance) else ""


def decorated(function: UserFunction, names: set[str]) -> bool:
    """Whether one of the decorators of a function, called or not, has one of these names."""
    for node in getattr(function.node, "decorator_list", ()):
        plain = node.func if isinstance(node, ast.Call) else node
        if (plain.attr if isinstance(plain, ast.Attribute) else getattr(plain, "id", "")) in names:
            return True
    return False


def _calls_with(node: ast.AST, name: str) -> Iterator[ast.Call]:
    """Calls that are given ``**name``."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and any(
            keyword.arg is None and isinstance(keyword.value, ast.Name) and keyword.value.id == name
            for keyword in part.keywords
        ):
            yield part


def _is_super(call: ast.Call) -> bool:
    function = call.func
    return isinstance(function, ast.Attribute) and function.attr == "__init__" and isinstance(function.value, ast.Call)
