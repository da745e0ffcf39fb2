"""Ids of rows, reading what was stored, comparing texts; mirrors `agno.learn.utils`. None of it raises.

Called by the records, the stores and the machine.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, fields, is_dataclass
from functools import partial
from hashlib import sha256
from typing import Any, TypeVar

T = TypeVar("T")

DEFAULT_LEARNING_NAMESPACE = "global"
IDENTITY_KEYED_LEARNING_TYPES = frozenset({"user_profile", "user_memory", "session_context", "entity_memory"})
"""Kinds whose rows have an id made of whom or what they are about; the others have one of their own."""

# Kinds of which there is one for each user or session: the id's beginning, and whether the user's id ends it.
_OF_ONE = {
    "user_profile": ("user_profile", True),
    "user_memory": ("memories", True),
    "session_context": ("session_context", False),
}
_SEPARATORS = re.compile(r"[ \t\r\f\v_\-]+")


def build_learning_id(
    learning_type: str,
    *,
    user_id: str | None = None,
    session_id: str | None = None,
    entity_id: str | None = None,
    entity_type: str | None = None,
    namespace: str | None = None,
) -> str | None:
    """The id of the row that holds this; the same in Agno, so that both find what the other wrote.

    Args:
        learning_type: Kind of learning.
        user_id: About whom; also whose entity it is in the namespace "user", where its digest is part of the id.
        session_id: About which session.
        entity_id: About which entity.
        entity_type: Of which kind that is.
        namespace: Of the entity, "global" by default.

    Returns:
        None for kinds whose ids are random, and where something is missing.
    """
    if learning_type in _OF_ONE:
        prefix, of_user = _OF_ONE[learning_type]
        whose = user_id if of_user else session_id
        return f"{prefix}_{whose}" if whose else None
    if learning_type != "entity_memory" or not entity_id or not entity_type:
        return None
    if namespace != "user":
        return legacy_entity_learning_id(entity_id, entity_type, namespace)
    if not user_id:
        return None
    digest = sha256(str(user_id).encode()).hexdigest()[:16]
    return f"entity_user_{digest}_{entity_type}_{entity_id}"


def legacy_entity_learning_id(entity_id: str, entity_type: str, namespace: str | None = None) -> str:
    """The id of an entity's row as old versions of Agno wrote it in the namespace "user", too: without the user."""
    return f"entity_{namespace or DEFAULT_LEARNING_NAMESPACE}_{entity_type}_{entity_id}"


def same_user(left: Any, right: Any) -> bool:
    """Whether two ids, numbers or texts, are one user's; nobody is not the same as nobody."""
    return left is not None and right is not None and str(left) == str(right)


def content_values_text(content: Any) -> str:
    """The values of a content, without its keys, one a line and in folded case."""
    return "\n".join(_values(content)).casefold()


def _values(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [text for value in node.values() for text in _values(value)]
    if isinstance(node, (list, tuple)):
        return [text for value in node for text in _values(value)]
    return [] if node is None else [str(node)]


def separator_folded(text: str) -> str:
    """A text in folded case with one blank for each run of blanks, underscores and hyphens; lines stay lines."""
    return _SEPARATORS.sub(" ", text.casefold())


def values_match_query(content: Any, query: str) -> bool:
    """Whether a value of the content contains the query, whatever separates words."""
    wanted = separator_folded(query).strip()
    return bool(wanted) and wanted in separator_folded(content_values_text(content))


def query_variants(query: str) -> list[str]:
    """A query in folded case, then with blanks, underscores and hyphens in place of what separates its words."""
    folded = query.strip().casefold()
    if not folded:
        return []
    spelled = (re.sub(r"[\s_\-]+", separator, folded) for separator in " _-")
    return list(dict.fromkeys([folded, *(text for text in spelled if text)]))


def parsed_mapping(data: Any) -> dict[str, Any] | None:
    """A mapping, or one out of JSON text; None for everything else."""
    if isinstance(data, dict):
        return data
    if isinstance(data, str):
        try:
            found: dict[str, Any] = json.loads(data)
        except ValueError:
            return None
        return found
    return None


def from_dict_safe(cls: type[T], data: Any) -> T | None:
    """A dataclass from a mapping or JSON text, unknown keys left out; None when that does not go."""
    if data is None:
        return None
    if isinstance(data, cls):
        return data
    try:
        found = parsed_mapping(data)
        if found is None:
            return None
        known = {field.name for field in fields(cls)}  # type: ignore[arg-type]  # a dataclass, or None is the answer
        return cls(**{name: value for name, value in found.items() if name in known})
    except Exception:  # noqa: BLE001 - what was stored, and a user's class, may be anything
        return None


def to_dict_safe(obj: Any) -> dict[str, Any] | None:
    """A mapping, something with `to_dict`, a dataclass or an object as a mapping; None when that does not go."""
    own = getattr(obj, "to_dict", None)
    told = own if own is not None else partial(asdict if is_dataclass(obj) else _attributes, obj)
    try:
        return obj if obj is None or isinstance(obj, dict) else told()
    except Exception:  # noqa: BLE001 - a user's class may do anything
        return None


def _attributes(obj: Any) -> dict[str, Any]:
    return dict(vars(obj))


def print_panel(
    title: str,
    subtitle: str,
    lines: list[str],
    *,
    empty_message: str = "No data",
    raw_data: Any = None,
    raw: bool = False,
) -> None:
    """Draw lines in a box.

    Args:
        title: Above.
        subtitle: Below.
        lines: Rich's markup is understood.
        empty_message: In place of no lines.
        raw_data: Printed as it is with `raw`.
        raw: Without a box.
    """
    if raw and raw_data is not None:
        from pprint import pprint

        pprint(to_dict_safe(raw_data) or raw_data)  # noqa: T203 - it is what the caller asked for
        return
    from rich.console import Console
    from rich.panel import Panel

    text = "\n".join(lines) if lines else f"[dim]{empty_message}[/dim]"
    Console().print(Panel(text, title=f"[bold]{title}[/bold]", subtitle=f"[dim]{subtitle}[/dim]", border_style="blue"))
