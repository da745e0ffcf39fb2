"""What a callable declares: its parameters for the model, its injected ones, its docstring, its kind.

A `Declaration` is derived once per callable (closures made anew for each run share one through their code) and then
only read: by `function` for schemas, by `calls` for injection, by `arguments` for validation.
"""

from __future__ import annotations

import inspect
import types
from functools import partial
from typing import TYPE_CHECKING, Any, get_type_hints
from weakref import WeakKeyDictionary

from wherry.core.callables import kind_of_callable
from wherry.core.log import log_warning
from wherry.core.tools.injected import (
    BY_NAME,
    CHANNELS,
    IDENTITY,
    RESERVED,
    bound_kinds,
    is_bare_media,
    is_owned,
    names_agent_or_team,
)
from wherry.core.tools.schema import Schema, object_schema

if TYPE_CHECKING:
    from collections.abc import Callable

_BY_CODE_LIMIT = 4096
_by_object: WeakKeyDictionary[Any, Declaration] = WeakKeyDictionary()
_by_code: dict[Any, Declaration] = {}
_methods: WeakKeyDictionary[Any, Declaration] = WeakKeyDictionary()
_NONE = inspect.Parameter.empty
_SCALARS = (str, int, float, bool, types.NoneType)
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Declaration:
    """What one callable declares.

    Attributes:
        name: Name used in validation errors.
        parameters: The parameters of its signature.
        hints: Annotations with their metadata, by parameter.
        injected: Parameter -> names of the scope to fill it from, first one that is there.
        owned: Parameters whose value the model may never choose.
        reserved: Parameters the framework fills, by name or annotation.
        description: Short and long description of the docstring.
        kind: plain, coroutine, generator or async_generator.
        validated: Arguments are coerced and checked before the call.
        wants_media: Some media of the run are asked for.
    """

    __slots__ = (
        "__weakref__",
        "_schemas",
        "arguments",
        "defaults",
        "description",
        "documented",
        "hidden_media",
        "hints",
        "injected",
        "kind",
        "name",
        "owned",
        "parameters",
        "prepared",
        "required",
        "reserved",
        "validated",
        "wants_media",
    )

    def __init__(self, function: Callable[..., Any]) -> None:
        signature = inspect.signature(function)
        self.name = getattr(function, "__qualname__", type(function).__name__)
        self.parameters = dict(signature.parameters)
        self.hints = hints_of(function, self.parameters)
        self.kind = kind_of_callable(function)
        self.description, self.documented = read_docstring(function)
        self.defaults = {n: p.default for n, p in self.parameters.items() if p.default is not _NONE}
        self.required = [n for n, p in self.parameters.items() if p.default is _NONE and n != "self"]
        self.arguments: Any = None  # made by `arguments.checker` when first called
        self.prepared: dict[Any, dict[str, Any]] = {}  # what `Function.plain` shares between runs
        self._schemas: dict[Any, Schema] = {}
        self._classify()

    def _classify(self) -> None:
        by_name = {n for n in self.parameters if n in RESERVED}
        typed = [n for n, hint in self.hints.items() if n not in by_name and is_owned(hint)]
        self.reserved = frozenset(by_name.union(typed))
        self.owned = frozenset({*typed, *(by_name & IDENTITY)})
        self.hidden_media = tuple(n for n, hint in self.hints.items() if n not in self.reserved and is_bare_media(hint))
        self.wants_media = any(n in self.parameters for n in ("images", "videos", "audios", "files"))
        self.validated = (
            "agent" not in self.parameters
            and "team" not in self.parameters
            and not any(names_agent_or_team(hint) for hint in self.hints.values())
        )
        injected: dict[str, tuple[str, ...]] = {
            n: (n.removeprefix("_agno_"),) for n in self.parameters if n in (*BY_NAME, *CHANNELS, "fc")
        }
        for name in typed:
            kinds = bound_kinds(self.hints[name])
            parameter = self.parameters[name]
            if kinds and parameter.kind not in (*_VARIADIC, inspect.Parameter.POSITIONAL_ONLY):
                injected[name] = tuple({"RunContext": "run_context"}.get(kind, kind.lower()) for kind in kinds)
        self.injected = injected

    def schema(self, *, strict: bool, processed: bool, hidden: tuple[str, ...] = ()) -> Schema:
        """JSON schema of what the model may pass; shared, to be copied before it is changed.

        Args:
            strict: Every property is required, further ones are refused.
            processed: Derived for a `Function` object (or a toolkit's method) rather than for a plain callable: bare
                media parameters are hidden, and undocumented types leave no trace in descriptions.
            hidden: Further parameters to keep from the model (they are the user's to fill).
        """
        key = (strict, processed, hidden)
        known = self._schemas.get(key)
        if known is None:
            known = self._schemas[key] = self._build(strict, processed, hidden)
        return known

    def _build(self, strict: bool, processed: bool, hidden: tuple[str, ...]) -> Schema:
        excluded = self.excluded(processed, hidden)
        hints = {n: self.hints.get(n) for n in self.parameters if n not in excluded}
        built = object_schema(hints, self._descriptions(processed), strict=strict)
        names = built["properties"] if strict else [n for n in self.required if n not in excluded]
        built["required"] = [n for n in names if n in built["properties"]]
        return built

    def excluded(self, processed: bool, hidden: tuple[str, ...] = ()) -> frozenset[str]:
        """Parameters that the model does not see."""
        return self.reserved.union(RESERVED, hidden, self.hidden_media if processed else ())

    def _descriptions(self, processed: bool) -> dict[str, str | None]:
        texts: dict[str, str | None] = {}
        for name, (kind, text) in self.documented.items():
            if kind:
                texts[name] = f"({kind}) {text or '' if processed else text}"
            else:
                texts[name] = text
        return texts

    def user_fields(self) -> list[tuple[str, str | None, Any]]:
        """Name, description and type of every parameter a user may be asked for."""
        excluded = self.excluded(processed=True)
        plain = {n: _without_metadata(hint) for n, hint in self.hints.items()}
        return [
            (n, (self.documented.get(n) or (None, None))[1], plain.get(n, str))
            for n in self.parameters
            if n not in excluded
        ]


