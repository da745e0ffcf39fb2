"""Tools of several file stores beside each other, with names of their own. Called for `Agent(filesystem=[...])`.

The names are Agno's: the place of the store in the list, its namespace in letters and digits, the tool.
"""

from __future__ import annotations

import re
from copy import copy
from typing import TYPE_CHECKING

from wherry.core.tools.resolve import native

if TYPE_CHECKING:
    from wherry.core.tools.function import Function
    from wherry.fs.fs import FileSystem
    from wherry.fs.toolkit import FileSystemTools

_UNFIT = re.compile(r"[^a-zA-Z0-9_]")
_LONGEST = 24  # providers take names of 64 characters, and the longest tool has 14


def told_apart(files: FileSystem, place: int) -> FileSystemTools:
    """The toolkit of one store among several, which tells the model how to use it.

    Args:
        files: The store.
        place: Where it stands among the others, from 1 on.
    """
    kit = copy(files.tools(add_instructions=True))
    prefix = f"fs_{place}_{_UNFIT.sub('_', files.namespace)[:_LONGEST]}"
    kit.name = kit.id = prefix
    known = re.compile(rf"\b({'|'.join(kit.FULL_TOOLS)})\b")
    whose = f"These files are those of {files.namespace!r}."

    def said(text: str) -> str:
        named = known.sub(rf"{prefix}_\1", text)
        return f"{whose}\n{named}"

    def renamed(functions: dict[str, Function]) -> dict[str, Function]:
        made = {}
        for name, function in functions.items():
            own = native(function).model_copy()
            declared = own.declared()
            own.description = said(own.description or getattr(declared, "description", None) or "")
            own.name = f"{prefix}_{name}"
            made[own.name] = own
        return made

    kit.functions, kit.async_functions = renamed(kit.functions), renamed(kit.async_functions)
    if kit.instructions:
        kit.instructions = said(kit.instructions)
    return kit
