"""Values that go on changing after an event told them, kept as they were at that moment.

Events wait to be made into data in another thread, while the run, the next run of the session and the user's code go on
with the same dictionaries. Encoding those few at once is several times cheaper than copying them.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

import orjson

from wherry.core.events.storing import plain, stored

if TYPE_CHECKING:
    from wherry.core.events.model_response import ToolExecution

# Fields of events that a run goes on with: its dictionaries, and the record of a call, which is filled later.
LIVE = ("session_state", "metadata", "tool")
_CONTAINERS = frozenset({dict, list})


class Now:
    """Data as it was, encoded."""

    __slots__ = ("_encoded",)

    def __init__(self, encoded: bytes) -> None:
        self._encoded = encoded

    def to_dict(self) -> Any:
        """The data, new each time."""
        return orjson.loads(self._encoded)


def kept(value: Any) -> Any:
    """A value as it is now; what JSON cannot say exactly is copied, and what contains itself stays what it is."""
    data = value if value.__class__ is dict else stored(value)
    try:
        return Now(orjson.dumps(data))
    except (TypeError, ValueError):
        pass
    try:
        return plain(data)
    except RecursionError:
        return value


def changes(tool: ToolExecution) -> bool:
    """Whether the record of a call may change: it waits for a person, or the tool is handed lists and dictionaries."""
    return tool.is_paused or not _CONTAINERS.isdisjoint(map(type, (tool.tool_args or {}).values()))


def as_it_is(event: Any) -> Any:
    """An event like it that changes no more."""
    still = copy(event)
    for name in LIVE:
        value = getattr(event, name, None)
        if value:
            setattr(still, name, kept(value))
    return still


def opened(payload: dict[str, Any]) -> dict[str, Any]:
    """A payload with what was kept as data again, in place."""
    for name in LIVE:
        value = payload.get(name)
        if value.__class__ is Now:
            payload[name] = value.to_dict()
    return payload
