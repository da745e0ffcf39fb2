"""`agno.team.mode`: how a team works."""

from wherry.core.team import TeamMode

__all__ = ["TeamMode"]
