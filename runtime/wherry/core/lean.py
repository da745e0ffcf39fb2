"""Dataclasses with many fields of which few are ever set: an instance holds only those.

The `__init__` that `dataclass` writes assigns every field. For a record that is made for each token of a stream that is
most of its price; here the class holds the defaults. Called by `model_response`.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, TypeVar

T = TypeVar("T")


def lean(cls: type[T]) -> type[T]:
    """Give a dataclass an `__init__` that assigns what it is given; every field has a default, and no slot.

    Signature, comparison, `fields`, copies and errors for unknown names stay those of the dataclass.
    """
    names = tuple(one.name for one in fields(cls))  # type: ignore[arg-type]
    known = frozenset(names)
    made = [(one.name, one.default_factory) for one in fields(cls) if one.default_factory is not MISSING]  # type: ignore[arg-type]
    whole = cls.__init__

    def assign(self: Any, *args: Any, **given: Any) -> None:
        if args or not known.issuperset(given):
            whole(self, *args, **given)  # assigns all, or says what is wrong
            return
        state = self.__dict__
        for name, make in made:
            if name not in given:
                state[name] = make()
        state.update(given)

    assign.__wrapped__ = whole  # type: ignore[attr-defined] # for `inspect.signature`
    cls.__init__ = assign  # type: ignore[method-assign]
    return cls
