"""Taking secrets out of data that leaves a run: by key, by shape, by known value.

Used for telemetry, problem documents and pages. Works on plain data and keeps its shape.
"""

from __future__ import annotations

import logging
import os
import re
from typing import TYPE_CHECKING, Any

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
_SHAPES = (
    re.compile(r"\bsk-[A-Za-z0-9_-]{12,}"),
    re.compile(r"\b(?:ghp|gho|ghs|github_pat)_[A-Za-z0-9_]{16,}"),
    re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    re.compile(r"\bAIza[0-9A-Za-z_-]{30,}"),
    re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
    re.compile(r"(?i)\bbearer\s+[A-Za-z0-9._~+/=-]{8,}"),
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),
)
_ENVIRONMENT = re.compile(r"(?:_API_KEY|_TOKEN|_TOKENS|_SECRET|_PASSWORD)$")
_SHORTEST = 6
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
    """

    def __init__(self, values: Iterable[str] = (), keys: Iterable[str] = ()) -> None:
        known = {value for value in (*values, *secrets_of_environment()) if len(value) >= _SHORTEST}
        self._values = (
            re.compile("|".join(re.escape(v) for v in sorted(known, key=len, reverse=True))) if known else None
        )
        self._keys = {key.lower() for key in keys}

    def add_keys(self, keys: Iterable[str]) -> None:
        """Mask the values of further keys from now on."""
        self._keys.update(key.lower() for key in keys)

    def is_secret_key(self, key: str) -> bool:
        """Whether a key names a secret."""
        if key.lower() in self._keys:
            return True
        return bool(_KEYS.search(key)) and not _HARMLESS.search(key)

    def text(self, text: str) -> str:
        """A text without secrets."""
        if self._values is not None:
            text = self._values.sub(MASK, text)
        for shape in _SHAPES:
            text = shape.sub(MASK, text)
        return text

    def data(self, value: Any) -> Any:
        """Plain data without secrets."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {
                self.text(str(key)): MASK if item is not None and self.is_secret_key(str(key)) else self.data(item)
                for key, item in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self.data(item) for item in value]
        return value
