"""The learning methods of the SQL databases, blocking and async; the statements are in `plans_learnings`.

As in Agno the methods that agents use never raise: what fails is logged at debug level, and nothing is found. Those
that list and delete for an administrator do raise.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from wherry.core.log import log_debug
from wherry.stores import plans_learnings as learnings
from wherry.stores.plan import blocking, suspending


def _quiet(method: Any, default: Any) -> Any:
    """A method that answers with `default` instead of raising."""

    @wraps(method)
    def ask(self: Any, /, *args: Any, **given: Any) -> Any:
        try:
            return method(self, *args, **given)
        except Exception as error:  # noqa: BLE001 - whatever it is, as in Agno: learning must not break a run
            log_debug(f"{method.__name__} failed: {error}")
            return [] if default == [] else default

    return ask


def _aquiet(method: Any, default: Any) -> Any:
    """`_quiet` for a coroutine method."""

    @wraps(method)
    async def ask(self: Any, /, *args: Any, **given: Any) -> Any:
        try:
            return await method(self, *args, **given)
        except Exception as error:  # noqa: BLE001 - whatever it is, as in Agno: learning must not break a run
            log_debug(f"{method.__name__} failed: {error}")
            return [] if default == [] else default

    return ask


class BlockingLearnings:
    """Methods of blocking databases."""

    get_learning = _quiet(blocking(learnings.get_learning), None)
    upsert_learning = _quiet(blocking(learnings.upsert_learning), None)
    delete_learning = _quiet(blocking(learnings.delete_learning), False)
    get_learnings = _quiet(blocking(learnings.get_learnings), [])
    update_learning = blocking(learnings.update_learning)
    delete_user_learnings = blocking(learnings.delete_user_learnings)
    search_learnings = blocking(learnings.search_learnings)
    get_learning_by_id = blocking(learnings.get_learning_by_id)
    list_learnings = blocking(learnings.list_learnings)
    get_learnings_user_stats = blocking(learnings.get_learnings_user_stats)


class SuspendingLearnings:
    """Methods of async databases."""

    get_learning = _aquiet(suspending(learnings.get_learning), None)
    upsert_learning = _aquiet(suspending(learnings.upsert_learning), None)
    delete_learning = _aquiet(suspending(learnings.delete_learning), False)
    get_learnings = _aquiet(suspending(learnings.get_learnings), [])
    update_learning = suspending(learnings.update_learning)
    delete_user_learnings = suspending(learnings.delete_user_learnings)
    search_learnings = suspending(learnings.search_learnings)
    get_learning_by_id = suspending(learnings.get_learning_by_id)
    list_learnings = suspending(learnings.list_learnings)
    get_learnings_user_stats = suspending(learnings.get_learnings_user_stats)
