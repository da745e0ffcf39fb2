"""What is said of words on the command line that a command cannot use; `cli` gives it to cyclopts.

Cyclopts speaks of unused tokens, and names as an option what its help names as an argument.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclopts import CycloptsPanel
from cyclopts.exceptions import CycloptsError, MissingArgumentError, UnusedCliTokensError

if TYPE_CHECKING:
    from rich.console import RenderableType


def panel(error: CycloptsError) -> RenderableType:
    """An error of cyclopts in its usual frame, in plain words where we have better ones."""
    command = " ".join(["wherry", *(error.command_chain or ())])
    said = in_words(error, command)
    if said:
        return CycloptsPanel(CycloptsError(f"{said} `{command} --help` shows what it takes."))
    return CycloptsPanel(error)


def in_words(error: CycloptsError, command: str) -> str:
    """What is wrong, for those who know no cyclopts; empty where its own words are plain."""
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        return f"`{command}` has no use for {', '.join(map(repr, error.unused_tokens))}."
    if isinstance(error, MissingArgumentError) and error.argument is not None and not error.tokens_so_far:
        argument = error.argument
        positional = argument.index is not None and error.keyword is None and not argument.tokens
        if positional:
            return f"`{command}` needs {argument.name.removeprefix('--').upper()}, and got none."
    return ""
