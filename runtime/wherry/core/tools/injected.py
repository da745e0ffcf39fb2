"""Which parameters of a tool the framework fills, and which the model may.

By name (`agent`, `run_context`, `images`, …) and by annotation (`ctx: RunContext`). Framework classes are known by
name and package, so that tools annotated with the reference's own classes work. Read by `signature`; nothing here
knows schemas.
"""

from __future__ import annotations

import types
from dataclasses import is_dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, Union, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Iterator

MEDIA = ("images", "videos", "audios", "files")
BY_NAME = ("agent", "team", "run_context", *MEDIA)
# Channels of wrappers whose tools have arguments of their own called agent, team or run_context (MCP).
CHANNELS = ("_agno_agent", "_agno_team", "_agno_run_context")
IDENTITY = frozenset({"agent", "team", "run_context", *CHANNELS})
RESERVED = frozenset({"return", "self", *BY_NAME, *CHANNELS})

_IDENTITY_KINDS = frozenset({"Agent", "Team", "RunContext"})
_MEDIA_KINDS = frozenset({"Image", "Video", "Audio", "File"})
_KINDS = _IDENTITY_KINDS | _MEDIA_KINDS | {"FunctionCall"}
_PACKAGES = frozenset({"agno", "wherry"})
_DEPTH = 16


@lru_cache(maxsize=1024)
def kind_of(cls: type) -> str | None:
    """Name of the framework class that a class is or inherits, or None."""
    for base in cls.__mro__:
        if base.__name__ in _KINDS and base.__module__.partition(".")[0] in _PACKAGES:
            return base.__name__
    return None


def is_union(hint: Any) -> bool:
    """Whether an annotation is `Union[…]` or `… | …`."""
    origin = get_origin(hint)
    return origin is Union or origin is types.UnionType


def unwrapped(hint: Any) -> Any:
    """What a type alias, a NewType or `Annotated` stands for; other annotations as they are."""
    seen: list[Any] = []
    while not any(hint is earlier for earlier in seen):
        if isinstance(hint, types.GenericAlias) and hasattr(get_origin(hint), "__value__"):
            return hint  # a subscripted alias loses its arguments when followed
        seen.append(hint)
        meant = getattr(hint, "__origin__" if hasattr(hint, "__metadata__") else "__value__", None)
        hint = getattr(hint, "__supertype__", hint) if meant is None else meant
    return hint


def _has_fields(cls: type) -> bool:
    return (
        isinstance(getattr(cls, "model_fields", None), dict)
        or is_dataclass(cls)
        or (hasattr(cls, "__annotations__") and (hasattr(cls, "__total__") or hasattr(cls, "_fields")))
    )


def _reachable(hint: Any, depth: int = 0, seen: tuple[Any, ...] = ()) -> Iterator[str]:
    """Kinds of framework classes anywhere inside an annotation; `"?"` for what cannot be read."""
    if depth > _DEPTH:
        yield "?"
        return
    hint = unwrapped(hint)
    if any(hint is earlier for earlier in seen):
        return
    seen = (*seen, hint)
    inner: list[Any] = []
    if isinstance(hint, TypeVar):
        inner = [hint.__bound__] if hint.__bound__ is not None else []
        inner += hint.__constraints__
    elif isinstance(hint, type) and get_origin(hint) is None:
        kind = kind_of(hint)
        if kind is not None:
            yield kind
            return
        if _has_fields(hint):
            try:
                inner = list(get_type_hints(hint).values())
            except Exception:  # noqa: BLE001 - evaluating an annotation runs the user's code; unread is not cleared
                yield "?"
    else:
        inner = list(get_args(hint))
    for part in inner:
        yield from _reachable(part, depth + 1, seen)


def is_owned(hint: Any, depth: int = 0) -> bool:
    """Whether the framework fills a parameter with this annotation and the model must not.

    A RunContext anywhere inside counts (or a FunctionCall, which holds one), since a validator would build one from
    what the model sends. An Agent or a Team counts unless a union leaves the model something of its own to send.
    """
    if depth > _DEPTH:
        return True
    hint = unwrapped(hint)
    kinds = set(_reachable(hint))
    if kinds & {"RunContext", "FunctionCall", "?"}:
        return True
    if isinstance(hint, (type, TypeVar)) and get_origin(hint) is None:
        return isinstance(hint, type) and bool(kinds & _IDENTITY_KINDS)
    if not kinds & _IDENTITY_KINDS:
        return False
    parts = get_args(hint)
    if is_union(hint):
        arms = [arm for arm in parts if arm is not types.NoneType]
        return bool(arms) and all(is_owned(arm, depth + 1) for arm in arms)
    return any(is_owned(part, depth + 1) for part in parts)


def names_agent_or_team(hint: Any) -> bool:
    """Whether an annotation mentions an Agent or a Team; such tools get their arguments unvalidated, as in Agno."""
    return bool({"Agent", "Team", "?"} & set(_reachable(hint)))


def is_bare_media(hint: Any) -> bool:
    """Whether an annotation is a media class itself."""
    hint = unwrapped(hint)
    return isinstance(hint, type) and get_origin(hint) is None and kind_of(hint) in _MEDIA_KINDS


def bound_kinds(hint: Any, depth: int = 0) -> tuple[str, ...]:
    """Kinds of objects that can be put into a parameter as they are, in the order Agent, Team, RunContext."""
    found = set(_bound(hint, depth))
    return tuple(kind for kind in ("Agent", "Team", "RunContext") if kind in found)


def _bound(hint: Any, depth: int) -> Iterator[str]:
    if depth > _DEPTH:
        return
    hint = unwrapped(hint)
    if isinstance(hint, TypeVar):
        for part in (hint.__bound__, *hint.__constraints__):
            if part is not None:
                yield from _bound(part, depth + 1)
    elif isinstance(hint, type) and get_origin(hint) is None:
        kind = kind_of(hint)
        if kind is not None:
            yield kind
    elif is_union(hint):
        for part in get_args(hint):
            yield from _bound(part, depth + 1)
