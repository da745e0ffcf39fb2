"""Models given to something that stays Agno's: their classes are taken from Agno, beside those that become Wherry's.

Before on the left, after on the right::

    from agno.models.openai import OpenAIChat      from wherry.models.openai import OpenAIChat
                                                   from agno.models.openai import OpenAIChat as AgnoOpenAIChat
    AccuracyEval(model=OpenAIChat("o4-mini"))      AccuracyEval(model=AgnoOpenAIChat("o4-mini"))

A class that stands nowhere else keeps its import as it is, so that a second run finds nothing to do. What cannot be
followed to where the model is made (a variable of two users or of another file, a parameter, what a function makes, a
star import) stays an error.
"""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from wherry_portal.assess.finding import Edit
from wherry_portal.assess.values import Many, UserFunction, Words
from wherry_portal.rules.arguments import asks_for_nothing
from wherry_portal.rules.renames import wanted_elsewhere
from wherry_portal.rules.strangers import moves

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wherry_portal.assess.facts import ImportUse, NameUse
    from wherry_portal.assess.values import Entry
    from wherry_portal.rules.context import Context

INSIDE_LEAF = "model.inside-leaf"
"""Row of the parameters of leaves that take a model of Agno's own only."""


@dataclass(slots=True)
class Held:
    """What of a file stays Agno's for the sake of such parameters.

    Attributes:
        renames: By the id of a keyword's node: the edits of the names in its value; empty when their import stays.
        aliases: Ids of import aliases that stay Agno's as they are.
        twins: By the id of an import statement: the statements to put after it.
    """

    renames: dict[int, tuple[Edit, ...]] = field(default_factory=dict)
    aliases: set[int] = field(default_factory=set)
    twins: dict[int, list[str]] = field(default_factory=dict)


class Unfollowed(Exception):
    """A value that cannot be followed to where its models are made."""


def is_inside_leaf(context: Context, symbol: str) -> bool:
    """Whether a parameter, such as ``path.Class(model)``, takes a model of Agno's own only."""
    row = context.judge.judge(symbol).row
    return row is not None and row.id == INSIDE_LEAF


def held_of(context: Context) -> Held:
    """What of a file stays Agno's; found once a file."""
    if context.held is None:
        context.held = _Finder(context).find()
    return context.held


