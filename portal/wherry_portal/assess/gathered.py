"""Objects that are kept together and taken out again: members of dictionaries, pairs, fixtures, what others hold.

`bots.items()`, `enumerate(bots)`, `next(...)`, `st.session_state.bot`, `TypeVar("T", bound=Agent)`. Nothing is run:
where several things may come out, the first that is known stands for all.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from wherry_portal.assess.facts import CallUse
from wherry_portal.assess.known import KnownCalls, decorated
from wherry_portal.assess.project import TESTS
from wherry_portal.assess.values import (
    Entry,
    Foreign,
    Many,
    Mapping,
    Method,
    Row,
    UserFunction,
    Value,
    Words,
    element_of,
)

if TYPE_CHECKING:
    from wherry_portal.assess.calls import Given

_IN = {"append", "add", "appendleft"}
_OUT = {"get", "pop", "popitem", "values", "items", "copy", "setdefault"}
"""Methods that give what a list or dictionary holds."""


class GatheredCalls(KnownCalls):
    """Evaluates what holds several things."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._held_elsewhere: dict[str, Value] = {}
        same = ("set", "frozenset", "reversed", "iter", "aiter", "itertools.chain", "itertools.islice", "random.sample")
        self._builtins |= (
            dict.fromkeys(same, self._collect)
            | dict.fromkeys(("max", "min"), self._best)
            | {
                "enumerate": self._enumerate,
                "zip": self._zip,
                "filter": self._second,
                "map": self._map,
                "collections.defaultdict": self._default_dict,
                "next": self._one,
                "anext": self._one,
                "random.choice": self._one,
                "typing.TypeVar": self._bound_variable,
                "typing.NewType": self._second,
                "fastapi.Depends": self._depends,
            }
        )

    def held_elsewhere(self, owner: Foreign, name: str, value: Value | None) -> None:
        """Note that an object of another package was given something to keep: ``st.session_state.bot = Agent()``."""
        if value is not None:
            self._held_elsewhere[f"{owner.path}.{name}"] = value

    def member_of(self, base: Value | None, name: str) -> Value | None:
        """As in `KnownCalls`; what another package's object was given to keep."""
        if isinstance(base, Foreign) and f"{base.path}.{name}" in self._held_elsewhere:
            return self._held_elsewhere[f"{base.path}.{name}"]
        return super().member_of(base, name)

    def _subscript(self, node: ast.Subscript) -> Value | None:
        found = super()._subscript(node)
        if found is not None:
            return found
        base, key = self.look(node.value), node.slice
        if isinstance(base, Foreign) and isinstance(key, ast.Constant):
            return self._held_elsewhere.get(f"{base.path}.{key.value!s}")
        if isinstance(base, Row) and isinstance(key, ast.Constant) and isinstance(key.value, int):
            return base.parts[key.value] if -len(base.parts) <= key.value < len(base.parts) else None
        if isinstance(base, Mapping) and not isinstance(key, ast.Constant):
            return _any_of(base)
        return None

    def _dict_comprehension(self, node: ast.DictComp) -> Value | None:
        """``{name: value for name, value in given.items() if value}``: some of the entries of `given`."""
        made = super()._dict_comprehension(node)
        source = node.generators[0].iter
        names = node.generators[0].target
        if (
            isinstance(source, ast.Call)
            and isinstance(source.func, ast.Attribute)
            and source.func.attr == "items"
            and isinstance(names, ast.Tuple)
            and names.elts
            and ast.dump(names.elts[0]) == ast.dump(node.key).replace("Load()", "Store()")
        ):
            given = self.look(source.func.value)
            if isinstance(given, Mapping):
                return given
        return made

    # what is taken out

    def _unknown_callee(self, node: ast.Call, given: Given) -> Value | None:
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr in _OUT:
            base = self.look(function.value)
            if isinstance(base, Many | Mapping):
                taken = self._taken(base, function.attr, given)
                super()._unknown_callee(node, given)
                return taken
        if isinstance(function, ast.Attribute) and function.attr in _IN and isinstance(function.value, ast.Name):
            self.grow(function.value.id, given.positional[0] if given.positional else None)
        found = super()._unknown_callee(node, given)
        if found is None and isinstance(function, ast.Attribute) and function.attr == "fromkeys":
            return self._from_keys(node)
        return found

    def _taken(self, base: Many | Mapping, name: str, given: Given) -> Value | None:
        if name == "copy":
            return base
        whole = _any_of(base) if isinstance(base, Mapping) else base.element
        if name == "values":
            return Many(whole)
        if name == "items":
            return Many(Row((None, whole)))
        if name == "popitem":
            return Row((None, whole))
        key = given.positional[0] if given.positional else None
        if isinstance(base, Mapping) and isinstance(key, Words):
            return next((entry.meaning for entry in base.entries if entry.name == key.text), None)
        return whole

    def _from_keys(self, node: ast.Call) -> Value | None:
        """``dict.fromkeys(["learning", "markdown"], True)``."""
        if not isinstance(node.func, ast.Attribute) or getattr(node.func.value, "id", "") != "dict" or not node.args:
            return None
        keys = node.args[0]
        if not isinstance(keys, ast.List | ast.Tuple | ast.Set):
            return None
        names = [key for key in keys.elts if isinstance(key, ast.Constant) and isinstance(key.value, str)]
        value = node.args[1] if len(node.args) > 1 else ast.Constant(None)
        entries = (Entry(str(key.value), key, value) for key in names)
        return Mapping(tuple(entries), complete=len(names) == len(keys.elts))

    def _enumerate(self, node: ast.Call, given: Given) -> Value | None:
        return Many(Row((None, element_of(given.positional[0] if given.positional else None))))

    def _zip(self, node: ast.Call, given: Given) -> Value | None:
        return None if given.starred else Many(Row(tuple(element_of(value) for value in given.positional)))

    def _second(self, node: ast.Call, given: Given) -> Value | None:
        return given.positional[1] if len(given.positional) > 1 else None

    def _one(self, node: ast.Call, given: Given) -> Value | None:
        return element_of(given.positional[0]) if given.positional else None

    def _best(self, node: ast.Call, given: Given) -> Value | None:
        one = self._one(node, given)
        return one if len(given.positional) == 1 else next((value for value in given.positional if value), None)

    def _map(self, node: ast.Call, given: Given) -> Value | None:
        return Many(self._made_by(given.positional[0])) if given.positional else None

    def _default_dict(self, node: ast.Call, given: Given) -> Value | None:
        return Many(self._made_by(given.positional[0]), keyed=True) if given.positional else None

    def _made_by(self, maker: Value | None) -> Value | None:
        return self.returned(maker) if isinstance(maker, UserFunction) else self.instance_of(maker)

    def grow(self, name: str, value: Value | None) -> None:
        """Put something into a list that is known by name and of which nothing else is known."""
        if value is not None and self.scope.lookup(name) == Many(None):
            self.scope.bind(name, Many(value), maybe=False)

    def _generic(self, node: ast.Subscript) -> Value | None:
        """As in `Evaluator`; the parts of ``tuple[Agent, str]`` stay told apart."""
        name = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
        if name not in {"tuple", "Tuple"} or any(isinstance(part, ast.Constant) for part in parts):
            return super()._generic(node)
        return Row(tuple(self.annotated(part) for part in parts))

    # what stands for a class or an object

    def _bound_variable(self, node: ast.Call, given: Given) -> Value | None:
        """A type variable stands for its bound."""
        return next((entry.meaning for entry in given.keywords if entry.name == "bound"), None)

    def _depends(self, node: ast.Call, given: Given) -> Value | None:
        made = given.positional[0] if given.positional else None
        found = self.returned(made) if isinstance(made, UserFunction) else None
        return element_of(found) if isinstance(found, Many) else found

    def fixture(self, name: str) -> Value | None:
        """What a test is given under the name of a fixture: of its file, else of the nearest `conftest.py`."""
        made = self.scope.lookup(name)
        if made is None and TESTS.fullmatch(self.facts.path.name):
            made = self.project.lent_to_tests(self.facts.path, name)
        if not isinstance(made, UserFunction) or not decorated(made, {"fixture"}):
            return None
        found = self.returned(made)
        return element_of(found) if isinstance(found, Many) else found

    def _call_method(self, node: ast.AST, target: Method, given: Given) -> Value | None:
        """As in `CallEvaluator`; what a copy is to have otherwise are keywords of its class."""
        update = next((entry.meaning for entry in given.keywords if entry.name == "update"), None)
        if target.name == "deep_copy" and isinstance(update, Mapping) and not self.quiet:
            use = CallUse(node, target.cls, target.cls, update.entries, certain=False, kind="class", positional=-1)
            self.facts.calls.append(use)
        return super()._call_method(node, target, given)


def _any_of(mapping: Mapping) -> Value | None:
    """What an entry stands for of which nobody says which: the first, when every one is known."""
    known = [entry.meaning for entry in mapping.entries]
    return known[0] if known and all(value is not None for value in known) else None
