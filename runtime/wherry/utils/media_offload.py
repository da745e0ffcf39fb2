"""`agno.utils.media_offload`: media of runs kept in a storage, in blocking and asynchronous calls.

Runs do all this by themselves (`core.media_offload`); these are for code that stores or reads runs by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core import media_offload as core
from wherry.core.matrix import module_getattr
from wherry.core.media_storage import AsyncMediaStorage, MediaStorage, reference_matches_storage, refuse_unawaited
from wherry.core.waits import BLOCKING, LOOPING, finish

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = [
    "AsyncMediaStorage",
    "MediaStorage",
    "adelete_media_keys",
    "aoffload_run_media",
    "aoffload_workflow_media",
    "arefresh_message_media_urls",
    "arefresh_messages_media",
    "delete_media_keys",
    "iter_run_media",
    "iter_step_outputs",
    "offload_cache_for",
    "offload_run_media",
    "offload_workflow_media",
    "reference_matches_storage",
    "refresh_message_media_urls",
    "refresh_messages_media",
    "session_media_keys",
]

session_media_keys = core.session_keys


def offload_cache_for(run_response: Any) -> core.Cache:
    """What a run has handed over before; kept on the run and never stored."""
    cache: core.Cache | None = getattr(run_response, "_offload_cache", None)
    if cache is None:
        cache = run_response._offload_cache = {}  # noqa: SLF001 - Agno's name for it
    return cache


def iter_run_media(run: Any) -> Iterator[Any]:
    """The media of a run of an agent, a team or a workflow, and of the runs inside of it."""
    return (found.media for found in core.run_media(run))


def iter_step_outputs(run_response: Any) -> Iterator[Any]:
    """What the steps of a workflow's run were given or gave, those inside of others among them."""
    return core.step_outputs(run_response)


def offload_run_media(run_response: Any, storage: Any, session_id: str, cache: core.Cache | None = None) -> None:
    """Hand the media of a run to a storage, in place."""
    finish(core.offload(BLOCKING, run_response, storage, session_id, cache))


async def aoffload_run_media(run_response: Any, storage: Any, session_id: str, cache: core.Cache | None = None) -> None:
    """`offload_run_media` on the event loop."""
    await core.offload(LOOPING, run_response, storage, session_id, cache)


offload_workflow_media = offload_run_media
aoffload_workflow_media = aoffload_run_media


def refresh_message_media_urls(message: Any, storage: Any) -> None:
    """Give the stored media of a message an address that is good now, or else their bytes."""
    finish(core.refresh(BLOCKING, [message], storage))


async def arefresh_message_media_urls(message: Any, storage: Any) -> None:
    """`refresh_message_media_urls` on the event loop."""
    await core.refresh(LOOPING, [message], storage)


def refresh_messages_media(messages: Sequence[Any], storage: Any) -> None:
    """`refresh_message_media_urls` for several messages.

    Raises:
        ConfigurationError: (a ValueError) The storage has to be awaited.
    """
    refuse_unawaited(storage, "run")
    finish(core.refresh(BLOCKING, messages, storage))


async def arefresh_messages_media(messages: Sequence[Any], storage: Any) -> None:
    """`refresh_messages_media` on the event loop."""
    await core.refresh(LOOPING, messages, storage)


def delete_media_keys(keys: Sequence[str], storage: Any) -> None:
    """Remove what is behind keys; a failure is logged."""
    finish(core.delete_keys(BLOCKING, keys, storage))


async def adelete_media_keys(keys: Sequence[str], storage: Any) -> None:
    """`delete_media_keys` on the event loop."""
    await core.delete_keys(LOOPING, keys, storage)


__getattr__ = module_getattr(__name__, "agno.utils.media_offload")
