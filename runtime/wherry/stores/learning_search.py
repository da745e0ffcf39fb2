"""How a text is looked for in learnings. Called by the statements of `plans_learnings`."""

from __future__ import annotations

import json
import re

_GAP = "\x00"
_APART = re.compile(r"[\s_\-]+")
_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{4}")


def learning_search_patterns(query: str) -> list[str]:
    r"""LIKE patterns, with ``\`` as their escape, one of which a learning's JSON text has to match.

    A blank, hyphen or underscore, or several of them, stand for any one character, so that a name is found by its
    slug and the other way round. SQLite keeps other letters than ASCII as escapes of six characters: a second pattern
    reaches those, loosely; who asks looks at the values once more. Mirrors `agno.db.utils.learning_search_patterns`.

    Args:
        query: What is looked for; without a letter or digit of its own it matches nothing.

    Returns:
        None, one or two patterns.
    """
    asked = query.strip()
    if not re.sub(r"[%_\s]+", "", asked):
        return []
    spellings = [asked]
    escaped = json.dumps(asked)[1:-1]
    if escaped != asked:
        spellings.append(_ESCAPE.sub(_GAP * 6, escaped))
    patterns: dict[str, None] = {}
    for spelling in spellings:
        literal = spelling.replace("\\", "\\\\").replace("%", "\\%")
        loose = _APART.sub("_", literal).replace(_GAP, "_")
        patterns[f"%{loose}%"] = None
    return list(patterns)
