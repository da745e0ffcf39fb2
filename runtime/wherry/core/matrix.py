"""What Wherry offers of Agno and what it does not: raises `not_migrated` from the project's support matrix.

Reads the compact form of `support_matrix.yaml` (`_matrix.json`, by `wherry matrix compile`) when the first question
is asked, which in a program without a migration problem is never. Constructors call `unknown_parameter`, thin modules
use `module_getattr`, and `wherry/__init__.py` installs the finder for modules that are not there.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

OWN = "wherry"
REFERENCE = "agno"

_compact: dict[str, Any] = {}


class Feature(NamedTuple):
    """A row of the support matrix, as far as the runtime needs it.

    Attributes:
        id: Unique ``area.kebab-name``.
        status: ``available``, ``limited``, ``planned`` or ``not_migrated``.
        reason: Why it is not simply available; may be empty.
        fallback: What to use instead; may be empty.
        planned: Version that is to bring it, or the empty string.
        served_by: ``wherry``, or ``agno`` when Agno's own code is to be kept.
    """

    id: str
    status: str
    reason: str
    fallback: str
    planned: str
    served_by: str


def _read() -> dict[str, Any]:
    """The compact matrix, read once."""
    if not _compact:
        import json

        _compact.update(json.loads(_text()))
    return _compact


def _text() -> bytes:
    with open(f"{__file__.rpartition('matrix')[0]}_matrix.json", "rb") as file:  # noqa: PTH123 - pathlib costs an import
        return file.read()


def reference() -> str:
    """The release of Agno that the matrix speaks of, for example ``agno 3.1.10``."""
    return str(_read()["reference"])


def features() -> list[Feature]:
    """Every row of the matrix, in its order."""
    return [Feature(*row) for row in _read()["features"]]


def endpoints() -> list[str]:
    """The endpoints of AgentOS that the matrix speaks of, such as ``endpoint:GET /learnings*``."""
    return [name for name in _read()["symbols"] if name.startswith("endpoint:")]


def _numbered(number: int | None) -> Feature | None:
    return None if number is None else Feature(*_read()["features"][number])


def feature_for(symbol: str) -> Feature | None:
    """The row that speaks of a symbol of Agno; the most specific one wins.

    Args:
        symbol: A public path in Agno's own name, such as ``agno.agent.Agent``, ``agno.agent.Agent(learning)`` or
            ``agno.tools.yfinance``.

    Returns:
        The row, or None when Agno has no such name.
    """
    compact = _read()
    if symbol in compact["symbols"]:
        return _numbered(compact["symbols"][symbol])
    path = symbol.partition("(")[0]
    modules = compact["modules"]
    at = path
    while at and at not in modules:
        at = at.rpartition(".")[0]
    if not at or at == REFERENCE != path:
        return None
    if at == path:
        return _numbered(modules[at])
    names = compact["names"].get(at)
    name = path[len(at) + 1 :].partition(".")[0]
    if names is None:
        return _numbered(modules[at])
    owner = f"{at}.{name}"
    return _numbered(compact["symbols"].get(owner, names.get(name)))


def raise_not_migrated(symbol: str, what: str | None = None) -> NoReturn:
    """Refuse a feature before anything is sent to a model.

    Args:
        symbol: The Agno symbol that was asked for.
        what: How the error names it; by default the symbol itself.

    Raises:
        NotMigratedError: Always.
    """
    from wherry.core.errors import NotMigratedError

    row = feature_for(symbol)
    if row is None:
        raise NotMigratedError("other.unlisted", what=what or symbol, reason="the support matrix does not list it")
    raise NotMigratedError(
        row.id, what=what or symbol, fallback=row.fallback, reason=_reason(row), planned=row.planned or None
    )


def _reason(row: Feature) -> str:
    if row.status == "available":
        return "the matrix lists it as available, but this build lacks it; please report it"
    return row.reason


def unknown_parameter(cls_symbol: str, name: str, value: Any, known: Iterable[str]) -> None:
    """Judge a keyword that a constructor of Wherry does not have.

    A value that asks for nothing (None, False, Agno's own default) passes in silence: it is what the code would get
    anyway.

    Args:
        cls_symbol: Agno's public path of the class, such as ``agno.agent.Agent``.
        name: The keyword.
        value: What was given for it.
        known: The keywords that the constructor has, for the nearest name.

    Raises:
        NotMigratedError: Agno has the keyword, Wherry has not.
        TypeError: Agno does not have it either; the message carries the successor or the nearest name.
    """
    compact = _read()
    parameters = compact["parameters"].get(cls_symbol, {})
    if name in parameters:
        if value is None or value is False or _same(value, parameters[name]):
            return
        raise_not_migrated(f"{cls_symbol}({name})", what=f"{_short(cls_symbol)}({name}=…)")
    successor = compact["removed"].get(cls_symbol, {}).get(name)
    if successor:
        hint = f" Agno dropped it before {compact['reference'].partition(' ')[2]}: {successor}"
    else:
        import difflib

        near = difflib.get_close_matches(name, [*known, *parameters], n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
    raise TypeError(f"{_short(cls_symbol)}() got an unexpected keyword argument {name!r}.{hint}")


def _same(value: Any, default: Any) -> bool:
    return type(value) is type(default) and bool(value == default)


def _short(symbol: str) -> str:
    return symbol.rpartition(".")[2]


def _is_submodule(package: str, name: str) -> bool:
    """Whether `from package import name` means a module of ours: Python asks the package's attributes first."""
    path = getattr(sys.modules.get(package), "__path__", None)
    if path is None:
        return False
    from importlib.machinery import PathFinder

    return PathFinder.find_spec(f"{package}.{name}", path) is not None


def module_getattr(module_name: str, agno_module: str) -> Callable[[str], Any]:
    """Make the ``__getattr__`` of a thin module.

    Args:
        module_name: ``__name__`` of the thin module.
        agno_module: The Agno module whose path it stands for.

    Returns:
        A function that raises `NotMigratedError` for names the Agno module has, AttributeError for all others.
    """

    def __getattr__(name: str) -> Any:  # noqa: N807 - it is assigned to that name
        if not name.startswith("_") and not _is_submodule(module_name, name):
            compact = _read()
            if name in compact["names"].get(agno_module, {}) or f"{agno_module}.{name}" in compact["symbols"]:
                raise_not_migrated(f"{agno_module}.{name}", what=f"{agno_module}.{name}")
        raise AttributeError(f"module {module_name!r} has no attribute {name!r}")

    return __getattr__


class NotMigratedFinder:
    """Last on the path: turns the import of a module that only Agno has into an answer."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raise for an absent ``wherry.x`` whose ``agno.x`` exists; None for everything else."""
        if not fullname.startswith(OWN + "."):
            return None
        symbol = REFERENCE + fullname[len(OWN) :]
        if symbol not in _read()["modules"]:
            return None
        from wherry.core.errors import NotMigratedModule

        row = feature_for(symbol)
        if row is None:
            return None
        raise NotMigratedModule(
            row.id,
            module=fullname,
            fallback=_fallback(row, symbol),
            reason=_reason(row),
            planned=row.planned or None,
        )


def _fallback(row: Feature, symbol: str) -> str:
    if row.served_by == REFERENCE:
        return f"keep the import from {symbol!r} (Agno stays installed for it). {row.fallback}"
    return row.fallback


def install_finder() -> None:
    """Append the finder to ``sys.meta_path``; a second call changes nothing."""
    if not any(isinstance(finder, NotMigratedFinder) for finder in sys.meta_path):
        sys.meta_path.append(NotMigratedFinder())


def unresolved(module: str, *names: str) -> None:
    """Say at import time that a file still runs on Agno; `wherry migrate` writes the call into such files.

    Args:
        module: ``__name__`` of the file.
        *names: What keeps it there: ids of rows, symbols of Agno without a row, or other files.
    """
    import warnings

    from wherry.core.errors import docs_url

    known = {row.id for row in features()}
    pages = " ".join(docs_url(f"features/{name}/") for name in names if name in known)
    text = f"{module} still runs on Agno, unresolved: {', '.join(names)}."
    warnings.warn(f"{text} See {pages}" if pages else text, RuntimeWarning, stacklevel=2)
