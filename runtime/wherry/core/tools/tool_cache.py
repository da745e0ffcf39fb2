"""Results of tools kept in files.

Keys, folders and payloads are those of the reference (its format 2), so a given `cache_dir` can be shared with it.
An unusable cache costs a tool its caching, never the call. Called by `tool_chain`. Mirrors the caching of
`agno.tools.function.Function`.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
import time
from copy import deepcopy
from hashlib import md5
from pathlib import Path
from typing import Any, get_args, get_type_hints

from wherry.core.log import log_debug, log_warning
from wherry.core.tools.function import Function, ToolResult
from wherry.core.tools.injected import BY_NAME, unwrapped

FORMAT = 2
DEFAULT_DIR = "wherry_cache"
MISSING = object()
_DEPTH = 32


class CachedCall:
    """The place of one call's result in the cache.

    Attributes:
        value: The result found, or `MISSING`.
    """

    __slots__ = ("_file", "_function", "_key", "value")

    def __init__(self, function: Function, injected: dict[str, Any], arguments: dict[str, Any] | None) -> None:
        self._function = function
        self._key = cache_key(function.name, injected, arguments)
        self._file = _folder(function) / f"{self._key}.json"
        self.value = self._read()

    def moved(self, injected: dict[str, Any], arguments: dict[str, Any] | None) -> bool:
        """Whether a hook changed what is asked, so that neither the found nor the made value belongs to the key."""
        return cache_key(self._function.name, injected, arguments) != self._key

    def _read(self) -> Any:
        try:
            # Never follow a link out of the folder: its path is predictable.
            descriptor = os.open(self._file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        except OSError:
            return MISSING
        try:
            with os.fdopen(descriptor, encoding="utf-8") as file:
                inode = os.fstat(file.fileno()).st_ino
                entry = json.load(file)
            if time.time() - entry.get("timestamp", 0) <= self._function.cache_ttl:
                try:
                    value = _value(self._function, entry)
                except ValueError as reason:
                    log_debug(f"A kept result of {self._function.name!r} is discarded: {reason}")
                else:
                    return MISSING if value is None else value  # a kept None is no answer, as in the reference
            if self._file.stat().st_ino == inode:  # not one written in the meantime
                self._file.unlink()
        except (OSError, ValueError) as error:
            log_warning(f"A kept result of {self._function.name!r} cannot be read: {error}")
        return MISSING

    def save(self, result: Any) -> None:
        """Keep a result, unless it holds media or would come back as something else."""
        try:
            entry = _entry(result)
            text = json.dumps(entry)
            if self._must_survive() and not _survives(self._function, text, result):
                log_debug(f"A result of {self._function.name!r} is not kept: it would come back changed")
                return
            self._write(text)
        except (OSError, TypeError, ValueError) as error:
            log_debug(f"A result of {self._function.name!r} is not kept: {error}")

    def _must_survive(self) -> bool:
        return bool(self._function.tool_hooks) or _declared_return(self._function) is not None

    def _write(self, text: str) -> None:
        """Write beside and move into place: readers see the old entry or the new one."""
        descriptor, beside = tempfile.mkstemp(dir=self._file.parent, suffix=".tmp")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            Path(beside).replace(self._file)
        except OSError:
            Path(beside).unlink(missing_ok=True)
            raise


def cache_key(name: str, injected: dict[str, Any], arguments: dict[str, Any] | None) -> str:
    """Key of a call: the tool's name, whose session it is (when the tool knows), and the arguments."""
    context = injected.get("run_context") or injected.get("_agno_run_context")
    plain = json.dumps({k: v for k, v in injected.items() if k not in BY_NAME}, sort_keys=True, default=str)
    parts = [name]
    if context is not None:
        identity = {name: getattr(context, name, None) for name in ("user_id", "session_id")}
        parts.append(json.dumps(identity, sort_keys=True, default=str))
    parts += [plain, str(sorted((arguments or {}).items()))]
    return md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()


def _folder(function: Function) -> Path:
    """The folder of a tool's entries, made private to this user.

    Raises:
        PermissionError: It belongs to somebody else.
    """
    base = Path(function.cache_dir or Path(tempfile.gettempdir()) / DEFAULT_DIR)
    folder = base / "functions" / f"v{FORMAT}" / function.name
    for level in (*reversed(folder.parents), folder):
        if not level.exists():
            level.mkdir(mode=0o700, exist_ok=True)
    if hasattr(os, "geteuid"):
        for level in (folder, folder.parent, folder.parent.parent):
            found = level.stat()
            if found.st_uid != os.geteuid():
                raise PermissionError(f"the cache folder {level} belongs to another user")
            if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                level.chmod(found.st_mode & ~(stat.S_IWGRP | stat.S_IWOTH))
    return folder


