"""What a rule is given: the facts of one file and the judge, with the few ways of making findings and edits.

Rules build on it; it holds no opinion of its own.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wherry_portal.assess.facts import Facts
    from wherry_portal.assess.finding import Edit, Finding, Span
    from wherry_portal.assess.judge import Judge, Judgement
    from wherry_portal.assess.project import Project
    from wherry_portal.rules.held import Held


@dataclass
class Context:
    """One file under judgement.

    Attributes:
        file: Path relative to the assessed root, with forward slashes.
        facts: What the file uses.
        judge: What is said about names.
        project: The other files.
        reported: Rows and symbols that the imports of this file have reported already.
        held: What stays Agno's for the sake of a leaf; None until a rule asks for it.
    """

    file: str
    facts: Facts
    judge: Judge
    project: Project
    reported: set[str] = field(default_factory=set)
    held: Held | None = None

    def span(self, node: ast.AST) -> Span:
        """Where a node is."""
        text = self.facts.text
        return text.span(text.start(node), text.end(node))

    def name_span(self, node: ast.AST, name: str) -> tuple[int, int]:
        """Byte range of a name that starts, or for an attribute ends, a node."""
        text = self.facts.text
        if isinstance(node, ast.Attribute):
            end = text.end(node)
            return end - len(name.encode()), end
        start = text.start(node)
        return start, start + len(name.encode())

    def finding(self, rule: str, node: ast.AST, judgement: Judgement, what: str, edits: Iterable[Edit] = ()) -> Finding:
        """A finding about a node."""
        return judgement.finding(rule=rule, file=self.file, span=self.span(node), what=what, edits=tuple(edits))

    def keyword_span(self, key: ast.expr | ast.keyword, name: str) -> tuple[int, int] | None:
        """Byte range of a keyword's name, or of the text inside the quotes of a dictionary key.

        None where the name is not spelled out: it is a constant's, or put together from parts.
        """
        text = self.facts.text
        start = text.start(key)
        if isinstance(key, ast.keyword):
            return start, start + len(name.encode())
        inner = text.raw[start : text.end(key)].find(name.encode())
        if not isinstance(key, ast.Constant) or inner < 0:
            return None
        return start + inner, start + inner + len(name.encode())

    @cached_property
    def words(self) -> dict[str, int]:
        """How often each word stands in the file, comments left out."""
        counts: dict[str, int] = {}
        for line in self.facts.text.text.splitlines():
            for word in re.findall(r"[A-Za-z_]\w*", line.partition("#")[0]):
                counts[word] = counts.get(word, 0) + 1
        return counts
