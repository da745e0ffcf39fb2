"""Calling hooks by the names they ask for, and the `@hook` decorator.

Serves pre- and post-hooks of runs (`runhooks`) as well as hooks of tools (`tool_chain`). What a hook may ask for is
decided there. Mirrors `agno.hooks` and `agno.utils.hooks`.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import wraps
from typing import Any, TypeVar, cast, overload
from weakref import WeakKeyDictionary

from wherry.core.errors import ConfigurationError
from wherry.core.guardrails import BaseGuardrail
from wherry.core.log import log_warning

F = TypeVar("F", bound=Callable[..., Any])
Hook = Callable[..., Any]

# Agno's own mark, so that its decorated hooks work here and ours there.
BACKGROUND_MARK = "_agno_run_in_background"
_COPIED = frozenset({"run_input", "run_context", "run_output", "session_state", "dependencies", "metadata"})
_TOLD_APART = frozenset({"RunOutput", "TeamRunOutput"})
_asked: WeakKeyDictionary[Any, tuple[frozenset[str], bool]] = WeakKeyDictionary()


def asked_for(hook: Hook) -> tuple[frozenset[str], bool]:
    """Names of a hook's parameters, and whether it takes any keyword.

    Raises:
        TypeError: Not a callable.
        ValueError: A callable whose signature Python cannot tell.
    """
    key = getattr(hook, "__func__", hook)
    try:
        known = _asked.get(key)
    except TypeError:
        known = None
    if known is None:
        parameters = inspect.signature(hook).parameters
        known = frozenset(parameters), any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        with suppress(TypeError):  # cannot be remembered
            _asked[key] = known
    return known


def hook_arguments(hook: Hook, offered: dict[str, Any]) -> dict[str, Any]:
    """What a run's hook is called with: the offered values it names, or all when it takes `**kwargs`."""
    try:
        names, anything = asked_for(hook)
    except (TypeError, ValueError) as error:
        log_warning(f"The parameters of hook {hook_name(hook)!r} cannot be read, so it gets everything: {error}")
        return offered
    return offered if anything else {name: offered[name] for name in names if name in offered}


def hook_name(hook: Any) -> str:
    """The name of a hook as events show it; the type's when it has none."""
    return str(getattr(hook, "__name__", type(hook).__name__))


def is_async(hook: Any) -> bool:
    """Whether calling a hook gives something to await."""
    return inspect.iscoroutinefunction(hook) or inspect.iscoroutinefunction(getattr(hook, "__call__", None))  # noqa: B004


def is_guardrail(hook: Any) -> bool:
    """Whether a hook is a guardrail's check, made by `normalize_hooks`."""
    return is_guardrail_object(getattr(hook, "__self__", None))


def is_guardrail_object(value: Any) -> bool:
    """Whether a value is a guardrail, ours or the reference's."""
    return isinstance(value, BaseGuardrail) or is_guardrail_class(type(value))


def is_guardrail_class(kind: type) -> bool:
    """Whether objects of a class are guardrails, ours or the reference's."""
    return any(base.__name__ == "BaseGuardrail" for base in kind.__mro__)


def runs_in_background(hook: Any) -> bool:
    """Whether `@hook(run_in_background=True)` marked a hook or anything it wraps."""
    seen: set[int] = set()
    while id(hook) not in seen:
        marked = getattr(hook, BACKGROUND_MARK, None)
        if marked is not None:
            return bool(marked)
        seen.add(id(hook))
        hook = getattr(hook, "__wrapped__", hook)
    return False


