"""Dataclasses with many fields of which few are ever set: an instance holds only those.

The `__init__` that `dataclass` writes assigns every field. For a record that is made for each token of a stream that is
most of its price, and a model with sixty settings takes more room than the agent that has it; here the class holds the
defaults. What is rarely asked for is made when it is (`WhenAsked`). Called by `model_response`, the models, messages
and tools.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def lean(cls: type[T]) -> type[T]:
    """Give a dataclass an `__init__` that assigns what it is given; every field has a default, and no slot.

    Signature, comparison, `fields`, copies and errors for unknown names stay those of the dataclass, and so do
    subclasses: what one of them sets on its class does not become a default.
    """
    names = tuple(one.name for one in fields(cls))  # type: ignore[arg-type]
    known = frozenset(names)
    made = [(one.name, one.default_factory) for one in fields(cls) if one.default_factory is not MISSING]  # type: ignore[arg-type]
    whole = cls.__init__
    settle = getattr(cls, "__post_init__", None)

    def assign(self: Any, *args: Any, **given: Any) -> None:
        if args or type(self) is not cls or not known.issuperset(given):
            whole(self, *args, **given)  # assigns all, or says what is wrong
            return
        state = self.__dict__
        if given:
            for name, make in made:
                if name not in given:
                    state[name] = make()
            state.update(given)
        else:
            for name, make in made:
                state[name] = make()
        if settle is not None:
            settle(self)

    assign.__wrapped__ = whole  # type: ignore[attr-defined] # for `inspect.signature`
    cls.__init__ = assign  # type: ignore[method-assign]
    return cls


class WhenAsked:
    """An attribute that an instance lacks until it is asked for: a function of the instance gives it.

    What an instance has of its own comes first, so the function may keep what it made in `__dict__` under that name.
    A `__getattr__` would do as well, but a class that has one loses Python's short way to each of its attributes.
    As for a field without a default, the class itself has no such attribute.

    Args:
        give: Called with the instance whenever the attribute is read and not there.
    """

    def __init__(self, give: Callable[[Any], Any]) -> None:
        self._give = give
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            raise AttributeError(f"type object {owner.__name__!r} has no attribute {self._name!r}")
        return self._give(instance)
