"""Which lines and branches of our packages ran: modules are loaded with marks in them that say so.

Python 3.11 can trace only by calling back at every line of a thread, of libraries and pytest, too, which made the
tests twice as slow. A mark is one assignment to an item of a list, compiled into the module and kept with its bytecode.
Before each statement stands one for its line, and where a branch begins one for the way taken. What is marked is what
coverage.py's own parser counts: a statement that raises leaves the line after it unmarked, and a condition that raises
neither of its ways. A branch whose block stands on its own line (`if found: return`) counts as never taken: the
formatter leaves none. `coverage_plugin` switches marking on and hands what ran to coverage.py, which reports it.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import sys
from importlib.machinery import PathFinder, SourceFileLoader
from pathlib import Path

RAN = "__ran__"  # the list, a global of each module
LOAD, STORE = ast.Load(), ast.Store()
RANS: dict[str, list[int]] = {}  # of each file that was loaded, once, however often it is loaded
LINE, TAKEN, PASSED = range(3)  # the line ran; from it, the block below was entered; from it, that block was left out


def mark_at(kind, line):
    """An item of the list."""
    return 3 * line + kind


class Marker:
    """Puts the marks into the tree of a module.

    Args:
        source: Its text, encoded as the tree's columns are.
    """

    def __init__(self, source):
        self.lines = source.split(b"\n")

    def visit(self, node):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list):
                setattr(node, field, self.marked(block, documented(node) if field == "body" else 0))
        for handler in getattr(node, "handlers", ()):
            self.visit_handler(handler)
        if isinstance(node, ast.Match):
            self.mark_cases(node)
        if isinstance(node, ast.If | ast.For | ast.AsyncFor | ast.While) and self.is_below(node.body[0]):
            line = node.lineno
            node.body.insert(0, mark(TAKEN, line, node))
            node.orelse.insert(0, mark(PASSED, line, node))
        return node

    def marked(self, block, first):
        """The statements of a block, each with its mark."""
        marked = []
        for number, statement in enumerate(block):
            self.visit(statement)
            if number < first:
                marked.append(statement)
                continue
            decorators = getattr(statement, "decorator_list", ())
            first_lines = {one.lineno for one in decorators} or {statement.lineno}
            marks = [mark(LINE, line, statement) for line in first_lines]
            if future(statement):
                marked += [statement, *marks]
            else:
                marked += [*marks, statement]
            if decorators:  # the line below them runs when they have been evaluated
                marked.append(mark(LINE, statement.lineno, statement))
        return marked

    def visit_handler(self, handler):
        """Which exceptions a clause is for is looked at whether it is for this one or not."""
        handler.body = self.marked(handler.body, 0)
        if handler.type is None:
            handler.body.insert(0, mark(LINE, handler.lineno, handler))
        else:
            values = [marking(LINE, handler.lineno, handler), handler.type]
            handler.type = ast.copy_location(ast.BoolOp(ast.Or(), values), handler.type)

    def mark_cases(self, match):
        """Before each case comes one that marks and does not match."""
        cases, before = [], None
        for case in match.cases:
            line = case.pattern.lineno
            below = self.is_below(case.body[0])
            case.body = [mark(TAKEN, line, case.body[0])] * below + self.marked(case.body, 0)
            passed = [marking(PASSED, before, case.pattern)] if before else []
            cases += [never(*passed, marking(LINE, line, case.pattern)), case]
            before = line if below else None
        if before and not irrefutable(match.cases[-1]):
            cases.append(never(marking(PASSED, before, match.cases[-1].pattern)))
        match.cases = cases

    def is_below(self, statement):
        """Whether nothing stands before a statement on its line."""
        return not self.lines[statement.lineno - 1][: statement.col_offset].strip()


def documented(node):
    """How many statements of a block are its docstring."""
    if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return 0
    return int(ast.get_docstring(node, clean=False) is not None)


def future(statement):
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def irrefutable(case):
    return case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None


def mark(kind, line, at):
    """The statement that marks."""
    where = location(at)
    item = ast.Subscript(ast.Name(RAN, LOAD, **where), ast.Constant(mark_at(kind, line), **where), STORE, **where)
    return ast.Assign([item], ast.Constant(1, **where), **where)


def marking(kind, line, at):
    """The same as an expression; its value is None."""
    where = location(at)
    set_item = ast.Attribute(ast.Name(RAN, LOAD, **where), "__setitem__", LOAD, **where)
    values = [ast.Constant(mark_at(kind, line), **where), ast.Constant(1, **where)]
    return ast.Call(set_item, values, [], **where)


def never(*markings):
    """A case that matches nothing."""
    where = location(markings[0])
    guard = markings[0] if len(markings) == 1 else ast.BoolOp(ast.Or(), list(markings), **where)
    return ast.match_case(ast.MatchAs(**where), guard, [ast.Pass(**where)])


def location(at):
    """Of what adds no line of its own: what raises beside it is told as if it were not there."""
    line, column = at.lineno, at.col_offset
    return {"lineno": line, "col_offset": column, "end_lineno": line, "end_col_offset": column}


@functools.cache
def version():
    """Of these marks, as part of the name of what is compiled with them."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]


class Loader(SourceFileLoader):
    """Loads a module with marks; its bytecode is kept beside that without."""

    def source_to_code(self, data, path, *, _optimize=-1):
        tree = Marker(data).visit(ast.parse(data, path))
        return compile(tree, path, "exec", dont_inherit=True, optimize=_optimize)

    def get_data(self, path):
        return super().get_data(apart(path))

    def set_data(self, path, data, **more):
        super().set_data(apart(path), data, **more)

    def exec_module(self, module):
        if self.path not in RANS:
            lines = self.get_data(self.path).count(b"\n") + 2
            RANS[self.path] = [0] * mark_at(0, lines)
        setattr(module, RAN, RANS[self.path])
        super().exec_module(module)


def apart(path):
    return f"{path.removesuffix('.pyc')}.{version()}.pyc" if path.endswith(".pyc") else path


class Finder:
    """Finds the modules of some packages, to be loaded with marks."""

    def __init__(self, packages):
        self.packages = frozenset(packages)

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in self.packages:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = Loader(spec.loader.name, spec.loader.path)
        return spec


def begin(packages):
    """Load packages with marks from now on.

    Raises:
        RuntimeError: One of them was loaded before, so that what it runs would not be seen.
    """
    early = sorted(name for name in sys.modules if name.partition(".")[0] in packages)
    if early:
        raise RuntimeError(
            f"{early[:3]!r} were loaded before coverage began: import them later, not while pytest starts."
        )
    sys.meta_path.insert(0, Finder(packages))


def ran(marks):
    """The lines of a file that ran, and from which of them the block below was entered or left out."""
    return tuple({line for line in range(len(marks) // 3) if marks[mark_at(kind, line)]} for kind in range(3))
