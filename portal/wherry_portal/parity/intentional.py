"""The listed, intentional differences: strict expectations out of `intentional.yaml`, each with reason and matrix row.

A rule explains single values by path and by how they differ. A rule that explains nothing in a full run has to go: the
run fails until it is removed.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path as File
from typing import TYPE_CHECKING, Any

from wherry_portal.parity.circumstances import Circumstances, as_fixtures_say
from wherry_portal.parity.compare import ABSENT, Comparison, Difference, path_text, value_at
from wherry_portal.sources import read

if TYPE_CHECKING:
    from wherry_portal.sources import Complaint, Source

LIST = File(__file__).with_name("intentional.yaml")
SCHEMA = "parity-intentional.schema.json"
SHORTEST = 4
SCRIPT = "script"
"""The case of a user's own script; a rule for certain fixtures only holds there when it names it, too."""
PRINTED = "stdout"
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
_WORD = re.compile(r"[a-z_]+|Agent|Member|Memory|Session|Task|Team|Tool|User|Workflow")
"""A word that any text may hold: a script's own only where it is a line of its own."""
_TAG = r"</?[a-z_]+(?: [^<>\n]*)?>"


@dataclass(frozen=True)
class Rule:
    """One listed difference.

    Attributes:
        id: Its name, shown in tables and results.
        path: Glob of the places, or several: `*` one part or index, `**` any parts, `{a,b}` either text (an empty one,
            or one with braces of its own, too).
        kind: `prose` (the words are the framework's own; what the author wrote and the tags around it agree),
            `changed` (both sides are as the patterns say), `data` (JSON that says the same in another order of keys),
            `labels` (equal but for the names and numbers of labels like `<run_id-2>`), `missing` (only Agno has it),
            `longer` (Wherry's text goes on where Agno's ends), `shuffled` (a text of the same lines in another order),
            `added` (only Wherry has it).
        reason: Why it differs.
        feature: The matrix row that states it.
        where: Values (or lists of them) that fields beside the place, in the reference's recording, have to have; a key
            `^name` is the nearest text called `name` on the way up; `*` is any value but none, a text with one in it a
            glob, `null` none or no such field.
        agno: Pattern the reference's value has to match in full, for `changed` and `missing`. What its named groups
            hold has to be the same in the other value.
        wherry: Pattern the other value has to match in full, for `changed` and `added`.
        fixtures: Only in these fixtures or cases (`id` or `id/case`); `script` is any script of a user's.
        when: What has to be so in a user's script instead, which has no fixture's name: see `Circumstances.allow`.
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
    when: Mapping[str, Any] = field(default_factory=dict)

    @property
    def places(self) -> str:
        """The globs as one text."""
        return self.path if isinstance(self.path, str) else ", ".join(self.path)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        globs = (self.path,) if isinstance(self.path, str) else self.path
        return re.compile("|".join(map(_as_pattern, globs)))

    def explains(
        self,
        difference: Difference,
        document: Any,
        fragments: Fragments,
        case: str,
        circumstances: Circumstances | None = None,
    ) -> bool:
        """Whether this rule accounts for a difference found in a case."""
        where = difference.where
        if case == SCRIPT:
            where = path_text(as_fixtures_say(difference.path, document))
        if not self._pattern.fullmatch(where) or not self._holds(difference, document, case, circumstances):
            return False
        if not self._beside(difference, document):
            return False
        if self.kind == "missing":
            return difference.wherry is ABSENT and _held(self.agno, difference.agno) is not None
        if self.kind == "added":
            return difference.agno is ABSENT and _held(self.wherry, difference.wherry) is not None
        if difference.agno is ABSENT or difference.wherry is ABSENT:
            return False
        return self._agrees(difference, fragments)

    def _agrees(self, difference: Difference, fragments: Fragments) -> bool:
        """Whether two values, neither of them absent, differ in the way that is listed."""
        if self.kind == "prose":
            return fragments.agree(difference.agno, difference.wherry)
        if self.kind == "data":
            said = _data(difference.agno)
            return said is not None and bool(said == _data(difference.wherry))
        if self.kind == "labels":
            return bool(_unlabelled(difference.agno) == _unlabelled(difference.wherry))
        if self.kind == "longer":
            return isinstance(difference.wherry, str) and _begins(difference.wherry, difference.agno)
        if self.kind == "shuffled":
            return _lines(difference.agno) is not None and _lines(difference.agno) == _lines(difference.wherry)
        held = _around if difference.path[0] == PRINTED else _held
        one, other = held(self.agno, difference.agno), held(self.wherry, difference.wherry)
        return one is not None and other is not None and all(one[name] == other[name] for name in one.keys() & other)

    def _holds(self, difference: Difference, document: Any, case: str, circumstances: Circumstances | None) -> bool:
        """Whether a case is one of those that the rule is for; a script may be one by what happens in it."""
        named = case in self.fixtures or case.partition("/")[0] in self.fixtures
        if case != SCRIPT or not self.when:
            return named or not self.fixtures
        value = difference.wherry if difference.agno is ABSENT else difference.agno
        return (circumstances or Circumstances(document)).allow(self.when, difference.path, value)

    def _beside(self, difference: Difference, document: Any) -> bool:
        for key, wanted in self.where.items():
            if key.startswith("^"):
                found = _nearest(document, difference.path, key[1:])
            else:
                found = value_at(value_at(document, difference.path[:-1]), tuple(key.split(".")))
            if wanted == ANYTHING:
                if found is ABSENT or found is None:
                    return False
            elif wanted is None:
                if found is not ABSENT and found is not None:
                    return False
            elif not any(_is(found, one) for one in (wanted if isinstance(wanted, list) else [wanted])):
                return False
        return True


def _is(found: Any, wanted: Any) -> bool:
    """Whether a value is the one that a rule wants, or fits its glob."""
    return bool(found == wanted) or (
        isinstance(found, str) and isinstance(wanted, str) and "*" in wanted and fnmatchcase(found, wanted)
    )


class Fragments:
    """What the author of a case wrote, to be found again, in order, in texts that the framework words around it.

    Args:
        recipe: The case; of a script, all texts in its files.
        script: Whether it is a script's. Its texts are all that its files hold, `"team"` and `"task"` among them: such
            a word counts where it is a line of its own, as in the framework's sentences it is nobody's.
    """

    def __init__(self, recipe: Mapping[str, Any], *, script: bool = False) -> None:
        texts = {text for text in _authored(recipe, "") if len(text) >= SHORTEST}
        longest_first = sorted(texts, key=lambda text: (-len(text), text))
        found = (
            _line_of(text) if script and _WORD.fullmatch(text) else rf"(?<!\w){re.escape(text)}(?!\w)"
            for text in longest_first
        )
        self._pattern = re.compile("|".join([_TAG, *found]), re.MULTILINE)

    def agree(self, one: Any, other: Any) -> bool:
        """Whether two texts hold the same tags and the same authored texts in the same order."""
        if not (isinstance(one, str) and isinstance(other, str)):
            return False
        return self._found(one) == self._found(other)

    def _found(self, text: str) -> list[str]:
        return [found.strip(" \t-*.:") for found in self._pattern.findall(text)]


class Expectations:
    """The list at work: judges comparisons and remembers which rules were needed."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self.used: Counter[str] = Counter()

    def judge(self, comparison: Comparison, document: Any, recipe: Mapping[str, Any], case: str) -> Comparison:
        """The comparison with every explained difference marked intentional."""
        fragments = Fragments(recipe, script=case == SCRIPT)
        about = Circumstances(document, comparison.found)
        return replace(comparison, found=[self._judged(d, document, fragments, case, about) for d in comparison.found])

    def _judged(
        self, difference: Difference, document: Any, fragments: Fragments, case: str, about: Circumstances
    ) -> Difference:
        """The difference, intentional if a rule accounts for it; noise stays noise, but tells which rule it hides."""
        for rule in self.rules:
            if rule.explains(difference, document, fragments, case, about):
                self.used[rule.id] += 1
                hidden = difference.severity == "noise"
                return difference if hidden else replace(difference, severity="intentional", rule=rule.id)
        return difference

    def spoken(self) -> list[re.Pattern[str]]:
        """The runtimes' own sentences that scripts may print, of both sides."""
        rules = [rule for rule in self.rules if PRINTED in rule.places]
        return [re.compile(text, re.DOTALL) for rule in rules for text in (rule.agno, rule.wherry) if text]

    def rule(self, name: str) -> Rule:
        """The rule with that id."""
        return next(rule for rule in self.rules if rule.id == name)

    def unneeded(self) -> list[Rule]:
        """Rules that explained nothing so far, not even what the reference's own noise hides; no rules for scripts."""
        return [rule for rule in self.rules if not self.used[rule.id] and rule.fixtures != (SCRIPT,)]


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


