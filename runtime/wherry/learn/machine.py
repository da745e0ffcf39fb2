"""`LearningMachine`: the stores of an agent or team as one; mirrors `agno.learn.machine`.

The stores are made when they are first asked for, with the machine's database, model and knowledge base. An agent that
has a machine as `learning=` asks it for context and tools before it talks to the model, and lets it read the messages
beside the answer (`wherry.core.agent.learning`); one may do all of that by hand as well.
"""

from __future__ import annotations

import inspect
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.core.log import log_info, log_warning
from wherry.core.matrix import module_getattr
from wherry.learn.capturing import acapture, capture
from wherry.learn.config import LearningMode
from wherry.learn.keeping import CONFIGS, described, machine_dict, machine_values
from wherry.learn.lacking import without_model, without_user
from wherry.learn.twins import blocking, looping

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.waits import Waits

_HANDED = ("model", "db", "knowledge")
_CONFIRMED = (LearningMode.PROPOSE, LearningMode.HITL)


def _taken(function: Callable[..., Any], given: dict[str, Any]) -> dict[str, Any]:
    """What a store's method takes of the arguments; everything when it takes any, or none by name."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return given
    kinds = {one.kind for one in parameters.values()}
    if inspect.Parameter.VAR_KEYWORD in kinds or inspect.Parameter.VAR_POSITIONAL in kinds:
        return given
    return {name: value for name, value in given.items() if name in parameters}


@dataclass(repr=False)
class LearningMachine:
    """What agents learn, and how.

    Each store is switched on by True, a configuration, or a store of one's own.

    Attributes:
        db: Where stores keep their rows; an agent's own by default.
        model: Who reads messages; an agent's own by default.
        knowledge: The knowledge base of learned knowledge; giving one switches that store on.
        user_profile: Fields about a user.
        user_memory: Sentences about a user.
        session_context: What a session has come to.
        entity_memory: What is known of people, companies and projects.
        learned_knowledge: What helps in other conversations.
        decision_log: What was decided.
        namespace: Of entities and learned knowledge, where their configuration does not name one.
        max_updates_per_run: Calls of tools that a model may make in one reading.
        custom_stores: Further stores by name.
        debug_mode: Show debug records.
        name: By which a `Registry` knows the machine; None for one that belongs to its agent.
    """

    _STORE_CONFIG_CLASSES: ClassVar[dict[str, Any]] = CONFIGS
    db: Any = None
    model: Any = None
    knowledge: Any = None
    user_profile: Any = False
    user_memory: Any = False
    session_context: Any = False
    entity_memory: Any = False
    learned_knowledge: Any = False
    decision_log: Any = False
    namespace: str = "global"
    max_updates_per_run: int = 10
    custom_stores: dict[str, Any] | None = None
    debug_mode: bool = False
    name: str | None = None
    _stores: dict[str, Any] | None = field(default=None, init=False)
    _curator: Any = field(default=None, init=False)
    _placed_by_hand: bool = field(default=False, init=False)
    _said: set[str] = field(default_factory=set, init=False)
    _capture_tasks: set[Any] = field(default_factory=set, init=False)
    _init_lock: threading.Lock = field(default_factory=threading.Lock, init=False, compare=False)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_init_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._init_lock = threading.Lock()

    # --- stores ---
    @property
    def stores(self) -> dict[str, Any]:
        """The stores by name, in Agno's order; what the machine was given since they were made reaches them, too."""
        if self._stores is None:
            with self._init_lock:
                if self._stores is None:
                    self._stores = self._made()
        for store in self._stores.values():
            config = getattr(store, "config", None)
            for name in _HANDED if config is not None else ():
                value = getattr(self, name)
                if value is not None and getattr(config, name, self) is None:
                    setattr(config, name, value)
        return self._stores

    def _made(self) -> dict[str, Any]:
        made = {}
        for name in CONFIGS:
            given = getattr(self, name)
            if not given and name == "learned_knowledge" and self.knowledge is not None:
                given = True
            if given:
                made[name] = self._store(name, given)
        return {**made, **(self.custom_stores or {})}

    def _store(self, name: str, given: Any) -> Any:
        if not isinstance(given, bool) and all(
            callable(getattr(given, method, None)) for method in ("recall", "process", "build_context")
        ):
            return given
        from wherry.learn import stores

        kind = CONFIGS[name]
        config = given if isinstance(given, kind) else kind()
        for handed in _HANDED:
            if getattr(config, handed, self) is None:
                setattr(config, handed, getattr(self, handed))
        if config.max_updates_per_run is None:
            config.max_updates_per_run = self.max_updates_per_run
        if getattr(config, "namespace", None) == "global":
            config.namespace = self.namespace
        made = getattr(stores, kind.__name__.replace("Config", "Store"))
        return made(config=config, debug_mode=self.debug_mode)

    @property
    def user_profile_store(self) -> Any | None:
        """The store of profiles, or None."""
        return self.stores.get("user_profile")

    @property
    def user_memory_store(self) -> Any | None:
        """The store of memories, or None."""
        return self.stores.get("user_memory")

    @property
    def session_context_store(self) -> Any | None:
        """The store of contexts, or None."""
        return self.stores.get("session_context")

    @property
    def entity_memory_store(self) -> Any | None:
        """The store of entities, or None."""
        return self.stores.get("entity_memory")

    @property
    def learned_knowledge_store(self) -> Any | None:
        """The store of learned knowledge, or None."""
        return self.stores.get("learned_knowledge")

    @property
    def decision_log_store(self) -> Any | None:
        """The store of decisions, or None."""
        return self.stores.get("decision_log")

    @property
    def was_updated(self) -> bool:
        """Whether a store was changed by its last work."""
        return any(getattr(store, "was_updated", False) for store in self.stores.values())

    @property
    def requires_history(self) -> bool:
        """Whether a store asks people first, for which the agent has to see the earlier messages."""
        given = (getattr(self, name) for name in CONFIGS)
        modes = (getattr(one, "mode", None) or getattr(getattr(one, "config", None), "mode", None) for one in given)
        return any(mode in _CONFIRMED for mode in modes)

    # --- context and tools ---
    async def _each(self, waits: Waits, method: str, given: dict[str, Any]) -> dict[str, Any]:
        """What each store answers; one that fails is left out, with a warning."""
        answers = {}
        for name, store in self.stores.items():
            try:
                function = getattr(store, method if waits.blocking else f"a{method}")
                answers[name] = await waits.call(function, **_taken(function, given))
            except Exception as error:  # noqa: BLE001 - whatever a user's store raises must not break the run
                log_warning(f"{method}() of the learning store {name!r} failed: {error}")
        return answers

    async def _recall(
        self,
        waits: Waits,
        user_id: str | None = None,
        session_id: str | None = None,
        message: str | None = None,
        entity_id: str | None = None,
        entity_type: str | None = None,
        namespace: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """What each store knows that matters now, by the store's name.

        Args:
            waits: How to wait.
            user_id: Whose run it is.
            session_id: The session.
            message: What the user says, by which learned knowledge is searched.
            entity_id: One entity.
            entity_type: Its kind.
            namespace: In place of the stores' own.
            agent_id: The agent.
            team_id: The team.
            **kwargs: For stores of one's own.
        """
        given = {"user_id": user_id, "session_id": session_id, "message": message, "query": message}
        given |= {"entity_id": entity_id, "entity_type": entity_type, "namespace": namespace}
        return await self._each(waits, "recall", {**given, "agent_id": agent_id, "team_id": team_id, **kwargs})

    recall, arecall = blocking(_recall), looping(_recall)

    async def _build_context(
        self,
        waits: Waits,
        user_id: str | None = None,
        session_id: str | None = None,
        message: str | None = None,
        entity_id: str | None = None,
        entity_type: str | None = None,
        namespace: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        **kwargs: Any,
    ) -> str:
        """What each store knows that matters now, as a system message shows it; arguments as of `recall`."""
        given = {"user_id": user_id, "session_id": session_id, "message": message, "entity_id": entity_id}
        given |= {"entity_type": entity_type, "namespace": namespace, "agent_id": agent_id, "team_id": team_id}
        known = await waits.wire(self.recall, self.arecall, **given, **kwargs)
        parts = []
        for name, data in known.items():
            try:
                parts.append(self.stores[name].build_context(data=data))
            except Exception as error:  # noqa: BLE001 - as in `_each`
                log_warning(f"build_context() of the learning store {name!r} failed: {error}")
        return "\n\n".join(part for part in parts if part)

    build_context, abuild_context = blocking(_build_context), looping(_build_context)

    def instructions(self) -> str:
        """How the agent uses the stores' tools, for a prompt of one's own; an agent with `learning=` is told anyway."""
        self._placed_by_hand = True
        return self._instructions_text()

    def _instructions_text(self) -> str:
        parts = []
        for name, store in self.stores.items():
            try:
                parts.append(store.instructions() if callable(getattr(store, "instructions", None)) else "")
            except Exception as error:  # noqa: BLE001 - as in `_each`
                log_warning(f"instructions() of the learning store {name!r} failed: {error}")
        return "\n\n".join(part for part in parts if part)

    def _framework_instructions(self) -> str:
        """`instructions` for an agent with `learning=`."""
        if self._placed_by_hand:
            self._once(
                "twice",
                "instructions() of this LearningMachine was called, and it is an agent's learning= as well: what it "
                "says stands in the prompt twice. Do one of the two.",
            )
        return self._instructions_text()

    def _once(self, key: str, text: str, *, warn: bool = True) -> None:
        if key not in self._said:
            self._said.add(key)
            (log_warning if warn else log_info)(text)

    def _tell_lacks(self, user_id: str | None) -> None:
        """Say once what does nothing for want of a user or a model."""
        if not user_id and (told := without_user(self.stores)):
            self._once("user", told, warn=False)
        if told := without_model(self.stores):
            self._once("model", told)

    async def _get_tools(
        self,
        waits: Waits,
        user_id: str | None = None,
        session_id: str | None = None,
        namespace: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        **kwargs: Any,
    ) -> list[Callable[..., Any]]:
        """The tools of the stores for the agent; arguments as of `recall`."""
        self._tell_lacks(user_id)
        given = {"user_id": user_id, "session_id": session_id, "namespace": namespace}
        given |= {"agent_id": agent_id, "team_id": team_id, **kwargs}
        found = await self._each(waits, "get_tools", given)
        return [tool for tools in found.values() for tool in tools or ()]

    get_tools, aget_tools = blocking(_get_tools), looping(_get_tools)

    # --- learning ---
    async def _process(
        self,
        waits: Waits,
        messages: list[Any],
        user_id: str | None = None,
        session_id: str | None = None,
        namespace: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Let the stores in ALWAYS learn from messages, one after the other; further arguments as of `recall`."""
        given = {"messages": messages, "user_id": user_id, "session_id": session_id, "namespace": namespace}
        await self._each(waits, "process", {**given, "agent_id": agent_id, "team_id": team_id, **kwargs})

    process, aprocess = blocking(_process), looping(_process)

    def capture_hook(self) -> Callable[..., Any]:
        """A post-hook that lets the stores in ALWAYS learn from a run, for agents without `learning=`.

        An agent's run does not wait for it, a team's does; a program ends when all is learned.
        """
        return capture(self)

    def acapture_hook(self) -> Callable[..., Any]:
        """`capture_hook` for async runs; nobody waits for it, and the end of the event loop breaks it off."""
        return acapture(self)

    @property
    def curator(self) -> Any:
        """Who keeps profiles small; see `Curator`."""
        if self._curator is None:
            from wherry.learn.curate import Curator

            self._curator = Curator(machine=self)
        return self._curator

    def set_log_level(self) -> None:
        """Show debug records when `debug_mode` is on."""
        if self.debug_mode:
            from wherry.core.log import set_log_level_to_debug

            set_log_level_to_debug()

    # --- as data ---
    def to_dict(self) -> dict[str, Any]:
        """The machine as plain data, without database, model and knowledge; callables are named only."""
        return machine_dict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> LearningMachine:
        """A machine out of what `to_dict` wrote, here or in Agno; stores of one's own have to be added again."""
        return cls(**machine_values(data))

    def __repr__(self) -> str:
        known = list(self.stores) if self._stores is not None else "[not initialized]"
        parts = {
            "name": repr(self.name),
            "stores": known,
            "db": type(self.db).__name__ if self.db else None,
            "model": getattr(self.model, "id", None) if self.model else None,
            "knowledge": self.knowledge is not None,
            "namespace": repr(self.namespace),
        }
        return f"LearningMachine({', '.join(f'{name}={value}' for name, value in parts.items())})"


def describe_learning_machine(machine: Any) -> dict[str, Any]:
    """What a machine is set to, for lists of them; its stores are not made. Mirrors the function of Agno's name."""
    return described(machine)


__getattr__ = module_getattr(__name__, "agno.learn.machine")
