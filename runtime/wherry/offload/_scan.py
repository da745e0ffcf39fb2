"""Finding the places that a pattern fits; also a program of its own, in a process that can be stopped.

`re` knows no time limit, and a thread inside it cannot be interrupted: a pattern that goes back and forth for ever
would hold the whole program. `matching` runs this file as `python -I _scan.py`; it imports the standard library only.
It reads one JSON document (`content`, `pattern`, `limit`, `clip`) and writes one (`positions`, `more`, or
`error` when the pattern is none).
"""

from __future__ import annotations

import json
import re
import sys

Position = tuple[int, int, int]  # number of the line, character in it, length


def window(line: str, offset: int, length: int, clip: int) -> tuple[int, int]:
    """From where to where a line is shown, so that a match is in it: a quarter of the room before, the rest behind."""
    if len(line) <= clip:
        return 0, len(line)
    width = clip - 6  # dots at both ends
    start = max(0, min(offset - width // 4, len(line) - width))
    end = offset + min(max(length, 1), width)
    if end > start + width:
        start = min(end - width, len(line) - width)
    return start, start + width


def places(lines: list[str], pattern: re.Pattern[str], limit: int, clip: int) -> tuple[list[Position], bool]:
    """Where a pattern fits, and whether there is more; what an excerpt shows already is no place of its own."""
    found: list[Position] = []
    for number, line in enumerate(lines, start=1):
        shown = -1
        for match in pattern.finditer(line):
            if match.end() <= shown:
                continue
            if len(found) >= limit:
                return found, True
            length = match.end() - match.start()
            found.append((number, match.start(), length))
            shown = window(line, match.start(), length, clip)[1]
            if shown >= len(line):
                break
    return found, False


def main() -> None:
    """Answer one request."""
    asked = json.loads(sys.stdin.buffer.read())
    try:
        pattern = re.compile(asked["pattern"])
    except re.error as error:
        sys.stdout.write(json.dumps({"error": [error.msg, error.pos]}))
        return
    found, more = places(asked["content"].split("\n"), pattern, asked["limit"], asked["clip"])
    sys.stdout.write(json.dumps({"positions": found, "more": more}))


if __name__ == "__main__":
    main()
