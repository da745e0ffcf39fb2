"""What another release of Agno changes against the pinned one, and which rows of the matrix that touches.

Compares two surfaces; both come from inventories. `wherry matrix drift` prints the result.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wherry_portal.sources.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry_portal.matrix.surface import Surface
    from wherry_portal.matrix.symbols import SymbolIndex


@dataclass(slots=True)
class Drift:
    """The difference between two releases.

    Attributes:
        before: Pinned version.
        after: The other version.
        appeared: Symbols that only the other version has.
        vanished: Symbols that only the pinned version has.
        changed: Symbol -> what changed, such as a default.
        rows: Row id -> number of its symbols that vanished or changed, or that appeared below it.
        unclassified: Symbols that appeared and that no row speaks of.
    """

    before: str
    after: str
    appeared: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    changed: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    unclassified: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether the two releases show the same surface."""
        return not (self.appeared or self.vanished or self.changed)


def compare(index: SymbolIndex, other: Surface) -> Drift:
    """Compare the pinned surface, with its rows, to another one."""
    old, new = _facts(index.surface), _facts(other)
    found = Drift(
        before=index.surface.version,
        after=other.version,
        appeared=sorted(new.keys() - old.keys()),
        vanished=sorted(old.keys() - new.keys()),
        changed={
            path: f"{old[path] or '(nothing)'} -> {new[path] or '(nothing)'}"
            for path in sorted(old.keys() & new.keys())
            if old[path] != new[path]
        },
    )
    touched: Counter[str] = Counter()
    for path in (*found.vanished, *found.changed):
        row = index.feature_for(path)
        touched[row.id if row else "?"] += 1
    for path in found.appeared:
        above = _row_above(index, path)
        if above is None:
            found.unclassified.append(path)
        else:
            touched[above] += 1
    found.rows = dict(touched.most_common())
    return found


def _row_above(index: SymbolIndex, path: str) -> str | None:
    """The row whose pattern a new symbol falls under: that of the nearest thing above it that exists."""
    at = path.partition("(")[0]
    while at:
        row = index.feature_for(at) if index.surface.resolve(at) else index.below.get(at)
        if row is not None and (at != "agno"):
            return row.id
        at = at.rpartition(".")[0]
    return None


def _facts(surface: Surface) -> dict[str, str]:
    """Every symbol of a surface with what about it can change without the name changing."""
    facts: dict[str, str] = {}
    for path in surface.definitions():
        facts[path] = ""
        record = surface.classes.get(path)
        facts |= dict(_signature(surface, path))
        for name in record.get("methods", ()) if record else ():
            facts[f"{path}.{name}"] = ""
            facts |= dict(_signature(surface, f"{path}.{name}"))
        if record:
            facts |= {f"{path}.{name}": text for name, text in record.get("fields", {}).items()}
    facts |= {f"table:{name}": "" for name in surface.tables}
    return facts | {f"endpoint:{name}": "" for name in surface.endpoints}


def _signature(surface: Surface, path: str) -> Iterator[tuple[str, str]]:
    signature = surface.callable(path)
    for name, default in signature.keywords.items() if signature else ():
        yield f"{path}({name})", "required" if default is None else f"={default}"


def report(found: Drift) -> str:
    """The difference as text: counts, rows, then every name."""
    counts = (
        f"Agno {found.before} -> {found.after}: {len(found.appeared)} appeared, {len(found.vanished)} vanished, "
        f"{len(found.changed)} changed, {counted(len(found.rows), 'row touched')}"
    )
    lines = [counts, *(f"  row {row}: {count}" for row, count in found.rows.items())]
    lines += [f"  ? {path}" for path in found.unclassified]
    lines += [f"  - {path}" for path in found.vanished]
    lines += [f"  ~ {path}: {what}" for path, what in found.changed.items()]
    lines += [f"  + {path}" for path in found.appeared]
    return "\n".join(lines)
