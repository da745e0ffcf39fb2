"""Lines of a text file: replacing some, leaving out known ones, numbering them. Pure functions of `operations`."""

from __future__ import annotations

from wherry.core.errors import ConfigurationError


class NoSuchLines(ConfigurationError):
    """A range of lines that a file does not have."""


def lines_of(text: str) -> list[str]:
    """The lines of a text; the end of the last one begins no further line."""
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def unknown_lines(text: str, chunk: str) -> str:
    """The lines of a chunk that a text does not have, each once."""
    known, kept = set(text.split("\n")), []
    for line in lines_of(chunk):
        if line not in known:
            known.add(line)
            kept.append(f"{line}\n")
    return "".join(kept)


def replaced(path: str, text: str, start: int, end: int, content: str) -> str:
    """A text with other lines in the place of some.

    Raises:
        NoSuchLines: (a ValueError) The text has no such lines.
    """
    lines = lines_of(text)
    if start < 1 or end < start or start > len(lines):
        raise NoSuchLines(
            f"{path!r} has {len(lines)} lines, so {start} to {end} cannot be replaced.",
            hint="start_line counts from 1, and end_line is not before it.",
        )
    new = [*lines[: start - 1], *(lines_of(content) if content else []), *lines[end:]]
    return "\n".join(new) + ("\n" if new and text.endswith("\n") else "")
