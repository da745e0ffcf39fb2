"""A team kept as a component: its members are components of their own, linked by the version that was saved with it.

Called by `Team.save` and `Team.from_dict`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.agent.agent import Agent
from wherry.core.agent.catalogue import by_id, get_component_owner_scope
from wherry.core.agent.describing import kind_of
from wherry.core.errors import ComponentPinError, ComponentRehydrationError
from wherry.core.log import log_warning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wherry.core.agent.restoring import Source


def save_members(members: Any, db: Any, how: dict[str, Any]) -> list[dict[str, Any]]:
    """Save the members of a team; the links to them. A callable that chooses members cannot be kept."""
    if callable(members):
        return []
    return [
        {
            "link_kind": "member",
            "link_key": f"member_{position}",
            "child_version": member.save(db=db, **how),
            "child_component_id": member.id,
            "position": position,
            "meta": {"type": kind_of(member)},
        }
        for position, member in enumerate(members)
    ]


def members_of(
    team: type[Any], data: dict[str, Any], db: Any, links: Sequence[dict[str, Any]] | None, source: Source
) -> list[Any]:
    """The members that a description names, or describes, in their order.

    Args:
        team: The class of teams to make.
        data: The description.
        db: Where components are kept; None for none.
        links: The links of the team's version: which versions of the members it was saved with.
        source: The registry.

    Raises:
        ComponentRehydrationError: The source is strict and a member is missing or cannot be rebuilt.
    """
    pins = {
        link["child_component_id"]: link.get("child_version")
        for link in links or ()
        if link.get("link_kind") == "member" and link.get("child_component_id")
    }
    members = []
    for member in data.get("members") or ():
        kind = member.get("type")
        if kind in {"agent", "team"} and f"{kind}_id" in member:
            found = _member(team if kind == "team" else Agent, member[f"{kind}_id"], db, pins, source)
        elif kind is None and member.keys() - {"type"}:
            found = (team if "members" in member else Agent).from_dict(
                member, registry=source.registry, strict=source.strict
            )
        else:
            source.missing(f"a member of the kind {kind!r}")
            continue
        if found is not None:
            members.append(found)
    return members


def _member(kind: type[Any], member_id: str, db: Any, pins: dict[str, Any], source: Source) -> Any:
    """One member: from the database in the linked version, or a copy of the registry's."""
    found = None if db is None else component(kind, member_id, db, pins.get(member_id), source)
    if found is None:
        held = getattr(source.registry, f"get_{kind_of(kind)}")(member_id)
        found = None if held is None else held.deep_copy()
    if found is None:
        source.missing(f"the member {member_id!r}")
    return found


def component(kind: type[Any], component_id: str, db: Any, pinned: int | None, source: Source) -> Any:
    """A part of a team or workflow in the version it was linked by.

    Raises:
        ComponentPinError: The source is strict and that version is gone or cannot be rebuilt.
        ComponentRehydrationError: The source is strict and something that the part names is not there.
    """
    given = {"registry": source.registry, "user_id": get_component_owner_scope()}
    told = f"{source.label} was saved with version {pinned} of {kind.__name__.lower()} {component_id!r}"
    try:
        found = by_id(kind, db, component_id, version=pinned, strict=source.strict, **given)
    except ComponentRehydrationError as error:
        if pinned is None:
            raise
        raise ComponentPinError(f"{told}, which cannot be rebuilt: {error}") from error
    if found is None and pinned is not None:
        if source.strict:
            raise ComponentPinError(f"{told}, which is gone. Restore it, or save the whole again.")
        log_warning(f"{told}, which is gone; its current version is taken.")
        found = by_id(kind, db, component_id, **given)
    return found
