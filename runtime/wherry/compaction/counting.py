"""How large a request is, for `compact_at_tokens`: counted by the user's function or the model, else estimated here.

Called by `planning` and by the runs of agents. What counts may fail; then the estimate stands in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.callables import kind_of_callable
from wherry.core.deadline import RunTimedOut
from wherry.core.errors import ConfigurationError
from wherry.core.log import log_warning
from wherry.models.token_counts import count_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wherry.core.messages import Message
    from wherry.core.waits import Waits


class UnawaitedCounter(ConfigurationError, TypeError):
    """An asynchronous counter in a run that cannot await it."""


def estimate_tokens(messages: Sequence[Message], tools: Sequence[Any] | None = None) -> int:
    """Tokens of messages, and of tools where the whole request is meant; asks nobody."""
    return count_tokens(list(messages), list(tools) if tools else None)


async def counted(
    waits: Waits, counter: Any, messages: Sequence[Message], tools: Sequence[Any] | None = None
) -> int | None:
    """What a counter says of a request; None without one, or when it failed.

    Args:
        waits: How to wait: in async runs a function that blocks gets a thread.
        counter: Called with the messages and the tools (None for none).
        messages: What is sent.
        tools: Their descriptions as they are sent.

    Raises:
        UnawaitedCounter: (a TypeError) The counter is asynchronous and the run is not.
    """
    if counter is None:
        return None
    if waits.blocking and kind_of_callable(counter) == "coroutine":
        raise UnawaitedCounter(
            f"token_counter {counter!r} is asynchronous, and this run is not.",
            hint="Use arun(), give a function that is not asynchronous, or set use_model_token_count=True.",
        )
    try:
        return int(await waits.work(counter, list(messages), list(tools) if tools else None))
    except RunTimedOut:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a counter raises must not break the run
        log_warning(f"The tokens are estimated, since token_counter {counter!r} failed: {error!r}")
        return None
