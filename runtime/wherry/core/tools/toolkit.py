"""A set of tools under one name. Mirrors `agno.tools.toolkit`.

Subclasses pass bound methods as `tools`; which of them a run gets, sync or async, is decided in `resolve`.
"""

from __future__ import annotations

import inspect
from functools import wraps
from typing import TYPE_CHECKING, Any

from wherry.core.callables import kind_of_callable
from wherry.core.errors import ConfigurationError
from wherry.core.log import log_warning
from wherry.core.names import id_from_name
from wherry.core.tools.foreign import adopted, is_function_like
from wherry.core.tools.function import Function

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


class Toolkit:
    """A set of tools; mirrors `agno.tools.Toolkit`.

    Args:
        name: Name of the set.
        id: Its identity; by default made from the name.
        tools: Callables or Functions.
        async_tools: Pairs of an async callable and the name of the tool it stands in for in async runs.
        instructions: Text for the system message, added when `add_instructions`.
        add_instructions: Whether to add it.
        include_tools: Names of the only tools to register.
        exclude_tools: Names of tools not to register.
        requires_confirmation_tools: Names of tools that wait for a person's yes.
        external_execution_required_tools: Names of tools that are run outside.
        stop_after_tool_call_tools: Names of tools whose result ends the run.
        show_result_tools: Names of tools whose result is shown.
        cache_results: Keep results in files.
        cache_ttl: Seconds a kept result is good for.
        cache_dir: Where they are kept.
        timeout: Seconds for the input/output of the toolkit itself; its subclasses read it.
        auto_register: Register `tools` and `async_tools` now.

    Raises:
        ConfigurationError: A name to include or exclude is not among the tools.
    """

    _requires_connect: bool = False

    def __init__(
        self,
        name: str = "toolkit",
        id: str | None = None,
        tools: Sequence[Callable[..., Any] | Function] | None = None,
        async_tools: Sequence[tuple[Callable[..., Any], str]] | None = None,
        instructions: str | None = None,
        add_instructions: bool = False,
        include_tools: list[str] | None = None,
        exclude_tools: list[str] | None = None,
        requires_confirmation_tools: list[str] | None = None,
        external_execution_required_tools: list[str] | None = None,
        stop_after_tool_call_tools: list[str] | None = None,
        show_result_tools: list[str] | None = None,
        cache_results: bool = False,
        cache_ttl: int = 3600,
        cache_dir: str | None = None,
        timeout: Any = None,
        auto_register: bool = True,
    ) -> None:
        self.name = name
        self.id = id_from_name(name) if id is None else id
        self.tools = tools or []
        self._async_tools = async_tools or []
        self.functions: dict[str, Function] = {}
        self.async_functions: dict[str, Function] = {}
        self.instructions = instructions
        self.add_instructions = add_instructions
        self.requires_confirmation_tools = requires_confirmation_tools or []
        self.external_execution_required_tools = external_execution_required_tools or []
        self.stop_after_tool_call_tools = stop_after_tool_call_tools or []
        self.show_result_tools = show_result_tools or []
        self.include_tools = include_tools
        self.exclude_tools = exclude_tools
        self.cache_results = cache_results
        self.cache_ttl = cache_ttl
        self.cache_dir = cache_dir
        self._check_names([_name_of(tool) for tool in self.tools])
        if timeout is not None or not hasattr(self, "timeout"):
            self.timeout = timeout
        if auto_register:
            for tool in self.tools:
                self.register(tool)
            for function, tool_name in self._async_tools:
                self.register(function, name=tool_name)

    def _check_names(self, available: list[str]) -> None:
        for verb, names in (("Included", self.include_tools), ("Excluded", self.exclude_tools)):
            missing = sorted(set(names) - set(available)) if names else []
            if missing:
                raise ConfigurationError(
                    f"{verb} tool(s) not present in the toolkit: {', '.join(missing)}.",
                    hint=f"Toolkit {self.name!r} has {', '.join(available) or 'no tools'}.",
                )
        flagged: dict[str, list[str]] = {
            "requires_confirmation_tools": self.requires_confirmation_tools,
            "external_execution_required_tools": self.external_execution_required_tools,
            "stop_after_tool_call_tools": self.stop_after_tool_call_tools,
            "show_result_tools": self.show_result_tools,
        }
        for option, names in flagged.items():
            missing = sorted(set(names) - set(available)) if names else []
            if missing:
                log_warning(f"{option} of toolkit {self.name!r} names tools it does not have: {', '.join(missing)}")

    def register(self, function: Callable[..., Any] | Function, name: str | None = None) -> None:
        """Add a tool; an async one goes to `async_functions`.

        Args:
            function: A callable, or a Function, for example one of the class's methods decorated with `@tool`.
            name: Name to register it under.

        Raises:
            AttributeError: It cannot be called; Agno's type.
        """
        if is_function_like(function):
            made = self._of_function(function, name)
        elif not callable(function):
            raise AttributeError(
                f"{function!r} of toolkit {self.name!r} is no function: pass a callable or a Function."
            )
        else:
            made = self._of_callable(function, name or _name_of(function))
        if made is not None:
            asynchronous = kind_of_callable(made.entrypoint) in ("coroutine", "async_generator")
            (self.async_functions if asynchronous else self.functions)[made.name] = made

    def _wanted(self, name: str, *, empty_means_all: bool) -> bool:
        include = self.include_tools
        if include is not None and (include or not empty_means_all) and name not in include:
            return False
        return name not in (self.exclude_tools or ())

    def _of_callable(self, function: Any, name: str) -> Function | None:
        if not self._wanted(name, empty_means_all=False):
            return None
        stops = name in self.stop_after_tool_call_tools
        return Function.trusted(
            name=name,
            entrypoint=function,
            cache_results=self.cache_results,
            cache_dir=self.cache_dir,
            cache_ttl=self.cache_ttl,
            requires_confirmation=name in self.requires_confirmation_tools,
            external_execution=name in self.external_execution_required_tools,
            stop_after_tool_call=stops,
            show_result=stops or name in self.show_result_tools,
        )

    def _of_function(self, given: Any, name: str | None) -> Function | None:
        """A Function bound to this toolkit; its own settings win over the toolkit's."""
        function = given if isinstance(given, Function) else adopted(given)
        name = name or function.name
        if not self._wanted(name, empty_means_all=True):
            return None
        if function.entrypoint is None:
            log_warning(f"Tool {name!r} of toolkit {self.name!r} has no entrypoint and is left out.")
            return None
        made = function.model_copy()
        stops = function.stop_after_tool_call or name in self.stop_after_tool_call_tools
        made.__dict__.update(
            name=name,
            entrypoint=_bound(function.entrypoint, self),
            skip_entrypoint_processing=True,
            stop_after_tool_call=stops,
            show_result=function.show_result or stops or name in self.show_result_tools,
            requires_confirmation=function.requires_confirmation or name in self.requires_confirmation_tools,
            external_execution=function.external_execution or name in self.external_execution_required_tools,
            cache_results=function.cache_results or self.cache_results,
            cache_dir=function.cache_dir or self.cache_dir,
            cache_ttl=function.cache_ttl if function.cache_ttl != Function.cache_ttl else self.cache_ttl,
        )
        return made

    def get_functions(self) -> dict[str, Function]:
        """Tools of a sync run, by name."""
        return self.functions

    def get_async_functions(self) -> dict[str, Function]:
        """Tools of an async run, by name: async ones where there are any, sync ones for the rest."""
        return {**self.functions, **self.async_functions}

    @property
    def requires_connect(self) -> bool:
        """Whether a run has to connect the toolkit before its first call and close it afterwards."""
        return self._requires_connect

    def connect(self) -> Any:
        """Open what the tools need; for subclasses that set `_requires_connect`, sync or async."""

    def close(self) -> Any:
        """Close what `connect` opened, sync or async."""

    def _check_path(self, file_name: str, base_dir: Path, restrict_to_base_dir: bool = True) -> tuple[bool, Path]:
        """Whether a file name stays inside a folder, and the resolved path."""
        try:
            path = base_dir.joinpath(file_name).resolve()
            inside = not restrict_to_base_dir or path.is_relative_to(base_dir.resolve())
        except (OSError, ValueError):
            return False, base_dir
        return (True, path) if inside else (False, base_dir)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} id={self.id} name={self.name} functions={list(self.functions)}>"


def _name_of(tool: Any) -> str:
    if is_function_like(tool):
        return str(tool.name)
    if not hasattr(tool, "__name__"):
        raise AttributeError(f"{tool!r} has no name: pass a function, a Function, or register(tool, name=…).")
    return str(tool.__name__)


def _bound(function: Callable[..., Any], owner: Any) -> Callable[..., Any]:
    """A method decorated with `@tool`, bound to its toolkit; other callables as they are."""
    if next(iter(inspect.signature(function).parameters), None) != "self":
        return function
    if inspect.isfunction(function):
        return function.__get__(owner)

    @wraps(function)
    def bound(*args: Any, **kwargs: Any) -> Any:
        return function(owner, *args, **kwargs)

    return bound
