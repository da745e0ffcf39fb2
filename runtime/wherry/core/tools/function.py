"""A tool as the model sees it: `Function`.

Schemas are derived when they are first read, not when a tool is made. How a call is carried out is in `calls`; how a
run's list of tools becomes Functions is in `resolve`. Mirrors `agno.tools.function`.
"""

from __future__ import annotations

from copy import copy, deepcopy
from typing import TYPE_CHECKING, Any, ClassVar, Self, dataclass_transform

from wherry.core.errors import ConfigurationError
from wherry.core.lean import WhenAsked
from wherry.core.log import log_warning
from wherry.core.record import Record
from wherry.core.tools.authored import fingerprint, kept_parameters, warn_hidden_media
from wherry.core.tools.function_call import FunctionCall, FunctionExecutionResult, ToolResult
from wherry.core.tools.schema import Schema, copy_schema, empty_parameters, strict_parameters
from wherry.core.tools.signature import Declaration, declaration_of
from wherry.core.tools.tool_annotations import checked_annotations

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wherry.core.events.user_input import UserInputField

__all__ = ["SERIALIZED_FIELDS", "Function", "FunctionCall", "FunctionExecutionResult", "ToolResult"]

# What is sent to a model, in this order.
SERIALIZED_FIELDS = (
    "name",
    "description",
    "parameters",
    "strict",
    "requires_confirmation",
    "external_execution",
    "approval_type",
)

_NAMES = (
    *("name", "description", "title", "annotations", "parameters", "strict", "instructions", "add_instructions"),
    *("entrypoint", "has_side_effects", "skip_entrypoint_processing", "show_result", "stop_after_tool_call"),
    *("pre_hook", "post_hook", "tool_hooks", "requires_confirmation", "requires_user_input", "user_input_fields"),
    *("user_input_schema", "external_execution", "external_execution_silent", "approval_type", "owning_toolkit"),
    *("source_toolkit", "cache_results", "cache_dir", "cache_ttl", "timeout"),
)
_FIELDS = frozenset(_NAMES)


