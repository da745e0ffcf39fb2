"""Media of stored runs: handed to a storage when a run is written, read back when its messages are asked again.

A reference takes the place of the bytes in what is written; the caller's own output keeps them. What cannot be kept
elsewhere stays in the row, with a warning. Called by `agent.media_keeping`, workflows and `utils.media_offload`.
"""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from wherry.core.ids import new_id
from wherry.core.log import log_warning
from wherry.core.media_reference import MediaReference
from wherry.core.media_source import afetch, fetch
from wherry.core.media_storage import persistable_url, reference_matches_storage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wherry.core.waits import Waits

Cache = dict[str, MediaReference]
"""References that a run has already, by what they refer to: a run is written several times and uploads once."""

_LISTS = (("images", "image"), ("audio", "audio"), ("videos", "video"), ("files", "file"))
_INPUTS = (("images", "image"), ("videos", "video"), ("audios", "audio"), ("files", "file"))
_OUTPUTS = (("images", "image"), ("videos", "video"), ("audio", "audio"), ("files", "file"))
_SESSION_PART = 120  # so that the whole key is a file's name anywhere
_UNSAID = "application/octet-stream"


class Found(NamedTuple):
    """A medium of a run, what kind it is, and whether its message is one from history, which is stored already."""

    media: Any
    kind: str
    old: bool = False


# --- where media are -------------------------------------------------------------------------------------------------


def _listed(owner: Any, lists: Iterable[tuple[str, str]], *, old: bool = False) -> Iterator[Found]:
    for name, kind in lists:
        for media in getattr(owner, name, None) or ():
            yield Found(media, kind, old)


def message_media(message: Any) -> Iterator[Found]:
    """The media of a message that are stored with it."""
    old = bool(getattr(message, "from_history", False))
    yield from _listed(message, _LISTS, old=old)
    spoken = getattr(message, "audio_output", None)
    if spoken is not None:
        yield Found(spoken, "audio", old)


def step_outputs(run: Any) -> Iterator[Any]:
    """What the steps of a workflow's run were given or gave, those inside of others and those that wait among them."""

    def inside(output: Any) -> Iterator[Any]:
        yield output
        for inner in getattr(output, "steps", None) or ():
            yield from inside(inner)

    for result in getattr(run, "step_results", None) or ():
        for output in result if isinstance(result, list) else (result,):
            yield from inside(output)
    for requirement in getattr(run, "step_requirements", None) or ():
        given, gave = getattr(requirement, "step_input", None), getattr(requirement, "step_output", None)
        if given is not None:
            yield given
            for earlier in (getattr(given, "previous_step_outputs", None) or {}).values():
                yield from inside(earlier)
        if gave is not None:
            yield from inside(gave)


def run_media(run: Any) -> Iterator[Found]:
    """The media of a run of an agent, a team or a workflow, and of the runs inside of it."""
    yield from _listed(getattr(run, "input", None), _INPUTS)
    for message in getattr(run, "messages", None) or ():
        yield from message_media(message)
    yield from _listed(run, _OUTPUTS)
    spoken = getattr(run, "response_audio", None)
    if spoken is not None:
        yield Found(spoken, "audio")
    for name in ("additional_input", "reasoning_messages"):
        for message in getattr(run, name, None) or ():
            yield from message_media(message)
    for output in step_outputs(run):
        yield from _listed(output, _OUTPUTS)
    inner = [*(getattr(run, "member_responses", None) or ()), *(getattr(run, "step_executor_runs", None) or ())]
    deciding = getattr(run, "workflow_agent_run", None)
    if isinstance(getattr(deciding, "messages", None), list):  # a run, not whatever an object gives for any name
        inner.append(deciding)
    for one in inner:
        yield from run_media(one)


# --- writing ---------------------------------------------------------------------------------------------------------


async def offload(waits: Waits, run: Any, storage: Any, session_id: str, cache: Cache | None = None) -> None:
    """Hand a run's media to a storage, in place; what fails is logged and stays as it is.

    Args:
        waits: How to wait.
        run: A copy of the run that is to be written.
        storage: Where they go.
        session_id: Whose they are: a medium that comes from another session is copied.
        cache: What the run has handed over before.
    """
    for media, kind, old in run_media(run):
        if old:
            if media.media_reference is not None:
                media.url = persistable_url(media.url)
            continue
        try:
            await offload_one(waits, media, storage, session_id, kind, cache)
        except Exception as error:  # noqa: BLE001 - whatever the storage raises must not cost the run its row
            log_warning(f"The {kind} {getattr(media, 'id', None)!r} stays in the database: {error!r}")


async def offload_one(
    waits: Waits, media: Any, storage: Any, session_id: str, kind: str, cache: Cache | None = None
) -> None:
    """Hand one medium to a storage and let it refer to what is kept there."""
    if media.media_reference is not None and not await _inherited(waits, media, storage, session_id):
        return
    if getattr(media, "external", None) is not None:
        return  # the provider keeps it
    content = await _bytes_of(waits, media, storage)
    if content is None:
        return
    media.id = media.id or new_id()
    name = getattr(media, "filename", None) or (Path(str(media.filepath)).name if media.filepath else None)
    digest = hashlib.sha256(content).hexdigest()
    # Of a session and of these bytes: nothing collides, and one session's media go without touching another's. What is
    # cut off or rewritten in a key still counts, so that "u/1" and "u_1" share nothing.
    whole = hashlib.sha256(f"{session_id}\0{media.id}\0{digest}".encode(errors="backslashreplace")).hexdigest()
    identity = f"{session_id[:_SESSION_PART]}-{media.id}-{whole[:16]}"
    known = f"{kind}|{media.mime_type or ''}|{name or ''}|{identity}"
    if cache is not None and known in cache:
        _refer(media, cache[known])
        return
    backend = getattr(storage, "backend_name", None)
    if not backend:
        log_warning(f"{type(storage).__name__} has no backend_name; the {kind} {media.id!r} stays in the database")
        return
    about = {"mime_type": media.mime_type, "filename": name, "metadata": media.metadata}
    key = await waits.work(storage.upload, identity, content, **about)
    reference = MediaReference(
        media_id=media.id,
        storage_key=key,
        session_id=session_id,
        storage_backend=backend,
        bucket=getattr(storage, "bucket", None),
        region=getattr(storage, "region", None),
        url=persistable_url(await waits.work(storage.get_url, key)),
        size=len(content),
        content_hash=digest,
        media_type=kind,
        **about,
    )
    if cache is not None:
        cache[known] = reference
    _refer(media, reference)


