"""What earlier releases of Agno had under a public path and the pinned one has not: names, methods, parameters.

`wherry matrix history WHEEL...` computes it from inventories and writes `data/agno-history.json.gz`; the assessor looks
into it when a name does not resolve. Facts only: what a name became is written by hand in `data/successors.yaml`.
"""

from __future__ import annotations

import gzip
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from wherry_portal.matrix.surface import DATA, Surface

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HISTORY = DATA / "agno-history.json.gz"


def compute_history(earlier: Iterable[Surface], current: Surface) -> dict[str, Any]:
    """Everything that is gone, with the last of the given releases that had it.

    Args:
        earlier: Surfaces of earlier releases, oldest first.
        current: The pinned release.

    Returns:
        ``versions`` and ``gone``: path or ``path(parameter)`` -> index of the version that had it last.
    """
    versions: list[str] = []
    gone: dict[str, int] = {}
    for number, surface in enumerate(earlier):
        versions.append(surface.version)
        for path in _public_paths(surface):
            if not _known(current, path):
                gone[path] = number
    return {"versions": versions, "gone": gone}


def _known(current: Surface, path: str) -> bool:
    name, _, parameter = path.removesuffix(")").partition("(")
    symbol = current.resolve(name)
    if symbol is None or not parameter:
        return symbol is not None
    signature = current.callable(symbol.path)
    return signature is None or parameter in signature.keywords


def _public_paths(surface: Surface) -> Iterator[str]:
    for module, names in surface.modules.items():
        yield module
        for name in names:
            path = f"{module}.{name}"
            symbol = surface.resolve(path)
            if symbol is None or symbol.kind == "module":
                continue
            yield path
            if symbol.path == path or _is_package_export(surface, module):
                yield from _below(surface, path, symbol.path)


def _is_package_export(surface: Surface, module: str) -> bool:
    return any(other.startswith(module + ".") for other in surface.modules)


def _below(surface: Surface, path: str, canonical: str) -> Iterator[str]:
    """Parameters of a function; parameters, methods, fields and method parameters of a class."""
    signature = surface.callable(canonical)
    for parameter in signature.keywords if signature else ():
        yield f"{path}({parameter})"
    record = surface.classes.get(canonical)
    if record is None:
        return
    for name in record.get("fields", ()):
        yield f"{path}.{name}"
    for name in record.get("methods", ()):
        yield f"{path}.{name}"
        of_method = surface.callable(f"{canonical}.{name}")
        yield from (f"{path}.{name}({parameter})" for parameter in (of_method.keywords if of_method else ()))


def write_history(history: dict[str, Any]) -> int:
    """Write the data file; its size in bytes."""
    text = json.dumps(history, separators=(",", ":"), sort_keys=True).encode()
    HISTORY.write_bytes(gzip.compress(text, compresslevel=9, mtime=0))
    return HISTORY.stat().st_size


class History:
    """Answers when a name was last seen."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.versions: list[str] = facts["versions"]
        self._gone: dict[str, int] = facts["gone"]

    def last_seen(self, path: str) -> str | None:
        """The last earlier release that had `path`, or None when none had it."""
        number = self._gone.get(path)
        return None if number is None else self.versions[number]

    def paths(self) -> Iterable[str]:
        """Every path that is gone."""
        return self._gone.keys()


@lru_cache(maxsize=1)
def history() -> History:
    """The shipped history."""
    return History(json.loads(gzip.decompress(HISTORY.read_bytes())))
