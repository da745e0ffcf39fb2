"""What a run of the examples depends on besides them: the reference, Wherry's source and what compares the two."""

from __future__ import annotations

import hashlib
import importlib.metadata
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def agno_version() -> str:
    """The installed reference's version."""
    return importlib.metadata.version("agno")


@lru_cache(maxsize=1)
def code_stamp() -> str:
    """A digest of the reference's version, every source file of Wherry, the stub among them, and this folder's own."""
    import wherry

    digest = hashlib.sha256(agno_version().encode())
    for folder in (Path(wherry.__file__).parent, Path(__file__).parent):
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:20]
