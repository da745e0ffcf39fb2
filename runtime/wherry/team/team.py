"""`agno.team.team`: the team."""

from wherry.core.matrix import module_getattr
from wherry.core.team.team import Team, TeamMode

__all__ = ["Team", "TeamMode"]

_missing = module_getattr(__name__, "agno.team.team")


def __getattr__(name: str) -> object:
    if name in {"get_team_by_id", "get_teams"}:
        from wherry.core.team import stored_teams

        return getattr(stored_teams, name)
    return _missing(name)
