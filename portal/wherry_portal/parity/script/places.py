"""Where a run in a copy of a folder finds the modules of that folder: in the copy, however they are installed.

A project with its code below `src` is found by PYTHONPATH or an editable installation, which name the user's own
files; a run that took these would not be migrated. `sides` starts each child process with this path.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_EDITABLE = "__editable__"
"""How the modules begin that setuptools writes for an editable installation; their MAPPING has packages and places."""


def python_path(folder: Path, copy: Path) -> str:
    """PYTHONPATH for a run in a copy.

    Args:
        folder: The user's folder.
        copy: Its copy.

    Returns:
        The copy itself, the places in it for those in the folder that Python looks into here, and whatever else
        PYTHONPATH names.
    """
    given = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    own = folder.resolve()
    moved = [_moved(entry, own, copy) for entry in given]
    more = [place for entry in (*sys.path, *_editable()) if (place := _moved(entry, own, copy)) != entry]
    return os.pathsep.join(dict.fromkeys([str(copy), *moved, *more]))


def _moved(entry: str, folder: Path, copy: Path) -> str:
    """A place of the folder as that of the copy; another one, or one that is not absolute, as it is."""
    path = Path(entry)
    if not path.is_absolute() or not path.resolve().is_relative_to(folder):
        return entry
    inside = copy / path.resolve().relative_to(folder)
    return str(inside) if inside.is_dir() else entry


def _editable() -> Iterator[str]:
    """Folders that hold the packages of editable installations."""
    for name in [name for name in sys.modules if name.startswith(_EDITABLE)]:
        mapping = getattr(sys.modules[name], "MAPPING", None)
        if isinstance(mapping, dict):
            yield from (str(Path(place).parent) for place in mapping.values())
