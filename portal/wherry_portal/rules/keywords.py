"""Keywords of calls: refused by Wherry, gone from Agno, or never there.

Before on the left, after on the right::

    Agent(sandbox=…)                                   not migrated: see the row
    Agent(storage=db, show_tool_calls=True)            Agent(db=db)
    agent.run(message="hi")                            agent.run(input="hi")
    Agent(instrutions="...")                           did you mean 'instructions'?
"""

from __future__ import annotations

import ast
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal

from wherry_portal.assess.finding import Edit
from wherry_portal.assess.judge import Judgement
from wherry_portal.matrix.removed import Keywords
from wherry_portal.rules.arguments import asks_for_nothing, removals
from wherry_portal.rules.beyond import is_written_for_wherry, wherrys_own
from wherry_portal.rules.held import held_of, is_inside_leaf
from wherry_portal.rules.strangers import moves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry_portal.assess.facts import CallUse
    from wherry_portal.assess.finding import Finding
    from wherry_portal.assess.values import Entry
    from wherry_portal.matrix.surface import Signature
    from wherry_portal.rules.context import Context

RULE = "keyword"
_FLAG = "enable_"
_SWALLOWERS = {"run", "arun", "print_response", "aprint_response", "continue_run", "acontinue_run"}


def check(context: Context) -> Iterator[Finding]:
    """See the module."""
    for call in context.facts.calls:
        yield from _method(context, call)
        for entry in call.keywords:
            found = _keyword(context, call, entry)
            if found is not None:
                yield found


def _method(context: Context, call: CallUse) -> Iterator[Finding]:
    """A method, or a function, that is itself not available or gone."""
    if call.kind != "method":
        return
    judgement = context.judge.judge(call.target)
    owner = context.judge.judge(call.target.rpartition(".")[0])
    if judgement.verdict == "unknown" or _told(context, judgement, owner) or judgement.verdict == "available":
        return
    name = call.target.rpartition(".")[2]
    edits: tuple[Edit, ...] = ()
    if judgement.verdict == "removed":
        judgement, edits = _renamed_method(context, call, judgement, name)
    node = call.node.func if isinstance(call.node, ast.Call) else call.node
    yield context.finding(RULE, node, judgement, f"calls {_short(call.target)}()", edits)


def _renamed_method(
    context: Context, call: CallUse, judgement: Judgement, name: str
) -> tuple[Judgement, tuple[Edit, ...]]:
    to = judgement.successor.to if judgement.successor else ""
    function = call.node.func if isinstance(call.node, ast.Call) else None
    if not to or not isinstance(function, ast.Attribute) or context.judge.judge(to).blocks:
        return judgement, ()
    start, end = context.name_span(function, name)
    row = context.judge.judge(to).row
    return replace(judgement, level="warning", row=row), (Edit(start, end, to.rpartition(".")[2]),)


def _told(context: Context, judgement: Judgement, owner: Judgement) -> bool:
    """Whether the class itself says the same: reported where it was imported, or a leaf that stays Agno's."""
    return judgement.row is not None and (judgement.row == owner.row or judgement.row.keeps_agno)


def _keyword(context: Context, call: CallUse, entry: Entry) -> Finding | None:
    if context.judge.surface.resolve(call.target) is None:
        return _of_gone_class(context, call, entry)
    signature = context.judge.surface.callable(call.canonical)
    if signature is None:
        return None
    if entry.name in signature.keywords or _inherited(context, call, entry.name):
        return _known(context, call, entry, signature)
    return _missing(context, call, entry, signature)


def _inherited(context: Context, call: CallUse, name: str) -> bool:
    """Whether a base's constructor takes a keyword that goes through ``**kwargs``."""
    surface = context.judge.surface
    if call.kind != "class":
        return False
    signatures = (surface.callable(path) for path in surface.mro(call.canonical))
    return any(name in signature.keywords for signature in signatures if signature)


def _known(context: Context, call: CallUse, entry: Entry, signature: Signature) -> Finding | None:
    symbol = f"{call.canonical}({entry.name})"
    judgement = context.judge.judge(symbol)
    owner = context.judge.judge(call.canonical)
    if judgement.verdict == "available" or _told(context, judgement, owner):
        return None
    if asks_for_nothing(entry.value, signature.keywords.get(entry.name)):
        return None
    what = _given(call.canonical, entry)
    if is_inside_leaf(context, symbol):
        return _inside_leaf(context, entry, judgement, what) if moves(context, entry.meaning) else None
    return context.finding(RULE, entry.key, judgement, what)


def _inside_leaf(context: Context, entry: Entry, judgement: Judgement, what: str) -> Finding | None:
    """A model for something that stays Agno's: taken from Agno too where it can be followed, else an error."""
    edits = held_of(context).renames.get(id(entry.key))
    if edits is None:
        return context.finding(RULE, entry.key, judgement, what)
    if not edits:
        return None  # the import says that it stays
    eased = replace(judgement, level="note", verdict="limited", todo="The class is taken from agno under another name.")
    return context.finding(RULE, entry.key, eased, what, edits)


