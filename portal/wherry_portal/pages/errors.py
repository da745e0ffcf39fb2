"""A page for each error of the runtime, by its code: the address that the error itself names."""

from __future__ import annotations

import inspect

from wherry.core import errors
from wherry_portal.pages.text import code, plain

_GUIDES = {
    "not_migrated": "The feature's own page says why, what to use instead and when it is planned; the "
    "[support matrix](../support-matrix.md) lists them all.",
    "async_tool_in_sync_run": "Call `arun`, `aprint_response` or `acontinue_run`, or give the run a plain function.",
    "session_conflict": "Two runs wrote the same key. Run them one after the other, or let each write its own key.",
}


def error_classes() -> dict[str, list[type[Exception]]]:
    """The runtime's errors with a page, by code."""
    found: dict[str, list[type[Exception]]] = {}
    for value in vars(errors).values():
        if isinstance(value, type) and issubclass(value, errors.WherryError):
            found.setdefault(value.code, []).append(value)
    found["migration_required"] = [errors.MigrationRequiredError, errors.SchemaMismatchError]
    return found


def pilot_page() -> str:
    """`errors/pilot.md`: what the pilot logs refuse over HTTP."""
    return (
        "# Pilot\n\nThe pilot log refused a change: the item is not in the checklist, is decided by a run and not by "
        "hand, or the link under a signature leads nowhere. The message names which.\n\n"
        "[How a pilot goes](../guide/pilot.md).\n"
    )


def error_page(name: str, classes: list[type[Exception]]) -> str:
    """`errors/<code>.md`."""
    parts = [f"# {plain(name.replace('_', ' ').capitalize())}"]
    for one in classes:
        about = inspect.cleandoc(one.__doc__ or "").split("\n\nAttributes:")[0]
        bases = ", ".join(code(base.__name__) for base in one.__bases__)
        parts.append(f"{code(f'wherry.exceptions.{one.__name__}')} is a kind of {bases}.\n\n{plain(about)}")
    if name in _GUIDES:
        parts.append(f"## What to do\n\n{_GUIDES[name]}")
    parts.append(
        "The message says what happened, with the value that was refused; the line below it says what to do next. "
        "All errors stand in the [reference](../reference/errors.md)."
    )
    return "\n\n".join(parts) + "\n"
