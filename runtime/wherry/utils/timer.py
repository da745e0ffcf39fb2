"""Public path of `wherry.core.timer`; mirrors `agno.utils.timer`."""

from wherry.core.timer import Timer

__all__ = ["Timer"]