async def _inherited(waits: Waits, media: Any, storage: Any, session_id: str) -> bool:
    """Whether a medium that has a reference has to be handed over all the same, for a session of its own."""
    reference = media.media_reference
    if reference.session_id in {None, session_id}:
        media.url = persistable_url(media.url)
        return False
    if not reference_matches_storage(reference, storage):
        return False
    try:
        media.content = await waits.work(storage.download, reference.storage_key)
    except Exception as error:  # noqa: BLE001 - whatever the storage raises; the reference still leads to the original
        log_warning(f"Medium {media.id!r} of another session could not be copied: {error!r}")
        return False
    media.media_reference = media.url = None
    return True


async def _bytes_of(waits: Waits, media: Any, storage: Any) -> bytes | None:
    """What is to be kept; None for what is at an address, unless the storage keeps such media, too."""
    if media.content is not None:
        given = media.content
        return given if isinstance(given, bytes) else given.encode() if isinstance(given, str) else None
    if media.filepath:
        try:
            read: bytes = await waits.work(Path(media.filepath).read_bytes)
        except OSError as error:
            log_warning(f"The file {str(media.filepath)!r} could not be read: {error}")
            return None
        return read
    if not media.url or not getattr(storage, "persist_remote_urls", False):
        return None
    content, declared = await waits.wire(fetch, afetch, media.url)
    if not media.mime_type:
        guessed = mimetypes.guess_type(urlsplit(media.url).path)[0]
        media.mime_type = declared if declared and declared != _UNSAID else guessed or declared
    return content


def _refer(media: Any, reference: MediaReference) -> None:
    """Let a medium refer to what is kept; an address that lasts is shown on it, too."""
    media.media_reference, media.content = reference, None
    media.url = persistable_url(media.url) or reference.url


# --- reading ---------------------------------------------------------------------------------------------------------


async def refresh(waits: Waits, messages: Sequence[Any], storage: Any) -> None:
    """Give stored media of messages an address that is good now, or else their bytes; what fails is logged."""
    for message in messages:
        for media, _kind, _old in message_media(message):
            if media.media_reference is not None and belongs(media, storage):
                try:
                    await _read_back(waits, media, storage)
                except Exception as error:  # noqa: BLE001 - whatever the storage raises must not break the run
                    log_warning(f"Stored medium {media.id!r} could not be read: {error!r}")


async def _read_back(waits: Waits, media: Any, storage: Any) -> None:
    reference = media.media_reference
    url = await waits.work(storage.get_url, reference.storage_key)
    reference.url = persistable_url(url)
    if url and not url.startswith("file://"):
        media.url = url
        return
    media.content, media.url = await waits.work(storage.download, reference.storage_key), None


async def refill(waits: Waits, media: Iterable[Any], storage: Any, *, need_bytes: bool) -> None:
    """Read the bytes of stored media back, where there is no address that whoever gets them can use."""
    for one in media:
        if one.media_reference is None or one.content is not None or (one.url and not need_bytes):
            continue
        if belongs(one, storage):
            try:
                one.content = await waits.work(storage.download, one.media_reference.storage_key)
            except Exception as error:  # noqa: BLE001 - whatever the storage raises must not break the step
                log_warning(f"Stored medium {one.id!r} could not be read: {error!r}")


def belongs(media: Any, storage: Any) -> bool:
    """Whether a storage is where a medium is kept; another one is told in the log."""
    if reference_matches_storage(media.media_reference, storage):
        return True
    log_warning(f"Medium {media.id!r} is kept by another storage and is left as it is")
    return False


# --- deleting --------------------------------------------------------------------------------------------------------


def session_keys(session: Any, session_ids: Sequence[str], storage: Any) -> list[str]:
    """Keys of what the runs of a session have in a storage; what they inherited from other sessions is not theirs."""
    keys: list[str] = []
    elsewhere = 0
    for run in getattr(session, "runs", None) or ():
        for media, _kind, _old in run_media(run):
            reference = getattr(media, "media_reference", None)
            if reference is None or not reference.storage_key or reference.session_id not in session_ids:
                continue
            if reference_matches_storage(reference, storage):
                keys.append(reference.storage_key)
            else:
                elsewhere += 1
    if elsewhere:
        log_warning(f"{elsewhere} media are kept by another storage and are not deleted")
    return keys


async def delete_keys(waits: Waits, keys: Sequence[str], storage: Any) -> None:
    """Remove what is behind keys; a failure is logged, for the rows that named them are gone."""
    once = list(dict.fromkeys(keys))
    try:
        await waits.work(storage.delete_many, once)
    except Exception as error:  # noqa: BLE001 - see above
        log_warning(f"{len(once)} media could not be deleted: {error!r}")
