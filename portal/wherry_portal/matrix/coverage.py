"""Holds the rows against the reference: nothing of Agno without a row, no row without something of Agno.

Pure functions over a `SymbolIndex`; `wherry matrix check` and a test call them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry_portal.sources import Complaint

if TYPE_CHECKING:
    from wherry_portal.matrix.model import SupportMatrix
    from wherry_portal.matrix.symbols import SymbolIndex


def unclassified(index: SymbolIndex) -> list[str]:
    """Public definitions, tables, endpoints and AGNO_ variables that no row speaks of."""
    missing = [path for path in index.surface.definitions() if index.feature_for(path) is None]
    named = (name for name in index.named() if not name.startswith("env:") or name.startswith("env:AGNO_"))
    return missing + [name for name in named if index.feature_for(name) is None]


def complaints(matrix: SupportMatrix, index: SymbolIndex) -> list[Complaint]:
    """Rows that match nothing, symbols claimed twice, and what the rows leave out."""
    found = [
        Complaint(
            str(matrix.path), feature.line, "symbols", f"{symbol!r} of {feature.id!r} is not in Agno {matrix.version}"
        )
        for feature, symbol in index.unknown
    ]
    found += [
        Complaint(
            str(matrix.path), second.line, "symbols", f"{symbol!r} is claimed by {first.id!r} and by {second.id!r}"
        )
        for first, second, symbol in index.doubled
    ]
    found += [
        Complaint(str(matrix.path), 1, "features", f"no row speaks of {path!r} of Agno {matrix.version}")
        for path in unclassified(index)
    ]
    return found
