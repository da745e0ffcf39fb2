"""`Skills`: the skills of an agent or team, and the three tools by which a model reads them.

Made by applications, asked by runs for the tools (`core.agent.own_tools`) and the part of the system message
(`core.agent.prompt`). What the tools answer is in `answers`, what the message says in `prompt`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from wherry.core.errors import MissingPackage
from wherry.core.log import log_debug, log_warning
from wherry.core.matrix import module_getattr
from wherry.core.tools.function import Function
from wherry.skills import answers
from wherry.skills.errors import SkillValidationError
from wherry.skills.prompt import snippet

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.skills.loaders.base import SkillLoader
    from wherry.skills.skill import Skill

INSTRUCTIONS = "Read a whole skill: its instructions and the names of its references and scripts."
REFERENCE = "Read one reference document of a skill."
SCRIPT = "Read a script of a skill, or run it with execute=true and get what it writes and its exit status."
SCRIPT_TEXT = "Read a script of a skill. Scripts are not run here."


class Skills:
    """The skills of an agent or team; mirrors `agno.skills.Skills`.

    Everything is read when this is made, and again by `reload`. Of two skills with one name the later one counts.

    Args:
        loaders: Where they come from. One that fails is passed over with a warning.
        run_scripts: Let the model run scripts: with the rights and the environment of this process. False offers
            scripts to be read only. Wherry only.

    Raises:
        SkillValidationError: A skill breaks the rules for skills.
        MissingPackage: (an ImportError) A loader needs a package that is not installed.
    """

    def __init__(self, loaders: list[SkillLoader], run_scripts: bool = True) -> None:
        self.loaders = loaders
        self.run_scripts = run_scripts
        self._skills: dict[str, Skill] = {}
        self._load_skills()

    def _load_skills(self) -> None:
        for loader in self.loaders:
            try:
                found = loader.load()
            except (SkillValidationError, MissingPackage):
                raise
            except Exception as error:  # noqa: BLE001 - a loader may be anything; the others still count, as in Agno
                log_warning(f"{loader!r} could not load its skills: {error}")
                continue
            for skill in found:
                if skill.name in self._skills:
                    log_warning(f"There are two skills called {skill.name!r}; the later one counts.")
                self._skills[skill.name] = skill
        log_debug(f"{len(self._skills)} skills are loaded")

    def reload(self) -> None:
        """Read everything again; what is no longer there is forgotten.

        Raises:
            SkillValidationError: A skill breaks the rules for skills.
        """
        self._skills.clear()
        self._load_skills()

    def get_skill(self, name: str) -> Skill | None:
        """The skill with this name, or None."""
        return self._skills.get(name)

    def get_all_skills(self) -> list[Skill]:
        """All skills, in the order in which they were loaded."""
        return list(self._skills.values())

    def get_skill_names(self) -> list[str]:
        """Their names."""
        return list(self._skills)

    def get_system_prompt_snippet(self) -> str:
        """What a system message says about them; empty when there are none."""
        return snippet(self._skills.values(), run_scripts=self.run_scripts)

    def get_tools(self) -> list[Function]:
        """The tools by which a model reads skills, and runs their scripts."""
        script = self._get_skill_script if self.run_scripts else self._read_skill_script
        text = SCRIPT if self.run_scripts else SCRIPT_TEXT
        offered: list[tuple[str, str, Callable[..., str]]] = [
            ("get_skill_instructions", INSTRUCTIONS, self._get_skill_instructions),
            ("get_skill_reference", REFERENCE, self._get_skill_reference),
            ("get_skill_script", text, script),
        ]
        return [Function(name=name, description=told, entrypoint=entry) for name, told, entry in offered]

    # --- the tools: the model reads what is said of their parameters; `Optional` gives the schema of Agno's -----------

    def _get_skill_instructions(self, skill_name: str) -> str:
        """Read a skill.

        Args:
            skill_name: Which skill, by its name in the list of skills.
        """
        skill = self.get_skill(skill_name)
        return (
            answers.unknown_skill(skill_name, self.get_skill_names()) if skill is None else answers.instructions(skill)
        )

    def _get_skill_reference(self, skill_name: str, reference_path: Optional[str] = None) -> str:  # noqa: UP045
        """Read a reference.

        Args:
            skill_name: Which skill.
            reference_path: Which of its references, by its name in the list.
        """
        skill = self.get_skill(skill_name)
        if skill is None:
            return answers.unknown_skill(skill_name, self.get_skill_names())
        file = answers.chosen_file(skill, "reference", reference_path)
        if isinstance(file, str):
            return file
        return answers.content_of("reference", file, {"skill_name": skill_name, "reference_path": reference_path})

    def _read_skill_script(self, skill_name: str, script_path: Optional[str] = None) -> str:  # noqa: UP045
        """Read a script.

        Args:
            skill_name: Which skill.
            script_path: Which of its scripts, by its name in the list.
        """
        return self._get_skill_script(skill_name, script_path)

    def _get_skill_script(
        self,
        skill_name: str,
        script_path: Optional[str] = None,  # noqa: UP045
        execute: bool = False,
        args: Optional[list[str]] = None,  # noqa: UP045
        timeout: int = 30,
    ) -> str:
        """Read or run a script.

        Args:
            skill_name: Which skill.
            script_path: Which of its scripts, by its name in the list.
            execute: Run it; without, its text is read.
            args: What it is called with.
            timeout: Seconds it may take, 30 unless said otherwise.
        """
        skill = self.get_skill(skill_name)
        if skill is None:
            return answers.unknown_skill(skill_name, self.get_skill_names())
        file = answers.chosen_file(skill, "script", script_path)
        if isinstance(file, str):
            return file
        named = {"skill_name": skill_name, "script_path": script_path}
        if not execute:
            return answers.content_of("script", file, named)
        if not self.run_scripts:
            return answers.scripts_are_off(named)
        return answers.run_of(file, skill, named, args, timeout)


__getattr__ = module_getattr(__name__, "agno.skills.agent_skills")
