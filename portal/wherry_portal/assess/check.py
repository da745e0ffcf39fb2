"""Assesses a code base: finds its files, walks them, applies the rules, silences what is suppressed.

`assess` is the one way in; the command line, the migrator, the cookbook and the ledger all call it.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from wherry_portal.assess.files import Found, find_files, follow_includes
from wherry_portal.assess.finding import Finding, Span, Unjudged
from wherry_portal.assess.judge import Judge, default_judge
from wherry_portal.assess.judged import FileResult
from wherry_portal.assess.notebook import Notebook, is_json_object, read_notebook
from wherry_portal.assess.project import CONFTEST, TESTS, Project
from wherry_portal.assess.suppress import apply_suppressions, read_suppressions
from wherry_portal.assess.syntax import module_tree
from wherry_portal.assess.text import (
    MAX_BYTES,
    MAX_LOCK_BYTES,
    Text,
    UnreadableError,
    decode_plain,
    decode_python,
    read_bytes,
)
from wherry_portal.assess.walker import names_of, walk
from wherry_portal.rules import RULES
from wherry_portal.rules.context import Context
from wherry_portal.rules.file_rules import FILE_RULES
from wherry_portal.rules.packaging import Needs, check_notebook, needs_of
from wherry_portal.rules.setup_py import check_setup
from wherry_portal.rules.unread_cells import check_cells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from wherry_portal.assess.files import Kind

_SIGNS = re.compile(rb"agno|wherry|AGNO_|\bphi\b")
_NAMED = re.compile(rb"agno|AGNO|phidata")
SETUP = "setup.py"
_WORD = re.compile(rb"[A-Za-z_]\w*")


@dataclass(slots=True)
class Assessment:
    """The whole result.

    Attributes:
        root: The assessed folder.
        reference: Version of Agno the rows speak of.
        files: Every judged file.
        unjudged: Files that could not be judged.
        looked_at: Number of files that were looked at.
        needs: What the migrated code base has to install.
    """

    root: Path
    reference: str
    files: list[FileResult] = field(default_factory=list)
    unjudged: list[Unjudged] = field(default_factory=list)
    looked_at: int = 0
    needs: Needs = field(default_factory=Needs)

    @property
    def findings(self) -> list[Finding]:
        """All findings, by file and place."""
        return [finding for file in self.files for finding in file.findings]

    def held(self) -> dict[str, tuple[str, ...]]:
        """Files that are not blocked themselves but share objects of Agno with one that is: name -> blocked files."""
        neighbours = self._links()
        for name, others in self._links().items():
            for other in others:
                neighbours[other].add(name)
        return self._blocked_within(neighbours)

    def leaning(self) -> dict[str, tuple[str, ...]]:
        """Files that, run as a script of their own, need a blocked one: name -> blocked files."""
        return self._blocked_within(self._links())

    def _links(self) -> dict[str, set[str]]:
        """File -> files it takes objects of Agno from."""
        by_path = {file.path: file.name for file in self.files}
        return {file.name: {by_path[other] for other in file.links if other in by_path} for file in self.files}

    def _blocked_within(self, neighbours: dict[str, set[str]]) -> dict[str, tuple[str, ...]]:
        """Files from which blocked ones can be reached, blocked ones left out."""
        blocked = {file.name for file in self.files if file.blocked}
        found = {}
        for start in neighbours.keys() - blocked:
            reached, frontier = {start}, [start]
            while frontier:
                fresh = neighbours[frontier.pop()] - reached
                reached |= fresh
                frontier += fresh
            if reached & blocked:
                found[start] = tuple(sorted(reached & blocked))
        return found

    @property
    def symbols(self) -> dict[str, str]:
        """Every name of Agno that is used -> verdict."""
        return {symbol: verdict for file in self.files for symbol, verdict in file.symbols.items()}


def assess(
    target: Path,
    *,
    exclude: Iterable[str] = (),
    judge: Judge | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Assessment:
    """Assess a folder or a file.

    Args:
        target: What to look at; it has to exist.
        exclude: Patterns of relative paths to leave out.
        judge: The judge; by default over the shipped matrix.
        progress: Called with the number of files done and their total.
    """
    judge = judge or default_judge()
    found = find_files(target, exclude)
    result = Assessment(found.root, judge.surface.version, unjudged=list(found.unjudged), looked_at=len(found.files))
    sources = _sources(found, result)
    wanted = sorted(_relevant(sources, found), key=lambda path: path.name == SETUP)  # they install what others import
    python = frozenset(path for path, kind in found.files.items() if kind == "python")
    project = Project(found.root, python, judge.surface, judge.past, judge.index, names_of)
    for number, path in enumerate(wanted):
        if path.name == SETUP:
            result.needs = needs_of(result.files)
        _one(result, found, path, sources[path], judge, project)
        if progress is not None:
            progress(number + 1, len(wanted))
    result.needs = needs_of(result.files)
    for path, kind in found.files.items():
        if kind in FILE_RULES and path in sources:
            _other(result, found, path, sources[path])
    result.files.sort(key=lambda file: file.name)
    result.unjudged.sort(key=lambda file: file.file)
    return result


def _sources(found: Found, result: Assessment) -> dict[Path, bytes]:
    sources = {}
    waiting = list(found.files)
    while waiting:
        path = waiting.pop(0)
        try:
            sources[path] = read_bytes(path, MAX_LOCK_BYTES if found.files[path] == "lock" else MAX_BYTES)
        except UnreadableError as error:
            result.unjudged.append(Unjudged(found.name(path), error.reason, error.detail))
        else:
            waiting += follow_includes(found, path, sources[path])
    result.looked_at = len(found.files)
    return sources


def _relevant(sources: dict[Path, bytes], found: Found) -> list[Path]:
    """Files that name Agno, those that may get it from them, and those of which nobody can tell: no text, no JSON."""
    code = [path for path in sources if found.files[path] in {"python", "notebook"}]
    chosen = {path for path in code if _SIGNS.search(sources[path]) or _opaque(sources[path], found.files[path])}
    words = {
        path: set(_WORD.findall(sources[path])) for path in code if path not in chosen and b"import" in sources[path]
    }
    stems = {_stem(path) for path in chosen}
    while True:
        more = {path for path, found_words in words.items() if path not in chosen and found_words & stems}
        lending = {path.parent for path in chosen if path.name == CONFTEST}
        more |= {
            path for path in code if path not in chosen and TESTS.fullmatch(path.name) and lending & {*path.parents}
        }
        if not more:
            return [path for path in code if path in chosen]
        chosen |= more
        stems |= {_stem(path) for path in more}


def _opaque(raw: bytes, kind: Kind) -> bool:
    """Whether the bytes hide what is in them: another encoding, a binary file, a notebook that is none."""
    return b"\0" in raw or (kind == "notebook" and not is_json_object(raw))


def _stem(path: Path) -> bytes:
    return (path.parent.name if path.name == "__init__.py" else path.stem).encode()


def _one(result: Assessment, found: Found, path: Path, raw: bytes, judge: Judge, project: Project) -> None:
    name = found.name(path)
    try:
        if found.files[path] == "notebook":
            notebook = read_notebook(raw)
            file = FileResult(path, name, "notebook", notebook.shown, notebook=notebook)
            _judge_cells(file, notebook, judge, project)
            file.findings += [*check_notebook(name, notebook.shown, needs_of([file])), *check_cells(name, notebook)]
            file.findings = [_in_cell(finding, notebook) for finding in file.findings]
        else:
            text = decode_python(raw)
            file = FileResult(path, name, "python", text)
            _judge_python(file, text, judge, project, result.needs)
    except UnreadableError as error:
        result.unjudged.append(Unjudged(name, error.reason, error.detail, error.line))
        return
    result.files.append(file)


def _judge_cells(file: FileResult, notebook: Notebook, judge: Judge, project: Project) -> None:
    try:
        _judge_python(file, notebook.joined, judge, project)
    except UnreadableError as error:
        if not error.line:
            raise
        cell, line = notebook.place(error.line)
        raise UnreadableError(error.reason, f"cell {cell}, line {line}: {error.detail}") from None


def parse_python(text: Text) -> ast.Module:
    """The syntax tree of a text.

    Raises:
        UnreadableError: It does not parse, or is nested too deeply.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return module_tree(text.text, top_level_await=True)
    except SyntaxError as error:
        raise UnreadableError("syntax-error", error.msg, error.lineno or 0) from None
    except ValueError as error:
        raise UnreadableError("syntax-error", str(error)) from None
    except (RecursionError, MemoryError):
        raise UnreadableError("too-deep", "is nested more deeply than Python reads") from None


