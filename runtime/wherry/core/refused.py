"""What is refused where it is given: agents of other runtimes, and options that Agno has and Wherry does not.

The constructor refuses those options through the matrix; an assignment afterwards must not be swallowed either, while
reading one gives Agno's empty value.
"""

from __future__ import annotations

from typing import Any

from wherry.core.matrix import raise_not_migrated


def refuse_foreign(one: Any, place: str) -> None:
    """Refuse an agent or team of Agno's where one of Wherry's has to be: it has no events to run by.

    Args:
        one: What was given.
        place: Where, for the error: `a member of a team`.

    Raises:
        NotMigratedError: It is an agent of another framework, by Agno's adapter.
        ConfigurationError: It is an agent or team that Agno made.
    """
    if hasattr(one, "events"):
        return
    theirs = next((kind for kind in type(one).__mro__ if kind.__module__.partition(".")[0] == "agno"), None)
    if theirs is None:
        return
    symbol = f"{theirs.__module__}.{theirs.__name__}"
    if theirs.__module__.startswith("agno.agents"):
        raise_not_migrated(symbol, what=f"{type(one).__name__} as {place}")
    from wherry.core.errors import ConfigurationError

    raise ConfigurationError(
        f"{one!r:.200} was made by {symbol}; {place} has to be Wherry's own",
        hint="Import its class from wherry in place of agno; `wherry migrate` does so.",
    )


class RefusedOption:
    """An option that is not migrated."""

    def __init__(self, empty: Any = None) -> None:
        self.empty = empty

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type) -> Any:
        return self.empty

    def __set__(self, instance: Any, value: Any) -> None:
        if value is None or value is False or value == self.empty:
            return
        symbol = type(instance)._symbol  # noqa: SLF001 - it is a part of the same class
        raise_not_migrated(f"{symbol}({self.name})", what=f"{symbol.rpartition('.')[2]}.{self.name} = …")
