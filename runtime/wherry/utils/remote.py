"""`agno.utils.remote`."""

from wherry.remote.serialising import serialize_input

__all__ = ["serialize_input"]