def detached(value: Any) -> Any:
    """A copy for one caller to keep; hooks may change results in place."""
    try:
        return deepcopy(value)
    except Exception:  # noqa: BLE001 - copying runs the user's code
        return value


def snapshot(value: Any) -> Any:
    """A copy that can be kept, or `MISSING` when what is kept would differ from what was returned."""
    try:
        copied = deepcopy(value)
    except Exception as error:  # noqa: BLE001 - copying runs the user's code
        log_debug(f"A result cannot be kept: {error}")
        return MISSING
    same = copied is value and (isinstance(value, (dict, list, set)) or hasattr(value, "model_dump"))
    return MISSING if same or _shares(value, []) else copied


def _entry(result: Any) -> dict[str, Any]:
    if _holds_media(result):
        raise ValueError("it holds media")
    entry: dict[str, Any] = {"timestamp": time.time(), "cache_format": FORMAT, "result": result}
    if hasattr(result, "model_dump"):
        entry["result"] = result.model_dump()
    if type(result).__name__ == "ToolResult":
        entry["result_type"] = "ToolResult"
    return entry


def _survives(function: Function, text: str, result: Any) -> bool:
    try:
        return _equal(result, _value(function, json.loads(text)))
    except Exception:  # noqa: BLE001 - validators and comparisons are the user's code
        return False


def _value(function: Function, entry: dict[str, Any]) -> Any:
    """The kept payload as the type the tool declares; the file never chooses a class.

    Raises:
        ValueError: It does not fit any more.
    """
    if entry.get("cache_format") != FORMAT:
        raise ValueError("it has an earlier format")
    payload = entry.get("result")
    declared = _declared_return(function)
    value = payload
    if declared is not None and _names_model(declared):
        value = _rebuilt(declared, payload)
    elif entry.get("result_type") == "ToolResult":
        if declared is not None:
            raise ValueError(f"it is a ToolResult but the tool returns {declared}")
        value = _rebuilt(ToolResult, payload)
    if _holds_media(value):
        raise ValueError("kept results hold no media")
    return value


def _rebuilt(declared: Any, payload: Any) -> Any:
    from pydantic import TypeAdapter

    try:
        value = TypeAdapter(declared).validate_python(payload, by_name=True)
    except Exception as error:
        raise ValueError(f"it does not fit {declared}: {error}") from error
    if hasattr(value, "model_dump") and json.loads(json.dumps(value.model_dump(), default=str)) != payload:
        raise ValueError(f"{declared} cannot hold all of it")
    return value


def _declared_return(function: Function) -> Any:
    if function.entrypoint is None:
        return None
    try:
        hint = get_type_hints(function.entrypoint).get("return")
    except Exception:  # noqa: BLE001 - evaluating an annotation runs the user's code
        return None
    return None if hint in (None, type(None)) else unwrapped(hint)


def _names_model(hint: Any, seen: tuple[Any, ...] = ()) -> bool:
    hint = unwrapped(hint)
    if any(hint is earlier for earlier in seen):
        return False
    if isinstance(hint, type) and hasattr(hint, "model_validate"):
        return True
    return any(_names_model(part, (*seen, hint)) for part in get_args(hint))


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, (list, tuple, set)):
        return list(value)
    if hasattr(value, "model_dump"):
        return [getattr(value, name, None) for name in getattr(type(value), "model_fields", None) or value._fields()]
    return []


def _holds_media(value: Any, depth: int = 0) -> bool:
    if type(value).__name__ == "ToolResult" and (value.images or value.videos or value.audios or value.files):
        return True
    return depth < _DEPTH and any(_holds_media(part, depth + 1) for part in _parts(value))


def _shares(value: Any, seen: list[int], depth: int = 0) -> bool:
    """Whether one object sits in two places; JSON would make two of it."""
    parts = _parts(value)
    if depth > _DEPTH or not (parts or isinstance(value, (dict, list, tuple, set))):
        return False
    if id(value) in seen:
        return True
    seen.append(id(value))
    return any(_shares(part, seen, depth + 1) for part in parts)


def _equal(made: Any, read: Any, depth: int = 0) -> bool:
    """Equality that also wants the same types all the way down."""
    if type(made) is not type(read):
        return False
    if depth > _DEPTH or not (parts := _parts(made)):
        return bool(made == read)
    if isinstance(made, dict) and (made.keys() != read.keys() or {*map(type, made)} != {*map(type, read)}):
        return False
    if isinstance(made, dict):
        return all(_equal(value, read[key], depth + 1) for key, value in made.items())
    others = _parts(read)
    return len(parts) == len(others) and all(_equal(a, b, depth + 1) for a, b in zip(parts, others, strict=True))
