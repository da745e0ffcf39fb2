"""Holds the rows against Wherry itself: is what a row lists as available really there, with Agno's parameters?

Imports the runtime and looks at it; Agno's side is the inventory. `wherry matrix signatures` prints the result, and the
``signature:`` selectors of the matrix are judged by it.
"""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wherry.core.errors import NotMigratedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry_portal.matrix.model import Feature
    from wherry_portal.matrix.symbols import SymbolIndex


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that a row lists and Wherry lacks.

    Attributes:
        row: Id of the row.
        symbol: What of Agno it is.
        what: What is wrong: ``missing``, or how it differs.
    """

    row: str
    symbol: str
    what: str

    def __str__(self) -> str:
        return f"{self.row}: {self.symbol}: {self.what}"


def find_gaps(index: SymbolIndex, rows: tuple[Feature, ...]) -> list[Gap]:
    """Everything that rows served by Wherry list and that is not there.

    Args:
        index: Rows by symbol.
        rows: Rows to look at; planned and not migrated ones are passed over.
    """
    wanted = {row.id for row in rows if not row.blocks and not row.keeps_agno}
    gaps: list[Gap] = []
    packages = {package for module in index.surface.modules for package in _above(module)}
    for module, names in index.surface.modules.items():
        if _stays_agnos(index, module):
            continue
        for name, kind in names.items():
            path = f"{module}.{name}"
            row = index.feature_for(path)
            if row is None or row.id not in wanted or kind == "attribute":
                continue
            if module in packages or _is_defined_openly(index, module, kind):
                gaps += _of_name(index, path, row, wanted)
    return gaps


def _stays_agnos(index: SymbolIndex, module: str) -> bool:
    """Whether code goes on importing a module from Agno; what it hands on from elsewhere is imported from there."""
    row = index.feature_for(module)
    return row is not None and row.keeps_agno


def _above(module: str) -> Iterator[str]:
    """The packages that a module lies in."""
    while module := module.rpartition(".")[0]:
        yield module


def _is_defined_openly(index: SymbolIndex, module: str, kind: str) -> bool:
    """Whether a name that no package exports is to be imported from this module, which defines it."""
    parent = module.rpartition(".")[0]
    return kind in {"class", "function"} and not _exports(index, parent, module)


def _exports(index: SymbolIndex, package: str, module: str) -> bool:
    targets = index.surface.modules.get(package, {}).values()
    return any(target.startswith(module + ".") for target in targets)


def _of_name(index: SymbolIndex, path: str, row: Feature, wanted: set[str]) -> Iterator[Gap]:
    ours = found_in_wherry(path)
    if ours is None:
        yield Gap(row.id, path, "missing")
        return
    symbol = index.surface.resolve(path)
    if symbol is None or symbol.kind not in {"class", "function"}:
        return
    yield from _parameters(index, path, symbol.path, ours, wanted)
    if symbol.kind == "class":
        yield from _methods(index, symbol.path, ours, wanted)


def found_in_wherry(path: str) -> Any | None:
    """The object that Wherry has under an Agno path, or None."""
    module, _, name = f"wherry{path[4:]}".rpartition(".")
    try:
        return getattr(importlib.import_module(module), name, None)
    except (ImportError, NotMigratedError):
        return None


def _parameters(index: SymbolIndex, path: str, canonical: str, ours: Any, wanted: set[str]) -> Iterator[Gap]:
    theirs = index.surface.callable(canonical)
    known = parameters_of(ours)
    if theirs is None or known is None:
        return
    for name in theirs.keywords:
        if name.startswith("_") or name == "model_config":
            continue  # how Agno hands something to itself, and how a model of Pydantic's is set up
        row = index.feature_for(f"{path}({name})")
        if row is not None and row.id in wanted and name not in known:
            yield Gap(row.id, f"{path}({name})", "missing")


def parameters_of(thing: Any) -> set[str] | None:
    """Names a callable of Wherry takes by keyword; None when that cannot be told."""
    known = getattr(thing, "_known_parameters", None) or getattr(thing, "PARAMETERS", None)
    if known is not None:
        return set(known)
    # A class that spells out its own parameters takes those, whatever signature it inherits.
    own = vars(thing).get("__init__") if inspect.isclass(thing) else None
    if own is not None and not _open_ended(inspect.signature(own)):
        return set(inspect.signature(own).parameters) - {"self"}
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        return None
    if _open_ended(signature):
        return None
    return set(signature.parameters)


def _open_ended(signature: inspect.Signature) -> bool:
    return any(one.kind is inspect.Parameter.VAR_KEYWORD for one in signature.parameters.values())


def _methods(index: SymbolIndex, canonical: str, ours: Any, wanted: set[str]) -> Iterator[Gap]:
    seen: set[str] = set()
    for owner in index.surface.mro(canonical):
        for name in index.surface.classes[owner].get("methods", ()):
            if name in seen:
                continue  # a class's own method counts, not the one that it overrides
            seen.add(name)
            path = f"{canonical}.{name}"
            row = index.feature_for(path)
            if row is None or row.id not in wanted:
                continue
            method = getattr(ours, name, None)
            if method is None:
                yield Gap(row.id, path, "missing")
            else:
                yield from _parameters(index, path, f"{owner}.{name}", method, wanted)
