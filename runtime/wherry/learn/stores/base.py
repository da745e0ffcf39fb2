"""What the stores share: settings, the database, tools in both forms, and a row for each user or session.

The stores are `user_profile`, `user_memory`, `session_context`, `learned_knowledge`, `entity_memory`, `decision_log`.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.core.log import log_debug, log_warning
from wherry.core.memory.memory_database import ask_database
from wherry.core.sessions.session_history import conversation
from wherry.learn.config import LearningMode
from wherry.learn.reading import read_out
from wherry.learn.utils import build_learning_id, from_dict_safe, to_dict_safe

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.messages import Message
    from wherry.core.waits import Waits


class Store:
    """Base of all stores; a subclass is a dataclass with `config` and `debug_mode`."""

    _type: ClassVar[str]
    _modes: ClassVar[tuple[LearningMode, ...]]
    config: Any
    debug_mode: bool = False
    _schema: Any = None

    @property
    def learning_type(self) -> str:
        """Name of the kind, which is also what its rows say."""
        return self._type

    @property
    def schema(self) -> Any:
        """The class of its records."""
        return self._schema

    @property
    def db(self) -> Any:
        """Where it is kept."""
        return self.config.db

    @property
    def model(self) -> Any:
        """Who reads messages."""
        return self.config.model

    def set_log_level(self) -> None:
        """Show debug records when `debug_mode` is on."""
        if self.debug_mode:
            from wherry.core.log import set_log_level_to_debug

            set_log_level_to_debug()

    def _settle(self, schema: type[Any], refused: tuple[LearningMode, ...], told: str) -> None:
        self._schema = self.config.schema or schema
        if self.config.mode in refused:
            log_warning(f"{type(self).__name__} does not support {self.config.mode.name} mode. {told}")

    async def _ask(self, waits: Waits, method: str, **given: Any) -> Any:
        return await ask_database(waits, self.db, method, **given)

    def _state(self, **more: Any) -> str:
        shown = {"mode": self.config.mode.value, **more}
        return f"{type(self).__name__}({', '.join(f'{name}={value}' for name, value in shown.items())})"


class RowStore(Store):
    """A store with one row for each user or session: reading, writing, clearing, and learning from messages."""

    _key: ClassVar[str] = "user_id"
    _updated: ClassVar[str]
    _about: ClassVar[str]

    @property
    def was_updated(self) -> bool:
        """Whether the model called a tool when it last read messages."""
        return bool(getattr(self, self._updated))

    @property
    def _should_expose_tools(self) -> bool:
        return self.config.mode is LearningMode.AGENTIC or bool(self.config.enable_agent_tools)

    def _row_id(self, key: str) -> str | None:
        return build_learning_id(self._type, **{self._key: key})

    async def _load(self, waits: Waits, key: str) -> Any | None:
        if not self.db:
            return None
        try:
            found = await self._ask(waits, "get_learning", learning_type=self._type, **{self._key: key})
            content = found.get("content") if found else None
        except Exception as error:  # noqa: BLE001 - whatever a database raises: nothing is known then
            log_debug(f"{type(self).__name__} could not read {key!r}: {error}")
            return None
        return from_dict_safe(self.schema, content) if content else None

    async def _keep(self, waits: Waits, key: str, data: Any, **owner: Any) -> None:
        content = to_dict_safe(data) if self.db and data else None
        if not content:
            return
        row = {"id": self._row_id(key), "learning_type": self._type, self._key: key, **owner, "content": content}
        try:
            await self._ask(waits, "upsert_learning", **row)
        except Exception as error:  # noqa: BLE001 - whatever a database raises must not break the run
            log_debug(f"{type(self).__name__} could not write {key!r}: {error}")

    async def _drop(self, waits: Waits, key: str) -> bool:
        if not self.db:
            return False
        try:
            return bool(await self._ask(waits, "delete_learning", id=self._row_id(key)))
        except Exception as error:  # noqa: BLE001 - as above
            log_debug(f"{type(self).__name__} could not delete {key!r}: {error}")
            return False

    def _empty(self, key: str) -> Any:
        return self.schema(**{self._key: key})

    async def _read_out(
        self, waits: Waits, system: Message, user: Message, tools: list[Any], metrics: Any, last: str | None = None
    ) -> str:
        """Let the model work; what it said, or in a word whether anything changed."""
        said, acted = await read_out(
            waits,
            self.model,
            [system, user],
            tools,
            limit=self.config.max_updates_per_run,
            metrics=metrics,
            last=last,
        )
        if acted:
            setattr(self, self._updated, True)
        return said or (f"{self._about.capitalize()} updated" if self.was_updated else "No updates needed")

    def _unable(self) -> str | None:
        """What keeps a model from reading messages, or None."""
        for value, what in ((self.model, "model"), (self.db, "database")):
            if value is None or (what == "database" and not value):
                log_warning(f"{type(self).__name__} has no {what}: nothing is learned.")
                return f"No {what} provided for {self._about}"
        setattr(self, self._updated, False)
        return None


def told(messages: list[Any]) -> str | None:
    """What was said in the messages, or None."""
    text = conversation(messages)
    return text if text.strip() else None


# --- tools ---------------------------------------------------------------------------------------------------------


def tool_for(
    waits: Waits, work: Callable[..., Any], like: Callable[..., Any], failed: str | None
) -> Callable[..., Any]:
    """A tool that does `work`, a core, in this kind of waiting, and answers what went wrong instead of raising.

    Args:
        waits: How to wait.
        work: Called with the arguments of the tool; a coroutine function.
        like: Gives the tool its name, parameters and documentation.
        failed: What could not be done, for the log; None lets the tool raise, and the run tells the model.
    """
    from wherry.core.waits import finish

    signature = inspect.signature(like, eval_str=True)

    async def done(*args: Any, **kwargs: Any) -> str:
        try:
            return str(await work(**signature.bind(*args, **kwargs).arguments))
        except Exception as error:  # whatever a user's schema or database raises must not break the run
            if failed is None:
                raise
            log_warning(f"{failed}: {error}")
            return f"Error: {error}"

    made: Any = done
    if waits.blocking:

        def in_place(*args: Any, **kwargs: Any) -> str:
            return finish(done(*args, **kwargs))

        made = in_place
    made.__name__, made.__qualname__, made.__doc__ = like.__name__, like.__name__, like.__doc__
    made.__signature__ = signature.replace(return_annotation=str)
    made.__annotations__ = {name: one.annotation for name, one in signature.parameters.items()} | {"return": str}
    return made  # type: ignore[no-any-return]
