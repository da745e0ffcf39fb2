"""Loading a source into a knowledge base: texts, files, folders and topics. Addresses are in `pages`.

Each loader writes the content's row first, reads the documents, and hands them to `storing`. Called by `Knowledge`.
"""

from __future__ import annotations

import fnmatch
import hashlib
import inspect
import io
from pathlib import Path
from typing import Any

from wherry.core.log import log_debug, log_error, log_warning
from wherry.corpus.children import finish_parent, gone, read, same_as_before, unstored
from wherry.corpus.content import Content, ContentStatus, FileData, hash_of, id_of
from wherry.corpus.metadata import get_agno_metadata, set_agno_metadata, strip_agno_metadata
from wherry.corpus.rows import Insertion, change_row, failed, note_children, read_row, write_row
from wherry.corpus.storing import begin, prepare, store


async def load(job: Insertion, content: Content) -> None:
    """Load a content from everything it names.

    Raises:
        Exception: What a reader raises; the row says that the content failed.
    """
    try:
        if content.path:
            await load_path(job, content)
        if content.url:
            from wherry.corpus.pages import load_url

            await load_url(job, content)
        if content.file_data:
            await load_data(job, content)
        if content.topics:
            await load_topics(job, content)
    except Exception as error:
        content.status, content.status_message = ContentStatus.FAILED, str(error)
        if not (job.waits.blocking and inspect.iscoroutinefunction(_writer(job))):
            await change_row(job, content)
        raise


def _writer(job: Insertion) -> Any:
    return getattr(job.knowledge.contents_db, "upsert_knowledge_content", None)


def wanted(file: str, include: list[str] | None, exclude: list[str] | None) -> bool:
    """Whether a file's path or name matches a pattern of `include` (if any) and none of `exclude`."""
    name = Path(file).name

    def matches(pattern: str) -> bool:
        return fnmatch.fnmatch(file, pattern) or fnmatch.fnmatch(name, pattern)

    return (not include or any(map(matches, include))) and not any(map(matches, exclude or ()))


async def load_path(job: Insertion, content: Content) -> None:
    """A file, or all files of a folder."""
    path = Path(str(content.path))
    kind = _kind_of(path)
    if kind == "file":
        if wanted(str(path), job.include, job.exclude):
            await load_file(job, content, path)
    elif kind == "folder":
        await load_folder(job, content, path)
    else:
        log_warning(f"There is no file or folder {str(path)!r}; nothing was inserted")


def _kind_of(path: Path) -> str:
    return "file" if path.is_file() else "folder" if path.is_dir() else ""


def _digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _files_below(path: Path, include: list[str] | None, exclude: list[str] | None) -> list[Path]:
    return [file for file in sorted(path.rglob("*")) if file.is_file() and wanted(str(file), include, exclude)]


async def load_file(job: Insertion, content: Content, path: Path) -> None:
    """One file."""
    content.name = content.name or path.name
    skipped, before = await begin(job, content)
    if skipped:
        return
    reader = content.reader or job.knowledge.reader_for(path.suffix)
    documents = await read(job, reader, path, content.name, content)
    prepare(job, documents, content)
    await store(job, content, documents, before)


async def load_data(job: Insertion, content: Content) -> None:
    """A text, or the bytes of a file."""
    data = content.file_data
    content.name = content.name or _name_of(data)
    skipped, before = await begin(job, content)
    if skipped:
        return
    if not isinstance(data, FileData) or data.content is None:
        await failed(job, content, "No content provided")
        return
    ending = Path(data.filename).suffix if data.filename else ""
    reader = content.reader or job.knowledge.reader_for(ending or data.type or "")
    held = data.content.encode("utf-8", errors="replace") if isinstance(data.content, str) else data.content
    source = io.BytesIO(held) if isinstance(held, bytes) else held
    documents = await read(job, reader, source, data.filename or content.name or f"content_{data.type}", content)
    prepare(job, documents, content)
    await store(job, content, documents, before)


