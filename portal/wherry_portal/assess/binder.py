"""What assignments and control flow do to the names of a scope: one kind of statement a method."""

from __future__ import annotations

import ast
from abc import abstractmethod
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from wherry_portal.assess.classes import ClassCalls
from wherry_portal.assess.values import Entry, Foreign, Many, Mapping, Row, UserObject, Value, element_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wherry_portal.assess.facts import Facts
    from wherry_portal.assess.project import Project
    from wherry_portal.assess.scope import Scope
    from wherry_portal.matrix.surface import Surface

_CATCHES = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


class Binder(ClassCalls):
    """Binds names; a name that only one branch binds is bound `maybe`."""

    def __init__(self, facts: Facts, surface: Surface, project: Project, scope: Scope) -> None:
        super().__init__(facts, surface, project, scope)
        self._maybe = 0
        self._optional = 0

    @abstractmethod
    def block(self, statements: Iterable[ast.stmt]) -> None:
        """Walk statements in order."""

    # assignments

    def _assign(self, node: ast.Assign) -> None:
        value = self.value(node.value)
        for target in node.targets:
            self.bind(target, value, node.value)

    def _annotated_assign(self, node: ast.AnnAssign) -> None:
        promised = self.annotated(node.annotation)
        value = self.value(node.value)
        vague = value is None or (isinstance(value, Many) and value.element is None)
        filled_later = isinstance(promised, Many) and promised.element is not None and value == Mapping(())
        self.bind(node.target, promised if vague or filled_later else value, node.value)

    def _augmented(self, node: ast.AugAssign) -> None:
        value = self.value(node.value)
        if isinstance(node.target, ast.Name) and isinstance(node.op, ast.BitOr) and isinstance(value, Mapping):
            known = self.scope.lookup(node.target.id)
            if isinstance(known, Mapping):
                merged = {entry.name: entry for entry in (*known.entries, *value.entries)}
                mapping = Mapping(tuple(merged.values()), known.complete and value.complete)
                self.scope.bind(node.target.id, mapping, maybe=False)
        elif isinstance(node.target, ast.Name) and isinstance(node.op, ast.Add) and isinstance(value, Many):
            self.grow(node.target.id, value.element)
        else:
            self.value(node.target)

    def bind(self, target: ast.expr, value: Value | None, source: ast.expr | None = None) -> None:
        """Give a name, attribute, item or pattern its meaning."""
        if isinstance(target, ast.Name):
            self.scope.bind(target.id, value, maybe=bool(self._maybe))
        elif isinstance(target, ast.Attribute):
            self._bind_attribute(target, value, source)
        elif isinstance(target, ast.Subscript):
            self._bind_item(target, source)
        elif isinstance(target, ast.Tuple | ast.List):
            parts = source.elts if isinstance(source, ast.Tuple | ast.List) else []
            for number, part in enumerate(target.elts):
                known = self.look(parts[number]) if number < len(parts) else _part(value, number)
                self.bind(part, known)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, Many(value) if value is not None else None)

    def _bind_attribute(self, target: ast.Attribute, value: Value | None, source: ast.expr | None) -> None:
        self.value(target)
        noted = self.facts.members[-1:]
        if noted and noted[0].node is target:
            self.facts.members[-1] = replace(noted[0], given=source)
        base = self.look(target.value)
        if isinstance(base, Foreign):
            self.held_elsewhere(base, target.attr, value)
        if isinstance(base, UserObject) and base.cls.attributes.get(target.attr) is None:
            base.cls.attributes[target.attr] = value

    def _bind_item(self, target: ast.Subscript, source: ast.expr | None) -> None:
        """`config["key"] = value` of a dictionary that is known by name."""
        self.value(target)
        base, key = self.look(target.value), target.slice
        if isinstance(base, Foreign) and isinstance(key, ast.Constant) and source is not None:
            self.held_elsewhere(base, str(key.value), self.look(source))
        known = base if isinstance(target.value, ast.Name | ast.Attribute) else None
        if not isinstance(known, Mapping):
            return
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and source is not None:
            entries = tuple(entry for entry in known.entries if entry.name != key.value)
            mapping = Mapping((*entries, Entry(key.value, key, source, self.look(source))), known.complete)
        else:
            mapping = Mapping(known.entries, complete=False)
        if isinstance(target.value, ast.Name):
            self.scope.bind(target.value.id, mapping, maybe=False)
        elif isinstance(target.value, ast.Attribute):
            owner = self.look(target.value.value)
            if isinstance(owner, UserObject):
                owner.cls.attributes[target.value.attr] = mapping

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.scope.bind(target.id, None, maybe=bool(self._maybe))
            else:
                self.value(target)

    def _outer(self, node: ast.Global | ast.Nonlocal) -> None:
        self.scope.outer |= set(node.names)

    # control flow

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        self.bind(node.target, element_of(self.value(node.iter)))
        self._conditional(node.body, node.orelse)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            value = self.value(item.context_expr)
            if item.optional_vars is not None:
                self.bind(item.optional_vars, value)
        self.block(node.body)

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        optional = any(_catches_imports(handler) for handler in node.handlers)
        self._optional += optional
        self.block(node.body)
        self._optional -= optional
        for handler in node.handlers:
            self.value(handler.type)
            self._optional += optional
            self._conditional(handler.body)
            self._optional -= optional
        self._conditional(node.orelse)
        self.block(node.finalbody)

    def _branches(self, node: ast.If | ast.While) -> None:
        self.value(node.test)
        with self._narrowed(node.test):
            self.block(node.body)
        self._conditional(node.orelse)
        if isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not) and _leaves(node.body):
            self.scope.names.update(self._told(node.test.operand))

    def _assert(self, node: ast.Assert) -> None:
        self.value(node.test)
        self.value(node.msg)
        self.scope.names.update(self._told(node.test))

    @contextmanager
    def _narrowed(self, test: ast.expr) -> Iterator[None]:
        """What `isinstance` says of a name that nothing else is known of, for as long as it holds."""
        found = dict(self._told(test))
        for name, value in found.items():
            self.scope.names[name] = value
        yield
        for name, value in found.items():
            if self.scope.names.get(name) is value:
                self.scope.names[name] = None

    def _told(self, test: ast.expr) -> Iterator[tuple[str, Value]]:
        parts = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
        for part in parts:
            if not (isinstance(part, ast.Call) and getattr(part.func, "id", "") == "isinstance" and len(part.args) > 1):
                continue
            name, kinds = part.args[:2]
            if isinstance(name, ast.Name) and self.scope.lookup(name.id) is None and name.id not in self.scope.outer:
                first = kinds.elts[0] if isinstance(kinds, ast.Tuple) and kinds.elts else kinds
                value = self.instance_of(self.look(first))
                if value is not None:
                    yield name.id, value

    def _match(self, node: ast.Match) -> None:
        self.value(node.subject)
        for case in node.cases:
            for pattern in ast.walk(case.pattern):
                if isinstance(pattern, ast.MatchClass):
                    self.value(pattern.cls)
                elif isinstance(pattern, ast.MatchValue):
                    self.value(pattern.value)
            with self._matched(node.subject, case.pattern):
                self.value(case.guard)
                self._conditional(case.body)

    @contextmanager
    def _matched(self, subject: ast.expr, pattern: ast.pattern) -> Iterator[None]:
        """What a pattern of a class says of the names it gives, and of the subject, for as long as it holds."""
        for part in ast.walk(pattern):
            if isinstance(part, ast.MatchAs) and part.name and isinstance(part.pattern, ast.MatchClass):
                self.scope.bind(part.name, self.instance_of(self.look(part.pattern.cls)), maybe=False)
        whole = pattern.pattern if isinstance(pattern, ast.MatchAs) else pattern
        before = self.scope.lookup(subject.id) if isinstance(subject, ast.Name) else None
        if not isinstance(whole, ast.MatchClass) or not isinstance(subject, ast.Name) or before is not None:
            yield
            return
        told = self.scope.names[subject.id] = self.instance_of(self.look(whole.cls))
        yield
        if self.scope.names.get(subject.id) is told:  # nothing else was bound meanwhile
            self.scope.names[subject.id] = None

    def _conditional(self, *blocks: list[ast.stmt]) -> None:
        self._maybe += 1
        try:
            for block in blocks:
                self.block(block)
        finally:
            self._maybe -= 1


def _leaves(block: list[ast.stmt]) -> bool:
    """Whether nothing after a block is reached from it."""
    return bool(block) and isinstance(block[-1], ast.Raise | ast.Return | ast.Continue | ast.Break)


def _part(value: Value | None, number: int) -> Value | None:
    """What a name of several on the left of an assignment gets."""
    if isinstance(value, Row):
        return value.parts[number] if number < len(value.parts) else None
    return element_of(value)


def _catches_imports(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    return any(isinstance(name, ast.Name) and name.id in _CATCHES for name in ast.walk(handler.type))
