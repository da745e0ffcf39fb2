"""Public path of traces; mirrors `agno.tracing`, of which the rows in databases are there, not what records them."""

from wherry.core.matrix import module_getattr

__all__: list[str] = []

__getattr__ = module_getattr(__name__, "agno.tracing")
