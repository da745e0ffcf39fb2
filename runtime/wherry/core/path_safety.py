"""Names and paths that come from outside (a model, an upload, a stored key), joined to a folder they must not leave.

Called by skills and media storage; public as `wherry.utils.path_safety`. What Windows would take for a device or a
drive is refused on every system, so that a name that works on one works on all.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path, PureWindowsPath

from wherry.core.errors import PathSecurityError
from wherry.core.log import log_debug

_DEVICE = re.compile(r"(?:CON|PRN|AUX|NUL|COM[1-9]|LPT[1-9])(?:\..*)?", re.IGNORECASE | re.DOTALL)
_ELSEWHERE = re.compile(r"(?:[A-Za-z]:|\\\\)")


def _plain(text: str, what: str) -> str:
    """A text in its compatibility form, where full-width dots and slashes are what they look like."""
    text = unicodedata.normalize("NFKC", text)
    if any(unicodedata.category(letter) == "Cc" for letter in text):
        raise PathSecurityError(f"Invalid {what}: {text!r} holds a control character")
    return text


def _names_a_drive(text: str) -> bool:
    windows = PureWindowsPath(text)
    return bool(_ELSEWHERE.match(text) or windows.drive or windows.is_absolute())


def _segment(text: str) -> str:
    """One part of a path, without the dots and blanks at its end that Windows drops."""
    kept = text.rstrip(". ")
    if not kept or _names_a_drive(text) or _DEVICE.fullmatch(kept):
        raise PathSecurityError(f"Invalid path segment: {text!r}")
    return kept


def _inside(base: Path, target: Path, given: str) -> Path:
    """The target with its links followed, if that is still inside of the folder."""
    try:
        folder, found = base.resolve(), target.resolve()
    except (OSError, UnicodeEncodeError, RuntimeError) as error:  # RuntimeError: a link that leads to itself
        raise PathSecurityError(f"Invalid path: {given!r} cannot be resolved: {error}") from error
    if not found.is_relative_to(folder):
        raise PathSecurityError(f"{given!r} resolves outside of {base}")
    return found


def sanitize_filename(filename: str) -> str:
    """The last part of a name, if that can be a file's name anywhere; mirrors `agno.utils.path_safety`.

    Args:
        filename: A name from outside; folders in front of it are dropped.

    Raises:
        PathSecurityError: It is empty, a drive, a device of Windows, or holds control characters.
    """
    text = _plain(filename, "filename")
    if _names_a_drive(text):
        raise PathSecurityError(f"Invalid filename: {text!r}")
    if "/" in text or "\\" in text:
        log_debug(f"sanitize_filename discarded path components from {text!r}")
    last = Path(text.replace("\\", "/")).name
    if not last.strip(". "):
        raise PathSecurityError(f"Invalid filename: {text!r}")
    return _segment(last.rstrip(". "))


def safe_join_filename(directory: str | Path, filename: str) -> Path:
    """A file right inside of a folder, whatever folders the name speaks of; mirrors `agno.utils.path_safety`.

    Args:
        directory: The folder.
        filename: A name from outside.

    Raises:
        PathSecurityError: The name cannot be a file's, or a link of that name leads out of the folder.
    """
    base = Path(directory)
    return _inside(base, base / sanitize_filename(filename), filename)


def safe_join_relative_path(directory: str | Path, subpath: str) -> Path:
    """A path below a folder, its links followed; mirrors `agno.utils.path_safety`.

    Args:
        directory: The folder.
        subpath: A path from outside, of one or more parts; slashes of either kind part them.

    Raises:
        PathSecurityError: It is empty, absolute or leads out of the folder, or a part of it cannot be a name.
    """
    if not subpath or not subpath.strip():
        raise PathSecurityError(f"Invalid subpath: {subpath!r}")
    text = _plain(subpath, "subpath")
    windows = PureWindowsPath(text)
    if windows.drive or windows.is_absolute():
        raise PathSecurityError(f"Invalid subpath: {subpath!r} must be relative")
    parts = [part if part in {"", ".", ".."} else _segment(part) for part in text.replace("\\", "/").split("/")]
    base = Path(directory)
    return _inside(base, base / "/".join(parts), subpath)
