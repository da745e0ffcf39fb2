"""Media of runs on their way to a storage and back. Called where runs are stored and read.

What is handed over is a copy: the caller's output keeps its bytes.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from wherry.core.agent.saving import member_of, without_media
from wherry.core.log import log_warning
from wherry.core.media_offload import offload, refresh, run_media
from wherry.core.media_storage import refuse_unawaited

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wherry.core.media_offload import Cache
    from wherry.core.run import Run
    from wherry.core.waits import Waits

_SHOWN = ("images", "videos", "audio", "files")


async def handed_over(
    owner: Any, waits: Waits, stored: Any, session_id: str, cache: Cache, refused: frozenset[str] = frozenset()
) -> Any:
    """A run as it is written: a copy that refers to its media, or the run itself when it has none.

    Args:
        owner: Who keeps media elsewhere.
        waits: How to wait.
        stored: The run as it would be written.
        session_id: Its session.
        cache: What the run has handed over before.
        refused: Ids of media that a member does not want kept.
    """
    if next(run_media(stored), None) is None:
        return stored
    try:
        kept = deepcopy(stored)
    except Exception as error:  # noqa: BLE001 - whatever an output's content cannot do, the run has to be stored
        log_warning(f"Run {stored.run_id!r} cannot be copied, so its media stay in the database: {error!r}")
        return stored
    if hasattr(kept, "member_responses"):
        leave_refused(owner, kept, refused)
    await offload(waits, kept, owner.media_storage, session_id, cache)
    return kept


def leave_refused(team: Any, output: Any, refused: frozenset[str]) -> None:
    """Take what members do not want stored off a team's output, in place."""
    for name in _SHOWN if refused else ():
        shown = getattr(output, name, None)
        if shown:
            setattr(output, name, [media for media in shown if media.id not in refused] or None)
    for response in output.member_responses or ():
        member = member_of(team, response)
        if member is None:
            continue
        if not member.store_media:
            without_media(response)
        elif hasattr(response, "member_responses"):
            leave_refused(member, response, frozenset())


async def kept(run: Run, stored: Any) -> Any:
    """`handed_over` for a run that is being stored, with those of its members."""
    owner, cache = run.owner, run.extra.setdefault("media_kept", {})
    session_id, refused = run.context.session_id, frozenset(run.extra.get("media_refused", ()))
    if "member_runs" in run.extra:
        runs = [await handed_over(owner, run.waits, one, session_id, cache) for one in run.extra["member_runs"]]
        run.extra["member_runs"] = tuple(runs)
    return await handed_over(owner, run.waits, stored, session_id, cache, refused)


def reading_storage(owner: Any) -> Any:
    """Where an owner's messages are read from: a member without a storage of its own reads from its team's."""
    if owner.media_storage is not None:
        return owner.media_storage
    return getattr(owner.__dict__.get("_team"), "media_storage", None)


async def read_back(run: Run, messages: Sequence[Any]) -> None:
    """Give the stored media of messages that are to be asked an address that is good now, or their bytes."""
    storage = reading_storage(run.owner)
    if storage is not None:
        if run.waits.blocking:
            refuse_unawaited(storage, "run")
        await refresh(run.waits, messages, storage)
