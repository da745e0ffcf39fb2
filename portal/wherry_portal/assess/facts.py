"""What a file uses of Agno, before anybody judges it. The walker fills it in one pass; rules read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import ast
    from pathlib import Path

    from wherry_portal.assess.text import Text
    from wherry_portal.assess.values import Entry


@dataclass(frozen=True, slots=True)
class ImportUse:
    """One alias of an import statement.

    Attributes:
        node: The statement.
        alias: The alias; ``*`` for a star import.
        path: What it names, in Agno's own name: ``agno.agent`` or ``agno.agent.Agent``.
        module: Module part of a from-import, in Agno's own name; empty for ``import x``.
        origin: Package it is written with: ``agno`` or ``wherry``.
        optional: Whether an ImportError is caught around it.
    """

    node: ast.Import | ast.ImportFrom
    alias: ast.alias
    path: str
    module: str
    origin: str
    optional: bool


@dataclass(frozen=True, slots=True)
class NameUse:
    """A plain name that an import brought in.

    Attributes:
        node: The name.
        path: What it stands for, in Agno's own name.
        alias: The import alias.
    """

    node: ast.Name
    path: str
    alias: ast.alias


@dataclass(frozen=True, slots=True)
class DottedUse:
    """A dotted expression that starts at a package: ``agno.agent.Agent``.

    Attributes:
        node: The whole expression.
        root: Its first name.
        path: What it stands for, in Agno's own name.
        origin: Package it is written with.
        spelled: Whether the first name is the package itself, so that the path is spelled out in the code.
    """

    node: ast.Attribute
    root: ast.Name
    path: str
    origin: str
    spelled: bool


@dataclass(frozen=True, slots=True)
class CallUse:
    """A call of a class, function or method of Agno.

    Attributes:
        node: The call, or the node that stands for it.
        target: Path of what is called, as reached.
        canonical: Its defining path.
        keywords: Keywords given, also through dictionaries.
        certain: Whether no other keywords can be given.
        kind: What is called.
        positional: Number of positional arguments; -1 when unpacked.
    """

    node: ast.AST
    target: str
    canonical: str
    keywords: tuple[Entry, ...]
    certain: bool
    kind: Literal["class", "function", "method"]
    positional: int = 0


@dataclass(frozen=True, slots=True)
class MemberUse:
    """An attribute of an object of Agno.

    Attributes:
        node: The attribute expression, or the text that names it in ``patch.object(Agent, "run")``.
        cls: Canonical path of the object's class.
        name: The attribute.
        stored: Whether it is assigned to.
        given: What is assigned, where that is one expression.
    """

    node: ast.expr
    cls: str
    name: str
    stored: bool
    given: ast.expr | None = None


@dataclass(frozen=True, slots=True)
class SubclassUse:
    """A class of the assessed code that descends from a class of Agno.

    Attributes:
        node: The class.
        base: Canonical path of the base.
        methods: Its methods by name.
    """

    node: ast.ClassDef
    base: str
    methods: dict[str, ast.FunctionDef | ast.AsyncFunctionDef]


@dataclass(frozen=True, slots=True)
class TextUse:
    """A string that names something: a dotted path, an environment variable, a database address.

    Attributes:
        node: The string.
        text: Its value.
        kind: What it names.
        certain: Whether it stands where only such a name makes sense, such as the argument of `patch`.
    """

    node: ast.Constant
    text: str
    kind: Literal["path", "environment", "address"]
    certain: bool


@dataclass(frozen=True, slots=True)
class UnclearUse:
    """A place where Agno is used in a way that cannot be seen."""

    node: ast.AST
    symbol: str
    detail: str


@dataclass(slots=True)
class Facts:
    """Everything one file uses.

    Attributes:
        path: The file.
        text: Its text.
        tree: Its syntax tree.
        bound: Every name bound at module level, for choosing names that are free.
        links: Files of the code base from which it takes objects or classes of Agno.
    """

    path: Path
    text: Text
    tree: ast.Module
    imports: list[ImportUse] = field(default_factory=list)
    names: list[NameUse] = field(default_factory=list)
    dotted: list[DottedUse] = field(default_factory=list)
    calls: list[CallUse] = field(default_factory=list)
    members: list[MemberUse] = field(default_factory=list)
    subclasses: list[SubclassUse] = field(default_factory=list)
    texts: list[TextUse] = field(default_factory=list)
    unclear: list[UnclearUse] = field(default_factory=list)
    bound: frozenset[str] = frozenset()
    links: set[Path] = field(default_factory=set)
