"""Which entities matter for a message. Called by the store of entities, which does the searching."""

from __future__ import annotations

from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any

from wherry.learn.entities.names import folded, key_of, names_of, says

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def mentioned(directory: Iterable[Any], message: str) -> list[Any]:
    """The entities whose name, or another name of theirs, stands in a message as a whole."""
    text = folded(message)
    return [one for one in directory if any(says(text, folded(name)) for name in names_of(one))]


def joined(entities: Sequence[Any], more: Iterable[Any], most: int) -> list[Any]:
    """Entities and further ones, none twice and none that is archived, at most so many."""
    first = {key_of(one): one for one in entities}
    for one in more:
        if key_of(one) not in first and not getattr(one, "archived_at", None):
            first[key_of(one)] = one
    return list(first.values())[: max(most, 0)]


def in_turn(lists: Sequence[Sequence[Any]]) -> list[Any]:
    """The first of each list, then the second of each, and so on."""
    return [one for one in chain.from_iterable(zip_longest(*lists)) if one is not None]


def unnamed_ends(entities: Iterable[Any], known: Iterable[str]) -> list[tuple[str, str]]:
    """The other ends of relationships whose names are not known: id and kind, each id once."""
    seen, missing = set(known), []
    for entity in entities:
        for edge in getattr(entity, "relationships", None) or ():
            end, kind = (edge.get("entity_id"), edge.get("entity_type")) if isinstance(edge, dict) else (None, None)
            if end and kind and end not in seen:
                seen.add(end)
                missing.append((end, kind))
    return missing
