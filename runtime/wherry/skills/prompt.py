"""What a system message says about skills: how to use them, and which there are. Called by `Skills`.

The tags are Agno's (`agno.skills.agent_skills`), the sentences ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wherry.skills.skill import Skill

_ABOUT = (
    "<skills_system>\n"
    "\n"
    "A skill is a folder of know-how for one kind of task: instructions, reference documents and scripts. The list "
    "below shows names and descriptions only; the rest is read when it is needed.\n"
    "\n"
    "## Progressive Discovery\n"
    "1. Look for a skill in the list whose description fits the task.\n"
    "2. Read it with `get_skill_instructions(skill_name)` before you begin, and follow it.\n"
    "3. Read a document that its instructions speak of with `get_skill_reference(skill_name, reference_path)`.\n"
)
_RUN = (
    "4. Read a script with `get_skill_script(skill_name, script_path)`, or run it with `execute=True`; `args` are what "
    "it is called with.\n"
)
_READ = "4. Read a script with `get_skill_script(skill_name, script_path)`; scripts are not run here.\n"
_NAMES = (
    "\n"
    "The name of a skill is no tool and cannot be called. References are documents and are never run. A skill has "
    "scripts where `<scripts>` lists files; at `<scripts>none</scripts>` there is none to ask for.\n"
    "\n"
    "## Skills\n"
)


def _listed(items: Iterable[Any]) -> str:
    return ", ".join(str(item["name"] if isinstance(item, dict) else item) for item in items)


def _entry(skill: Skill) -> str:
    lines = ["<skill>", f"  <name>{skill.name}</name>", f"  <description>{skill.description}</description>"]
    lines.append(f"  <scripts>{_listed(skill.scripts) or 'none'}</scripts>")
    if skill.references:
        lines.append(f"  <references>{_listed(skill.references)}</references>")
    return "\n".join([*lines, "</skill>", ""])


def snippet(skills: Iterable[Skill], *, run_scripts: bool) -> str:
    """The part of a system message that speaks of these skills; empty without any."""
    entries = "".join(map(_entry, skills))
    if not entries:
        return ""
    return f"{_ABOUT}{_RUN if run_scripts else _READ}{_NAMES}{entries}\n</skills_system>"
