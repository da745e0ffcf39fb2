"""The rules for a skill's folder and head (agentskills.io); mirrors `agno.skills.validator`.

Every rule that is broken is one text in the list that comes back. Called by `LocalSkills`, and by people.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.core.matrix import module_getattr
from wherry.skills.errors import SkillParseError
from wherry.skills.head import strict_head

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_SKILL_NAME_LENGTH = 64
MAX_DESCRIPTION_LENGTH = 1024
MAX_COMPATIBILITY_LENGTH = 500
ALLOWED_FIELDS = {"name", "description", "license", "allowed-tools", "metadata", "compatibility"}


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _validate_name(name: Any, skill_dir: Path | None = None) -> list[str]:
    if not _is_text(name):
        return [f"Field 'name' must be a non-empty text, not {name!r}"]
    name = unicodedata.normalize("NFKC", name.strip())
    wrong = []
    if len(name) > MAX_SKILL_NAME_LENGTH:
        wrong.append(f"Skill name {name!r} exceeds {MAX_SKILL_NAME_LENGTH} characters: it has {len(name)}")
    if name != name.lower():
        wrong.append(f"Skill name {name!r} must be in lowercase")
    if name.startswith("-") or name.endswith("-"):
        wrong.append(f"Skill name {name!r} must not start or end with a hyphen")
    if "--" in name:
        wrong.append(f"Skill name {name!r} has consecutive hyphens")
    if not all(letter.isalnum() or letter == "-" for letter in name):
        wrong.append(f"Skill name {name!r} has invalid characters; letters, digits and hyphens are valid")
    if skill_dir is not None:
        folder = unicodedata.normalize("NFKC", skill_dir.name)
        if folder != name:
            wrong.append(f"Skill name {name!r} and the name of its folder {folder!r} must match")
    return wrong


def _validate_description(description: Any) -> list[str]:
    if not _is_text(description):
        return [f"Field 'description' must be a non-empty text, not {description!r}"]
    if len(description) > MAX_DESCRIPTION_LENGTH:
        return [f"The description exceeds {MAX_DESCRIPTION_LENGTH} characters: it has {len(description)}"]
    return []


def _validate_compatibility(compatibility: Any) -> list[str]:
    if not isinstance(compatibility, str):
        return [f"Field 'compatibility' must be a string, not {compatibility!r}"]
    if len(compatibility) > MAX_COMPATIBILITY_LENGTH:
        return [f"The compatibility exceeds {MAX_COMPATIBILITY_LENGTH} characters: it has {len(compatibility)}"]
    return []


def _validate_license(license_val: Any) -> list[str]:
    return [] if isinstance(license_val, str) else [f"Field 'license' must be a string, not {license_val!r}"]


def _validate_allowed_tools(allowed_tools: Any) -> list[str]:
    if not isinstance(allowed_tools, list):
        return [f"Field 'allowed-tools' must be a list, not {allowed_tools!r}"]
    if not all(isinstance(tool, str) for tool in allowed_tools):
        return [f"Field 'allowed-tools' must be a list of strings, not {allowed_tools!r}"]
    return []


def _validate_metadata_value(metadata_val: Any) -> list[str]:
    return [] if isinstance(metadata_val, dict) else [f"Field 'metadata' must be a dictionary, not {metadata_val!r}"]


def _validate_metadata_fields(metadata: dict[str, Any]) -> list[str]:
    unknown = sorted(map(str, set(metadata) - ALLOWED_FIELDS))
    if not unknown:
        return []
    allowed = ", ".join(sorted(ALLOWED_FIELDS))
    return [f"Unexpected fields in the frontmatter: {', '.join(unknown)}; these may be there: {allowed}"]


_OPTIONAL: dict[str, Callable[[Any], list[str]]] = {
    "compatibility": _validate_compatibility,
    "license": _validate_license,
    "allowed-tools": _validate_allowed_tools,
    "metadata": _validate_metadata_value,
}


def validate_metadata(metadata: dict[str, Any], skill_dir: Path | None = None) -> list[str]:
    """Check the head of a SKILL.md; mirrors `agno.skills.validate_metadata`.

    Args:
        metadata: The head.
        skill_dir: The skill's folder, whose name has to be the skill's; not checked without.

    Returns:
        What is wrong, one text each; empty when nothing is.
    """
    wrong = _validate_metadata_fields(metadata)
    if "name" in metadata:
        wrong += _validate_name(metadata["name"], skill_dir)
    else:
        wrong.append("Missing required field in the frontmatter: name")
    if "description" in metadata:
        wrong += _validate_description(metadata["description"])
    else:
        wrong.append("Missing required field in the frontmatter: description")
    for field, check in _OPTIONAL.items():
        if field in metadata:
            wrong += check(metadata[field])
    return wrong


def validate_skill_directory(skill_dir: Path) -> list[str]:
    """Check a skill's folder; mirrors `agno.skills.validate_skill_directory`.

    Args:
        skill_dir: The folder, in which a SKILL.md has to be.

    Returns:
        What is wrong, one text each; empty when nothing is.

    Raises:
        MissingPackage: (an ImportError) PyYAML is not installed.
    """
    skill_dir = Path(skill_dir)
    if not skill_dir.exists():
        return [f"Path does not exist: {skill_dir}"]
    if not skill_dir.is_dir():
        return [f"Not a directory: {skill_dir}"]
    described = skill_dir / "SKILL.md"
    if not described.exists():
        return [f"Missing required file: SKILL.md in {skill_dir}"]
    try:
        head = strict_head(described.read_text(encoding="utf-8"))
    except SkillParseError as error:
        return [str(error)]
    except (OSError, UnicodeDecodeError) as error:
        return [f"SKILL.md cannot be read: {error}"]
    return validate_metadata(head, skill_dir)


__getattr__ = module_getattr(__name__, "agno.skills.validator")
