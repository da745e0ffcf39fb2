"""Under which key a medium is kept; mirrors `agno.media.storage.utils`. Called by the storages."""

from __future__ import annotations

import mimetypes
import re

from wherry.core.matrix import module_getattr

_LONGEST_ENDING = 16


def _ending(filename: str | None, mime_type: str | None) -> str:
    """The ending of a file's name, else of its type; types that Python does not know give their second half."""
    if filename and "." in filename:
        letters = re.sub(r"[^A-Za-z0-9]", "", filename.rpartition(".")[2])[:_LONGEST_ENDING]
        if letters:
            return f".{letters}"
    if not mime_type:
        return ""
    known = mimetypes.guess_extension(mime_type)
    if known:
        return known
    half = mime_type.partition("/")[2].lower()
    return f".{half}" if re.fullmatch(r"[a-z0-9]{1,8}", half) else ""


def build_storage_key(
    media_id: str, *, prefix: str = "", filename: str | None = None, mime_type: str | None = None
) -> str:
    """The key of a medium: prefix, id and ending; no id leads out of the prefix.

    Args:
        media_id: Any text; what is no letter, digit, dot, hyphen or underscore becomes an underscore.
        prefix: What stands before it.
        filename: Its name, of which the ending counts.
        mime_type: Its type, which counts where the name has no ending.
    """
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", str(media_id)).strip("._") or "media"
    return f"{prefix}{safe}{_ending(filename, mime_type)}"


def described(filename: str | None, metadata: dict[str, object] | None) -> dict[str, object]:
    """What is kept about a medium beside its bytes; what the caller says of the name counts."""
    return {**({"original-filename": filename} if filename else {}), **(metadata or {})}


__getattr__ = module_getattr(__name__, "agno.media.storage.utils")
