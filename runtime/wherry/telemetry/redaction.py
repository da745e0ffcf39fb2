"""Taking secrets out of data that leaves a run: by key, by shape, by known value.

Used for telemetry, problem documents and pages. Works on plain data and keeps its shape.
"""

from __future__ import annotations

import json
import logging
import os
import re
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "[redacted]"

_KEYS = re.compile(
    r"(?:^|[_-])(?:api[_-]?key|apikey|authorization|password|passwd|secret|token|credential|credentials|cookie|"
    r"private[_-]?key|access[_-]?key|client[_-]?secret)s?(?:$|[_-])",
    re.IGNORECASE,
)
# Counts of tokens are no secrets.
_HARMLESS = re.compile(
    r"(?:input|output|total|cache|cached|reasoning|prompt|completion|audio|read|write|max)_?.*tokens|tokens?_per|time_to_first_token",
    re.IGNORECASE,
)
# What a text must have in it, in small letters, for the shape beside it to be looked for.
_SHAPES = (
    ("sk-", re.compile(r"\bsk-[A-Za-z0-9_-]{12,}")),
    ("ghp_", re.compile(r"\bghp_[A-Za-z0-9_]{16,}")),
    ("gho_", re.compile(r"\bgho_[A-Za-z0-9_]{16,}")),
    ("ghs_", re.compile(r"\bghs_[A-Za-z0-9_]{16,}")),
    ("github_pat_", re.compile(r"\bgithub_pat_[A-Za-z0-9_]{16,}")),
    ("xox", re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}")),
    ("akia", re.compile(r"\bAKIA[0-9A-Z]{16}\b")),
    ("aiza", re.compile(r"\bAIza[0-9A-Za-z_-]{30,}")),
    ("eyj", re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}")),
    ("bearer", re.compile(r"(?i)\bbearer\s+[A-Za-z0-9._~+/=-]{8,}")),
    ("://", re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)")),
)
# The same for encoded texts: as the shapes have them, for only the last one takes letters of any size.
_HINTS = (b"sk-", b"xox", b"AKIA", b"AIza", b"eyJ", b"://", b"ghp_", b"gho_", b"ghs_", b"github_pat_")
# A key in a text that is JSON (in JSON, too) or data as Python writes it, to where its own text begins, or a list, a
# dictionary or an object, or to the end of its number. JSON in JSON doubles its backslashes with each level; more than
# that are no key's, and would be counted anew from each of them.
_PAIR = re.compile(
    r"""(\\{0,63}["'])([^"'\\]{1,80})\1\s*:\s*(?:b?(\\*["'])|([\w.]{0,80}[\[{(])|[-+]?\d[\w.+-]*|[Tt]rue\b|[Ff]alse\b)"""
)
_BRACKET_OR_QUOTE = re.compile(r"""\\{0,63}["']|[\[{(\]})]""")
_COLON = re.compile(r"""["']\s*:""")
_WORDS = ("key", "authorization", "passw", "secret", "token", "credential", "cookie")
_ENVIRONMENT = re.compile(r"(?:_API_KEY|_TOKEN|_TOKENS|_SECRET|_PASSWORD)$")
_SHORTEST = 6
_PLAIN = frozenset({int, float, bool, type(None)})
_PLAIN_OR_TEXT = _PLAIN | {str}
_MOST_KEYS = 10_000
_TRACEBACKS = logging.Formatter()


def secrets_of_environment() -> set[str]:
    """Values of environment variables that are named like secrets."""
    found: set[str] = set()
    for name, value in os.environ.items():
        if _ENVIRONMENT.search(name):
            found.update(part.split(":")[0] for part in value.split(",") if len(part) >= _SHORTEST)
    return found


