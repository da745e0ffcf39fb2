"""What setup.py requires, read from its syntax tree: nothing of it is run.

Before on the left, after on the right::

    install_requires=["agno>=3", "httpx"]              install_requires=["wherry>=0.1,<0.2", "httpx"]
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from wherry_portal.rules.packaging import SPEC, PackagingFile
from wherry_portal.rules.pyproject import is_old_python, say_old_python

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry_portal.assess.finding import Edit, Finding
    from wherry_portal.assess.text import Text
    from wherry_portal.rules.packaging import Needs

_KEYWORDS = ("install_requires", "extras_require", "tests_require", "setup_requires")
_AGNO = re.compile(rf"(?P<spec>{SPEC})(?P<marker>\s*;.*)?")
_MENTION = re.compile(r"(?m)^\s*agno(?![\w./-])")


def check_setup(name: str, text: Text, tree: ast.Module, needs: Needs) -> Iterator[Finding]:
    """Requirements that `setup()` is given as text, also by way of a variable of the module."""
    file = PackagingFile(name, text)
    call = next((node for node in ast.walk(tree) if _is_setup(node)), None)
    if not isinstance(call, ast.Call):
        return
    names = _variables(tree)
    given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    strings: dict[ast.Constant, Needs] = {}
    for key in _KEYWORDS:
        for constant in _strings(given[key], names, 0) if key in given else ():
            main = not strings or (all(needed is needs for needed in strings.values()) and key == "install_requires")
            if _MENTION.search(str(constant.value)):
                strings.setdefault(constant, needs if main else needs.bare)
    if not re.search(r"['\"]\s*wherry\b", text.text):
        for constant, needed in strings.items():
            _string(file, constant, needed)
    versions = given.get("python_requires")
    if isinstance(versions, ast.Constant) and isinstance(versions.value, str) and is_old_python(versions.value):
        start, end = _place(text, versions)
        say_old_python(file, start + 1, end - 1)
    yield from file.findings


def _is_setup(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    return getattr(node.func, "id", getattr(node.func, "attr", "")) == "setup"


def _variables(tree: ast.Module) -> dict[str, ast.expr]:
    """Variables of the module that are set once."""
    found: dict[str, list[ast.expr]] = {}
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if _annotated(node) else []  # type: ignore[attr-defined]
        for target in targets:
            if isinstance(target, ast.Name):
                found.setdefault(target.id, []).append(node.value)  # type: ignore[attr-defined]
    return {name: values[0] for name, values in found.items() if len(values) == 1}


def _annotated(node: ast.stmt) -> bool:
    return isinstance(node, ast.AnnAssign) and node.value is not None


def _strings(node: ast.expr | None, names: dict[str, ast.expr], depth: int) -> Iterator[ast.Constant]:
    """Texts that an expression is made of."""
    if node is None or depth > 20:
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node
    elif isinstance(node, ast.Name):
        yield from _strings(names.get(node.id), names, depth + 1)
    else:
        parts = node.values if isinstance(node, ast.Dict) else ast.iter_child_nodes(node)
        for part in parts:
            if isinstance(part, ast.expr):
                yield from _strings(part, names, depth + 1)


def _string(file: PackagingFile, constant: ast.Constant, needs: Needs) -> None:
    start, end = _place(file.text, constant)
    source = file.text.text[start:end]
    match = _AGNO.fullmatch(str(constant.value).strip())
    plain = match is not None and source[1:-1] == constant.value and source[0] in "'\""
    asked = needs.asked_by(match["extras"]) if match else needs
    new = f"{asked.requirement}{match['marker'] or '' if match else ''}"
    edits = (_edit(file, start, end, f"{source[0]}{new}{source[-1]}", needs),) if plain else ()
    what = f"requires {match['spec'].strip() if match else 'agno'}"
    file.say(start, end, "agno", what, f"{'Add' if needs.agno else 'Put in its place:'} {new}.", edits=edits)


def _edit(file: PackagingFile, start: int, end: int, quoted: str, needs: Needs) -> Edit:
    """In place of the text at hand or, when Agno stays, before it: on a line of its own where that has one."""
    if not needs.agno:
        return file.edit(start, end, quoted)
    begin = file.text.text.rfind("\n", 0, start) + 1
    indent = file.text.text[begin:start]
    return file.edit(start, start, f"{quoted}, " if indent.strip() else f"{quoted},{file.text.newline}{indent}")


def _place(text: Text, node: ast.expr) -> tuple[int, int]:
    """Characters that a node covers."""
    start, end = (len(text.raw[:at].decode("utf-8", "surrogatepass")) for at in (text.start(node), text.end(node)))
    return start, end
