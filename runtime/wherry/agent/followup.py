"""`agno.agent.followup`: how follow-up suggestions are made."""

from wherry.core.agent.afterwards import FollowupConfig
from wherry.core.matrix import module_getattr

__all__ = ["FollowupConfig"]

__getattr__ = module_getattr(__name__, "agno.agent.followup")
