"""The rules for a skill's folder and head (agentskills.io); mirrors `agno.skills.validator`.

Every rule that is broken is one text in the list that comes back. Called by `LocalSkills`, and by people.
"""

from __future__ import annotations

import unicodedata
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.core.matrix import module_getattr
from wherry.skills.errors import SkillParseError
from wherry.skills.head import strict_head

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MAX_SKILL_NAME_LENGTH = 64
MAX_DESCRIPTION_LENGTH = 1024
MAX_COMPATIBILITY_LENGTH = 500
ALLOWED_FIELDS = {"name", "description", "license", "allowed-tools", "metadata", "compatibility"}


Rule = tuple["Callable[[Any], bool]", str]
"""What a value has to be, and what is said when it is not: `{0}` stands for the value, `{1}` for its length."""


def _is(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kind)


def _within(most: int) -> Callable[[Any], bool]:
    return lambda value: len(value) <= most


def _has_text(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _too_long(what: str, most: int) -> Rule:
    return _within(most), f"{what} exceeds {most} characters: it has {{1}}"


# The first that a value breaks is said, and no other of that field.
_FIELDS: dict[str, tuple[Rule, ...]] = {
    "name": ((_has_text, "Field 'name' must be a non-empty text, not {0!r}"),),
    "description": (
        (_has_text, "Field 'description' must be a non-empty text, not {0!r}"),
        _too_long("The description", MAX_DESCRIPTION_LENGTH),
    ),
    "compatibility": (
        (_is(str), "Field 'compatibility' must be a string, not {0!r}"),
        _too_long("The compatibility", MAX_COMPATIBILITY_LENGTH),
    ),
    "license": ((_is(str), "Field 'license' must be a string, not {0!r}"),),
    "allowed-tools": (
        (_is(list), "Field 'allowed-tools' must be a list, not {0!r}"),
        (lambda value: all(map(_is(str), value)), "Field 'allowed-tools' must be a list of strings, not {0!r}"),
    ),
    "metadata": ((_is(dict), "Field 'metadata' must be a dictionary, not {0!r}"),),
}
_REQUIRED = ("name", "description")

# Every one that a name breaks is said.
_NAMES: tuple[Rule, ...] = (
    (_within(MAX_SKILL_NAME_LENGTH), f"Skill name {{0!r}} exceeds {MAX_SKILL_NAME_LENGTH} characters: it has {{1}}"),
    (lambda name: name == name.lower(), "Skill name {0!r} must be in lowercase"),
    (lambda name: name.strip("-") == name, "Skill name {0!r} must not start or end with a hyphen"),
    (lambda name: "--" not in name, "Skill name {0!r} has consecutive hyphens"),
    (
        lambda name: all(letter == "-" or letter.isalnum() for letter in name),
        "Skill name {0!r} has invalid characters; letters, digits and hyphens are valid",
    ),
)


def _broken(rules: Iterable[Rule], value: Any) -> Iterator[str]:
    for fits, text in rules:
        if not fits(value):
            yield text.format(value, len(value) if hasattr(value, "__len__") else None)


def _name_broken(given: str, skill_dir: Path | None) -> Iterator[str]:
    name = unicodedata.normalize("NFKC", given.strip())
    yield from _broken(_NAMES, name)
    folder = name if skill_dir is None else unicodedata.normalize("NFKC", skill_dir.name)
    if folder != name:
        yield f"Skill name {name!r} and the name of its folder {folder!r} must match"


def validate_metadata(metadata: dict[str, Any], skill_dir: Path | None = None) -> list[str]:
    """Check the head of a SKILL.md; mirrors `agno.skills.validate_metadata`.

    Args:
        metadata: The head.
        skill_dir: The skill's folder, whose name has to be the skill's; not checked without.

    Returns:
        What is wrong, one text each; empty when nothing is.
    """
    wrong = []
    unknown = sorted(map(str, metadata.keys() - ALLOWED_FIELDS))
    if unknown:
        allowed = ", ".join(sorted(ALLOWED_FIELDS))
        wrong.append(f"Unexpected fields in the frontmatter: {', '.join(unknown)}; these may be there: {allowed}")
    for field, rules in _FIELDS.items():
        if field in metadata:
            told = [*islice(_broken(rules, metadata[field]), 1)]
            if field == "name" and not told:
                told = [*_name_broken(metadata[field], skill_dir)]
            wrong += told
        elif field in _REQUIRED:
            wrong.append(f"Missing required field in the frontmatter: {field}")
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
