"""Which row of the matrix does a symbol of Agno belong to? The most specific one.

Notation, from the most to the least specific:

- ``agno.mod.Class.method(param)``, ``agno.mod.Class(param)``, ``agno.mod.function(param)``: one parameter;
- ``agno.mod.Class.method``: one method, field or enum member; ``agno.mod.name``: a class, function or constant with all
  that is below it;
- ``agno.mod``: a module and what it defines, not its submodules;
- ``agno.mod.*``: a package and everything below it; the longest such pattern wins;
- ``private:agno``: names with a leading underscore;
- ``table:…``, ``endpoint:…``, ``env:…``: as written, ``*`` matching anything.

A row of a base's method or parameter speaks for its subclasses too. A name may be written by any public path: both the
row and the question are reduced to the defining path first.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wherry_portal.matrix.model import Feature, SupportMatrix
    from wherry_portal.matrix.surface import Surface, Symbol


class SymbolIndex:
    """Answers `feature_for` for one matrix over one surface."""

    def __init__(self, matrix: SupportMatrix, surface: Surface) -> None:
        self.surface = surface
        self.exact: dict[str, Feature] = {}
        self.below: dict[str, Feature] = {}
        self.globs: list[tuple[str, Feature]] = []
        self.unknown: list[tuple[Feature, str]] = []
        self.doubled: list[tuple[Feature, Feature, str]] = []
        self._private: Feature | None = None
        for feature in matrix.features:
            for symbol in feature.symbols:
                self._add(symbol, feature)
        self.globs.sort(key=lambda item: -len(item[0].replace("*", "")))

    def _add(self, symbol: str, feature: Feature) -> None:
        if symbol == "private:agno":
            self._private = feature
            return
        if not symbol.startswith("agno"):
            self._add_glob(symbol, feature)
            return
        table, key = (self.below, symbol.removesuffix(".*")) if symbol.endswith(".*") else (self.exact, symbol)
        canonical = self.canonical(key)
        if canonical is None or (table is self.below and canonical not in self.surface.modules):
            self.unknown.append((feature, symbol))
            return
        if canonical in table:
            self.doubled.append((table[canonical], feature, symbol))
        table[canonical] = feature

    def _add_glob(self, symbol: str, feature: Feature) -> None:
        if not any(fnmatchcase(name, symbol) for name in self.named()):
            self.unknown.append((feature, symbol))
        self.globs.append((symbol, feature))

    def named(self) -> list[str]:
        """Tables, endpoints and environment variables of the reference, in the notation of the rows."""
        surface = self.surface
        return [
            *(f"table:{name}" for name in surface.tables),
            *(f"endpoint:{name}" for name in surface.endpoints),
            *(f"env:{name}" for name in surface.environment),
        ]

    def canonical(self, symbol: str) -> str | None:
        """The defining path of a symbol; None when the reference has no such name or parameter."""
        path, _, parameter = symbol.removesuffix(")").partition("(")
        found = self.surface.resolve(path)
        if found is None:
            return None
        if not parameter:
            return found.path
        signature = self.surface.callable(found.path)
        if signature is None or (parameter not in signature.keywords and not signature.open):
            return None
        return f"{found.path}({parameter})"

    def feature_for(self, symbol: str) -> Feature | None:
        """The row that speaks of `symbol`, or None when the symbol is unknown or unclassified."""
        if not symbol.startswith("agno"):
            return next((feature for pattern, feature in self.globs if fnmatchcase(symbol, pattern)), None)
        if any(part.startswith("_") and not part.startswith("__") for part in symbol.partition("(")[0].split(".")):
            return self._private
        path, _, parameter = symbol.removesuffix(")").partition("(")
        found = self.surface.resolve(path)
        if found is None:
            return None
        return self._inherited(found, parameter) or self._of_name(found.path, found.owner)

    def _inherited(self, found: Symbol, parameter: str) -> Feature | None:
        """The row of exactly this parameter or member, on the class itself or on the nearest base that has one."""
        if parameter:
            owners = self.surface.mro(found.path) if found.kind == "class" else (found.path,)
            names = [f"{owner}({parameter})" for owner in owners]
        elif found.owner:
            names = [f"{owner}.{found.path.rpartition('.')[2]}" for owner in self.surface.mro(found.owner)]
        else:
            names = []
        return next((self.exact[name] for name in names if name in self.exact), None)

    def _of_name(self, path: str, owner: str) -> Feature | None:
        """Walk up from a defining path; a member that has no row of its own is judged by the class it was met on."""
        if path in self.exact:
            return self.exact[path]
        at = owner or path
        while at:
            if at in self.exact and (at not in self.surface.modules or self._defined_in(at, owner or path)):
                return self.exact[at]
            if at in self.below:
                return self.below[at]
            at = at.rpartition(".")[0]
        return None

    def _defined_in(self, module: str, path: str) -> bool:
        """Whether `module` is the nearest module above `path`: a module's row does not reach its submodules."""
        while path not in self.surface.modules:
            path = path.rpartition(".")[0]
        return path == module
