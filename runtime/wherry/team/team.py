"""`agno.team.team`: the team."""

from wherry.core.matrix import module_getattr
from wherry.core.team.team import Team

__all__ = ["Team"]

__getattr__ = module_getattr(__name__, "agno.team.team")
