"""What `::: some.name` stands for, written out: the Markdown of a reference page for programs that read text.

On the site mkdocstrings draws it. Here are the same docstrings as they stand in the code, with the same members.
"""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = re.compile(r"^::: ([\w.]+)\n((?:    .*\n|\n(?=    ))*)", re.MULTILINE)

_QUOTED = re.compile(r"(: |-> )'([^']*)'")
"""An annotation as code with postponed annotations gives it: a text."""


def spelled(page: str) -> str:
    """A page with each of its `:::` blocks replaced by docstrings; one without any is given back as it is."""
    return _BLOCK.sub(lambda found: "\n\n".join(_told(found[1], found[2])) + "\n", page)


def _told(path: str, given: str) -> Iterator[str]:
    import yaml

    options = (yaml.safe_load(given) or {}).get("options", {})
    value = _find(path)
    if isinstance(value, ModuleType):
        for one in vars(value).values():
            if isinstance(one, type) and one.__module__ == value.__name__:
                yield from _entry("###", one.__name__, one)
        return
    yield from _entry("##", path, value)
    members = options.get("members", None if isinstance(value, type) else False)
    for name in _own(value) if members is None else members or ():
        yield from _entry("###", name, inspect.getattr_static(value, name))


def _find(path: str) -> Any:
    home, _, name = path.rpartition(".")
    try:
        return import_module(path)
    except ModuleNotFoundError:
        return getattr(import_module(home), name)


def _own(value: type) -> list[str]:
    """Public methods and properties that a class itself says something about, in the order of its code."""
    return [
        name
        for name, one in vars(value).items()
        if not name.startswith("_")
        and (inspect.isfunction(one) or isinstance(one, classmethod | staticmethod | property))
        and inspect.getdoc(one)
    ]


def _entry(mark: str, name: str, value: Any) -> Iterator[str]:
    called = value.__func__ if isinstance(value, classmethod | staticmethod) else value
    signature = _QUOTED.sub(r"\1\2", str(inspect.signature(called))) if inspect.isfunction(called) else ""
    yield f"{mark} `{name}{signature}`"
    yield inspect.getdoc(called) or ""
