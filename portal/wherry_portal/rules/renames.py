"""Exchanges a name in a file: every reference that an import brought in, when it is sure that those are all.

When the name also stands somewhere the assessor does not understand, the old name is kept with ``as`` instead.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wherry_portal.assess.finding import Edit

if TYPE_CHECKING:
    from wherry_portal.assess.facts import ImportUse
    from wherry_portal.rules.context import Context


def rename_edits(context: Context, use: ImportUse, new: str) -> tuple[tuple[Edit, ...], bool]:
    """Edits of the references of an import whose name changes.

    Returns:
        The edits, and whether the old name has to be kept with ``as``.
    """
    old = use.alias.name
    if use.alias.asname or old == new:
        return (), False
    references = [name for name in context.facts.names if name.alias is use.alias]
    known = len({(name.node.lineno, name.node.col_offset) for name in references}) + 1
    if context.words.get(old, 0) != known or _taken(context, new) or wanted_elsewhere(context, old):
        return (), True
    text = context.facts.text
    edits = {Edit(text.start(name.node), text.end(name.node), new) for name in references}
    return tuple(sorted(edits, key=lambda edit: edit.start)), False


def _taken(context: Context, new: str) -> bool:
    """Whether the new name stands in the file already for something else."""
    return new in context.words


def wanted_elsewhere(context: Context, old: str) -> bool:
    """Whether another file takes the old name from this one: imported, also with others in brackets, or by a dot."""
    stem = context.facts.path.parent.name if context.facts.path.name == "__init__.py" else context.facts.path.stem
    listed = rf"^\s*from\s+[\w.]+\s+import\b(?:[^#\n]*|\s*\([^)]*)\b{re.escape(old)}\b"
    pattern = re.compile(rf"{listed}|\b{re.escape(stem)}\s*\.\s*{re.escape(old)}\b", re.MULTILINE)
    for path in context.project.files:
        if path == context.facts.path:
            continue
        source = context.project.source(path)
        if old in source and re.search(rf"\b{re.escape(stem)}\b", source) and pattern.search(source):
            return True
    return False
