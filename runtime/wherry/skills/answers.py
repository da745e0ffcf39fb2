"""What the tools of skills answer: JSON with what was asked for, or with what was wrong and what there is instead.

The keys are Agno's (`agno.skills.agent_skills`), the sentences ours. Nothing is raised: the model reads the answer and
asks again. Called by `Skills`.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.core.errors import PathSecurityError
from wherry.core.path_safety import safe_join_relative_path
from wherry.skills.utils import read_file_safe, run_script

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wherry.skills.skill import Skill


def unknown_skill(name: str, known: Sequence[str]) -> str:
    """There is no such skill."""
    return json.dumps({"error": f"A skill called {name!r} was not found", "available_skills": ", ".join(known)})


def instructions(skill: Skill) -> str:
    """The skill itself."""
    return json.dumps(
        {
            "skill_name": skill.name,
            "description": skill.description,
            "instructions": skill.instructions,
            "available_scripts": skill.scripts,
            "available_references": skill.references,
        }
    )


def chosen_file(skill: Skill, kind: str, path: str | None) -> Path | str:
    """The file of a skill that was asked for, or the answer that says why there is none.

    Only files that the loader found count, so no path leads elsewhere; a link that leads out of the skill's folder is
    refused, too. Agno takes one that leads out of it by way of the folder `scripts` itself.

    Args:
        skill: The skill.
        kind: `reference` or `script`.
        path: What the model asked for.
    """
    listed = skill.references if kind == "reference" else skill.scripts
    available = {f"available_{kind}s": listed}
    if not path:
        told = f"{kind}_path is required: say which {kind} of the skill {skill.name!r} is meant"
        return json.dumps({"error": told, "skill_name": skill.name, **available})
    if path not in listed:
        return json.dumps({"error": f"The {kind} {path!r} was not found in the skill {skill.name!r}", **available})
    home = Path(skill.source_path)
    try:
        found = safe_join_relative_path(home / f"{kind}s", path)
        if found.is_relative_to(home.resolve()):
            return found
    except PathSecurityError:
        pass
    return json.dumps({"error": f"The {kind} {path!r} leads out of the folder of its skill", "skill_name": skill.name})


def content_of(kind: str, file: Path, named: dict[str, Any]) -> str:
    """The text of a reference or script."""
    try:
        return json.dumps({**named, "content": read_file_safe(file)})
    except (OSError, UnicodeDecodeError) as error:
        return json.dumps({"error": f"The {kind} cannot be read: {error}", **named})


def run_of(file: Path, skill: Skill, named: dict[str, Any], args: list[str] | None, timeout: int) -> str:
    """What a script wrote and how it ended."""
    try:
        result = run_script(script_path=file, args=args, timeout=timeout, cwd=Path(skill.source_path))
    except subprocess.TimeoutExpired:
        told = f"The script timed out after {timeout} seconds and was ended"
    except FileNotFoundError as error:
        told = f"The script, or the program that runs it, is not there: {error}"
    except (OSError, ValueError, TypeError) as error:  # no program that could run it; an argument that is none
        told = f"The script could not be run: {error}"
    else:
        ended = {"stdout": result.stdout, "stderr": result.stderr, "returncode": result.returncode}
        return json.dumps({**named, **ended})
    return json.dumps({"error": told, **named})


def scripts_are_off(named: dict[str, Any]) -> str:
    """Scripts are not run here."""
    return json.dumps({"error": "Scripts are not run here; read the script and do what it would do", **named})
