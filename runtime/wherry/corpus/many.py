"""The two ways of naming many sources at once, as single insertions. Called by `Knowledge.insert_many`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOR_ALL = ("upsert", "skip_if_exists", "user_id")
_OF_ONE = (
    "name", "description", "path", "url", "metadata", "topics", "text_content", "reader", "include", "exclude",
    "remote_content", "auth",
)  # fmt: skip
_SHARED = ("description", "metadata", "include", "exclude", "reader", "auth", *_FOR_ALL)


def of_each(args: tuple[Any, ...], given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The arguments of each insertion.

    Raises:
        ConfigurationError: (a ValueError) neither a list of dictionaries nor keywords.
    """
    contents = args[0] if args else given.get("contents")
    if isinstance(contents, list):
        shared = {key: given[key] for key in _FOR_ALL if key in given}
        for entry in contents:
            yield {**shared, **{key: entry[key] for key in (*_OF_ONE, *_FOR_ALL) if key in entry}}
        return
    if args or not given:
        raise ConfigurationError(
            "insert_many was called without sources: Invalid usage of insert_many.",
            hint="Pass a list of dictionaries, or paths=[…], urls=[…], text_contents=[…] or topics=[…].",
        )
    yield from _of_keywords(given)


def _of_keywords(given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    name = given.get("name")
    shared = {key: given[key] for key in _SHARED if key in given}
    for path in given.get("paths") or ():
        yield {**shared, "name": name, "path": path}
    for url in given.get("urls") or ():
        yield {**shared, "name": name, "url": url}
    for number, text in enumerate(given.get("text_contents") or ()):
        yield {**shared, "name": f"{name}_{number}" if name else f"text_content_{number}", "text_content": text}
    for key in ("topics", "remote_content"):
        if given.get(key):
            yield {**shared, "name": name, key: given[key]}
