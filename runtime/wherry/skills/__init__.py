"""Public path `agno.skills`: folders of instructions, references and scripts that a model reads when it needs them.

`Skills` loads them and gives agents and teams their tools; `LocalSkills` reads folders; what a folder must look like
is in `validator`, how a script runs in `utils`.
"""

from wherry.core.matrix import module_getattr
from wherry.skills.agent_skills import Skills
from wherry.skills.errors import SkillError, SkillParseError, SkillValidationError
from wherry.skills.loaders import LocalSkills, SkillLoader
from wherry.skills.skill import Skill
from wherry.skills.validator import validate_metadata, validate_skill_directory

__all__ = [
    "LocalSkills",
    "Skill",
    "SkillError",
    "SkillLoader",
    "SkillParseError",
    "SkillValidationError",
    "Skills",
    "validate_metadata",
    "validate_skill_directory",
]

__getattr__ = module_getattr(__name__, "agno.skills")
