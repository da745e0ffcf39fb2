"""An input as the text that is sent to a server; mirrors `agno.utils.remote`."""

from __future__ import annotations

from typing import Any

from wherry.client.asking import as_json
from wherry.core.messages import Message

_WHAT = "The input"


def serialize_input(input: Any) -> Any:
    """A text as it is; dictionaries, lists, messages and pydantic objects as JSON; anything else gives None.

    Raises:
        NoJson: (a TypeError) Something in it has no JSON form.
    """
    if isinstance(input, str):
        return input
    if isinstance(input, list) and any(isinstance(one, Message) for one in input):
        return as_json(_WHAT, [one.to_dict() for one in input])
    if isinstance(input, (dict, list)):
        return as_json(_WHAT, input)
    return input.model_dump_json() if hasattr(input, "model_dump_json") else None