def _judge_python(file: FileResult, text: Text, judge: Judge, project: Project, needs: Needs | None = None) -> None:
    tree = parse_python(text)
    try:
        facts = walk(file.path, text, tree, judge.surface, project)
    except RecursionError:
        raise UnreadableError("too-deep", "is nested more deeply than the assessor follows") from None
    context = Context(file.name, facts, judge, project)
    findings = [finding for rule in RULES.values() for finding in rule(context)]
    if file.path.name == SETUP and needs is not None:
        findings += check_setup(file.name, text, tree, needs)
    kept, file.silenced = apply_suppressions(file.name, findings, read_suppressions(text.text))
    file.findings = sorted(kept, key=lambda finding: (finding.span, finding.rule))
    used = list(_used(context))
    judged = {path: judge.judge(path).verdict for path, _ in used}
    file.symbols = {path: verdict for path, verdict in judged.items() if verdict != "unknown"}
    file.behaviours = _behaviours(context, [*used, *_members(context)], file.notebook)
    file.links = frozenset(facts.links)


def _used(context: Context) -> Iterator[tuple[str, ast.AST]]:
    """Names of Agno that the file uses, with where."""
    facts = context.facts
    yield from ((use.path, use.node) for use in facts.imports if use.alias.name != "*")
    yield from ((use.path, use.node) for use in facts.names)
    yield from ((use.path, use.node) for use in facts.dotted)
    for call in facts.calls:
        yield call.target, call.node
        yield from ((f"{call.canonical}({entry.name})", entry.key) for entry in call.keywords)