@dataclass_transform(kw_only_default=True)
class Function(Record):
    """A tool; mirrors `agno.tools.function.Function`.

    Attributes:
        name: Name the model calls it by: letters, digits, `_` and `-`, at most 64.
        description: What it does; read from the docstring when not given.
        parameters: JSON schema of its parameters; derived from the entrypoint when not given.
        strict: Whether the model must keep to the schema; None follows the run.
        instructions: Text for the system message, added when `add_instructions`.
        entrypoint: The callable.
        skip_entrypoint_processing: Use the given parameters as they are.
        show_result: Put the result into the run's content as well.
        stop_after_tool_call: End the run with the result.
        pre_hook: Called before; may ask for `agent`, `team`, `run_context`, `fc`.
        post_hook: Called after, also after a failure; asks as `pre_hook` does.
        tool_hooks: Middleware around the call, outermost first.
        requires_confirmation: Pause the run until a person agrees.
        requires_user_input: Pause the run until a person filled `user_input_fields` (all fields when empty).
        user_input_schema: The fields to fill; made from the entrypoint.
        external_execution: Pause the run until the result is given from outside.
        external_execution_silent: Say nothing about that pause.
        approval_type: `required` or `audit`; set by `@approval`.
        title: Name shown to people; not sent to models.
        annotations: MCP behaviour hints; not sent to models.
        has_side_effects: Declared by the author; not sent to models.
        cache_results: Keep results in files.
        cache_dir: Where; default below the temporary directory.
        cache_ttl: Seconds a kept result is good for.
        timeout: Seconds after which a call fails; None follows the agent's `tool_timeout`. Wherry only.
    """

    name: str
    if TYPE_CHECKING:
        description: str | None = None
        parameters: dict[str, Any] = {}
        user_input_schema: list[UserInputField] | None = None
    title: str | None = None
    annotations: dict[str, Any] | None = None
    strict: bool | None = None
    instructions: str | None = None
    add_instructions: bool = True
    entrypoint: Callable[..., Any] | None = None
    has_side_effects: bool | None = None
    skip_entrypoint_processing: bool = False
    show_result: bool = False
    stop_after_tool_call: bool = False
    pre_hook: Callable[..., Any] | None = None
    post_hook: Callable[..., Any] | None = None
    tool_hooks: list[Callable[..., Any]] | None = None
    requires_confirmation: bool | None = None
    requires_user_input: bool | None = None
    user_input_fields: list[str] | None = None
    external_execution: bool | None = None
    external_execution_silent: bool | None = None
    approval_type: str | None = None
    owning_toolkit: str | None = None
    source_toolkit: Any = None
    cache_results: bool = False
    cache_dir: str | None = None
    cache_ttl: int = 3600
    timeout: float | None = None

    # What the schema is derived as: None (not yet), "callable" or "tool".
    _derived: ClassVar[str | None] = None
    _agent: ClassVar[Any] = None
    _team: ClassVar[Any] = None
    _run_context: ClassVar[Any] = None

    @classmethod
    def _fields(cls) -> tuple[str, ...]:
        return _NAMES

    def __init__(self, **fields: Any) -> None:
        if "name" not in fields:
            raise ConfigurationError("A Function needs a name.", hint="Pass name=, or use Function.from_callable().")
        for name in fields.keys() - _FIELDS:
            del fields[name]
            log_warning(f"Function has no field {name!r}; it is ignored.")
        if fields.get("annotations") is not None:
            fields["annotations"] = checked_annotations(fields["annotations"], "Function(annotations=…)")
        for name in ("description", "parameters", "user_input_schema"):
            if name in fields and fields[name] is None:
                del fields[name]
        self.__dict__.update(fields)

    @classmethod
    def trusted(cls, **fields: Any) -> Self:
        """A Function of fields known to be right; for toolkits, which make many."""
        made = object.__new__(cls)
        made.__dict__.update(fields)
        return made

    def __repr__(self) -> str:
        given = ", ".join(f"{n}={v!r}" for n, v in self.__dict__.items() if n in _FIELDS)
        return f"{type(self).__name__}({given})"

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return self.model_copy(deep=True)

    # --- what is derived -------------------------------------------------------------------------------------------

    def declared(self) -> Declaration | None:
        """What the entrypoint declares; None without one, or when Python cannot tell its signature."""
        ready = self.__dict__.get("_ready")
        if ready is not None:
            return ready["declared"]  # type: ignore[no-any-return]
        if self.entrypoint is None:
            return None
        try:
            return declaration_of(self.entrypoint)
        except (TypeError, ValueError) as error:
            log_warning(f"The parameters of {self.name!r} cannot be read: {error}")
            return None

    def _schema(self) -> Schema:
        """The current parameters, not to be changed."""
        own = self.__dict__.get("parameters")
        if own is not None:
            return own  # type: ignore[no-any-return]
        ready = self.__dict__.get("_ready")
        if ready is not None:
            return ready["parameters"]  # type: ignore[no-any-return]
        declared = self.declared() if self._derived else None
        if declared is None:
            return empty_parameters()
        return declared.schema(strict=False, processed=self._derived == "tool", hidden=self._hidden())

    def properties(self) -> dict[str, Any]:
        """The parameters that the model is offered, by name; not to be changed."""
        properties = (self._schema() or {}).get("properties")
        return properties if isinstance(properties, dict) else {}

    def taken_as_it_is(self) -> bool:
        """Whether arguments go to the entrypoint unchecked, because its schema is not its signature (MCP)."""
        return self.skip_entrypoint_processing and self._derived is None

    def _declared_description(self) -> str | None:
        ready = self.__dict__.get("_ready")
        if ready is not None:
            return ready["description"]  # type: ignore[no-any-return]
        declared = self.declared() if self._derived else None
        return None if declared is None else declared.description

    def _hidden(self) -> tuple[str, ...]:
        return tuple(self.user_input_fields or ()) if self.requires_user_input else ()

    def _user_fields(self) -> list[UserInputField] | None:
        declared = self.declared() if self.requires_user_input else None
        if declared is None:
            return None
        from wherry.core.events.user_input import UserInputField

        return [UserInputField(name, kind, text) for name, text, kind in declared.user_fields()]

    def _asked_parameters(self) -> dict[str, Any]:
        made: dict[str, Any] = copy_schema(self._schema())
        self.__dict__["parameters"] = made
        return made

    def _asked_user_fields(self) -> list[UserInputField] | None:
        made = self._user_fields() if self._derived or "_ready" in self.__dict__ else None
        self.__dict__["user_input_schema"] = made
        return made

    if not TYPE_CHECKING:
        parameters = WhenAsked(_asked_parameters)
        description = WhenAsked(_declared_description)
        user_input_schema = WhenAsked(_asked_user_fields)

    def process_entrypoint(self, strict: bool = False) -> None:
        """Derive parameters, description and user input fields from the entrypoint, now."""
        schema = copy_schema(self._schema())
        declared = None if self.skip_entrypoint_processing else self.declared()
        if declared is not None:
            hidden = self._hidden()
            for name in declared.hidden_media:
                warn_hidden_media(self.name, name)
            if schema == empty_parameters():
                schema = copy_schema(declared.schema(strict=strict, processed=True, hidden=hidden))
            else:
                schema = kept_parameters(schema, declared, strict, hidden)
            self.description = self.description or declared.description
            if self.requires_user_input:
                self.user_input_schema = self._user_fields()
        elif not self.skip_entrypoint_processing:
            return
        self.parameters = strict_parameters(schema) if strict else schema

    def process_schema_for_strict(self) -> None:
        """Close the schema and require every property, as strict tools must."""
        self.parameters = strict_parameters(self._schema())

    # --- a run's own copy ------------------------------------------------------------------------------------------

    def for_run(self, strict: bool = False) -> Self:
        """A copy for one run, its schema derived; deriving twice from the same fields costs nothing.

        Args:
            strict: The run wants strict tools; the function's own `strict` wins.
        """
        declared = self.declared()
        # Functions of closures made anew for each run find what the first one prepared.
        prepared = self.__dict__.setdefault("_prepared", {}) if declared is None else declared.prepared
        stamp = self._stamp(strict)
        known = prepared.get(stamp)
        if known is None:
            if len(prepared) >= _PREPARED_LIMIT:
                prepared.clear()
            known = prepared[stamp] = self._prepare(strict)
        copied = self._per_run_copy()
        own = copied.__dict__
        own["_ready"] = known
        own["strict"] = known["strict"]
        for name in ("parameters", "description"):
            own.pop(name, None)
        fields = own.pop("user_input_schema", None)
        if fields is not None and self.skip_entrypoint_processing:
            own["user_input_schema"] = [copy(field) for field in fields]
        return copied

    def _stamp(self, strict: bool) -> tuple[Any, ...]:
        own = self.__dict__
        authored = own.get("parameters")
        return (
            strict,
            None if authored is None else fingerprint(authored),
            tuple(self.user_input_fields or ()),
            *(own.get(name) for name in _STAMPED),
        )

    def _prepare(self, strict: bool) -> dict[str, Any]:
        made = self._per_run_copy()
        made.process_entrypoint(strict if self.strict is None else bool(self.strict))
        if strict and made.strict is None:
            made.strict = True
        wire = {"type": "function", "function": made.to_dict()}
        return {
            "parameters": made.parameters,
            "description": made.description,
            "strict": made.strict,
            "declared": self.declared(),
            "wire": wire,
        }

    def _per_run_copy(self) -> Self:
        copied = object.__new__(type(self))
        copied.__dict__.update(self.__dict__)
        return copied

    def wire(self) -> dict[str, Any]:
        """The tool as chat-completions requests carry it; shared between runs, not to be changed."""
        ready = self.__dict__.get("_ready")
        if ready is not None and "parameters" not in self.__dict__:
            return ready["wire"]  # type: ignore[no-any-return]
        return {"type": "function", "function": self.to_dict()}

    # --- making, copying, storing ----------------------------------------------------------------------------------

    @classmethod
    def plain(cls, c: Callable[..., Any], strict: bool = False) -> Self:
        """A run's Function of a plain callable: `from_callable`, with everything derived shared between runs.

        Raises:
            AttributeError: The callable has no `__name__`.
            TypeError: It has no signature.
            ValueError: It has no signature.
        """
        name = c.__name__
        declared = declaration_of(c)
        ready = declared.prepared.get((name, strict))
        if ready is None:
            schema = declared.schema(strict=strict, processed=False)
            sent: dict[str, Any] = {"name": name, "description": declared.description, "parameters": schema}
            if strict:
                sent["strict"] = True
            ready = {
                "parameters": schema,
                "description": declared.description,
                "strict": True if strict else None,
                "declared": declared,
                "wire": {"type": "function", "function": sent},
            }
            declared.prepared[name, strict] = ready
        made = object.__new__(cls)
        made.__dict__.update(name=name, entrypoint=c, strict=ready["strict"], _ready=ready)
        return made

    @classmethod
    def from_callable(cls, c: Callable[..., Any], name: str | None = None, strict: bool = False) -> Self:
        """A Function of a plain callable; its schema is derived when it is first read.

        Raises:
            AttributeError: The callable has no `__name__` and no name is given.
        """
        made = cls(name=name or c.__name__, entrypoint=c)
        made.__dict__["_derived"] = "callable"
        if strict:
            made.parameters = copy_schema(declaration_of(c).schema(strict=True, processed=False))
        return made

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy; `deep` copies the schema and the user's fields too, callables stay shared."""
        copied = self._per_run_copy()
        if deep:
            for name in ("parameters", "user_input_schema"):
                if name in copied.__dict__:
                    copied.__dict__[name] = deepcopy(copied.__dict__[name])
        copied.__dict__.update(update or {})
        return copied

    def to_dict(self) -> dict[str, Any]:
        """What a model is sent: `SERIALIZED_FIELDS` that are not None."""
        return {name: value for name in SERIALIZED_FIELDS if (value := getattr(self, name)) is not None}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """A Function without entrypoint from its stored form."""
        data = {"requires_confirmation": False, "external_execution": False, **data}
        return cls(**{name: data.get(name) for name in SERIALIZED_FIELDS})


_STAMPED = (
    *("name", "description", "strict", "skip_entrypoint_processing", "_derived"),
    *("requires_confirmation", "requires_user_input", "external_execution", "approval_type"),
)
_PREPARED_LIMIT = 1024
