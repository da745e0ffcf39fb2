"""Where a tool's author and its signature both say something: given parameters, media under another name.

Called by `Function` when it derives what a model is offered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.log import log_warning

if TYPE_CHECKING:
    from wherry.core.tools.schema import Schema
    from wherry.core.tools.signature import Declaration

_warned_media: set[tuple[str, str]] = set()


def fingerprint(schema: Any) -> bytes | str:
    """What tells one schema from another; by its text where it is no JSON."""
    import orjson

    try:
        return orjson.dumps(schema)
    except TypeError:
        return repr(schema)


def kept_parameters(schema: Schema, declared: Declaration, strict: bool, hidden: tuple[str, ...]) -> Schema:
    """A schema that was given (or derived before): closed, its `required` taken from the signature."""
    properties = schema.get("properties") or {}
    excluded = declared.excluded(processed=True, hidden=hidden)
    names = properties if strict else declared.required
    schema["additionalProperties"] = False
    schema["required"] = [n for n in names if n in properties and n not in excluded]
    return schema


def warn_hidden_media(function: str, parameter: str) -> None:
    """Say once that a parameter looks as if it were to be filled with media, and is not."""
    if (function, parameter) not in _warned_media:
        _warned_media.add((function, parameter))
        log_warning(
            f"Parameter {parameter!r} of tool {function!r} is annotated with a media type but has another name: it is "
            "hidden from the model and never filled. Call it images, videos, audios or files to be given media."
        )
