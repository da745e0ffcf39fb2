"""What an entity is no longer to tell: a fact, a relationship or an event by its words, or everything.

All of it happens in memory; the store of entities reads and writes the rows, and calls this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wherry.learn.entities.changes import live, text_of
from wherry.learn.entities.names import folded, says, says_slug
from wherry.learn.shapes.record import now_text

LISTED = 10


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        text: What the model is told.
        changed: Whether the entity has to be written.
        edge: A relationship that was taken out; its other end has to lose it as well.
    """

    text: str
    changed: bool = False
    edge: dict[str, Any] | None = None


def label(entity: Any) -> str:
    """Kind and id of an entity."""
    return f"{entity.entity_type}/{entity.entity_id}"


def forgotten(entity: Any, fact: str | None) -> Outcome:
    """Retire what is meant by `fact`, or archive the entity when that is blank."""
    if fact is None or not fact.strip():
        return _archived(entity)
    words = folded(fact)
    for attempt in (_fact, _edge, _event):
        outcome = attempt(entity, words)
        if outcome is not None:
            return outcome
    facts = entity.live_facts()
    if not facts:
        return Outcome(f"No matching fact on {label(entity)}: nothing is noted that holds of it.")
    lines = [f"  - {one.get('content') if isinstance(one, dict) else one}" for one in facts[:LISTED]]
    if len(facts) > LISTED:
        lines.append(f"  and {len(facts) - LISTED} more")
    return Outcome("\n".join([f"No matching fact on {label(entity)}. What holds of it:", *lines]))


def _archived(entity: Any) -> Outcome:
    if getattr(entity, "archived_at", None):
        return Outcome(f"{label(entity)} is already archived.")
    entity.archived_at = entity.updated_at = now_text()
    told = f"Archived {label(entity)}: it is shown no more. `search_entities` still finds it, and `remember_about` "
    return Outcome(f"{told}brings it back.", changed=True)


def _fitting(entries: list[dict[str, Any]], words: str) -> tuple[list[dict[str, Any]], bool]:
    """Entries with exactly these words, else those that have them or are among them; and whether they are exact."""
    exact = [one for one in entries if text_of(one) == words]
    return exact or [one for one in entries if words in text_of(one) or text_of(one) in words], bool(exact)


def _several(what: str, entity: Any, entries: list[str]) -> Outcome:
    told = f"Multiple {what} on {label(entity)} match, so nothing was changed. Say in full which one you mean:"
    return Outcome("\n".join([told, *(f"  - {text}" for text in entries)]))


def _fact(entity: Any, words: str) -> Outcome | None:
    found, exact = _fitting(live(entity), words)
    if not found:
        return None
    if len(found) > 1 and not exact:
        return _several("facts", entity, [str(one.get("content")) for one in found])
    for one in found:
        if one.get("id"):
            entity.retire_fact(one["id"], superseded_by="forgotten")
        else:
            one.update(superseded_at=now_text(), superseded_by="forgotten")
    entity.updated_at = now_text()
    return Outcome(f"Retired fact on {label(entity)}: {found[0].get('content')}", changed=True)


def _event(entity: Any, words: str) -> Outcome | None:
    events = [one for one in getattr(entity, "events", None) or () if isinstance(one, dict)]
    found, exact = _fitting(events, words)
    if not found:
        return None
    if len(found) > 1 and not exact:
        return _several("events", entity, [str(one.get("content")) for one in found])
    entity.events = [one for one in events if one not in found]
    entity.updated_at = now_text()
    return Outcome(f"Retired event on {label(entity)}: {found[0].get('content')}", changed=True)


# --- relationships ---------------------------------------------------------------------------------------------------


def shown_edge(edge: dict[str, Any]) -> str:
    """A relationship with the kind of its other end."""
    return f"{edge.get('relation')} {_arrow(edge)} {edge.get('entity_type')}/{edge.get('entity_id')}"


def _arrow(edge: dict[str, Any]) -> str:
    return "<-" if edge.get("direction") == "incoming" else "->"


def _names_of_end(edge: dict[str, Any]) -> tuple[set[str], set[str]]:
    """What the other end of a relationship is called, without and with its kind."""
    end = str(edge.get("entity_id", ""))
    plain = {name for name in (folded(end), folded(end.replace("_", " "))) if name}
    kind = folded(str(edge.get("entity_type", "")))
    return plain, {f"{kind}/{name}" for name in plain} if kind else set()


def _means(edge: dict[str, Any], words: str) -> bool:
    """Whether words mean a relationship: its verb, its other end, or both, with or without the arrow."""
    relation = folded(str(edge.get("relation", "")))
    plain, with_kind = _names_of_end(edge)
    ends = plain | with_kind
    verb = edge.get("relation", "")
    shown = {folded(f"{verb} {between}{end}") for end in ends for between in ("", f"{_arrow(edge)} ")}
    if words in {relation} | ends | shown:
        return True
    far = any(says(words, end) for end in ends) or says_slug(words, folded(str(edge.get("entity_id", ""))))
    return bool(relation) and says(words, relation) and far


def _edge(entity: Any, words: str) -> Outcome | None:
    edges = [one for one in getattr(entity, "relationships", None) or () if isinstance(one, dict)]
    found = [edge for edge in edges if _means(edge, words)]
    if not found:
        return None
    # A kind or an arrow that was said tells apart what is equal otherwise.
    found = [edge for edge in found if any(says(words, end) for end in _names_of_end(edge)[1])] or found
    found = [edge for edge in found if _arrow(edge) in words] or found
    told = ("relation", "entity_id", "entity_type", "direction")
    if len({tuple(edge.get(name) for name in told) for edge in found}) > 1:
        return _several("relationships", entity, [shown_edge(edge) for edge in found])
    entity.relationships = [one for one in edges if one not in found]
    entity.updated_at = now_text()
    return Outcome(f"Removed relationship on {label(entity)}: {shown_edge(found[0])}", changed=True, edge=found[0])
