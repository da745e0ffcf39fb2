"""What a script printed, as lines to compare: without frames of spinners, boxes with a runtime's own words unwrapped.

Own words are of different length on the two sides, so that the rest of such a box wraps differently. The words stay:
the listed expectations judge them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_TIMED_TITLE = re.compile(r"^([ \t]*[┏╭].*\d\.?\d*s\)?[^\n━─]*)[━─]+(?=[┓╮][ \t]*$)", re.MULTILINE)
"""The top of a box with a time in its title: a time of more digits leaves less of the line."""
_SPINNER = re.compile(r"[▰▱]{5,}[^\n┏]*")
_PANEL = re.compile(r"^[ \t]*([┃│])[^\n]*\1[ \t]*$(?:\n[ \t]*\1[^\n]*\1[ \t]*$)*", re.MULTILINE)


def printed(text: str, spoken: Iterable[re.Pattern[str]] = ()) -> list[dict[str, str]]:
    """The lines of an output, each as a mapping whose `name` tells it from others.

    Args:
        text: What was printed.
        spoken: Sentences of the runtimes' own.
    """
    known = tuple(spoken)

    def unwrapped(panel: re.Match[str]) -> str:
        lines = (line.strip(" \t┃│") for line in panel[0].splitlines())
        whole = " ".join(line for line in lines if line)
        return f"┃ {whole} ┃" if any(pattern.search(whole) for pattern in known) else panel[0]

    text = _PANEL.sub(unwrapped, _SPINNER.sub("", text).replace("┛┏", "┛\n┏"))
    text = _TIMED_TITLE.sub(lambda top: top[1] + top[0][-1], text)
    return [{"name": line.rstrip()} for line in text.splitlines()]
