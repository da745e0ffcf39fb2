"""Room for attributes of a user's own on objects with slots: events, outputs, inputs and calls, as on Agno's.

What is kept there is part of no dictionary, comparison or store.
"""

from __future__ import annotations


class OwnAttributes:
    """Base of a class with slots whose instances take any further attribute, too.

    The dictionary is made for the first of them only: an instance without any costs the place for it.
    """

    __slots__ = ("__dict__",)