def _members(context: Context) -> Iterator[tuple[str, ast.AST]]:
    """Attributes and methods of objects of Agno, as the names that rows list."""
    surface, listed = context.judge.surface, context.judge.index.exact
    for use in context.facts.members:
        if use.name.startswith("_") or surface.member(use.cls, use.name) is None:
            continue
        parameter = any(f"{path}({use.name})" in listed for path in surface.mro(use.cls))
        yield f"{use.cls}({use.name})" if parameter else f"{use.cls}.{use.name}", use.node


def _behaviours(
    context: Context, used: Iterable[tuple[str, ast.AST]], notebook: Notebook | None
) -> dict[str, list[str]]:
    """Rows of the matrix that names belong to -> lines, in order."""
    found: dict[str, set[int]] = {}
    for path, node in used:
        row = context.judge.judge(path).row
        if row is not None:
            found.setdefault(row.id, set()).add(getattr(node, "lineno", 1))
    return {row: [_place(line, notebook) for line in sorted(lines)] for row, lines in found.items()}


def _place(line: int, notebook: Notebook | None) -> str:
    if notebook is None:
        return str(line)
    cell, inside = notebook.place(line)
    return f"cell {cell}:{inside}"


def _in_cell(finding: Finding, notebook: Notebook) -> Finding:
    """The place of a finding as the reader of a notebook counts."""
    if finding.cell:
        return finding
    span = finding.span
    cell, line = notebook.place(span.line)
    _, end_line = notebook.place(span.end_line)
    return replace(finding, cell=cell, span=Span(line, span.column, end_line, span.end_column))


def _other(result: Assessment, found: Found, path: Path, raw: bytes) -> None:
    name = found.name(path)
    kind = found.files[path]
    if not _NAMED.search(raw.replace(b"\0", b"")):
        return
    try:
        text = decode_plain(raw)
        if kind == "pyproject":
            _parse_toml(text.text)
    except UnreadableError as error:
        result.unjudged.append(Unjudged(name, error.reason, error.detail, error.line))
        return
    file = FileResult(path, name, kind, text)
    findings = FILE_RULES[kind](name, text, result.needs)
    kept, file.silenced = apply_suppressions(name, findings, read_suppressions(text.text))
    file.findings = sorted(kept, key=lambda finding: finding.span)
    result.files.append(file)


def _parse_toml(text: str) -> None:
    """Only what parses is edited.

    Raises:
        UnreadableError: It does not.
    """
    import tomllib

    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UnreadableError("syntax-error", str(error)) from None
    except RecursionError:
        raise UnreadableError("too-deep", "is nested more deeply than Python reads") from None