def _around(pattern: str | None, line: Any) -> dict[str, Any] | None:
    """What a pattern holds in a printed line, and what stands around it, which is the script's."""
    found = re.search(pattern or "", line, re.DOTALL) if isinstance(line, str) else None
    return None if found is None else {**found.groupdict(), "": line[: found.start()], "after": line[found.end() :]}


def _line_of(word: str) -> str:
    return rf"^[ \t]*(?:[-*] )?{word}[.:]?[ \t]*$"


def _held(pattern: str | None, value: Any) -> dict[str, Any] | None:
    """What the named groups of a pattern hold; None when the value does not match in full."""
    if pattern is None:
        return {}
    found = re.fullmatch(pattern, value if isinstance(value, str) else repr(value), re.DOTALL)
    return None if found is None else found.groupdict()


def _data(value: Any) -> Any:
    """What a text of JSON says; None when it is none."""
    try:
        return json.loads(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _begins(text: str, start: Any) -> bool:
    return isinstance(start, str) and bool(start) and text.startswith(start)


def _lines(text: Any) -> list[str] | None:
    return sorted(line for line in text.split("\n") if line) if isinstance(text, str) else None


def _unlabelled(value: Any) -> Any:
    return re.sub(r"<[a-z_]+-\d+>", "<>", value) if isinstance(value, str) else value


def _nearest(document: Any, path: tuple[str | int, ...], name: str) -> Any:
    for cut in range(len(path) - 1, 0, -1):
        found = value_at(document, (*path[:cut], name))
        if isinstance(found, str):
            return found
    return ABSENT
