"""Long messages of a member's run, as the run is stored; mirrors `agno.offload.runs`.

What a member said to its leader is in its own stored run once more, and the member reads that run as its history. Only
the stored copy is shortened, and only its messages: callers see what was said.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from wherry.core.log import log_warning
from wherry.core.waits import BLOCKING, LOOPING, finish
from wherry.offload.naming import args_hash, digest, result_id_for
from wherry.offload.previews import render_stored_envelope
from wherry.offload.shelf import ref_of

if TYPE_CHECKING:
    from wherry.core.waits import Waits
    from wherry.offload.store import ResultStore

_WHOLE = ("system", "developer")


def offload_run_for_storage(store: ResultStore, run: Any, *, session_id: str, user_id: str | None = None) -> Any:
    """A copy of a run with envelopes in place of long messages; the run itself when it has none, or waits.

    Args:
        store: Where the messages go.
        run: A `RunOutput` or `TeamRunOutput`.
        session_id: The session in which they can be read.
        user_id: Whose they are.
    """
    return finish(shortened(BLOCKING, store, run, session_id, user_id))


async def aoffload_run_for_storage(store: ResultStore, run: Any, *, session_id: str, user_id: str | None = None) -> Any:
    """`offload_run_for_storage` for async code."""
    return await shortened(LOOPING, store, run, session_id, user_id)


async def shortened(waits: Waits, store: ResultStore, run: Any, session_id: str, user_id: str | None) -> Any:
    """See `offload_run_for_storage`. A run that waits goes on by its very messages, so that they stay."""
    if run.is_paused or not run.run_id:
        return run
    changed: dict[int, str] = {}
    for index, message in enumerate(run.messages or ()):
        told = message.content
        if message.role in _WHOLE or not isinstance(told, str) or not store.should_offload(message.tool_name, told):
            continue
        try:
            changed[index] = await _envelope(waits, store, run.run_id, index, message, session_id, user_id)
        except Exception as error:  # noqa: BLE001 - whatever a database raises must not break the run
            log_warning(f"A long message of run {run.run_id} is stored as it is: {error}")
    if not changed:
        return run
    kept = copy(run)
    kept.messages = [
        message.model_copy(update={"content": changed[index]}) if index in changed else message
        for index, message in enumerate(run.messages)
    ]
    return kept


async def _envelope(
    waits: Waits, store: ResultStore, run_id: str, index: int, message: Any, session_id: str, user_id: str | None
) -> str:
    """What stands in place of a message; one that is kept already, as a run is stored more than once, is not anew."""
    call_id, about = f"message:{index}", {"sha256": digest(message.content)}
    row = await waits.wire(store.get_row, store.aget_row, result_id_for(session_id, run_id, call_id))
    if row is not None and row["args_hash"] == args_hash(about):
        return render_stored_envelope(ref_of(row), row["preview"])
    return await waits.wire(
        store.offload_for_model,
        store.aoffload_for_model,
        session_id=session_id,
        run_id=run_id,
        tool_call_id=call_id,
        tool_name=message.tool_name or f"{message.role}_message",
        tool_args=about,
        output=message.content,
        user_id=user_id,
        shared=True,
    )


__all__ = ["aoffload_run_for_storage", "offload_run_for_storage"]
