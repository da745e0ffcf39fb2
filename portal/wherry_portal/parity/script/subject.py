"""What a result of `wherry parity script` is about: the script and the Python files it may use, with their digests.

`wherry parity script` writes it; `wherry ledger` and `wherry pilot` read it, and take a result for proof of files only
that are as they were, or as their migration makes them.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

from wherry_portal.assess.files import find_files
from wherry_portal.parity.script.ran import whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def subject(
    script: Path,
    results: Path,
    root: Path | None = None,
    moved: Mapping[str, str] | None = None,
    ran: Mapping[str, list[int]] | None = None,
) -> dict[str, Any]:
    """`script`, `files`, `migrated` (path -> digest) and `ran` of a result, by paths relative to its own folder.

    Args:
        script: The script.
        results: The file that the result is written to.
        root: The folder that was copied for each run; by default the script's own.
        moved: Files of that folder that are something else on Wherry -> digest of that.
        ran: Files of that folder -> lines that were run; None when that is not known.
    """
    folder, copied = results.resolve().parent, (root or script.parent).resolve()
    found = find_files(copied).files
    files = {script.resolve(), *(path for path, kind in found.items() if kind == "python")}
    names = {_name(path, folder): digest(path.read_bytes()) for path in sorted(files) if path.is_file()}
    migrated = {_name(copied / name, folder): one for name, one in sorted((moved or {}).items())}
    both = {name: one for name, one in migrated.items() if name in names}
    told = {"script": _name(script.resolve(), folder), "files": names, "migrated": both}
    if ran is not None:
        paths = {_name(copied / name, folder): (copied / name, lines) for name, lines in sorted(ran.items())}
        told["ran"] = {name: whole(path.read_bytes(), lines) for name, (path, lines) in paths.items() if name in names}
    return told


def changed(data: Mapping[str, Any], folder: Path) -> list[str]:
    """Files of a result that are neither what was compared nor what their migration makes of that.

    Args:
        data: A result, with what `subject` tells.
        folder: Where the result lies.

    Returns:
        Their names as the result has them, sorted; files that are gone are among them.
    """
    moved = data.get("migrated", {})
    found = []
    for name in sorted(data["files"]):
        try:
            now = digest((folder / name).read_bytes())
        except OSError:
            now = ""
        if now not in {data["files"][name], moved.get(name)}:
            found.append(name)
    return found


def digest(content: bytes) -> str:
    """A short digest of a file's bytes."""
    return hashlib.sha256(content).hexdigest()[:16]


def _name(path: Path, folder: Path) -> str:
    return os.path.relpath(path, folder).replace(os.sep, "/")
