"""`agno.os`: the same server for code written for Agno's AgentOS; its other parts are rows of the matrix."""

from wherry.api.os import AgentOS
from wherry.core.matrix import module_getattr

__all__ = ["AgentOS"]

__getattr__ = module_getattr(__name__, "agno.os")
