"""Coercion and validation of a tool's arguments.

What already has the declared types passes without pydantic (and without importing it); everything else goes to
pydantic, which is the one validator: its coercions and its texts are those of the reference. Called by `calls`.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from wherry.core.log import log_warning
from wherry.core.tools.injected import unwrapped

if TYPE_CHECKING:
    from wherry.core.tools.signature import Declaration

Convert = Callable[[Any], Any]
_SCALARS = (str, int, float, bool, types.NoneType)


def checker(declared: Declaration) -> Checker:
    """The checker of a declaration, made once."""
    made: Checker | None = declared.arguments
    if made is None:
        made = declared.arguments = Checker(declared)
    return made


class Checker:
    """Turns what a model sent into what a callable declares.

    Attributes:
        exact: Parameters of plain types and the types each takes as they are.
        convert: Parameters of containers and how each is copied.
        wanted: Parameters that must be there for the short way; others have a default that can be shared.
    """

    __slots__ = ("_validator", "convert", "declared", "exact", "short", "wanted")

    def __init__(self, declared: Declaration) -> None:
        self.declared = declared
        self.exact: dict[str, tuple[type, ...]] = {}
        self.convert: dict[str, Convert] = {}
        self.short = declared.validated
        self._validator: Callable[..., Any] | None = None
        for name, parameter in declared.parameters.items():
            if name in declared.injected:
                continue
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                self.short = False
                break
            self._learn(name)
        defaults = declared.defaults
        self.wanted = frozenset(
            n
            for n in declared.parameters
            if n not in declared.injected and (n not in defaults or not _shareable(defaults[n]))
        )

    def _learn(self, name: str) -> None:
        if type(self.declared.defaults.get(name)).__name__ == "FieldInfo":
            return  # constraints only pydantic knows
        hint = self.declared.hints.get(name, Any)
        types_taken = _exact_types(hint)
        convert = None if types_taken is not None else _converter(hint)
        if types_taken is not None:
            self.exact[name] = types_taken
        elif convert is not None:
            self.convert[name] = convert

    def __call__(self, sent: dict[str, Any], injected: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Positional and keyword arguments for the call.

        Args:
            sent: Arguments from the model.
            injected: Arguments from the framework; never checked.

        Raises:
            ValidationError: pydantic's, when a value cannot be made to fit.
        """
        if self.short and self.wanted <= sent.keys():
            taken = self._as_they_are(sent)
            if taken is not None:
                return (), {**injected, **taken}
        elif not self.declared.validated:
            return (), {**injected, **sent}
        return self._validate(sent, injected)

    def _as_they_are(self, sent: dict[str, Any]) -> dict[str, Any] | None:
        exact = self.exact
        copied: dict[str, Any] = {}
        for name, value in sent.items():
            kinds = exact.get(name)
            if kinds is None:
                convert = self.convert.get(name)
                if convert is None:
                    return None
                try:
                    copied[name] = convert(value)
                except TypeError:  # not exactly of the declared type: pydantic decides
                    return None
            elif type(value) not in kinds:
                if type(value) is not int or kinds[0] is not float or int in kinds or abs(value) > _WHOLE:
                    return None
                copied[name] = float(value)
        return {**sent, **copied} if copied else sent

    def _validate(self, sent: dict[str, Any], injected: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        validator = self._validator
        if validator is None:
            validator = self._validator = _pydantic(self.declared)
        result: tuple[tuple[Any, ...], dict[str, Any]] = validator(**injected, **sent)
        return result


_WHOLE = 2**53


def _shareable(default: Any) -> bool:
    """Whether Python's own default may be used: pydantic would copy a mutable one, or read a `Field`."""
    return type(default) in _SCALARS


def _exact_types(hint: Any) -> tuple[type, ...] | None:
    """Types taken as they are for a scalar annotation or a union of such; None for any other."""
    if isinstance(hint, type) and hint in _SCALARS:
        return (hint,)
    if get_origin(hint) in (Union, types.UnionType):
        arms = get_args(hint)
        if all(isinstance(arm, type) and arm in _SCALARS for arm in arms):
            return arms
    return None


def _converter(hint: Any) -> Convert | None:
    """A function that copies a container of plain values; None where pydantic must look."""
    if hint is Any:
        return _itself
    if hint is list or hint is dict:
        return _copier(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return _one_of(arguments)
    if origin in (Union, types.UnionType):
        return _optional(arguments)
    if origin is list and len(arguments) <= 1:
        return _list_of(arguments[0] if arguments else Any)
    if origin is dict and (not arguments or arguments[0] in (str, Any)):
        return _dict_of(*(arguments or (Any, Any)))
    meant = unwrapped(hint) if getattr(hint, "__supertype__", None) else hint
    if meant is not hint:
        return _inner(meant)
    return None


def _inner(hint: Any) -> Convert | None:
    exact = _exact_types(hint)
    if exact is None:
        return _converter(hint)

    def check(value: Any) -> Any:
        if type(value) in exact:
            return value
        raise TypeError

    return check


def _itself(value: Any) -> Any:
    return value


def _copier(kind: type) -> Convert:
    def copy(value: Any) -> Any:
        if type(value) is kind:
            return kind(value)
        raise TypeError

    return copy


def _one_of(values: tuple[Any, ...]) -> Convert | None:
    if any(type(value) is not str for value in values):
        return None

    def check(value: Any) -> Any:
        if type(value) is str and value in values:
            return value
        raise TypeError

    return check


def _optional(arms: tuple[Any, ...]) -> Convert | None:
    """`None` or exactly one other annotation; wider unions are pydantic's to weigh."""
    others = [arm for arm in arms if arm is not types.NoneType]
    if len(others) != 1 or len(arms) != 2:
        return None
    convert = _inner(others[0])
    if convert is None:
        return None
    return lambda value: None if value is None else convert(value)


def _list_of(hint: Any) -> Convert | None:
    convert = _inner(hint)
    if convert is None:
        return None

    def copy(value: Any) -> Any:
        if type(value) is list:
            return [convert(item) for item in value]
        raise TypeError

    return copy


def _dict_of(keys: Any, values: Any) -> Convert | None:
    convert = _inner(values)
    if convert is None:
        return None

    def copy(value: Any) -> Any:
        if type(value) is dict and (keys is Any or all(type(key) is str for key in value)):
            return {key: convert(item) for key, item in value.items()}
        raise TypeError

    return copy


def _pydantic(declared: Declaration) -> Callable[..., Any]:
    """A validated function with the declared signature that returns its arguments."""
    from pydantic import ConfigDict, validate_call

    def arguments(*args: Any, **kwargs: Any) -> Any:
        return args, kwargs

    hints = {n: (Any if n in declared.injected else declared.hints.get(n, Any)) for n in declared.parameters}
    shown = [p.replace(annotation=hints[n]) for n, p in declared.parameters.items()]
    arguments.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    arguments.__annotations__ = hints
    arguments.__name__ = arguments.__qualname__ = declared.name
    try:
        return validate_call(config=ConfigDict(arbitrary_types_allowed=True))(arguments)
    except Exception as error:  # noqa: BLE001 - a type pydantic cannot take: the callable gets what the model sent
        log_warning(f"The arguments of {declared.name!r} are not validated: {error}")
        return arguments
