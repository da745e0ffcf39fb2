"""An input as the text that is sent to a server; mirrors `agno.utils.remote`."""

from __future__ import annotations

import json
from typing import Any

from wherry.core.messages import Message


def serialize_input(input: Any) -> Any:
    """A text as it is; dictionaries, lists, messages and pydantic objects as JSON; anything else gives None."""
    if isinstance(input, str):
        return input
    if isinstance(input, list) and any(isinstance(one, Message) for one in input):
        return json.dumps([one.to_dict() for one in input])
    if isinstance(input, (dict, list)):
        return json.dumps(input)
    return input.model_dump_json() if hasattr(input, "model_dump_json") else None
