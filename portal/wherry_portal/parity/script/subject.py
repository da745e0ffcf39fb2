"""What a result of `wherry parity script` is about: the script and the Python files it may use, with their digests.

`wherry parity script` writes it; `wherry ledger` reads it, and takes a result for proof of unchanged files only.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

from wherry_portal.assess.files import find_files

if TYPE_CHECKING:
    from pathlib import Path


def subject(script: Path, results: Path, root: Path | None = None) -> dict[str, Any]:
    """`script` and `files` (path -> digest) of a result, by paths relative to the result's own folder.

    Args:
        script: The script.
        results: The file that the result is written to.
        root: The folder that was copied for each run; by default the script's own.
    """
    folder = results.resolve().parent
    found = find_files((root or script.parent).resolve()).files
    files = {script.resolve(), *(path for path, kind in found.items() if kind == "python")}
    names = {_name(path, folder): digest(path) for path in sorted(files) if path.is_file()}
    return {"script": _name(script.resolve(), folder), "files": names}


def digest(path: Path) -> str:
    """A short digest of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _name(path: Path, folder: Path) -> str:
    return os.path.relpath(path, folder).replace(os.sep, "/")
