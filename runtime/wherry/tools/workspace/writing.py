"""What the writing tools of a workspace do and answer. Called by `kit`, with paths that `places` has resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry.tools.local_files.texts import put_text
from wherry.tools.workspace.places import Refused
from wherry.tools.workspace.reading import text_of

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, given: str, content: str, overwrite: bool, encoding: str) -> str:
    """Write a file, and the folders above it."""
    if path.is_dir():
        raise Refused(f"{given} is a directory.")
    if path.exists() and not overwrite:
        raise Refused(f"{given} exists, and overwrite is false.")
    path.parent.mkdir(parents=True, exist_ok=True)
    put_text(path, content, encoding)
    return f"Wrote {given}: {len(content)} characters."


def edit(path: Path, given: str, old: str, new: str, every: bool, encoding: str, most: int) -> str:
    """Put a text in another's place within a file."""
    text = text_of(path, encoding, most)
    count = text.count(old)
    if not count:
        raise Refused(
            f"old_str was not found in {given}. Read the file, and copy the text from it without the line numbers."
        )
    if count > 1 and not every:
        raise Refused(
            f"old_str matches {count} times in {given}. Give more of what stands around the one that you mean, or pass "
            "replace_all=true to change all of them."
        )
    put_text(path, text.replace(old, new), encoding)
    return f"Edited {given}: {count} replaced."


def move(source: Path, target: Path, src: str, dst: str, overwrite: bool) -> str:
    """Give a file another name or place."""
    if not source.exists():
        raise Refused(f"src not found: {src}")
    if source.is_dir():
        raise Refused(f"src {src} is a directory; only files are moved.")
    if target.exists() and not overwrite:
        raise Refused(f"dst exists, and overwrite is false: {dst}")
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)
    return f"Moved {src} to {dst}."


def delete(path: Path, given: str) -> str:
    """Delete a file."""
    if not path.exists():
        raise Refused(f"file not found: {given}")
    if path.is_dir():
        raise Refused(f"{given} is a directory; only files are deleted.")
    path.unlink()
    return f"Deleted {given}."
