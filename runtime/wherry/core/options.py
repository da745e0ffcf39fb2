"""Classes made of keyword options: a field is a class annotation with its default.

An instance holds only what it was given; everything else is read from the class. That keeps an agent with a
hundred possible parameters at a few hundred bytes. Used by the option classes of agents, teams and workflows.
"""

from __future__ import annotations

import inspect
from typing import Any, ClassVar, dataclass_transform

from wherry.core.matrix import unknown_parameter


@dataclass_transform(kw_only_default=True)
class KeywordOptions:
    """Base of classes whose constructor takes their annotated fields by keyword.

    Raises:
        NotMigratedError: A name that Agno has and the support matrix does not list as available.
        TypeError: A name that neither has; the nearest one is suggested.
    """

    _fields: ClassVar[dict[str, Any]] = {}
    _symbol: ClassVar[str] = ""
    # Annotated names that are attributes only, no options.
    _attributes: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        fields: dict[str, Any] = {}
        for base in reversed(cls.__mro__):
            for name in inspect.get_annotations(base):
                if not name.startswith("_") and name not in cls._attributes:
                    fields[name] = getattr(cls, name, inspect.Parameter.empty)
        cls._fields = fields
        if "__signature__" not in cls.__dict__:
            cls.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
                [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, default=d) for n, d in fields.items()]
            )

    def __init__(self, **given: Any) -> None:
        self._take(given)

    def _take(self, given: dict[str, Any]) -> None:
        """Keep what a constructor was given; what asks for nothing is taken out of it."""
        fields = self._fields
        if not given.keys() <= fields.keys():  # asked at once: many agents are made
            for name in [one for one in given if one not in fields]:
                unknown_parameter(self._symbol, name, given.pop(name), fields)
        self.__dict__.update(given)

    def options(self) -> dict[str, Any]:
        """Every option with its value, defaults included."""
        return {name: getattr(self, name) for name in self._fields}

    def __repr__(self) -> str:
        given = ", ".join(f"{n}={v!r}" for n, v in self.__dict__.items() if n in self._fields)
        return f"{type(self).__name__}({given})"
