"""What Agno's pydantic leaf types offer their users, on plain dataclasses.

`Record` gives a class `model_dump`, `model_validate`, `model_copy` and a place as a field of a user's own pydantic
model. pydantic itself is imported only by the two hooks that pydantic calls. Base of media, messages, citations and
reasoning steps; nothing here knows what they hold.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Mapping, Sequence
from copy import copy, deepcopy
from dataclasses import MISSING, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from functools import cache
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Self, cast

from wherry.core.errors import ConfigurationError

if TYPE_CHECKING:
    from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema


class Record:
    """Keyword construction, dumping and validating in the manner of `pydantic.BaseModel`.

    A subclass is a dataclass, or overrides `_fields`. `exclude_unset` is read as `exclude_defaults`,
    since which fields a caller passed is not remembered.
    """

    __slots__ = ()

    @classmethod
    def _fields(cls) -> tuple[str, ...]:
        return tuple(cast("Any", cls).__dataclass_fields__)

    @classmethod
    def _known(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        """The entries that are fields; pydantic's default is to ignore the others."""
        names = cls._fields()
        return {name: value for name, value in data.items() if name in names}

    def _dumped_names(self) -> Collection[str]:
        return self._fields()

    def model_dump(
        self,
        *,
        mode: str = "python",
        include: Any = None,
        exclude: Any = None,
        exclude_none: bool = False,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        **_other: Any,
    ) -> dict[str, Any]:
        """All fields as a dictionary, nested records too.

        Args:
            mode: ``python`` keeps values as they are, ``json`` turns them into JSON types.
            include: Names of the fields to keep (default: all).
            exclude: Names of the fields to leave out.
            exclude_none: Leave out fields that are None, at every depth.
            exclude_unset: As `exclude_defaults`.
            exclude_defaults: Leave out fields that hold their default.
            **_other: Further options of pydantic, without effect.
        """
        skip_defaults = exclude_unset or exclude_defaults
        dumped: dict[str, Any] = {}
        for name in self._dumped_names():
            if (include is not None and name not in include) or (exclude is not None and name in exclude):
                continue
            value = getattr(self, name)
            if value is None and exclude_none:
                continue
            if skip_defaults and value == default_of(type(self), name):
                continue
            dumped[name] = dump_value(value, mode, exclude_none)
        return dumped

    def model_dump_json(self, *, indent: int | None = None, **options: Any) -> str:
        """`model_dump(mode="json")` as text, without blanks unless `indent` is given."""
        separators = (",", ":") if indent is None else None
        dumped = self.model_dump(**{**options, "mode": "json"})
        return json.dumps(dumped, indent=indent, separators=separators, ensure_ascii=False)

    @classmethod
    def model_validate(cls, obj: Any, **_options: Any) -> Self:
        """An instance from a mapping; an instance is returned as it is.

        Raises:
            ConfigurationError: `obj` is neither.
        """
        if isinstance(obj, cls):
            return obj
        if isinstance(obj, Mapping):
            return cls(**cls._known(obj))
        raise ConfigurationError(
            f"{cls.__name__} cannot be made from {type(obj).__name__} {obj!r}.",
            hint=f"Pass a dict of its fields or a {cls.__name__}.",
        )

    @classmethod
    def model_validate_json(cls, json_data: str | bytes, **_options: Any) -> Self:
        """An instance from JSON text."""
        return cls.model_validate(json.loads(json_data))

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy, with the fields in `update` replaced without validation."""
        twin = deepcopy(self) if deep else copy(self)
        for name, value in (update or {}).items():
            setattr(twin, name, value)
        return twin

    @classmethod
    def model_json_schema(cls, **options: Any) -> dict[str, Any]:
        """JSON schema of the fields, as pydantic writes it."""
        return shadow(cls).model_json_schema(**options)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(
            cls.model_validate,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda value, info: value.model_dump(mode=info.mode, exclude_none=info.exclude_none), info_arg=True
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return handler(shadow(cls).__pydantic_core_schema__)


def dump_value(value: Any, mode: str, exclude_none: bool = False) -> Any:
    """One value as `Record.model_dump` shows it."""
    kind = type(value)
    if value is None or kind in _PLAIN:
        return value
    dump = getattr(value, "model_dump", None)
    if dump is not None and not isinstance(value, type):
        return dump(mode=mode, exclude_none=exclude_none)
    if isinstance(value, dict):
        return {key: dump_value(item, mode, exclude_none) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        items = [dump_value(item, mode, exclude_none) for item in value]
        return items if mode == "json" or kind is list else kind(items)
    if is_dataclass(value) and not isinstance(value, type):
        return {
            name: dump_value(getattr(value, name), mode, exclude_none)
            for name in value.__dataclass_fields__
            if not (exclude_none and getattr(value, name) is None)
        }
    return _jsonable(value) if mode == "json" else value


_PLAIN = frozenset({str, int, float, bool})


def _jsonable(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray)):
        return value.decode()
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return value


def default_of(cls: type[Record], name: str) -> Any:
    """Default of a field, or a value equal to nothing when it has none or makes a new one each time."""
    field = getattr(cls, "__dataclass_fields__", {}).get(name)
    if field is not None:
        return field.default
    return getattr(cls, name, _NOTHING)


_NOTHING = object()


def shadow(cls: Any) -> type[BaseModel]:
    """A pydantic model with the same fields; made once a class, for JSON schemas only."""
    return _shadow(cls)


@cache
def _shadow(cls: Any) -> type[BaseModel]:
    from pydantic import ConfigDict, Field, create_model

    scope = {**vars(sys.modules[cls.__module__]), "Path": Path, "Sequence": Sequence}
    hints = {name: eval(text, scope) for name, text in cls.__annotations__.items()}  # noqa: S307 - our own annotations
    described = getattr(cls, "__dataclass_fields__", {})
    fields: dict[str, Any] = {}
    for name in cls._fields():
        default = default_of(cls, name)
        if default is MISSING:
            default = ...
        elif default is _NOTHING:
            default = None
        metadata = described[name].metadata if name in described else {}
        fields[name] = (hints.get(name, Any), Field(default, description=metadata.get("description")))
    made = create_model(cls.__name__, __config__=ConfigDict(arbitrary_types_allowed=True), **fields)
    return cast("type[BaseModel]", made)
