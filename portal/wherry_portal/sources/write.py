"""Writing YAML that people read in a diff: one order, one style, whole files only, one writer at a time.

A reader or a crash never meets half a file. Called by the pilot log, the support alerts and the sign-offs.
"""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry_portal.sources.document import plain_scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_BEYOND = re.compile("[^\0-\ud7ff]")
_SHORT, _REMEMBERED = 100, 4096  # the length of texts, and how many of them


def write_atomic(path: Path, text: str) -> None:
    """Replace a file by `text` (UTF-8) in one step; on any failure the old file stays as it was.

    Raises:
        OSError: The folder cannot be written to, or its disk is full; it names the file that was to be written.
    """
    try:
        _replace(path, text)
    except OSError as error:
        # The new file's own name says nothing to a person, and a full disk names none.
        raise OSError(error.errno, error.strerror, str(path)) from error


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
    new = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        new.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def dump_yaml(data: Any, *, heading: str = "") -> str:
    """Data as YAML in the order it has; `heading` becomes the comment on top."""
    import yaml

    comment = "".join(f"# {line}\n" if line else "#\n" for line in heading.splitlines())
    written: dict[str, Any] = {
        "sort_keys": False, "allow_unicode": True, "width": 110, "default_flow_style": False,
    }  # fmt: skip
    try:
        body: str = yaml.dump(data, Dumper=_dumper(quick=True), **written)
    except _BeyondError:
        body = yaml.dump(data, Dumper=_dumper(quick=False), **written)
    return comment + body


class _BeyondError(Exception):
    """A text with a character beyond the basic plane, of which libyaml makes an escape."""


@cache
def _dumper(*, quick: bool) -> Any:
    """PyYAML's dumper, quoting also what our own reader would take for a number, and writing lines as a block.

    The quick one is libyaml where it is there, which writes the same in a fifth of the time.
    """
    import yaml

    base: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper) if quick else yaml.SafeDumper

    class Dumper(base):  # type: ignore[misc]
        resolve = staticmethod(_resolve())
        descend_resolver = ascend_resolver = staticmethod(_stay)

        def represent_data(self, data: Any) -> Any:
            """What sources hold is made into nodes at once; PyYAML asks four methods of each."""
            kind = type(data)
            if kind is str:
                if quick and not data.isascii() and _BEYOND.search(data):
                    raise _BeyondError
                style = (_short_style if len(data) <= _SHORT else _style)(data)
                return yaml.ScalarNode("tag:yaml.org,2002:str", data, style=style)
            if kind is dict:
                pairs = [(self.represent_data(key), self.represent_data(value)) for key, value in data.items()]
                return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=False)
            if kind is list:
                entries = [self.represent_data(entry) for entry in data]
                return yaml.SequenceNode("tag:yaml.org,2002:seq", entries, flow_style=False)
            return super().represent_data(data)

        def ignore_aliases(self, data: Any) -> bool:
            return True

    return Dumper


def _resolve() -> Callable[..., Any]:
    """What PyYAML takes a node for that has no tag; the same fields and words come again and again."""
    from yaml import ScalarNode
    from yaml.resolver import Resolver

    resolve = Resolver().resolve
    remembered = lru_cache(_REMEMBERED)(resolve)

    def resolved(kind: Any, value: Any, implicit: Any) -> Any:
        return (remembered if kind is ScalarNode and len(value) <= _SHORT else resolve)(kind, value, implicit)

    return resolved


def _stay(*_: Any) -> None:
    """No resolver depends on the path."""


def _style(value: str) -> str | None:
    """Quotes or a block where a text needs them; control characters only survive in double quotes."""
    if not value.replace("\n", "").isprintable():
        return '"'
    if "\n" in value:
        return "|"
    return None if plain_scalar(value) is value else "'"


_short_style = lru_cache(_REMEMBERED)(_style)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for one read-change-write; a second process waits.

    The lock is on the folder's handle, so nothing is left behind, whatever happens to the process. Where the system
    has no such lock (Windows) the block runs without one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # pragma: no cover - Windows
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
