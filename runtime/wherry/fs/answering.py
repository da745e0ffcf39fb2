"""What the tools over a `FileSystem` do and answer, once for both kinds of waiting. Called by `toolkit`.

Each answer is text for a model; what goes wrong is an answer as well and begins with "Error:". JSON keys, line numbers
and sizes have Agno's form, the sentences are ours.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

from wherry.fs._paths import build_chunk, normalize_directory, path_sort_key
from wherry.fs.lines import lines_of
from wherry.fs.sizes import size_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wherry.core.waits import Waits
    from wherry.fs.errors import QuotaExceededError
    from wherry.fs.operations import Operations
    from wherry.fs.types import FileMeta

MOST_READ = 100_000
MOST_LISTED = 200


def full(error: QuotaExceededError, path: str) -> str:
    """The answer to a write that goes beyond a limit."""
    if error.scope == "file":
        return (
            f"Error: {path} would have {error.current} bytes, and a file may have {error.limit}. Put the subject into "
            "several smaller files, for example one for each day."
        )
    return (
        f"Error: there is no room: {error.current} of {error.limit} bytes are taken. Make room only with a tool for it "
        "and only of what is surely obsolete. Do not write over anything that may be needed; if nothing can go, stop "
        "and say that there is no room."
    )


def numbered(lines: Sequence[str], first: int = 1) -> str:
    """Lines with their numbers, as `cat -n` prints them."""
    return "\n".join(f"{number:6d}\t{line}" for number, line in enumerate(lines, first))


async def read_file(waits: Waits, files: Operations, path: str, start_line: int | None, end_line: int | None) -> str:
    """The numbered lines of a file."""
    text = await waits.wire(files.read, files.aread, path)
    if text is None:
        return f"Error: file not found: {path}"
    lines = lines_of(text)
    if not lines:
        return f"({path} is empty)"
    if start_line is None and end_line is None:
        if len(text) > MOST_READ:
            return (
                f"Error: {path} is too long to read at once: {len(text)} characters in {len(lines)} lines, of at most "
                f"{MOST_READ}. Read a part with start_line and end_line; search_content tells at which line a text is."
            )
        return numbered(lines)
    start, end = start_line if start_line is not None else 1, end_line if end_line is not None else len(lines)
    if start < 1 or end < 1:
        return f"Error: lines count from 1, so {start} to {end} cannot be read."
    if start > len(lines):
        return f"Error: {path} has {len(lines)} lines, and start_line is {start}."
    if end < start:
        return f"Error: end_line {end} comes before start_line {start}."
    return numbered(lines[start - 1 : end], start)


async def list_files(
    waits: Waits, files: Operations, directory: str, pattern: str | None, recursive: bool, max_depth: int
) -> str:
    """Files and directories as JSON."""
    metas = await waits.wire(files.list, files.alist, directory)
    place = normalize_directory(directory)
    above = len(place.split("/")) if place else 0
    shown, folders = _entries(metas, above, pattern, max_depth + 1 if recursive else 1)
    entries = sorted([*shown[:MOST_LISTED], *folders[:MOST_LISTED]], key=lambda one: path_sort_key(str(one["path"])))
    for kind, found in (("file", shown), ("dir", folders)):
        if len(found) > MOST_LISTED:
            more = f"...and {len(found) - MOST_LISTED} more"
            entries.append({"path": more, "type": kind, "size": None, "updated": None})
    used = await waits.wire(files.usage, files.ausage)
    usage = {"files": used.file_count, "bytes_used": used.total_bytes, "bytes_limit": files.max_namespace_bytes}
    told = {"directory": directory, "pattern": pattern, "recursive": recursive, "files": entries, "usage": usage}
    return json.dumps(told, indent=2)


def _entries(metas: Sequence[FileMeta], above: int, pattern: str | None, depth: int) -> tuple[Any, Any]:
    """Files down to a depth, and the directories on the way."""
    shown: list[dict[str, str | None]] = []
    folders: dict[str, dict[str, str | None]] = {}
    for meta in metas:
        segments = meta.path.split("/")
        below = len(segments) - above
        if below <= depth and (not pattern or fnmatch(segments[-1], pattern)):
            entry: dict[str, str | None] = {"path": meta.path, "type": "file", "size": size_of(meta.size_bytes)}
            shown.append({**entry, "updated": _told(meta.updated_at)})
        for count in range(1, min(below - 1, depth) + 1):
            path = "/".join(segments[: above + count])
            if not pattern or fnmatch(segments[above + count - 1], pattern):
                folders[path] = {"path": path, "type": "dir", "size": None, "updated": None}
    return shown, [folders[path] for path in sorted(folders, key=path_sort_key)]


def _told(seconds: int | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def search_content(waits: Waits, files: Operations, query: str, directory: str, limit: int) -> str:
    """Files that have a text, as JSON."""
    if not query or not query.strip():
        return "Error: the query is empty."
    matches = await waits.wire(files.search, files.asearch, query, directory=directory, limit=limit)
    found = [
        {
            "file": match.path,
            "line": match.line,
            "matches": match.match_count,
            "size": size_of(match.size_bytes),
            "snippet": match.snippet,
        }
        for match in matches
    ]
    return json.dumps({"query": query, "matches_found": len(found), "files": found}, indent=2)


async def check_lines(waits: Waits, files: Operations, lines: list[str], directory: str) -> str:
    """Which lines are there, as JSON."""
    result = await waits.wire(files.contains, files.acontains, lines, directory=directory)
    return json.dumps({"found": result.found, "missing": result.missing}, indent=2)


async def write_file(waits: Waits, files: Operations, path: str, content: str, overwrite: bool) -> str:
    """Write a file."""
    try:
        meta = await waits.wire(files.write, files.awrite, path, content, overwrite=overwrite)
    except FileExistsError:
        if not overwrite:
            return f"Error: file exists and overwrite=False: {path}"
        return f"Error: {path} cannot be written: a part of the path is a file already."
    return f"Wrote {meta.size_bytes} bytes to {path}"


async def append_file(waits: Waits, files: Operations, path: str, content: str, unique: bool) -> str:
    """Add lines to a file."""
    if not unique:
        meta = await waits.wire(files.append, files.aappend, path, content)
        return f"Appended {len(build_chunk(content).encode())} bytes to {path} (now {meta.size_bytes} bytes)"
    before = await waits.wire(files.read, files.aread, path) or ""
    meta = await waits.wire(files.append, files.aappend, path, content, unique=True)
    added = meta.size_bytes - len(before.encode())
    if added <= 0:
        return f"Appended nothing to {path}: it has every line already ({meta.size_bytes} bytes)"
    return f"Appended {added} bytes to {path}, without lines that it had already (now {meta.size_bytes} bytes)"


async def replace_lines(
    waits: Waits, files: Operations, path: str, start_line: int, end_line: int, content: str
) -> str:
    """Put other lines in the place of some."""
    try:
        meta = await waits.wire(files.replace_lines, files.areplace_lines, path, start_line, end_line, content)
    except FileNotFoundError:
        return f"Error: file not found: {path}"
    done = "Replaced" if content else "Deleted"
    return f"{done} lines {start_line}-{end_line} in {path} (now {meta.size_bytes} bytes)"


async def move_file(waits: Waits, files: Operations, src: str, dst: str, overwrite: bool) -> str:
    """Give a file another path."""
    try:
        await waits.wire(files.move, files.amove, src, dst, overwrite=overwrite)
    except FileNotFoundError:
        return f"Error: file not found: {src}"
    except FileExistsError:
        if not overwrite:
            return f"Error: dst exists and overwrite=False: {dst}"
        return f"Error: nothing can be moved to {dst} now; try again, or take another name."
    return f"Moved {src} -> {dst}"


async def delete_file(waits: Waits, files: Operations, path: str) -> str:
    """Delete a file."""
    return (
        f"Deleted {path}" if await waits.wire(files.delete, files.adelete, path) else f"Error: file not found: {path}"
    )