class _Finder:
    """Follows the values of such parameters through one file."""

    def __init__(self, context: Context) -> None:
        self._context = context
        facts = context.facts
        self._names = {id(use.node): use for use in facts.names}
        self._imports = {id(use.alias): use for use in facts.imports}
        self._dotted = {id(use.node) for use in facts.dotted}
        self._bound = _Bound(facts.tree)

    def find(self) -> Held:
        wanted: dict[int, set[NameUse]] = {}
        for entry in self._entries():
            if entry.elsewhere:
                continue
            try:
                wanted[id(entry.key)] = set(self._within(entry.value, frozenset()))
            except Unfollowed:
                continue
        return self._held(wanted)

    def _entries(self) -> Iterator[Entry]:
        for call in self._context.facts.calls:
            for entry in call.keywords:
                inside = is_inside_leaf(self._context, f"{call.canonical}({entry.name})")
                if inside and moves(self._context, entry.meaning) and not asks_for_nothing(entry.value, None):
                    yield entry

    def _within(self, value: ast.expr, seen: frozenset[str]) -> Iterator[NameUse]:
        """Every name in a value, and in what it is made from, whose class would become Wherry's."""
        for node in ast.walk(value):
            if id(node) in self._dotted:
                raise Unfollowed
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                self._made_by(node.func.id, frozenset())
            if isinstance(node, ast.Name):
                yield from self._name(node, seen)

    def _made_by(self, name: str, seen: frozenset[str]) -> None:
        """Refuse what a function gives that has anything to do with what becomes Wherry's, or lies in another file."""
        if self._project_file(name) is not None:
            raise Unfollowed
        for function in () if name in seen else self._bound.functions.get(name, ()):
            for node in ast.walk(function):
                if isinstance(node, ast.Name):
                    use = self._names.get(id(node))
                    if use is not None and not self._context.judge.judge(use.path).keeps_agno:
                        raise Unfollowed
                    self._made_by(node.id, seen | {name})

    def _project_file(self, name: str) -> Path | None:
        """The file of the code base that an imported name is, or is taken from."""
        if name not in self._bound.imported:
            return None
        node, alias = self._bound.imported[name]
        find = partial(self._context.project.find, self._context.facts.path)
        if isinstance(node, ast.Import):
            return find(alias.name, 0)
        return find(node.module or "", node.level) or find(f"{node.module or ''}.{alias.name}", node.level)

    def _taken_over(self, name: str) -> bool:
        """Whether another file of the code base gives a name something else than words or a plain function."""
        path = self._project_file(name)
        if path is None:
            return False
        value = self._context.project.export(path, self._bound.imported[name][1].name)
        if isinstance(value, UserFunction):
            return bool(getattr(value.node, "decorator_list", ()))
        return not isinstance(value.element if isinstance(value, Many) else value, Words)

    def _name(self, node: ast.Name, seen: frozenset[str]) -> Iterator[NameUse]:
        use = self._names.get(id(node))
        if use is None:
            yield from self._variable(node.id, seen)
        elif not self._context.judge.judge(use.path).keeps_agno:
            if not self._can_stay(use):
                raise Unfollowed
            yield use

    def _can_stay(self, use: NameUse) -> bool:
        imported = self._imports.get(id(use.alias))
        return (
            imported is not None
            and isinstance(imported.node, ast.ImportFrom)
            and imported.origin == "agno"
            and imported.node.module == imported.module
            and imported.alias.name != "*"
            and not self._context.judge.judge(use.path).blocks
        )

    def _variable(self, name: str, seen: frozenset[str]) -> Iterator[NameUse]:
        if name in seen:
            return
        if self._taken_over(name):
            raise Unfollowed
        if self._bound.is_plain(name):
            return
        made = self._bound.made(name)
        if made is None:
            raise Unfollowed
        found = list(self._within(made, seen | {name}))
        if found and (self._bound.loads.get(name) != 1 or wanted_elsewhere(self._context, name)):
            raise Unfollowed
        yield from found

    def _held(self, wanted: dict[int, set[NameUse]]) -> Held:
        held = Held()
        nodes = {id(use.node) for uses in wanted.values() for use in uses}
        aliases = {id(use.alias) for uses in wanted.values() for use in uses}
        new: dict[int, str] = {}
        for use in self._context.facts.imports:
            if id(use.alias) not in aliases:
                continue
            references = [name for name in self._context.facts.names if name.alias is use.alias]
            local = use.alias.asname or use.alias.name
            if all(id(name.node) in nodes for name in references) and not wanted_elsewhere(self._context, local):
                held.aliases.add(id(use.alias))
            else:
                new[id(use.alias)] = self._twin(held, use, local)
        text = self._context.facts.text
        for key, uses in wanted.items():
            spans = {(text.start(use.node), text.end(use.node), new.get(id(use.alias))) for use in uses}
            held.renames[key] = tuple(Edit(start, end, name) for start, end, name in sorted(spans) if name)
        return held

    def _twin(self, held: Held, use: ImportUse, local: str) -> str:
        name = f"Agno{local[:1].upper()}{local[1:]}"
        while name in self._context.words:
            name += "_"
        held.twins.setdefault(id(use.node), []).append(f"from {use.module} import {use.alias.name} as {name}")
        return name


class _Bound:
    """What the names of a file are bound to."""

    def __init__(self, tree: ast.Module) -> None:
        self._made: dict[str, list[ast.expr | None]] = {}
        self._plain: set[str] = set()
        self.functions: dict[str, list[ast.AST]] = {}
        self.imported: dict[str, tuple[ast.Import | ast.ImportFrom, ast.alias]] = {}
        self.loads: dict[str, int] = {}
        for node in ast.walk(tree):
            self._read(node)

    def _read(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            self._made.setdefault(node.targets[0].id, []).append(node.value)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            self._made.setdefault(node.target.id, []).append(node.value)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            self.loads[node.id] = self.loads.get(node.id, 0) + 1
        elif isinstance(node, ast.Name):
            self._made.setdefault(node.id, []).append(None)
        elif isinstance(node, ast.arg):
            self._made.setdefault(node.arg, []).extend((None, None))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.decorator_list:
            self._plain.add(node.name)
            self.functions.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            self.imported |= {(alias.asname or alias.name).partition(".")[0]: (node, alias) for alias in node.names}

    def is_plain(self, name: str) -> bool:
        """Whether a name is a function without decorators, another package's, or built in: either runtime takes it."""
        return name not in self._made and (name in self._plain or name in self.imported or name in _builtins())

    def made(self, name: str) -> ast.expr | None:
        """The one expression that a name is assigned; its target is the only other place that binds it."""
        bindings = self._made.get(name, [])
        values = [value for value in bindings if value is not None]
        return values[0] if len(values) == 1 and len(bindings) == 2 else None


@lru_cache(maxsize=1)
def _builtins() -> frozenset[str]:
    return frozenset(vars(builtins))
