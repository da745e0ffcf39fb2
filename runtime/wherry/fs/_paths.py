"""Which names files, directories and namespaces may have. Pure functions, called by `FileSystem`."""

from __future__ import annotations

import unicodedata

from wherry.fs.errors import InvalidPathError

MAX_PATH_CHARS = 512
MAX_SEGMENTS = 16
MAX_SEGMENT_CHARS = 128
NAMESPACE_SAFE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_/@+")


def _refused(path: object, why: str) -> InvalidPathError:
    return InvalidPathError(
        f"{path!r} cannot be the path of a file: {why}.", hint="Give a relative one: notes/plan.md."
    )


def normalize_path(path: str) -> str:
    """A path in its one form: without a leading slash, in Unicode's composed form.

    Raises:
        InvalidPathError: It is empty, too long, leads elsewhere, or holds what no path may hold.
    """
    if not isinstance(path, str):
        raise _refused(path, "it is no text")
    value = unicodedata.normalize("NFC", path)
    if "\\" in value or any(unicodedata.category(sign) == "Cc" for sign in value):
        raise _refused(path, "it holds a backslash or a control character")
    while "//" in value:
        value = value.replace("//", "/")
    value = value.removeprefix("/")
    if not value or value.endswith("/"):
        raise _refused(path, "it names no file")
    segments = value.split("/")
    if len(value) > MAX_PATH_CHARS or len(segments) > MAX_SEGMENTS:
        raise _refused(path, f"it is longer than {MAX_PATH_CHARS} characters or {MAX_SEGMENTS} segments")
    for segment in segments:
        if segment in (".", ".."):
            raise _refused(path, "it leads to another directory by '.' or '..'")
        if len(segment) > MAX_SEGMENT_CHARS:
            raise _refused(path, f"a segment is longer than {MAX_SEGMENT_CHARS} characters")
    return value


def normalize_directory(directory: str) -> str:
    """A directory in its one form; the whole namespace is the empty text.

    Raises:
        InvalidPathError: See `normalize_path`.
    """
    return "" if directory in ("", ".") else normalize_path(directory)


def normalize_namespace(name: str) -> str:
    """A namespace in its one form: lower case, and what is not safe in an address as %xx.

    Raises:
        NotMigratedError: It has a placeholder, such as `{user_id}`.
        InvalidPathError: See `normalize_path`.
    """
    if "{" in str(name) or "}" in str(name):
        from wherry.core.matrix import raise_not_migrated

        raise_not_migrated("agno.fs.FileSystem.resolve", what=f"FileSystem(namespace={name!r})")
    lowered = unicodedata.normalize("NFC", normalize_path(name)).lower()
    return "".join(chr(byte) if chr(byte) in NAMESPACE_SAFE else f"%{byte:02x}" for byte in lowered.encode())


def path_in_directory(path: str, directory: str) -> bool:
    """Whether a file is in a directory or below."""
    return not directory or path == directory or path.startswith(f"{directory}/")