class RedactedLog(logging.Filter):
    """Takes secrets out of log records, and out of the tracebacks that they carry.

    Args:
        redactor: Knows what is secret.
    """

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean a record; every record is kept."""
        record.msg, record.args = self._redactor.text(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = self._redactor.text(_TRACEBACKS.formatException(record.exc_info))
        return True


class Redactor:
    """Takes secrets out of plain data.

    Args:
        values: Values that must never come out, besides those of the environment.
        keys: Further keys whose values are masked.

    Attributes:
        changed: How often it was told of keys; what was found clean before may no longer be.
    """

    def __init__(self, values: Iterable[str] = (), keys: Iterable[str] = ()) -> None:
        known = {value for value in (*values, *secrets_of_environment()) if len(value) >= _SHORTEST}
        self._known: list[tuple[str, re.Pattern[str] | None]] = []
        self._encoded: list[bytes] = []
        self._spelled: list[re.Pattern[bytes]] = []
        for value in sorted(known, key=len, reverse=True):
            pattern = spelled(value)
            odd = pattern != re.escape(value)  # others look the same wherever they stand
            self._known.append((value, re.compile(pattern) if odd else None))
            if odd:
                self._spelled.append(re.compile(pattern.encode("utf-8", "surrogatepass")))
            else:
                self._encoded.append(value.encode())
        self._named: set[str] = set()
        # The same few keys come with every event: each is judged once.
        self._keys: dict[str, tuple[str, bool]] = {}
        self._harmless: set[str] = set()
        self.changed = 0
        self.add_keys(keys)

    def add_keys(self, keys: Iterable[str]) -> None:
        """Mask the values of further keys from now on."""
        self._named.update(key.lower() for key in keys)
        self._keys, self._harmless = {}, set()
        self.changed += 1
        self._words = (*_WORDS, *sorted(self._named))
        self._told = [word.encode("utf-8", "replace") for word in self._words]
        self._pairs = re.compile(rb"""(?:%b)[^"'\\]{0,80}\\*["']\s*:""" % b"|".join(map(re.escape, self._told)))

    def is_secret_key(self, key: str) -> bool:
        """Whether a key names a secret."""
        if key.lower() in self._named:
            return True
        return bool(_KEYS.search(key)) and not _HARMLESS.search(key)

    def text(self, text: str) -> str:
        """A text without secrets."""
        if len(text) < _SHORTEST:
            return text
        for value, pattern in self._known:
            if pattern is not None:
                text = pattern.sub(MASK, text)
            elif value in text:
                text = text.replace(value, MASK)
        low = text.lower()
        for hint, shape in _SHAPES:
            if hint in low:
                text = shape.sub(MASK, text)
        if any(word in low for word in self._words) and _COLON.search(low):
            return self._unkeyed(text)
        return text

    def _unkeyed(self, text: str) -> str:
        """A text without what it names like secrets, as `{"password": "…"}` and `{"credentials": {…}}` do."""
        kept, done = [], 0
        for pair in _PAIR.finditer(text):
            if pair.start() < done or not self.is_secret_key(pair[2]):
                continue
            if pair[3]:
                kept += [text[done : pair.end()], MASK]
                done = ending(text, pair[3], pair.end())
            else:
                kept += [text[done : text.index(":", pair.end(2)) + 1], f" {pair[1]}{MASK}{pair[1]}"]
                done = closing(text, pair.end()) if pair[4] else pair.end()
        return "".join(kept) + text[done:] if kept else text

    def _key(self, key: str) -> tuple[str, bool]:
        """A key without secrets, and whether it names one."""
        judged = self._keys.get(key)
        if judged is None:
            judged = self.text(key), self.is_secret_key(key)
            if len(self._keys) < _MOST_KEYS:
                self._keys[key] = judged
        return judged

    def data(self, value: Any) -> Any:
        """Plain data without secrets; what is no plain data becomes its fields, or its text."""
        return self._data(value, self._suspicious(value))

    def traces(self, texts: bytes) -> bool:
        """Whether texts may hold a secret by its shape or its value; keys are judged by `read`."""
        if any(value in texts for value in self._encoded) or any(hint in texts for hint in _HINTS):
            return True
        if any(pattern.search(texts) for pattern in self._spelled):
            return True
        low = texts.lower()
        if b"bearer" in low:
            return True
        return any(word in low for word in self._told) and self._pairs.search(low) is not None

    def read(self, value: Any, texts: list[str]) -> bool:
        """Collect the texts of data; whether its values are plain and none of its keys names or holds a secret."""
        if type(value) is dict:
            if not value.keys() <= self._harmless and not self._judged(value):
                return False
            value = value.values()
        elif type(value) is not list:
            return type(value) in _PLAIN
        for item in value:
            if item is None:  # most fields of a call are
                continue
            kind = type(item)
            if kind is str:
                texts.append(item)
            elif kind not in _PLAIN and not self.read(item, texts):
                return False
        return True

    def harmless(self, data: dict[Any, Any]) -> bool:
        """Whether no key of a dictionary names or holds a secret; its values are not looked at."""
        return data.keys() <= self._harmless or self._judged(data)

    def _judged(self, data: dict[Any, Any]) -> bool:
        """Whether all keys of a dictionary are harmless; remembered."""
        for key in data:
            if type(key) is not str or self._key(key) != (key, False):
                return False
        if len(self._harmless) < _MOST_KEYS:
            self._harmless.update(data)
        return True

    def _suspicious(self, value: Any) -> bool:
        """Whether a text somewhere in data may hold a secret; asked once for all of them, which is seldom yes."""
        if isinstance(value, str):
            return True
        try:
            whole = orjson.dumps(value)
        except (TypeError, ValueError):  # no plain data
            return True
        return self.traces(whole)

    def _data(self, value: Any, texts: bool) -> Any:
        if type(value) in _PLAIN:
            return value
        if isinstance(value, str):
            return self.text(value) if texts else value
        if isinstance(value, dict):
            clean: dict[str, Any] = {}
            keys, as_it_is = self._keys, _PLAIN if texts else _PLAIN_OR_TEXT
            for key, item in value.items():
                shown, secret = keys.get(key) or self._key(str(key))
                if secret and item is not None:
                    clean[shown] = MASK
                else:
                    clean[shown] = item if type(item) in as_it_is else self._data(item, texts)
            return clean
        if isinstance(value, (list, tuple)):
            return [self._data(item, texts) for item in value]
        return self._data(fields_of(value), True)


def spelled(value: str) -> str:
    """A pattern for a value as it is, and as JSON and Python write it, in one another too.

    Each of them escapes quotes, backslashes and what is no printable letter of ASCII, and doubles the backslashes of
    the one inside.
    """
    parts = []
    for one in value:
        if one in "\"'":
            parts.append(rf"\\{{0,63}}{one}")
        elif one == "\\":
            parts.append(r"\\{1,64}")
        elif one.isascii() and one.isprintable():
            parts.append(re.escape(one))
        else:
            ways = (json.dumps(one), ascii(one), repr(one.encode("utf-8", "replace"))[1:])
            escaped = {re.sub(r"\\+", r"\\\\{1,64}", way[1:-1]) for way in ways if "\\" in way}
            parts.append(f"(?:{'|'.join([re.escape(one), *sorted(escaped)])})")
    return "".join(parts)


def ending(text: str, quote: str, start: int) -> int:
    """Where the quoted text ends that begins at a place; the end of all when it was cut off."""
    at = text.find(quote, start)
    while at > start and text[at - 1] == "\\":
        at = text.find(quote, at + 1)
    return at if at >= 0 else len(text)


def closing(text: str, start: int) -> int:
    """Where a list, dictionary or object ends that has begun before a place; the end of all when it was cut off."""
    depth, at = 1, start
    while depth and (found := _BRACKET_OR_QUOTE.search(text, at)):
        one, at = found[0], found.end()
        if one in "[{(":
            depth += 1
        elif one in "]})":
            depth -= 1
        else:
            at = ending(text, one, at) + len(one)
    return len(text) if depth else at


def fields_of(value: Any) -> Any:
    """An object as data: the fields of a dataclass or model, else its text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    dump = getattr(value, "model_dump", None)
    return dump(mode="json") if callable(dump) and not isinstance(value, type) else str(value)
