"""Walks the statements of one file in order, binds names, and leaves the bodies of functions for the end.

The result is `Facts`. A function's body is walked once, after the module, so that it sees every module-level name.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wherry_portal.assess.binder import Binder
from wherry_portal.assess.evaluate import DEEPEST_LOOK
from wherry_portal.assess.facts import Facts, ImportUse, SubclassUse
from wherry_portal.assess.scope import Scope
from wherry_portal.assess.values import (
    AgnoName,
    Foreign,
    Instance,
    Many,
    Mapping,
    Row,
    UserClass,
    UserFunction,
    UserModule,
    UserObject,
    Value,
)
from wherry_portal.matrix.removed import PHIFLOW, PREDECESSOR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from wherry_portal.assess.project import Project
    from wherry_portal.assess.text import Text
    from wherry_portal.matrix.surface import Surface


class Walker(Binder):
    """Walks one file."""

    def __init__(self, facts: Facts, surface: Surface, project: Project) -> None:
        super().__init__(facts, surface, project, Scope("module"))
        self.module = self.scope
        self._later: list[tuple[UserFunction, UserClass | None]] = []
        self._returned: dict[int, Value | None] = {}
        self._statements: dict[type, Callable[[Any], None]] = {
            ast.Import: self._import,
            ast.ImportFrom: self._import_from,
            ast.FunctionDef: self._function,
            ast.AsyncFunctionDef: self._function,
            ast.ClassDef: self._class,
            ast.Assign: self._assign,
            ast.AnnAssign: self._annotated_assign,
            ast.AugAssign: self._augmented,
            ast.For: self._for,
            ast.AsyncFor: self._for,
            ast.With: self._with,
            ast.AsyncWith: self._with,
            ast.Try: self._try,
            ast.TryStar: self._try,
            ast.If: self._branches,
            ast.While: self._branches,
            ast.Match: self._match,
            ast.Assert: self._assert,
            ast.Global: self._outer,
            ast.Nonlocal: self._outer,
            ast.Delete: self._delete,
        }

    def run(self) -> None:
        """Walk the whole file."""
        self.block(self.facts.tree.body)
        while self._later:
            function, owner = self._later.pop(0)
            self._body(function, owner)
        self.facts.bound = frozenset(self.module.names)
        self._place_keywords()

    def _place_keywords(self) -> None:
        """Say of keywords that another file spells where this one hands them over: `Agent(**settings.OPTIONS)`."""
        own: set[int] = set()
        for number, call in enumerate(self.facts.calls):
            given = {id(keyword): keyword for keyword in getattr(call.node, "keywords", ())}
            node = call.node
            if not isinstance(node, ast.expr) or all(id(entry.key) in given for entry in call.keywords):
                continue
            own = own or {id(part) for part in ast.walk(self.facts.tree)}
            unpacked = next((keyword.value for keyword in given.values() if keyword.arg is None), node)
            entries = tuple(
                entry if id(entry.key) in own else replace(entry, key=unpacked, elsewhere=True)
                for entry in call.keywords
            )
            self.facts.calls[number] = replace(call, keywords=entries)

    def run_module_level(self) -> Scope:
        """Walk what an import of the file would run; nothing is written down."""
        self.quiet += 1
        self.block(self.facts.tree.body)
        return self.module

    def block(self, statements: Iterable[ast.stmt]) -> None:
        """Walk statements in order."""
        for statement in statements:
            handler = self._statements.get(type(statement))
            if handler is not None:
                handler(statement)
                continue
            for child in ast.iter_child_nodes(statement):
                if isinstance(child, ast.expr):
                    self.value(child)

    # what imports bring in

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            top, _, rest = alias.name.partition(".")
            value: Value | None
            if self._is_agno(top, rest):
                path = _old_name(top, rest)
                self._note_import(node, alias, path, "", top)
                value = AgnoName(self.project.today(path) if alias.asname else "agno", top, alias)
            else:
                found = self.project.find(self.facts.path, alias.name if alias.asname else top, 0)
                value = UserModule(found) if found else Foreign(alias.name if alias.asname else top)
            self.scope.bind(alias.asname or top, value, maybe=bool(self._maybe))

    def _import_from(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        top, _, rest = module.partition(".")
        if node.level == 0 and self._is_agno(top, rest):
            self._from_agno(node, _old_name(top, rest), top)
            return
        path = self.project.find(self.facts.path, module, node.level)
        for alias in node.names:
            if alias.name == "*":
                self._bind_all(self.project.starred(path) if path else {})
                continue
            value = self._from_user(node, path, alias.name) if path else None
            if value is None and node.level == 0 and path is None:
                value = Foreign(f"{module}.{alias.name}")
            self.scope.bind(alias.asname or alias.name, value, maybe=bool(self._maybe))

    def _is_agno(self, top: str, rest: str) -> bool:
        """Whether an import is of Agno, of a module of Wherry that stands for one of its, or of what Agno once was."""
        if top == PREDECESSOR:
            namesake = rest.partition(".")[0] in PHIFLOW
            return not namesake and self.project.find(self.facts.path, top, 0) is None
        return top == "agno" or (top == "wherry" and f"agno.{rest}" in self.surface.modules)

    def _from_user(self, node: ast.ImportFrom, path: Path, name: str) -> Value | None:
        found = self.project.export(path, name)
        if found is not None:
            self.link(path, found)
            return found
        submodule = self.project.find(self.facts.path, f"{node.module or ''}.{name}".strip("."), node.level)
        return UserModule(submodule) if submodule else None

    def _from_agno(self, node: ast.ImportFrom, module: str, origin: str) -> None:
        for alias in node.names:
            if alias.name == "*":
                self._note_import(node, alias, module, module, origin)
                now = self.project.today(module)
                names = self.surface.modules.get(now, {})
                self._bind_all({name: AgnoName(f"{now}.{name}", origin) for name in names})
                continue
            path = f"{module}.{alias.name}"
            self._note_import(node, alias, path, module, origin)
            value = AgnoName(self.project.today(path), origin, alias)
            self.scope.bind(alias.asname or alias.name, value, maybe=bool(self._maybe))

    def _bind_all(self, names: dict[str, Value | None]) -> None:
        for name, value in names.items():
            if not name.startswith("_"):
                self.scope.bind(name, value, maybe=bool(self._maybe))

    def _note_import(self, node: Any, alias: ast.alias, path: str, module: str, origin: str) -> None:
        if not self.quiet:
            self.facts.imports.append(ImportUse(node, alias, path, module, origin, bool(self._optional)))

    # definitions

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self.value(decorator)
        self._signature(node.args)
        if node.returns is not None and not self.quiet:
            self.annotated(node.returns)
        function = UserFunction(node, self.scope, self._class_here)
        self.scope.bind(node.name, function, maybe=bool(self._maybe))
        if not self.quiet:
            self._later.append((function, self._class_here))

    _class_here: UserClass | None = None

    def _signature(self, arguments: ast.arguments) -> None:
        for default in [*arguments.defaults, *arguments.kw_defaults]:
            self.value(default)

    def _lambda(self, node: ast.Lambda) -> Value | None:
        self._signature(node.args)
        function = UserFunction(node, self.scope)
        if not self.quiet:
            self._later.append((function, self.owner))
        return function

    def _class(self, node: ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            self.value(decorator)
        for keyword in node.keywords:
            self.value(keyword.value)
        bases = tuple(self.value(base) for base in node.bases)
        cls = UserClass(node, Scope("class", self.scope), bases)
        cls.agno_base = self._agno_base(bases)
        self.scope.bind(node.name, cls, maybe=bool(self._maybe))
        before, around = self.scope, self._class_here
        self.scope, self._class_here = cls.scope, cls
        try:
            self.block(node.body)
        finally:
            self.scope, self._class_here = before, around
        cls.members = cls.scope.names
        if cls.agno_base and not self.quiet:
            methods = {
                item.name: item for item in node.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
            }
            self.facts.subclasses.append(SubclassUse(node, cls.agno_base, methods))

    def _agno_base(self, bases: tuple[Value | None, ...]) -> str:
        for base in bases:
            if isinstance(base, UserClass) and base.agno_base:
                return base.agno_base
            instance = self.instance_of(base)
            if isinstance(instance, Instance):
                return instance.cls
        return ""

    def _body(self, function: UserFunction, owner: UserClass | None) -> None:
        """Walk the body of a function in a scope of its own."""
        node = function.node
        before = (self.scope, self.owner, self._class_here, self._maybe, self._optional)
        self.scope, self._class_here, self._maybe, self._optional = Scope("function", function.scope), None, 0, 0
        self.owner = owner or self.owner
        try:
            self._bind_parameters(node.args, owner)
            if isinstance(node, ast.Lambda):
                self.value(node.body)
            else:
                self.block(node.body)
        finally:
            self.scope, self.owner, self._class_here, self._maybe, self._optional = before

    def _bind_parameters(self, arguments: ast.arguments, owner: UserClass | None) -> None:
        placed = [*arguments.posonlyargs, *arguments.args]
        parameters = [*placed, *arguments.kwonlyargs]
        given = [*([None] * (len(placed) - len(arguments.defaults))), *arguments.defaults, *arguments.kw_defaults]
        defaults = {parameter.arg: default for parameter, default in zip(parameters, given, strict=True)}
        for number, parameter in enumerate(parameters):
            if number == 0 and owner is not None and parameter.arg == "self":
                self.scope.bind("self", UserObject(owner), maybe=False)
            elif number == 0 and owner is not None and parameter.arg == "cls":
                self.scope.bind("cls", owner, maybe=False)
            else:
                self.scope.bind(parameter.arg, self._given_as(parameter, defaults.get(parameter.arg)), maybe=False)
        for extra in (arguments.vararg, arguments.kwarg):
            if extra is not None:
                self.annotated(extra.annotation)
                unseen = Mapping((), complete=False) if extra is arguments.kwarg else None
                self.scope.bind(extra.arg, unseen, maybe=False)

    def _given_as(self, parameter: ast.arg, default: ast.expr | None) -> Value | None:
        """What a parameter stands for: by its annotation, its default, or the fixture of its name."""
        promised = self.annotated(parameter.annotation)
        if promised is None and default is not None:
            promised = self.look(default)
        return self.fixture(parameter.arg) if promised is None and default is None else promised

    # looking ahead

    def returned(self, function: UserFunction) -> Value | None:
        """What a function of the assessed code returns: by its annotation, else by its return statements."""
        key = id(function.node)
        if key in self._returned or self.quiet > DEEPEST_LOOK:
            return self._returned.get(key)
        self._returned[key] = None
        before = self.scope
        self.scope = function.scope
        self.quiet += 1
        try:
            found = None if isinstance(function.node, ast.Lambda) else self.annotated(function.node.returns)
            self._returned[key] = self.lent(function, found if found is not None else self._by_returns(function))
        finally:
            self.quiet -= 1
            self.scope = before
        return self._returned[key]

    def _by_returns(self, function: UserFunction) -> Value | None:
        node = function.node
        before, self.scope = self.scope, Scope("function", function.scope)
        try:
            self._bind_parameters(node.args, function.owner)
            if isinstance(node, ast.Lambda):
                return self.value(node.body)
            self.block(node.body)
            found = (self._as_returned(item.value) for item in _returns(node.body))
            value = next((value for value in found if value is not None), None)
            given = next((self.value(item.value) for item in _yields(node.body)), None)
            return value if given is None else Many(given)
        finally:
            self.scope = before

    def _as_returned(self, node: ast.expr | None) -> Value | None:
        """Several things that are returned side by side stay told apart."""
        if isinstance(node, ast.Tuple) and not any(isinstance(part, ast.Starred) for part in node.elts):
            return Row(tuple(self.value(part) for part in node.elts))
        return self.value(node)

    def initialise(self, cls: UserClass) -> None:
        """Learn the attributes that `__init__` and the like give to self, once."""
        if cls.initialised or self.quiet > DEEPEST_LOOK:
            return
        cls.initialised = True
        self.quiet += 1
        try:
            for name in ("__init__", "__post_init__", "setup", "setUp"):
                method = cls.members.get(name)
                if isinstance(method, UserFunction):
                    self._body(method, cls)
        finally:
            self.quiet -= 1


def _yields(block: list[ast.stmt]) -> Iterator[ast.Yield]:
    """What a generator gives, as far as it stands in statements of its own or on the right of an assignment."""
    for statement in block:
        value = getattr(statement, "value", None)
        if isinstance(statement, ast.Expr | ast.Assign) and isinstance(value, ast.Yield):
            yield value
        elif not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for field in ("body", "orelse", "finalbody"):
                yield from _yields(getattr(statement, field, []))


def _old_name(top: str, rest: str) -> str:
    """A module in the name that is judged: Agno's, or that of the package that Agno once was."""
    package = top if top == PREDECESSOR else "agno"
    return f"{package}.{rest}" if rest else package


def _returns(block: list[ast.stmt]) -> list[ast.Return]:
    """Return statements of a function, not those of functions inside it."""
    found: list[ast.Return] = []
    for statement in block:
        if isinstance(statement, ast.Return):
            found.append(statement)
        elif not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for field in ("body", "orelse", "finalbody"):
                found += _returns(getattr(statement, field, []))
            for handler in getattr(statement, "handlers", []):
                found += _returns(handler.body)
            for case in getattr(statement, "cases", []):
                found += _returns(case.body)
    return found


def walk(path: Path, text: Text, tree: ast.Module, surface: Surface, project: Project) -> Facts:
    """The facts of one file."""
    facts = Facts(path, text, tree)
    Walker(facts, surface, project).run()
    return facts


def names_of(path: Path, text: Text, tree: ast.Module, surface: Surface, project: Project) -> dict[str, Value | None]:
    """The module-level names of a file that others import from, with what they stand for."""
    return Walker(Facts(path, text, tree), surface, project).run_module_level().names
