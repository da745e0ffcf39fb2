"""The listed, intentional differences: strict expectations out of `intentional.yaml`, each with reason and matrix row.

A rule explains single values by path and by how they differ. A rule that explains nothing in a full run has to go: the
run fails until it is removed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path as File
from typing import TYPE_CHECKING, Any

from wherry_portal.parity.compare import ABSENT, Comparison, Difference, value_at
from wherry_portal.sources import read

if TYPE_CHECKING:
    from wherry_portal.sources import Complaint, Source

LIST = File(__file__).with_name("intentional.yaml")
SCHEMA = "parity-intentional.schema.json"
SHORTEST = 4
SCRIPT = "script"
"""The case of a user's own script; a rule for certain fixtures only holds there when it names it, too."""
ANYTHING = "*"

_AUTHORED_KEYS = frozenset(
    {
        "additional_context",
        "content",
        "description",
        "expected_output",
        "instructions",
        "introduction",
        "message",
        "name",
        "output_model_prompt",
        "parser_model_prompt",
        "role",
        "step",
        "system_message",
        "task",
    }
)
_TAG = r"</?[a-z_]+(?: [^<>\n]*)?>"


@dataclass(frozen=True)
class Rule:
    """One listed difference.

    Attributes:
        id: Its name, shown in tables and results.
        path: Glob of the places, or several: `*` one part or index, `**` any parts, `{a,b}` either text (an empty one,
            or one with braces of its own, too).
        kind: `prose` (the words are the framework's own; what the author wrote and the tags around it agree),
            `changed` (both sides are as the patterns say), `labels` (equal but for the names and numbers of labels like
            `<run_id-2>`), `missing` (only Agno has it), `added` (only Wherry has it).
        reason: Why it differs.
        feature: The matrix row that states it.
        where: Values (or lists of them) that fields beside the place, in the reference's recording, have to have; a key
            `^name` is the nearest text called `name` on the way up; `*` is any value but none.
        agno: Pattern the reference's value has to match in full, for `changed`. What its named groups hold has to be
            the same in the other value.
        wherry: Pattern the other value has to match in full, for `changed`.
        fixtures: Only in these fixtures or cases (`id` or `id/case`); `script` is any script of a user's.
    """

    id: str
    path: str | tuple[str, ...]
    kind: str
    reason: str
    feature: str
    where: Mapping[str, Any] = field(default_factory=dict)
    agno: str | None = None
    wherry: str | None = None
    fixtures: tuple[str, ...] = ()

    @property
    def places(self) -> str:
        """The globs as one text."""
        return self.path if isinstance(self.path, str) else ", ".join(self.path)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        globs = (self.path,) if isinstance(self.path, str) else self.path
        return re.compile("|".join(map(_as_pattern, globs)))

    def explains(self, difference: Difference, document: Any, fragments: Fragments, case: str) -> bool:
        """Whether this rule accounts for a difference found in a case."""
        if self.fixtures and case not in self.fixtures and case.partition("/")[0] not in self.fixtures:
            return False
        if not self._pattern.fullmatch(difference.where) or not self._beside(difference, document):
            return False
        if self.kind == "missing":
            return difference.wherry is ABSENT
        if self.kind == "added":
            return difference.agno is ABSENT
        if difference.agno is ABSENT or difference.wherry is ABSENT:
            return False
        if self.kind == "prose":
            return fragments.agree(difference.agno, difference.wherry)
        if self.kind == "labels":
            return bool(_unlabelled(difference.agno) == _unlabelled(difference.wherry))
        one, other = _held(self.agno, difference.agno), _held(self.wherry, difference.wherry)
        return one is not None and other is not None and all(one[name] == other[name] for name in one.keys() & other)

    def _beside(self, difference: Difference, document: Any) -> bool:
        for key, wanted in self.where.items():
            if key.startswith("^"):
                found = _nearest(document, difference.path, key[1:])
            else:
                found = value_at(value_at(document, difference.path[:-1]), tuple(key.split(".")))
            if wanted == ANYTHING:
                if found is ABSENT or found is None:
                    return False
            elif found not in (wanted if isinstance(wanted, list) else [wanted]):
                return False
        return True


