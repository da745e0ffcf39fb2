"""`agno.team.mode`: how a team works."""

from wherry.core.team.team import TeamMode

__all__ = ["TeamMode"]
