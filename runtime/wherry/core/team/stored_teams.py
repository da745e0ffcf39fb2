"""Teams kept as components, by their ids and all of them; mirrors the functions of the same names of `agno.team`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.agent.catalogue import by_id, listed
from wherry.core.team.team import Team

if TYPE_CHECKING:
    from collections.abc import Collection


def get_team_by_id(
    db: Any,
    id: str,
    version: int | None = None,
    label: str | None = None,
    registry: Any = None,
    user_id: str | None = None,
    strict: bool = False,
    published_only: bool = True,
) -> Team | None:
    """A team by its id, or None; also None, with a log entry, when it cannot be read.

    Args:
        db: Where it is kept.
        id: The component.
        version: The version of this number; the current one by default.
        label: The version with this name.
        registry: A `Registry` of what the configuration names.
        user_id: Only if it belongs to this user, to nobody, or is published.
        strict: Refuse what is not there instead of leaving it out with a warning.
        published_only: No draft, unless a version or label asks for it.

    Raises:
        ComponentRehydrationError: Something is not there and `strict` was set, or the id is reserved.
    """
    given = {"registry": registry, "user_id": user_id, "strict": strict, "published_only": published_only}
    return by_id(Team, db, id, version, label, **given)


def get_teams(
    db: Any, registry: Any = None, exclude_component_ids: Collection[str] | None = None, user_id: str | None = None
) -> list[Team]:
    """All teams that are kept, the newest first; one that cannot be read is told and left out.

    Args:
        db: Where they are kept.
        registry: A `Registry` of what their configurations name; what it does not hold is left out.
        exclude_component_ids: Without these.
        user_id: Only those that belong to this user, to nobody, or are published.
    """
    return listed(Team, db, registry, exclude_component_ids, user_id)
