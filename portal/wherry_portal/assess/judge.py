"""A name of Agno -> a verdict with reasons: by the matrix when Agno 3.1 has it, by history when it is gone.

Rules call `Judge`; the levels and minutes of every verdict are decided here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING

from wherry_portal.assess.finding import Finding, Level, Verdict
from wherry_portal.assess.native import Native
from wherry_portal.matrix.history import History, history
from wherry_portal.matrix.removed import PREDECESSOR, Successor, Successors, successors
from wherry_portal.matrix.source import load_matrix
from wherry_portal.matrix.surface import surface
from wherry_portal.matrix.symbols import SymbolIndex

if TYPE_CHECKING:
    from wherry_portal.assess.finding import Edit, Span
    from wherry_portal.matrix.model import Feature

MIGRATION_PAGE = "guide/migrate/"
REWRITTEN = "Nothing: `wherry migrate` rewrites it."
OF_EVERY_MODULE = frozenset({"__doc__", "__file__", "__name__", "__path__"})
"""What Python itself gives a module, and no list of names has."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is to be said about a name.

    Attributes:
        symbol: The name, in Agno's own form.
        verdict: How it is judged.
        level: How grave that is.
        why: Why it matters.
        todo: What to do.
        minutes: Effort by hand.
        row: The row that speaks of it, or None.
        successor: What it became, when it is gone.
    """

    symbol: str
    verdict: Verdict
    level: Level
    why: str = ""
    todo: str = ""
    minutes: int = 0
    row: Feature | None = None
    successor: Successor | None = None

    @property
    def keeps_agno(self) -> bool:
        """Whether imports of it stay Agno's."""
        return self.row is not None and self.row.keeps_agno

    @property
    def blocks(self) -> bool:
        """Whether it cannot run on Wherry as it is written."""
        return self.level == "error"

    @property
    def page(self) -> str:
        """Path of the page that explains it."""
        return self.row.page if self.row is not None else MIGRATION_PAGE

    def finding(self, *, rule: str, file: str, span: Span, what: str, edits: tuple[Edit, ...] = ()) -> Finding:
        """A finding with what is known here; what nobody rewrites does not say that it is rewritten."""
        return Finding(
            rule=rule,
            file=file,
            span=span,
            symbol=self.symbol,
            verdict=self.verdict,
            level=self.level,
            what=what,
            why=self.why,
            todo=self.todo if edits or self.todo != REWRITTEN else "Nothing.",
            feature=self.row.id if self.row else "",
            page=self.page,
            minutes=0 if edits else self.minutes,
            edits=edits,
        )


class Judge:
    """Judges names.

    Attributes:
        index: Rows by symbol.
        past: Names of earlier releases.
        successors: What they became.
        native: What the installed Wherry has.
    """

    def __init__(self, index: SymbolIndex, past: History, table: Successors, native: Native) -> None:
        self.index = index
        self.surface = index.surface
        self.past = past
        self.successors = table
        self.native = native
        self._judged: dict[str, Judgement] = {}

    def judge(self, symbol: str) -> Judgement:
        """The judgement of a name or of ``path(parameter)``."""
        if symbol not in self._judged:
            self._judged[symbol] = self._judge(symbol)
        return self._judged[symbol]

    def _judge(self, symbol: str) -> Judgement:
        module, _, name = symbol.rpartition(".")
        if name in OF_EVERY_MODULE or symbol == "agno.__version__":
            symbol = module
        row = self.index.feature_for(symbol)
        if row is not None and (self._exists(symbol) or row.id == "other.private"):
            return self._by_row(symbol, row)
        return self._gone(symbol)

    def _exists(self, symbol: str) -> bool:
        if not symbol.startswith("agno"):
            return True  # a table, an endpoint or a variable: the row matched it by name
        return self.surface.resolve(symbol.partition("(")[0]) is not None

    def _by_row(self, symbol: str, row: Feature) -> Judgement:
        if row.status == "available":
            why = f"Wherry has it. It differs: {' '.join(row.differences)}" if row.differences else "Wherry has it."
            return Judgement(symbol, "available", "note", why, REWRITTEN, 1, row)
        if row.keeps_agno:
            return Judgement(symbol, "limited", "warning", row.reason, f"{row.limits} Or: {row.fallback}", 2, row)
        if row.status == "limited":
            return Judgement(symbol, "limited", "warning", row.limits, row.fallback, 10, row)
        if row.status == "planned":
            todo = f"{row.fallback} It is planned for Wherry {row.planned}."
            return Judgement(symbol, "planned", "error", row.reason, todo, 45, row)
        return Judgement(symbol, "not_migrated", "error", row.reason, row.fallback, 60, row)

    def _gone(self, symbol: str) -> Judgement:
        path = symbol.partition("(")[0]
        successor = self.successors.of_name(path) or self._advice_above(path)
        seen = self.past.last_seen(symbol)
        if successor is None and seen is not None:
            successor = self._passed_on(path)
        seen = seen or self._seen_above(path)
        if successor is None and seen is None:
            return Judgement(symbol, "unknown", "error", self._not_there(path), self._nearest(path), 15)
        when = f"It was last seen in Agno {seen}; {self.surface.version} does not have it." if seen else "It is gone."
        if path.partition(".")[0] == PREDECESSOR:
            when = "It is phidata's, which became Agno in January 2025."
        todo = "No successor is known; look for the same thing in the support matrix."
        if successor is not None:
            todo = f"It is now {successor.to}." if successor.to else successor.note
        return Judgement(symbol, "removed", "error", when, todo, 30, None, successor)

    def _advice_above(self, path: str) -> Successor | None:
        """The note on a class, for a member of it; a member of a class that moved may have got another name."""
        above = self.successors.names.get(path.rpartition(".")[0])
        return above if above is not None and above.note else None

    def _passed_on(self, path: str) -> Successor | None:
        """What became of a class that a module passed on, such as `agno.agent.AgentKnowledge`.

        That of the class of this name elsewhere, when all agree; else the only class that has the name now.
        """
        name = path.rpartition(".")[2]
        if not name[:1].isupper():
            return None
        known = [one for old, one in self.successors.names.items() if old.rpartition(".")[2] == name]
        if known:
            return known[0] if all(one == known[0] for one in known) else None
        found = {
            self.surface.resolve(f"{module}.{name}") for module, names in self.surface.modules.items() if name in names
        }
        homes = {symbol.path for symbol in found if symbol is not None and symbol.kind == "class"}
        return Successor(to=homes.pop()) if len(homes) == 1 else None

    def _seen_above(self, path: str) -> str | None:
        while "." in path:
            seen = self.past.last_seen(path)
            if seen is not None:
                return seen
            path = path.rpartition(".")[0]
        return None

    def _not_there(self, path: str) -> str:
        return f"Neither Agno {self.surface.version} nor the earlier releases looked at have {path!r}."

    def _nearest(self, path: str) -> str:
        module, _, name = path.rpartition(".")
        near = get_close_matches(name, self.surface.modules.get(module, ()), n=1)
        return f"Did you mean {near[0]!r}?" if near else "Check the spelling, or whether it comes from a newer release."


@lru_cache(maxsize=1)
def default_judge() -> Judge:
    """The judge over the shipped matrix and the installed Wherry."""
    matrix = load_matrix()
    names = surface(matrix.version)
    return Judge(SymbolIndex(matrix, names), history(), successors(), Native(names))
