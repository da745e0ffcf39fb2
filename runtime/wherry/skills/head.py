"""The head of a SKILL.md: YAML between two lines of dashes. Read by the validator and by `LocalSkills`."""

from __future__ import annotations

import re
from typing import Any

from wherry.core.errors import require
from wherry.core.log import log_warning
from wherry.skills.errors import SkillParseError

_HEAD = re.compile(r"---\s*\n(?P<head>.*?)\n---\s*\n?(?P<body>.*)", re.DOTALL)


def strict_head(text: str) -> dict[str, Any]:
    """The head of a text that must have one.

    Raises:
        SkillParseError: There is none, it has no end, or it is no mapping.
        MissingPackage: (an ImportError) PyYAML is not installed.
    """
    if not text.startswith("---"):
        raise SkillParseError("SKILL.md has to begin with a YAML frontmatter, between two lines of ---")
    parts = text.split("---", 2)
    if len(parts) < len(("before", "head", "body")):
        raise SkillParseError("The frontmatter of SKILL.md is not closed by a line of ---")
    require("yaml", "skills", "Checking a SKILL.md")
    import yaml

    try:
        found = yaml.safe_load(parts[1])
    except yaml.YAMLError as error:
        raise SkillParseError(f"The frontmatter of SKILL.md is no valid YAML: {error}") from error
    if not isinstance(found, dict):
        raise SkillParseError(f"The frontmatter of SKILL.md has to be a mapping, not {found!r}")
    return found


def head_and_body(text: str) -> tuple[dict[str, Any], str]:
    """Head and body of a text that may have a head; a head that is no YAML is read line by line."""
    parts = _HEAD.fullmatch(text)
    if parts is None:
        return {}, text
    return _lenient(parts["head"]), parts["body"].strip()


def _lenient(head: str) -> dict[str, Any]:
    try:
        import yaml
    except ImportError:
        return _lines(head)
    try:
        return yaml.safe_load(head) or {}
    except yaml.YAMLError as error:
        log_warning(f"The frontmatter of a SKILL.md is no valid YAML and is read line by line: {error}")
        return _lines(head)


def _lines(head: str) -> dict[str, Any]:
    """`key: value` by line, quotes taken off."""
    pairs = (line.split(":", 1) for line in head.strip().split("\n") if ":" in line)
    return {key.strip(): value.strip().strip('"').strip("'") for key, value in pairs}
