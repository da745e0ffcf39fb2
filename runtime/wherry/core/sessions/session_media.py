"""What a session that is deleted has in its owner's storage for media. Called by `session_access`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.log import log_warning
from wherry.core.media_offload import session_keys
from wherry.core.media_storage import refuse_unawaited

if TYPE_CHECKING:
    from wherry.core.waits import Waits


async def keys_to_delete(owner: Any, waits: Waits, session_id: str, user_id: str | None) -> list[str]:
    """What a session that is about to be deleted has in its owner's storage.

    Raises:
        ConfigurationError: (a ValueError) The storage has to be awaited and the call does not.
    """
    storage = owner.media_storage
    if storage is None:
        log_warning("delete_media=True, but there is no media_storage: no media are deleted")
        return []
    if waits.blocking:
        refuse_unawaited(storage, "delete_session")
    from wherry.core.sessions.session_access import ask

    kind = owner.session_type()
    try:
        session = await ask(waits, owner.db, "get_session", session_id=session_id, session_type=kind, user_id=user_id)
    except Exception as error:  # noqa: BLE001 - whatever the database raises: the session is deleted all the same
        log_warning(f"Session {session_id!r} cannot be read, so its media are not deleted: {error!r}")
        return []
    return [] if session is None else session_keys(session, [session_id], storage)