class Fragments:
    """What the author of a case wrote, to be found again, in order, in texts that the framework words around it."""

    def __init__(self, recipe: Mapping[str, Any]) -> None:
        texts = {text for text in _authored(recipe, "") if len(text) >= SHORTEST}
        longest_first = sorted(texts, key=lambda text: (-len(text), text))
        self._pattern = re.compile("|".join([_TAG, *(rf"(?<!\w){re.escape(text)}(?!\w)" for text in longest_first)]))

    def agree(self, one: Any, other: Any) -> bool:
        """Whether two texts hold the same tags and the same authored texts in the same order."""
        if not (isinstance(one, str) and isinstance(other, str)):
            return False
        return self._pattern.findall(one) == self._pattern.findall(other)


class Expectations:
    """The list at work: judges comparisons and remembers which rules were needed."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self.used: Counter[str] = Counter()

    def judge(self, comparison: Comparison, document: Any, recipe: Mapping[str, Any], case: str) -> Comparison:
        """The comparison with every explained difference marked intentional."""
        fragments = Fragments(recipe)
        return replace(comparison, found=[self._judged(d, document, fragments, case) for d in comparison.found])

    def _judged(self, difference: Difference, document: Any, fragments: Fragments, case: str) -> Difference:
        """The difference, intentional if a rule accounts for it; noise stays noise, but tells which rule it hides."""
        for rule in self.rules:
            if rule.explains(difference, document, fragments, case):
                self.used[rule.id] += 1
                hidden = difference.severity == "noise"
                return difference if hidden else replace(difference, severity="intentional", rule=rule.id)
        return difference

    def rule(self, name: str) -> Rule:
        """The rule with that id."""
        return next(rule for rule in self.rules if rule.id == name)

    def unneeded(self) -> list[Rule]:
        """Rules that explained nothing so far, not even what the reference's own noise hides."""
        return [rule for rule in self.rules if not self.used[rule.id]]


def read_rules(path: File = LIST) -> tuple[Rule, ...]:
    """The rules of a list.

    Raises:
        SourceError: When the file has a fault.
    """
    data = read(path, SCHEMA, rules=(_braces,)).data
    return tuple(Rule(**{**entry, **_frozen(entry)}) for entry in data["rules"])


def _braces(source: Source) -> Iterator[Complaint]:
    """Globs whose braces do not pair."""
    for position, entry in enumerate(source.data["rules"]):
        path = entry["path"]
        for glob in [path] if isinstance(path, str) else path:
            rest, count = glob, 1
            while count:
                rest, count = re.subn(r"\{[^{}]*\}", "", rest)
            if "{" in rest or "}" in rest:
                yield source.complain(("rules", position, "path"), f"{glob!r} has a brace without its other one")


def _as_pattern(glob: str) -> str:
    """A glob as a regular expression."""
    depth, made = 0, []
    for token in re.findall(r"\*\*|.", glob):
        depth += {"{": 1, "}": -1}.get(token, 0)
        known = {"**": ".*", "*": r"[^.\[\]]+", "{": "(?:", "}": ")", ",": "|" if depth else ","}
        made.append(known.get(token) or re.escape(token))
    return "".join(made)


def _frozen(entry: Mapping[str, Any]) -> dict[str, Any]:
    path = entry["path"]
    return {"path": path if isinstance(path, str) else tuple(path), "fixtures": tuple(entry.get("fixtures", ()))}


def _authored(value: Any, key: str) -> Iterable[str]:
    if isinstance(value, str) and key in _AUTHORED_KEYS:
        yield value
        yield from (line.strip() for line in value.splitlines() if "\n" in value)
    elif isinstance(value, Mapping):
        # Which request a reply is for, and the name of a tool that a reply calls, are nobody's text.
        ours = {"when", "name"} if "arguments" in value else {"when"}
        for name, item in value.items():
            if name not in ours:
                yield from _authored(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _authored(item, key)


def _held(pattern: str | None, value: Any) -> dict[str, Any] | None:
    """What the named groups of a pattern hold; None when the value does not match in full."""
    if pattern is None:
        return {}
    found = re.fullmatch(pattern, value if isinstance(value, str) else repr(value), re.DOTALL)
    return None if found is None else found.groupdict()


def _unlabelled(value: Any) -> Any:
    return re.sub(r"<[a-z_]+-\d+>", "<>", value) if isinstance(value, str) else value


def _nearest(document: Any, path: tuple[str | int, ...], name: str) -> Any:
    for cut in range(len(path) - 1, 0, -1):
        found = value_at(document, (*path[:cut], name))
        if isinstance(found, str):
            return found
    return ABSENT