def _without_metadata(hint: Any) -> Any:
    return hint.__origin__ if hasattr(hint, "__metadata__") else hint


def declaration_of(function: Callable[..., Any]) -> Declaration:
    """The declaration of a callable, derived at most once.

    Raises:
        ValueError: The callable has no signature Python can tell.
        TypeError: It is not callable.
    """
    if isinstance(function, types.MethodType):
        return _remembered(_methods, function.__func__, function)
    if type(function) is types.FunctionType:
        try:
            known = _by_object.get(function)
        except TypeError:
            known = None
        return known if known is not None else _of_function(function)
    return _remembered(_by_object, function, function)


def _remembered(store: WeakKeyDictionary[Any, Declaration], key: Any, function: Callable[..., Any]) -> Declaration:
    try:
        known = store.get(key)
        if known is None:
            known = store[key] = Declaration(function)
    except TypeError:  # cannot be hashed or weakly referenced: derived each time
        known = Declaration(function)
    return known


def _of_function(function: types.FunctionType) -> Declaration:
    """Find or derive; functions made by one `def` with the same annotations share a declaration."""
    key = _code_key(function)
    known = _by_code.get(key) if key is not None else None
    if known is None:
        known = Declaration(function)
        if key is not None:
            if len(_by_code) >= _BY_CODE_LIMIT:
                _by_code.pop(next(iter(_by_code)))
            _by_code[key] = known
    _by_object[function] = known
    return known


def declare_as(function: types.FunctionType, key: Any) -> None:
    """Give a closure that is made anew for each run the declaration of the first one under this key."""
    known = _by_code.get(key)
    if known is None:
        known = _by_code[key] = Declaration(function)
    _by_object[function] = known


def _code_key(function: types.FunctionType) -> Any:
    if hasattr(function, "__wrapped__") or hasattr(function, "__signature__"):
        return None  # the signature is somebody else's
    defaults: dict[Any, Any] = dict(enumerate(function.__defaults__ or ()))
    defaults.update(function.__kwdefaults__ or {})
    if any(type(value) not in _SCALARS for value in defaults.values()):
        return None  # the cache must not keep a run's objects alive
    values = tuple((name, type(value), value) for name, value in defaults.items())
    annotations = tuple(function.__annotations__.items())
    key = (function.__code__, function.__qualname__, function.__doc__, annotations, values)
    try:
        hash(key)
    except TypeError:
        return None
    return key


def hints_of(function: Callable[..., Any], parameters: dict[str, inspect.Parameter]) -> dict[str, Any]:
    """Annotations of the parameters, resolved; one that cannot be resolved is left out with a warning."""
    try:
        hints = get_type_hints(function, include_extras=True)
    except Exception:  # noqa: BLE001 - evaluating an annotation runs the user's code
        hints = {n: _resolved(function, p) for n, p in parameters.items() if p.annotation is not _NONE}
    return {n: hints[n] for n in parameters if n in hints and hints[n] is not _NONE}


def _resolved(function: Callable[..., Any], parameter: inspect.Parameter) -> Any:
    annotation = parameter.annotation
    if not isinstance(annotation, str):
        return annotation
    if parameter.name in RESERVED or parameter.name == "fc":
        return _NONE
    namespace = getattr(inspect.unwrap(function), "__globals__", {})
    probe = types.SimpleNamespace(__annotations__={parameter.name: annotation})
    try:
        return get_type_hints(probe, namespace, include_extras=True)[parameter.name]
    except Exception as error:  # noqa: BLE001 - evaluating an annotation runs the user's code
        name = getattr(function, "__name__", "tool")
        log_warning(f"The annotation {annotation!r} of parameter {parameter.name!r} of {name!r} is ignored: {error}")
        return _NONE


def read_docstring(function: Callable[..., Any]) -> tuple[str, dict[str, tuple[str | None, str | None]]]:
    """Description of a callable, and type and description of its documented parameters."""
    if isinstance(function, partial):
        return str(function), {}
    text = inspect.getdoc(function)
    if not text:
        return "", {}
    if "\n" not in text:
        # One line has no sections; the parser would strip it and drop nothing else.
        return (text.strip(), {}) if ":" not in text else _parsed(text)
    return _parsed(text)


def _parsed(text: str) -> tuple[str, dict[str, tuple[str | None, str | None]]]:
    from docstring_parser import parse

    try:
        read = parse(text)
    except Exception as error:  # noqa: BLE001 - whatever the parser makes of prose, the tool stays
        log_warning(f"A docstring could not be read: {error}")
        return text, {}
    lines = [read.short_description] if read.short_description else []
    if read.long_description:
        lines += read.long_description.split("\n")
    return "\n".join(lines), {p.arg_name: (p.type_name, p.description) for p in read.params}