def _missing(context: Context, call: CallUse, entry: Entry, signature: Signature) -> Finding | None:
    """A keyword that Agno 3.1 does not have."""
    judge = context.judge
    symbol = f"{call.canonical}({entry.name})"
    table = judge.successors.keywords
    public = next((path for path in table if judge.surface.resolve(path) == judge.surface.resolve(call.canonical)), "")
    keywords = _with_flags(table.get(public, Keywords()), call.canonical, signature)
    if entry.name in keywords.human_review:
        return None  # the human-review rule speaks of it
    seen = judge.past.last_seen(f"{public or call.canonical}({entry.name})") or judge.past.last_seen(symbol)
    advice = keywords.advice(entry.name)
    if advice is None and seen is None:
        return _never(context, call, entry, signature)
    if call.kind == "method" and not keywords.advice(entry.name):
        return None
    why = f"Agno {judge.surface.version} does not take it" + (f"; it was last seen in {seen}." if seen else ".")
    judgement = Judgement(symbol, "removed", "error", why, advice or "Leave it out.", 15)
    edits = _edits(context, call, entry, keywords)
    now = judge.judge(f"{call.canonical}({keywords.renamed.get(entry.name, entry.name)})")
    if edits and now.blocks and now.row is not None:
        what = _given(call.canonical, entry)
        return context.finding(RULE, entry.key, replace(now, symbol=symbol, why=f"{why} {advice} {now.why}"), what)
    if edits:
        judgement = replace(judgement, level="warning")
    return context.finding(RULE, entry.key, judgement, _given(call.canonical, entry), edits)


def _with_flags(keywords: Keywords, path: str, signature: Signature) -> Keywords:
    """Switches of a toolkit's tools, which Agno 2.0 gave a prefix: ``stock_price`` is ``enable_stock_price``."""
    if not path.startswith("agno.tools."):
        return keywords
    flags = {name.removeprefix(_FLAG): name for name in signature.keywords if name.startswith(_FLAG)}
    return replace(keywords, renamed=flags | keywords.renamed)


def _never(context: Context, call: CallUse, entry: Entry, signature: Signature) -> Finding | None:
    name = call.canonical.rpartition(".")[2]
    swallowed = signature.open and name in _SWALLOWERS
    if signature.open and not swallowed:
        return None
    own = wherrys_own(context, call, entry.name)
    if own and is_written_for_wherry(context, call):
        return None
    symbol = f"{call.canonical}({entry.name})"
    near = get_close_matches(entry.name, signature.keywords, n=1)
    todo = f"Did you mean {near[0]!r}?" if near else "Leave it out, or hand it over another way."
    if own:
        why = "An option of Wherry's own: Agno does not take it."
        todo = "Nothing, once the file is on Wherry."
        judgement = Judgement(symbol, "unknown", "warning", why, todo, 1)
    elif swallowed:
        why = "Agno swallows a keyword that it does not know; Wherry warns."
        judgement = Judgement(symbol, "unknown", "warning", why, todo, 5)
    else:
        why = "Neither Agno nor Wherry takes it: the call raises TypeError."
        judgement = Judgement(symbol, "unknown", "error", why, todo, 10)
    return context.finding(RULE, entry.key, judgement, _given(call.canonical, entry))


def _edits(context: Context, call: CallUse, entry: Entry, keywords: Keywords) -> tuple[Edit, ...]:
    """The rename, or the removal of everything in this call that is to be dropped."""
    given = {other.name for other in call.keywords}
    if entry.name in keywords.renamed:
        new = keywords.renamed[entry.name]
        twins = [name for name in given if keywords.renamed.get(name) == new]
        if new in given or len(twins) > 1:
            return ()
        span = None if entry.elsewhere else context.keyword_span(entry.key, entry.name)
        return (Edit(*span, new),) if span else ()
    if entry.name in keywords.dropped and isinstance(call.node, ast.Call):
        gone = [other.key for other in call.keywords if other.name in keywords.dropped]
        if entry.key in call.node.keywords:
            return removals(context.facts.text, call.node, gone)
    return ()


def _of_gone_class(context: Context, call: CallUse, entry: Entry) -> Finding | None:
    """Keywords of a class that moved: renamed with it, or unknown to its successor."""
    judgement = context.judge.judge(call.target)
    successor = judgement.successor
    if successor is None or not successor.to or context.judge.judge(successor.to).blocks:
        return None
    symbol = context.judge.surface.resolve(successor.to)
    signature = context.judge.surface.callable(symbol.path) if symbol else None
    if signature is None or entry.name in signature.keywords or signature.open:
        return None
    what = _given(call.target, entry)
    new = successor.parameters.get(entry.name)
    if new:
        span = None if entry.elsewhere else context.keyword_span(entry.key, entry.name)
        level: Literal["warning", "error"] = "warning" if span else "error"
        told = Judgement(f"{call.target}({entry.name})", "removed", level, judgement.why, f"Use {new!r}.", 2)
        return context.finding(RULE, entry.key, told, what, (Edit(*span, new),) if span else ())
    todo = f"{_short(successor.to)} does not take it. Leave it out."
    grave = Judgement(f"{call.target}({entry.name})", "removed", "error", judgement.why, todo, 10)
    return context.finding(RULE, entry.key, grave, what)


def _given(path: str, entry: Entry) -> str:
    return f"gives {_short(path)}({entry.name}=...)" + (", which another file spells" if entry.elsewhere else "")


def _short(path: str) -> str:
    parts = path.split(".")
    return ".".join(parts[-2:]) if parts[-2][:1].isupper() else parts[-1]
