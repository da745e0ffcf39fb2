"""Public path `agno.skills.loaders`: where skills come from."""

from wherry.core.matrix import module_getattr
from wherry.skills.loaders.base import SkillLoader
from wherry.skills.loaders.local import LocalSkills

__all__ = ["LocalSkills", "SkillLoader"]

__getattr__ = module_getattr(__name__, "agno.skills.loaders")
