"""Reading manifests: YAML or JSON to checked fields, with complaints that name the place.

Nothing here knows what a manifest means. Called by the dataclasses of this package.
"""

from __future__ import annotations

import difflib
import sys
from pathlib import Path
from reprlib import Repr
from typing import Any, TypeVar

from wherry.core.errors import docs_url
from wherry.manifests.errors import ManifestError
from wherry.manifests.yaml_values import load, plain

T = TypeVar("T")

_short = Repr()
_short.maxlevel, _short.maxstring, _short.maxother = 2, 80, 80
shown = _short.repr
"""A value as messages show it: a file may hold very much where one word belongs."""


def read_data(path: str | Path) -> Any:
    """The content of a YAML or JSON file.

    Raises:
        ManifestError: The file is missing, or not YAML or JSON, or says what JSON cannot; the message names the line.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        hint = f"Check its path; {docs_url('guide/serve/')} shows how to write one."
        why = getattr(error, "strerror", None) or str(error)
        raise ManifestError("", f"cannot be read: {why}", source=str(path), hint=hint) from error
    try:
        return plain(_json(text) if path.suffix == ".json" else load(text))
    except ManifestError as error:
        raise error.of(path) from error.__cause__
    except RecursionError as error:
        raise ManifestError("", "is nested too deeply to be read.", source=str(path)) from error


def _json(text: str) -> Any:
    import json

    try:
        return json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise ManifestError("", f"line {error.lineno} is not JSON: {error.msg}") from error
    except ManifestError:
        raise
    except ValueError as error:  # too many digits
        raise ManifestError("", f"has a value that cannot be read: {error}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise ManifestError("", f"{next(n for n in names if names.count(n) > 1)!r} stands twice in one mapping.")
    return made


def find_modules_here() -> None:
    """Let factories be modules of the folder in which a command is typed, as `python -m` does."""
    if "" not in sys.path:
        sys.path.insert(0, "")


class Fields:
    """A mapping whose fields are taken one by one; what is left over is a mistake."""

    def __init__(self, data: Any, where: str = "") -> None:
        if not isinstance(data, dict):
            raise ManifestError(where or "the manifest", f"must be a mapping, not {shown(data)}")
        self.where = where
        self._left = dict(data)
        self._known: list[str] = []

    def at(self, name: str) -> str:
        """The path of a field."""
        return f"{self.where}.{name}" if self.where else name

    def take(self, name: str, kind: type[T] | tuple[type, ...], default: Any = None, *, required: bool = False) -> Any:
        """A field of a kind; `default` when it is absent or null."""
        self._known.append(name)
        value = self._left.pop(name, None)
        if value is None:
            if required:
                raise ManifestError(self.at(name), "is missing")
            return default
        if kind is int and isinstance(value, float) and value.is_integer():
            value = int(value)  # JSON knows numbers only: 3.0 is a whole one
        wrong = isinstance(value, bool) and kind in (int, float, (int, float))
        if wrong or not isinstance(value, kind):
            kinds = kind if isinstance(kind, tuple) else (kind,)
            names = " or ".join(k.__name__ for k in kinds)
            raise ManifestError(self.at(name), f"must be {names}, not {shown(value)}")
        if isinstance(value, str) and "\0" in value:
            raise ManifestError(self.at(name), f"must not have NUL characters: {value!r}")
        return value

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        """A field with few possible values."""
        value: str = self.take(name, str, default)
        if value not in allowed:
            raise ManifestError(self.at(name), f"must be one of {', '.join(allowed)}, not {value!r}")
        return value

    def texts(self, name: str) -> list[str]:
        """A list of texts; a single text stands for a list of one."""
        value = self.take(name, (str, list), [])
        value = [value] if isinstance(value, str) else value
        for number, item in enumerate(value):
            if not isinstance(item, str):
                raise ManifestError(f"{self.at(name)}[{number}]", f"must be str, not {shown(item)}")
        return list(value)

    def done(self) -> None:
        """Refuse fields that nobody took."""
        for name in self._left:
            near = difflib.get_close_matches(str(name), self._known, 1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known fields: {', '.join(sorted(self._known))}."
            raise ManifestError(self.at(str(name)), "is not a field", hint=hint)
