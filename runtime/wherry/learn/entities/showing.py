"""Entities as models and people see them: in the system message, among search results, in the terminal.

Tags, the order of blocks and the lines of an entity are Agno's, the sentences are ours. Called by the stores.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from wherry.learn.entities.forgetting import label
from wherry.learn.shapes.entities import dated_event, listed, relation_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wherry.learn.entities.changes import Change, Told

NOTHING = "<entity_memory>\nNothing is known of any entity yet.\n</entity_memory>"
GUIDANCE = (
    "<entity_memory_instructions>\n"
    "You keep what is known of people, companies, projects, systems and products around your work. What you learn of "
    "one of them that later conversations will need, put down at once:\n\n"
    "- `remember_about` puts down facts, events, a description or where a note lies, by the name of what it is about. "
    "To correct something, tell what holds now: what it contradicts is retired by itself.\n"
    "- `link_entities` tells how two of them stand to each other.\n"
    "- `search_entities` finds them, or lists those that changed last.\n"
    "- `forget` retires a fact, or archives one of them as a whole.\n"
    "</entity_memory_instructions>"
)
_USE = (
    "<entity_memory_guidelines>\n"
    "Take this as something that you simply know, and do not speak of where it stands. What is said in the "
    "conversation counts for more.\n"
    "{index}\n"
    "</entity_memory_guidelines>"
)
_WHOLE = "The directory is complete: what is not listed there is not known."
_PART = "The directory is not complete: look with `search_entities` before you call something unknown."
_FACTS_FOUND, _EVENTS_FOUND = 6, 3


# --- the system message ----------------------------------------------------------------------------------------------


def context(config: Any, data: Any) -> str:
    """What is known as the system message shows it; empty when there is nothing.

    Args:
        config: An `EntityMemoryConfig`, which says how much is shown.
        data: What `recall` found, or one or several entities.
    """
    directory: list[Any] = []
    entities: list[Any] = data if isinstance(data, list) else [data] if data else []
    names: dict[str, str] = {}
    if isinstance(data, dict) and "directory" in data:
        directory, entities = data.get("directory") or [], data.get("entities") or []
        names = data.get("related_names") or {}
    if not directory and not entities:
        return ""
    most = config.max_entities_in_directory
    blocks = [_directory(directory, most)] if directory else []
    if shown := entities[: config.max_entities_in_context]:
        texts = "\n\n---\n\n".join(_known(one, config, names) for one in shown)
        blocks.append(f"**What is known of those that matter here:**\n\n{texts}")
    blocks.append(_USE.format(index=_PART if len(directory) > most else _WHOLE))
    return "\n".join(["<entity_memory>", "\n\n".join(blocks), "</entity_memory>"])


def _directory(directory: list[Any], most: int) -> str:
    shown = directory[:most]
    extent = "all of them, the last changed first"
    if len(directory) > most:
        extent = f"the {len(shown)} that changed last; there are more"
    lines = [
        f"- {getattr(one, 'name', None) or getattr(one, 'entity_id', '?')} ({getattr(one, 'entity_type', '?')})"
        for one in shown
    ]
    return "\n".join([f"**Entity directory** ({extent}):", *lines])


def _known(entity: Any, config: Any, names: dict[str, str]) -> str:
    render = getattr(entity, "get_context_text", None)
    if not callable(render):
        return _in_short(entity)
    given = {"max_facts": config.max_facts_per_entity, "max_events": config.max_events_per_entity}
    asked: dict[str, Any] = {**given, "related_names": names}
    try:
        parameters = inspect.signature(render).parameters
    except (TypeError, ValueError):
        return str(render())
    if not any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values()):
        asked = {name: value for name, value in asked.items() if name in parameters}
    return str(render(**asked))


def _in_short(entity: Any) -> str:
    """An entity of a class that cannot show itself."""
    name = getattr(entity, "name", None) or getattr(entity, "entity_id", "unknown")
    parts = [f"**{name}** ({getattr(entity, 'entity_type', 'unknown')})"]
    if getattr(entity, "description", None):
        parts.append(entity.description)
    facts = getattr(entity, "facts", None) or []
    return "\n".join([*parts, *listed("Facts", "", "facts", facts[:5], None, _content)])


def _content(entry: Any) -> str:
    return str(entry.get("content", entry) if isinstance(entry, dict) else entry)


# --- answers of the tools --------------------------------------------------------------------------------------------


def found(entities: Sequence[Any], query: str | None, entity_type: str | None, namespace: str, limit: int) -> str:
    """What a search found, or that it found nothing."""
    where = f"namespace '{namespace}'" + (f", type '{entity_type}'" if entity_type else "")
    if not entities:
        return f"No entities matching {query!r} in {where}." if query else f"No entities are known in {where}."
    title = f"{len(entities)} matching {query!r} in {where}:" if query else f"{len(entities)} in {where}, newest first:"
    texts = [f"{number}. {_hit(one)}" for number, one in enumerate(entities, 1)]
    if len(entities) >= limit:
        texts.append(f"These are the first {limit}: ask for something narrower to see others.")
    return "\n\n".join([title, *texts])


def _hit(entity: Any) -> str:
    name = getattr(entity, "name", None) or entity.entity_id
    archived = " (archived)" if getattr(entity, "archived_at", None) else ""
    lines = [f"**{name}** ({entity.entity_type}){archived}"]
    if getattr(entity, "description", None):
        lines.append(entity.description)
    properties = dict(getattr(entity, "properties", None) or {})
    if note := properties.pop("note", None):
        lines.append(f"note: {note}")
    if properties:
        lines.append("Properties: " + ", ".join(f"{key}: {value}" for key, value in properties.items()))
    events = getattr(entity, "events", None) or []
    lines += listed("Facts", "newest", "facts", _facts(entity), _FACTS_FOUND, _content)
    lines += listed("Events", "last", "events", events, _EVENTS_FOUND, dated_event)
    edges = getattr(entity, "relationships", None) or []
    if edges:
        lines.append("Relationships:")
        lines += [f"  - {relation_text(edge, {})}" for edge in edges if isinstance(edge, dict)]
    return "\n".join(lines)


def _facts(entity: Any) -> list[Any]:
    own = getattr(entity, "live_facts", None)
    return list(own()) if own is not None else getattr(entity, "facts", None) or []


def recorded(change: Change, told: Told, others: list[str]) -> str:
    """What was put down.

    Args:
        change: What came of it.
        told: What was told.
        others: Entities of the same name and another kind.
    """
    parts = [f"{'Created' if change.created else 'Updated'} {label(change.entity)}."]
    counted = [(len(change.facts), "fact(s)"), (len(told.events), "event(s)")]
    kept = [f"{number} {what}" for number, what in counted if number]
    if told.note:
        kept.append(f"note pointer {told.note}")
    if kept:
        parts.append(f"Recorded {', '.join(kept)}.")
    if change.retired:
        parts.append(f"Superseded {change.retired} earlier fact(s).")
    if change.repeated:
        parts.append(f"Left out {change.repeated} already-recorded fact(s).")
    if change.revived:
        parts.append("It was archived and is revived.")
    if others:
        parts.append(
            f"Mind that {', '.join(others)} already exists under this name: if that is the one you mean, say so by "
            "its type."
        )
    return " ".join(parts)


def linked(source: Any, relation: str, target: Any) -> str:
    """That two entities are related now."""
    return f"Linked {label(source)} --[{relation}]--> {label(target)}."


def ambiguous(name: str, kinds: list[str]) -> str:
    """That a name is that of several entities."""
    told = f"{name!r} matches more than one entity, so nothing was changed. Say which one:"
    return "\n".join([told, *(f"  - {kind}/{name}" for kind in kinds)])


# --- people ----------------------------------------------------------------------------------------------------------


def panel(entity: Any, entity_id: str, entity_type: str) -> list[str]:
    """The lines of an entity in the terminal, with Rich's markup."""
    if not entity:
        return []
    name = getattr(entity, "name", None) or entity_id
    archived = " [dim](archived)[/dim]" if getattr(entity, "archived_at", None) else ""
    lines = [f"[bold]{name}[/bold] ({getattr(entity, 'entity_type', entity_type)}){archived}"]
    if getattr(entity, "description", None):
        lines.append(entity.description)
    properties = getattr(entity, "properties", None) or {}
    edges = [one for one in getattr(entity, "relationships", None) or [] if isinstance(one, dict)]
    blocks = (
        ("Properties:", [f"  {key}: {value}" for key, value in properties.items()]),
        ("Facts:", [f"  [dim]\\[{_id(one)}][/dim] {_content(one)}" for one in _facts(entity)]),
        ("Events:", [_dated(one) for one in getattr(entity, "events", None) or []]),
        ("Relationships:", [_drawn(one) for one in edges]),
    )
    for title, rows in blocks:
        lines += ["", title, *rows] if rows else []
    return lines


def _id(entry: Any) -> Any:
    return entry.get("id", "?") if isinstance(entry, dict) else "?"


def _dated(event: Any) -> str:
    return f"  [dim]\\[{_id(event)}][/dim] {dated_event(event)}"


def _drawn(edge: dict[str, Any]) -> str:
    arrow = "→" if edge.get("direction", "outgoing") == "outgoing" else "←"
    return f"  {edge.get('relation', 'related_to')} {arrow} {edge.get('entity_id', '?')}"
