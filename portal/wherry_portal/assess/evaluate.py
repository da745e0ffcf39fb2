"""What an expression stands for. One pass: every sub-expression is looked at once, and what uses Agno is written down.

Calls are next door in `calls`, statements in `walker`. Nothing is ever imported or run.
"""

from __future__ import annotations

import ast
import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from wherry_portal.assess.facts import DottedUse, MemberUse, NameUse, TextUse
from wherry_portal.assess.syntax import expression_tree
from wherry_portal.assess.values import (
    AgnoName,
    Entry,
    Foreign,
    Instance,
    Many,
    Mapping,
    Method,
    SuperOf,
    UserClass,
    UserFunction,
    UserModule,
    UserObject,
    Value,
    Words,
    added,
    element_of,
    listed,
    merged,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wherry_portal.assess.facts import Facts
    from wherry_portal.assess.project import Project
    from wherry_portal.assess.scope import Scope
    from wherry_portal.matrix.surface import Surface

_DOTTED = re.compile(r"^agno(\.[A-Za-z_]\w*)+$")
_VARIABLE = re.compile(r"^AGNO_[A-Z0-9_]+$")
_ADDRESS = re.compile(r"^(mysql|mariadb|mongodb|redis|rediss|postgres|postgresql|sqlite|oracle|mssql)(\+\w+)?:")
DEEPEST_LOOK = 6  # how far looking ahead may look ahead again
_WRAPPERS = {"Optional", "Annotated", "ClassVar", "Final", "Required", "NotRequired", "Type", "type"}
_KEYED = {"Dict", "dict", "defaultdict", "Mapping", "MutableMapping", "ContextVar"}
_COLLECTIONS = {"List", "list", "Sequence", "Iterable", "Iterator", "tuple", "Tuple", "set", "Set", *_KEYED}


class Evaluator(ABC):
    """Evaluates expressions in a current scope.

    Attributes:
        facts: Where uses are written to.
        scope: Where names are looked up now.
        quiet: Depth of looking ahead; above zero nothing is written down.
        owner: Class whose method is walked, or None.
    """

    def __init__(self, facts: Facts, surface: Surface, project: Project, scope: Scope) -> None:
        self.facts = facts
        self.surface = surface
        self.project = project
        self.scope = scope
        self.quiet = 0
        self.owner: UserClass | None = None
        self._dispatch: dict[type, Callable[[Any], Value | None]] = {
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.Call: self._call,
            ast.Constant: self._constant,
            ast.Dict: self._dict,
            ast.List: self._sequence,
            ast.Tuple: self._sequence,
            ast.Set: self._sequence,
            ast.Subscript: self._subscript,
            ast.IfExp: self._if_expression,
            ast.BoolOp: self._bool,
            ast.BinOp: self._binary,
            ast.NamedExpr: self._walrus,
            ast.Await: self._await,
            ast.Lambda: self._lambda,
            ast.ListComp: self._comprehension,
            ast.SetComp: self._comprehension,
            ast.GeneratorExp: self._comprehension,
            ast.DictComp: self._dict_comprehension,
        }

    def value(self, node: ast.expr | None) -> Value | None:
        """What an expression stands for; None when it is not known."""
        if node is None:
            return None
        handler = self._dispatch.get(type(node))
        if handler is not None:
            return handler(node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child)
        return None

    @abstractmethod
    def _call(self, node: ast.Call) -> Value | None:
        """What a call gives; see `calls`."""

    @abstractmethod
    def _lambda(self, node: ast.Lambda) -> Value | None:
        """A function without a name; see `walker`."""

    @abstractmethod
    def bind(self, target: ast.expr, value: Value | None) -> None:
        """Give a name, attribute or pattern its meaning; see `binder`."""

    # names and attributes

    def _name(self, node: ast.Name) -> Value | None:
        value = self.scope.lookup(node.id)
        if isinstance(value, AgnoName) and value.imported is not None and not self.quiet:
            self.facts.names.append(NameUse(node, value.path, value.imported))
        return value

    def _attribute(self, node: ast.Attribute) -> Value | None:
        base = self._base_of(node)
        found = self.member_of(base, node.attr)
        if isinstance(base, AgnoName) and isinstance(found, AgnoName) and not self.quiet:
            self._note_dotted(node, found)
            symbol = self.surface.resolve(base.path)
            if symbol is not None and symbol.kind == "class":
                self.facts.members.append(MemberUse(node, symbol.path, node.attr, isinstance(node.ctx, ast.Store)))
        elif isinstance(base, Instance | UserObject) and not self.quiet:
            cls = base.cls if isinstance(base, Instance) else base.cls.agno_base
            if cls and not (isinstance(base, UserObject) and self._is_own(base.cls, node.attr)):
                self.facts.members.append(MemberUse(node, cls, node.attr, isinstance(node.ctx, ast.Store)))
        return found

    def _base_of(self, node: ast.Attribute) -> Value | None:
        """The object of an attribute; a package on the way to something longer is not a use of its own."""
        inner = node.value
        if isinstance(inner, ast.Attribute) and self._root(inner) is not None:
            return self.member_of(self._base_of(inner), inner.attr)
        if isinstance(inner, ast.Name):
            return self.scope.lookup(inner.id)
        return self.value(inner)

    def _root(self, node: ast.Attribute) -> ast.Name | None:
        """The package name a pure dotted expression starts with, when it stands for a module of Agno."""
        at: ast.expr = node
        while isinstance(at, ast.Attribute):
            at = at.value
        if not isinstance(at, ast.Name):
            return None
        value = self.scope.lookup(at.id)
        return at if isinstance(value, AgnoName) and self._is_module(value.path) else None

    def _is_module(self, path: str) -> bool:
        return path in self.surface.modules or self.project.was_module(path)

    def _note_dotted(self, node: ast.Attribute, found: AgnoName) -> None:
        at: ast.expr = node
        while isinstance(at, ast.Attribute):
            at = at.value
        if not isinstance(at, ast.Name):
            return
        root = self.scope.lookup(at.id)
        if not isinstance(root, AgnoName):
            return
        if self._is_module(root.path):
            spelled = root.path in {"agno", "wherry"} or at.id in {"agno", "wherry"}
            self.facts.dotted.append(DottedUse(node, at, found.path, found.origin, spelled))
        if root.imported is not None:
            self.facts.names.append(NameUse(at, root.path, root.imported))

    def _is_own(self, cls: UserClass, name: str) -> bool:
        """Whether the assessed code defines the member itself."""
        if name in cls.members or name in cls.attributes:
            return True
        return any(isinstance(base, UserClass) and self._is_own(base, name) for base in cls.bases)

    def member_of(self, base: Value | None, name: str) -> Value | None:
        """What an attribute of a value stands for."""
        if isinstance(base, AgnoName):
            return AgnoName(f"{base.path}.{name}", base.origin)
        if isinstance(base, Foreign):
            return Foreign(f"{base.path}.{name}")
        if isinstance(base, Instance):
            return self._of_instance(base.cls, name)
        if isinstance(base, UserObject | SuperOf):
            return self._of_user_object(base, name)
        if isinstance(base, UserClass):
            return base.members.get(name)
        if isinstance(base, UserModule):
            found = self.project.export(base.path, name)
            self.link(base.path, found)
            return found
        return None

    def link(self, path: Path, value: Value | None) -> None:
        """Note that the file takes something of Agno from another file."""
        if not self.quiet and self._is_of_agno(value):
            self.facts.links.add(path)

    def _is_of_agno(self, value: Value | None) -> bool:
        """Whether a value is, holds or makes an object whose class would have to be the same on both sides."""
        if isinstance(value, AgnoName | Instance):
            return not self.project.stays(value.path if isinstance(value, AgnoName) else value.cls)
        if isinstance(value, UserClass | UserObject):
            cls = value if isinstance(value, UserClass) else value.cls
            return bool(cls.agno_base) and not self.project.stays(cls.agno_base)
        if isinstance(value, Many):
            return self._is_of_agno(value.element)
        if isinstance(value, Mapping):
            return any(self._is_of_agno(entry.meaning) for entry in value.entries)
        if isinstance(value, UserFunction):
            names = {part.id for part in ast.walk(value.node) if isinstance(part, ast.Name)}
            known = (value.scope.lookup(name) for name in names)
            return any(isinstance(one, AgnoName | Instance) and self._is_of_agno(one) for one in known)
        return False

    def _of_instance(self, cls: str, name: str) -> Value | None:
        symbol = self.surface.member(cls, name)
        if symbol is None or symbol.kind == "method" or name in {"add_content", "async_search"}:
            return Method(cls, name)
        return None

    def _of_user_object(self, base: UserObject | SuperOf, name: str) -> Value | None:
        cls = base.cls
        if isinstance(base, UserObject):
            self.initialise(cls)
            if name in cls.attributes:
                return cls.attributes[name]
            if name in cls.members:
                return cls.members[name]
        for parent in cls.bases:
            if isinstance(parent, UserClass):
                return self._of_user_object(UserObject(parent), name)
        return Method(cls.agno_base, name) if cls.agno_base else None

    @abstractmethod
    def initialise(self, cls: UserClass) -> None:
        """Learn the attributes that `__init__` gives to self; see `walker`."""

    # literals

    def _constant(self, node: ast.Constant) -> Value | None:
        if not isinstance(node.value, str):
            return None
        text = node.value
        if not self.quiet and len(text) < 300:
            if _DOTTED.match(text):
                self._text(node, "path")
            elif _VARIABLE.match(text):
                self._text(node, "environment")
            elif _ADDRESS.match(text):
                self._text(node, "address")
        return Words(text, node)

    def _text(self, node: ast.Constant, kind: Any) -> None:
        self.facts.texts.append(TextUse(node, str(node.value), kind, certain=False))

    def _dict(self, node: ast.Dict) -> Value | None:
        entries: list[Entry] = []
        complete = True
        element: Value | None = None
        for key, item in zip(node.keys, node.values, strict=True):
            known = self.value(key)
            value = self.value(item)
            element = element or value
            if isinstance(known, Words) and key is not None:
                entries += [Entry(name, key, item, value) for name in (known.text, *known.others)]
            elif key is None and isinstance(value, Mapping):
                entries = merged(entries, value.entries)
                complete = complete and value.complete
            else:
                complete = False
        if not entries and not isinstance(element, str):
            return Many(element, keyed=True) if element is not None else Mapping((), complete)
        return Mapping(tuple(entries), complete)

    def _sequence(self, node: ast.List | ast.Tuple | ast.Set) -> Value | None:
        return listed([self.value(item) for item in node.elts])

    def _subscript(self, node: ast.Subscript) -> Value | None:
        base = self.value(node.value)
        self.value(node.slice)
        if isinstance(base, Many):
            return base if isinstance(node.slice, ast.Slice) else base.element
        if isinstance(base, Mapping) and isinstance(node.slice, ast.Constant):
            entry = next((entry for entry in base.entries if entry.name == node.slice.value), None)
            return entry.meaning if entry else None
        if isinstance(base, AgnoName):
            return base  # a generic such as Loop[T]
        return None

    def look(self, node: ast.expr) -> Value | None:
        """What an expression stands for, without writing anything down."""
        if self.quiet > DEEPEST_LOOK:
            return None
        self.quiet += 1
        try:
            return self.value(node)
        finally:
            self.quiet -= 1

    # operators

    def _if_expression(self, node: ast.IfExp) -> Value | None:
        self.value(node.test)
        first = self.value(node.body)
        second = self.value(node.orelse)
        return first if first is not None and not isinstance(first, Words) else second

    def _bool(self, node: ast.BoolOp) -> Value | None:
        values = [self.value(item) for item in node.values]
        return next((value for value in values if value is not None), None)

    def _binary(self, node: ast.BinOp) -> Value | None:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.BitOr) and isinstance(left, Mapping) and isinstance(right, Mapping):
            return Mapping(tuple(merged(list(left.entries), right.entries)), left.complete and right.complete)
        return added(left, right, node) if isinstance(node.op, ast.Add) else None

    def _walrus(self, node: ast.NamedExpr) -> Value | None:
        value = self.value(node.value)
        self.bind(node.target, value)
        return value

    def _await(self, node: ast.Await) -> Value | None:
        return self.value(node.value)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Value | None:
        return Many(self._in_comprehension(node.generators, [node.elt]))

    def _dict_comprehension(self, node: ast.DictComp) -> Value | None:
        return Many(self._in_comprehension(node.generators, [node.key, node.value]), keyed=True)

    def _in_comprehension(self, generators: list[ast.comprehension], results: list[ast.expr]) -> Value | None:
        from wherry_portal.assess.scope import Scope

        before, self.scope = self.scope, Scope("function", self.scope)
        try:
            for generator in generators:
                source = self.value(generator.iter)
                self.bind(generator.target, element_of(source))
                for condition in generator.ifs:
                    self.value(condition)
            return [self.value(result) for result in results][-1]
        finally:
            self.scope = before

    # annotations

    def annotated(self, node: ast.expr | None) -> Value | None:
        """The object that an annotation promises: `Agent`, `Optional[Agent]`, `"Agent"`, `list[Agent]`."""
        if node is None:
            return None
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return self._quoted(node.value)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            left, right = self.annotated(node.left), self.annotated(node.right)
            return left if left is not None else right
        if isinstance(node, ast.Subscript):
            return self._generic(node)
        return self.instance_of(self.value(node))

    def _quoted(self, text: str) -> Value | None:
        try:
            tree = expression_tree(text)
        except SyntaxError:
            return None
        self.quiet += 1
        try:
            return self.annotated(tree)
        finally:
            self.quiet -= 1

    def _generic(self, node: ast.Subscript) -> Value | None:
        self.value(node.value)
        name = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
        found = [
            self.annotated(item) for item in (node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice])
        ]
        if name in _COLLECTIONS:
            return Many(next((one for one in reversed(found) if one is not None), None), name in _KEYED)
        if name in _WRAPPERS or name == "Union":
            return next((value for value in found if value is not None), None)
        return None

    def instance_of(self, value: Value | None) -> Value | None:
        """An object of what a class value stands for."""
        if isinstance(value, UserClass):
            return UserObject(value)
        if isinstance(value, AgnoName):
            symbol = self.surface.resolve(value.path)
            return Instance(symbol.path) if symbol and symbol.kind == "class" else None
        return None
