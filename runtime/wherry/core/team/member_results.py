"""Long results within a team: whose store a member works with, and members' runs as the team stores them.

One store and one session: what the leader or a member kept, the others can read. Called where members join a team and
where their runs are stored, when there is a store only. Mirrors `agno.team._init._bind_member_result_store`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.log import log_warning
from wherry.core.team.members import find
from wherry.fs.fs import backend_of
from wherry.offload.runs import shortened
from wherry.offload.setup import build_result_store
from wherry.offload.store import ResultStore

if TYPE_CHECKING:
    from wherry.core.run import Run


def bind_store(team: Any, member: Any) -> None:
    """Give a member the store that it works with in a team; one of a former team goes.

    Raises:
        ConfigurationError: (a ValueError) A model shortens the member's results.
    """
    own, given = member._result_store, isinstance(member.offload_tool_results, ResultStore)  # noqa: SLF001 - our own object
    shared = team._result_store  # noqa: SLF001 - as above
    inherited = own is None or own is member._inherited_result_store  # noqa: SLF001 - as above
    if not (inherited or own.db is not team.db or (shared is not None and not given)):
        return
    store = None
    if shared is not None and member.offload_tool_results is not False:
        if member.compress_tool_results:
            raise ConfigurationError(
                f"Member {member.name or member.id!r} has compress_tool_results, and its team offload_tool_results: "
                "the two cannot be enabled together.",
                hint="Set offload_tool_results=False for the member, or leave its compress_tool_results out.",
            )
        store = with_own_settings(team, member) if given else shared
    member._result_store = member._inherited_result_store = store  # noqa: SLF001 - as above


def with_own_settings(team: Any, member: Any) -> Any:
    """A store with the member's settings on the team's database; the one that it has had for them."""
    settings, shared = member.offload_tool_results, team._result_store  # noqa: SLF001 - our own object
    db, had = team.db if team.db is not None else shared.db, member._inherited_result_store  # noqa: SLF001 - as above
    if had is not None and had.db is db and had.to_dict() == settings.to_dict() and had.fs.backend == backend_of(db):
        return had
    if settings.db is not None or settings._fs is not None:  # noqa: SLF001 - as above
        log_warning(
            f"The ResultStore of member {member.name or member.id!r} has a database or file system of its own; in a "
            "team its settings count only, so that the others can read its results."
        )
    bare = ResultStore.from_dict(settings.to_dict())
    return build_result_store(setting=bare, db=db, owner=member, owner_kind="member") or shared


async def stored_form(run: Run, output: Any) -> Any:
    """A member's output as the team stores it: with envelopes in place of long messages.

    A member that does not keep results apart could not read them back, so that its run is stored whole; so is that of
    one that is not known, as where a callable chooses members.
    """
    team, store = run.owner, run.owner._result_store  # noqa: SLF001 - a part of the same object
    if store is None or not store.member_responses or team.workflow_id is not None:
        return output
    wanted = getattr(output, "agent_id", None) or getattr(output, "team_id", None)
    member = find(list(team.members), wanted) if wanted and isinstance(team.members, (list, tuple)) else None
    if member is None or getattr(member, "offload_tool_results", None) is False:
        return output
    session = run.session
    return await shortened(run.waits, store, output, session.session_id, session.user_id)
