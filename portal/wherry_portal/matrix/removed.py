"""What names of earlier Agno releases became: the hand-written `data/successors.yaml`, typed.

When a name was last seen is in `history`; this module says what to write instead. The assessor and the compact form
are its callers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from wherry_portal.matrix.surface import DATA

SUCCESSORS = DATA / "successors.yaml"
PREDECESSOR = "phi"
"""The package of phidata, which became Agno in January 2025."""
PHIFLOW = frozenset({"field", "flow", "geom", "jax", "math", "physics", "tf", "torch", "vis"})
"""Modules of PhiFlow, a solver of equations whose package has the same name; phidata had none of them."""


@dataclass(frozen=True, slots=True)
class Successor:
    """What became of a name: another path, or a note that says what to do."""

    to: str = ""
    note: str = ""
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Keywords:
    """What became of the keywords of one callable."""

    renamed: dict[str, str] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)
    human_review: dict[str, str] = field(default_factory=dict)

    def advice(self, name: str) -> str | None:
        """What to do with a keyword, in one sentence; None when nothing is known."""
        if name in self.renamed:
            return f"Use {self.renamed[name]!r}."
        if name in self.human_review:
            return f"Use human_review=HumanReview({self.human_review[name]}=...)."
        if name in self.dropped:
            return f"{self.dropped[name]} Leave it out."
        return self.changed.get(name)


class Successors:
    """The whole file."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.packages: dict[str, str] = data["packages"]
        self.variables: dict[str, str] = data["variables"]
        self.names = {path: Successor(**entry) for path, entry in data["names"].items()}
        self.keywords: dict[str, Keywords] = {}
        for entry in data["keywords"]:
            for path in entry["of"]:
                self._merge(self.keywords.setdefault(path, Keywords()), entry)

    @staticmethod
    def _merge(known: Keywords, entry: dict[str, Any]) -> None:
        known.renamed |= entry.get("renamed", {})
        known.dropped |= entry.get("dropped", {})
        known.changed |= entry.get("changed", {})
        known.human_review |= {name: name for name in entry.get("human_review", ())}
        known.human_review |= entry.get("renamed_in_human_review", {})

    def of_name(self, path: str) -> Successor | None:
        """What became of a dotted path: its own entry, or that of the longest package that moved."""
        if path in self.names:
            return self.names[path]
        for old in sorted(self.packages, key=len, reverse=True):
            if path == old or path.startswith(old + "."):
                to = self.packages[old] + path[len(old) :]
                moved = self.of_name(to) if path.partition(".")[0] == PREDECESSOR else None
                return moved or Successor(to=to)
        return None


@lru_cache(maxsize=1)
def successors() -> Successors:
    """The shipped successors."""
    from wherry_portal.sources import load

    return Successors(load(SUCCESSORS).data)


def removed_parameters() -> dict[str, dict[str, str]]:
    """Constructor -> keyword -> advice, for the compact form."""
    found = successors()
    out: dict[str, dict[str, str]] = {}
    for path, keywords in found.keywords.items():
        if path.rpartition(".")[2][:1].isupper():
            names = {*keywords.renamed, *keywords.dropped, *keywords.changed, *keywords.human_review}
            out[path] = {name: keywords.advice(name) or "" for name in sorted(names)}
    return dict(sorted(out.items()))