def background_arguments(arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments for a hook that runs later: what the run goes on changing is copied."""
    from copy import deepcopy

    copied = dict(arguments)
    for name in _COPIED & arguments.keys():
        try:
            copied[name] = deepcopy(arguments[name])
        except Exception as error:  # noqa: BLE001 - copying runs the user's code
            log_warning(f"{name!r} could not be copied for a background hook, which shares it with the run: {error}")
    return copied


def normalize_hooks(hooks: Sequence[Any] | None, *, pre: bool, blocking: bool) -> list[Hook]:
    """Hooks, guardrails and evals as callables.

    Args:
        hooks: What the owner was given.
        pre: They run before the model (which check of an eval is meant).
        blocking: The run is synchronous.

    Raises:
        ConfigurationError: Something that is not a hook, the class of a guardrail, or an asynchronous hook in a
            synchronous run.
    """
    made: list[Hook] = []
    for hook in hooks or ():
        if is_guardrail_object(hook):
            made.append(hook.check if blocking else hook.async_check)
        elif hasattr(hook, "pre_check") and hasattr(hook, "post_check"):
            made.append(_eval_check(hook, "pre_check" if pre else "post_check", blocking))
        elif isinstance(hook, type) and is_guardrail_class(hook):
            # Called as a function it would make a guardrail and let everything pass.
            hint = f"Pass an object of it: {hook.__name__}()."
            raise ConfigurationError(f"{hook!r} is the class of a guardrail and checks nothing.", hint=hint)
        elif not callable(hook):
            raise ConfigurationError(f"{hook!r} is not a hook.", hint="Pass a function, a guardrail or an eval.")
        elif blocking and is_async(hook):
            raise ConfigurationError(
                f"Hook {hook_name(hook)!r} is asynchronous but the run is not.", hint="Use arun() instead of run()."
            )
        else:
            made.append(hook)
    return made


def _eval_check(evaluation: Any, name: str, blocking: bool) -> Hook:
    check: Hook = getattr(evaluation, name if blocking else f"async_{name}")

    @wraps(check)
    def call(**offered: Any) -> Any:
        return check(**{key: _as_its_own(value, evaluation) for key, value in offered.items()})

    setattr(call, BACKGROUND_MARK, getattr(evaluation, "run_in_background", False))
    return call


class _Dressed:
    """An output that passes for an object of another class of the same shape and is itself in all else."""

    def __init__(self, output: Any, kind: type) -> None:
        object.__setattr__(self, "_worn", (output, kind))

    @property  # type: ignore[misc]
    def __class__(self) -> type:  # what `isinstance` asks for of an object that is none by its type
        return cast("type", object.__getattribute__(self, "_worn")[1])

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "_worn")[0], name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(object.__getattribute__(self, "_worn")[0], name, value)


def _as_its_own(value: Any, evaluation: Any) -> Any:
    """A run's output as the eval tells it apart: evals of the reference ask whether it is of their own class."""
    name = type(value).__name__
    if name not in _TOLD_APART:
        return value
    for base in type(evaluation).__mro__:
        kind = getattr(sys.modules.get(base.__module__), name, None)
        if isinstance(kind, type):
            return value if isinstance(value, kind) else _Dressed(value, kind)
    return value


@overload
def hook(function: F, /) -> F: ...


@overload
def hook(*, run_in_background: bool = False) -> Callable[[F], F]: ...


def hook(function: Any = None, /, **options: Any) -> Any:
    """Say how a hook runs; mirrors `agno.hooks.hook`.

    Args:
        function: The hook, when used without parentheses.
        **options: `run_in_background`: run after the response where the server has background tasks.

    Returns:
        The hook, marked; it keeps its own signature. Marks add up.

    Raises:
        ValueError: An unknown option.
    """
    unknown = options.keys() - {"run_in_background"}
    if unknown:
        raise ConfigurationError(f"@hook has no option {sorted(unknown)!r}.", hint="It takes run_in_background.")
    background = bool(options.get("run_in_background", False))

    def mark(target: F) -> F:
        marked: F = _same(target)
        setattr(marked, BACKGROUND_MARK, background or runs_in_background(target))
        return marked

    return mark(function) if function is not None else mark


def _same(target: Any) -> Any:
    """A wrapper that is asynchronous exactly when its target is."""
    if inspect.iscoroutinefunction(inspect.unwrap(target)):

        @wraps(target)
        async def later(*args: Any, **kwargs: Any) -> Any:
            return await target(*args, **kwargs)

        return later

    @wraps(target)
    def now(*args: Any, **kwargs: Any) -> Any:
        return target(*args, **kwargs)

    return now


should_run_in_background = runs_in_background
