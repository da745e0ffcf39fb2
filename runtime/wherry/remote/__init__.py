"""`agno.remote`: what remote agents, teams and workflows have in common."""

from wherry.core.matrix import module_getattr
from wherry.remote.base import BaseRemote

__all__ = ["BaseRemote"]

__getattr__ = module_getattr(__name__, "agno.remote")
