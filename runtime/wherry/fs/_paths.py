"""Which names files, directories and namespaces may have, and which lines records. Pure functions of `fs`."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from wherry.fs.errors import InvalidPathError

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_PATH_CHARS = 512
MAX_SEGMENTS = 16
MAX_SEGMENT_CHARS = 128
MAX_CHECK_LINES = 200
TEMPLATE_PLACEHOLDERS = ("user_id", "agent_id", "team_id")
NAMESPACE_SAFE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_/@+")
_UNSAFE = re.compile(rb"[^a-z0-9.\-_/@+]")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


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


def parse_namespace_template(name: str) -> tuple[str, ...]:
    """The placeholders of a namespace, such as ``user_id`` of ``notes/{user_id}``.

    Raises:
        InvalidPathError: One is unknown, two stand side by side, or a brace stands alone.
    """
    found = tuple(_PLACEHOLDER.findall(name))
    known = ", ".join(f"{{{one}}}" for one in TEMPLATE_PLACEHOLDERS)
    for one in found:
        if one not in TEMPLATE_PLACEHOLDERS:
            raise _refused(name, f"{{{one}}} is unknown; a namespace may have {known}")
    rest = _PLACEHOLDER.sub("", name)
    if "{" in rest or "}" in rest:
        raise _refused(name, "braces in a namespace stand for placeholders")
    if "}{" in name:
        raise _refused(name, "two placeholders side by side would give two pairs of values one name; put / between")
    return found


def quoted(value: str, unsafe: re.Pattern[bytes] = _UNSAFE) -> str:
    """A text with %xx in the place of each byte that may not stand there."""
    return unsafe.sub(lambda found: b"%%%02x" % ord(found[0]), value.encode()).decode()


def normalize_namespace(name: str) -> str:
    """A namespace in its one form: lower case, and what is not safe in an address as %xx; placeholders stay.

    Raises:
        InvalidPathError: See `normalize_path` and `parse_namespace_template`.
    """
    if not isinstance(name, str):
        raise _refused(name, "it is no text")
    value = unicodedata.normalize("NFC", name)
    if not parse_namespace_template(value):
        return quoted(unicodedata.normalize("NFC", normalize_path(value)).lower())
    normalize_path(_PLACEHOLDER.sub("x", value))
    parts = _PLACEHOLDER.split(value)  # literal, placeholder, literal, …
    literal = [quoted(part.lower()) for part in parts[::2]]
    held = [f"{{{part}}}" for part in parts[1::2]]
    return "".join(text for pair in zip(literal, [*held, ""], strict=True) for text in pair)


def validate_normalized_namespace(name: str) -> str:
    """A namespace that claims to be in its one form.

    Raises:
        InvalidPathError: It is not.
    """
    if not isinstance(name, str):
        raise _refused(name, "it is no text")
    parse_namespace_template(name)
    normalize_path(_PLACEHOLDER.sub("x", name))
    if any(sign not in NAMESPACE_SAFE and sign not in "%{}" for sign in name):
        raise _refused(name, "a namespace in its one form has no such sign")
    for escape in re.findall(r"%(.{0,2})", name):
        if not re.fullmatch("[0-9a-f]{2}", escape) or chr(int(escape, 16)) in NAMESPACE_SAFE:
            raise _refused(name, f"%{escape} is not how a namespace writes a sign")
    return name


def normalize_template_value(placeholder: str, value: object) -> str:
    """The value of a placeholder as a part of a namespace; upper case stays, so that `Ada` is not `ada`.

    Raises:
        InvalidPathError: It is empty, or more than one segment of a path.
    """
    if isinstance(value, str) and value and not any(sign in value for sign in "/{}"):
        composed = unicodedata.normalize("NFC", value)
        try:
            fits = normalize_path(composed) == composed
        except InvalidPathError:
            fits = False
        if fits:
            return quoted(composed)
    raise InvalidPathError(
        f"{value!r} cannot be the {placeholder} of a namespace.", hint="It has to be one segment of a path."
    )


def path_in_directory(path: str, directory: str) -> bool:
    """Whether a file is in a directory or below."""
    return not directory or path == directory or path.startswith(f"{directory}/")


def path_sort_key(path: str) -> list[str]:
    """The order of paths: by their segments."""
    return path.split("/")


def normalize_line(line: str) -> str:
    """A record without the end of its line.

    Raises:
        InvalidPathError: It is no text, or more than one line.
    """
    given: Any = line
    value: str = given.rstrip("\r\n") if isinstance(given, str) else "\n"
    if "\n" in value or "\r" in value:
        raise InvalidPathError(f"{line!r} is no record.", hint="A record is one line of text.")
    return value


def normalize_check_lines(lines: Sequence[str]) -> list[str]:
    """Records to look for, without empty ones.

    Raises:
        InvalidPathError: They are no list, more than 200, or one is no record.
    """
    if not isinstance(lines, (list, tuple)):
        raise InvalidPathError(f"{lines!r} is no list of records.", hint='Give a list: ["one", "another"].')
    if len(lines) > MAX_CHECK_LINES:
        hint = f"Ask for {MAX_CHECK_LINES} at a time."
        raise InvalidPathError(f"{len(lines)} records are too many to look for at once.", hint=hint)
    return [line for line in map(normalize_line, lines) if line]


def build_chunk(content: str) -> str:
    """What is appended for a text: its lines without the empty ones, each with an end; nothing for no lines.

    Raises:
        InvalidPathError: It is no text, or has a carriage return within a line.
    """
    if not isinstance(content, str):
        raise InvalidPathError(f"{content!r} cannot be appended.", hint="Give a text of one line or several.")
    return "".join(f"{line}\n" for line in map(normalize_line, content.split("\n")) if line)