def _name_of(data: Any) -> str | None:
    """A name for a text without one: the file's, or its first ten characters."""
    if filename := getattr(data, "filename", None):
        return str(filename)
    held = getattr(data, "content", None)
    if isinstance(held, bytes):
        return held[:10].decode("utf-8", errors="ignore")
    return str(held)[:10] if held else None


async def load_topics(job: Insertion, content: Content) -> None:
    """Each topic as a content of its own, looked up by the content's reader."""
    for topic in content.topics or ():
        one = Content(
            name=topic,
            metadata=dict(content.metadata) if content.metadata else content.metadata,
            reader=content.reader,
            status=ContentStatus.PROCESSING if content.reader else ContentStatus.FAILED,
            file_data=FileData(type="Topic"),
            topics=[topic],
            user_id=content.user_id,
        )
        one.content_hash = hash_of(one)
        one.id = id_of(one.content_hash)
        skipped, before = await begin(job, one)
        if skipped:
            continue
        if one.reader is None:
            log_error(f"No reader available for topic: {topic}")
            await failed(job, one, "No reader available for topic")
            continue
        documents = await job.waits.wire(one.reader.read, one.reader.async_read, topic)
        if not documents:
            await failed(job, one, "No content found for topic")
            continue
        prepare(job, documents, one)
        await store(job, one, documents, before)


# --- folders --------------------------------------------------------------------------------------------------------


async def load_folder(job: Insertion, content: Content, path: Path) -> None:
    """Every file below a folder, each with a row of its own below the folder's; files that are gone are removed."""
    content.file_type = "folder"
    content.metadata = set_agno_metadata(content.metadata, "source_type", "folder")
    content.metadata = set_agno_metadata(content.metadata, "source_path", str(path))
    content.name = content.name or path.name or str(path)
    stored = await read_row(job, content.id, content.user_id)
    known = get_agno_metadata(stored.metadata, "children") if stored is not None else None
    previous = [child for child in known if isinstance(child, str)] if isinstance(known, list) else []
    await write_row(job, content)
    if previous:
        await note_children(job, content, previous)
    files = await job.waits.work(_files_below, path, job.include, job.exclude)
    if not files and previous:
        await failed(job, content, "Folder is empty; previous files kept")
        return
    children: list[str] = []
    problems: list[dict[str, str]] = []
    for file in files:
        child = _file_of(content, file)
        children.append(str(child.id))
        if problem := await _load_child(job, child, file):
            problems.append({"path": str(file), "error": problem})
    children += await gone(job, content, previous, children)
    finish_parent(content, children, len(files), problems, "files")
    content.metadata = set_agno_metadata(content.metadata, "source_type", "folder")
    content.metadata = set_agno_metadata(content.metadata, "auto_named", False)
    await change_row(job, content)


def _file_of(content: Content, file: Path) -> Content:
    child = Content(
        name=content.name,
        path=str(file),
        metadata=dict(strip_agno_metadata(content.metadata) or {}) or None,
        description=content.description,
        reader=content.reader,
        user_id=content.user_id,
    )
    child.content_hash = hash_of(child)
    child.id = id_of(child.content_hash)
    child.name = file.name
    child.metadata = set_agno_metadata(child.metadata, "source_type", "folder")
    child.metadata = set_agno_metadata(child.metadata, "source_path", str(file))
    child.metadata = set_agno_metadata(child.metadata, "parent_id", content.id)
    return child


async def _load_child(job: Insertion, child: Content, file: Path) -> str:
    """Load one file of a folder unless it is as it was; what went wrong, or an empty text."""
    try:
        digest = await job.waits.work(_digest_of, file)
        child.metadata = set_agno_metadata(child.metadata, "content_digest", digest)
        if await same_as_before(job, child, digest):
            log_debug(f"{file} has not changed")
            return ""
        await load_file(job, child, file)
    except Exception as error:  # noqa: BLE001 - one file that cannot be read does not end the folder
        log_error(f"Error reading file {file}: {error}")
        await unstored(job, child, f"{type(error).__name__}: {error}"[:300])
    return str(child.status_message or "failed") if child.status is ContentStatus.FAILED else ""
