"""`EntityMemoryStore`: what is known of people, companies and projects; mirrors `agno.learn.stores.entity_memory`.

The agent writes and searches entities through four tools; no model reads messages. A new fact retires those that it
contradicts, which a model judges. Rows are in `entity_rows`, what a run is told in `entity_context`, tools in
`entity_tools`, all else in `learn.entities`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.core.log import log_info, log_warning
from wherry.learn.config import EntityMemoryConfig, agentic_only
from wherry.learn.entities import showing
from wherry.learn.entities.changes import (
    Change,
    Told,
    Whose,
    blank,
    news,
    relate,
    remembered,
    renamed_kind,
    retire,
    without_edge,
)
from wherry.learn.entities.forgetting import forgotten, label
from wherry.learn.entities.judge import judged
from wherry.learn.entities.locks import WriteLocks
from wherry.learn.entities.names import UNKNOWN, given, key_of, named
from wherry.learn.schemas import EntityMemory
from wherry.learn.stores.entity_context import FOLLOWED, EntityContext
from wherry.learn.stores.entity_tools import entity_tools
from wherry.learn.twins import blocking, looping
from wherry.learn.utils import print_panel

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.waits import Waits

NO_DATABASE = "Entity memory has no database"
NO_USER = "The namespace 'user' of entity memory needs a user_id"


@dataclass(repr=False)
class EntityMemoryStore(EntityContext):
    """Keeps what is known of entities.

    Attributes:
        config: Where, for whom, and how much of it is shown.
        debug_mode: Show debug records.
        entity_updated: Whether an entity was written.

    Raises:
        ConfigurationError: (a ValueError) The mode is not AGENTIC.
    """

    _type: ClassVar[str] = "entity_memory"
    config: EntityMemoryConfig = field(default_factory=EntityMemoryConfig)
    debug_mode: bool = False
    entity_updated: bool = field(default=False, init=False)
    _schema: Any = field(default=None, init=False)
    _degraded_search_logged: bool = field(default=False, init=False)
    _async_db_in_sync_logged: bool = field(default=False, init=False)
    _locks: WriteLocks = field(default_factory=WriteLocks, init=False, compare=False)

    def __post_init__(self) -> None:
        agentic_only(self.config.mode)
        self._schema = self.config.schema or EntityMemory

    @property
    def was_updated(self) -> bool:
        """Whether an entity was written."""
        return self.entity_updated

    # --- tools ---
    async def _get_tools(
        self,
        waits: Waits,
        user_id: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        namespace: str | None = None,
        **kwargs: Any,
    ) -> list[Callable[..., Any]]:
        """The tools for the agent."""
        if not self._should_expose_tools:
            return []
        scope = {"user_id": user_id, "namespace": namespace or self.config.namespace}
        return entity_tools(self, waits, scope, {"agent_id": agent_id, "team_id": team_id})

    get_tools, aget_tools = blocking(_get_tools), looping(_get_tools)

    # --- writing ---
    async def _remember_about(
        self,
        waits: Waits,
        entity: str,
        entity_type: str,
        description: str | None = None,
        facts: list[str] | None = None,
        events: list[str] | None = None,
        note: str | None = None,
        aliases: list[str] | None = None,
        user_id: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        namespace: str | None = None,
    ) -> str:
        """Put down what is told of an entity; what is known of it stays but for facts that hold no longer.

        Args:
            waits: How to wait.
            entity: Its name; "project/Harbor" says its kind as well.
            entity_type: Its kind.
            description: What it is.
            facts: What holds of it.
            events: What happened.
            note: The path of a file with more.
            aliases: Other names.
            user_id: Whose run it is; needed in the namespace "user".
            agent_id: By which agent.
            team_id: By which team.
            namespace: In place of the configuration's.

        Returns:
            What was put down, as a model is told.
        """
        if not self.db:
            return f"{NO_DATABASE}: nothing was recorded."
        if not named(entity):
            return "Entity name is required: nothing was recorded."
        if (whose := self._whose(namespace, user_id, agent_id, team_id)) is None:
            return f"{NO_USER}: nothing was recorded."
        name, kind = await self._parted(waits, entity, whose, entity_type)
        told = Told(
            name,
            kind or entity_type,
            given(description),
            facts=facts or (),
            events=events or (),
            note=given(note),
            aliases=aliases or (),
        )
        known = await self._meant(waits, told.name, told.entity_type, whose)
        # The model is asked before the lock is taken: it may take long, and only reads.
        verdict = await judged(waits, self.config, known, news(known, told.facts)[0])
        async with self._locks.held(waits):
            change = await self._change(waits, told, verdict, whose)
            written = await self._write(waits, change.entity, whose)
        if not written:
            return f"Failed to record on {label(change.entity)}."
        if change.was:
            await self._settle_kind(waits, change, whose)
        self.entity_updated = True
        rows = await self._of_id(waits, change.entity.entity_id, whose)
        kinds = [row.get("entity_type") for row in rows]
        others = [f"{one}/{change.entity.entity_id}" for one in kinds if one and one != change.entity.entity_type]
        return showing.recorded(change, told, others)

    remember_about, aremember_about = blocking(_remember_about), looping(_remember_about)

    async def _change(self, waits: Waits, told: Told, verdict: list[tuple[str, float]], whose: Whose) -> Change:
        """The entity as it stands now, with what is told in it."""
        known = await self._meant(waits, told.name, told.entity_type, whose)
        fresh, repeated = news(known, told.facts)
        change = remembered(self.schema, known, replace(told, facts=fresh), whose)
        change.facts, change.repeated = fresh, repeated
        change.retired = retire(change.entity, verdict, fresh, self.config.supersession_threshold)
        if change.revived:
            log_info(f"Entity {label(change.entity)} was archived, and is revived: something was told of it.")
        return change

    async def _settle_kind(self, waits: Waits, change: Change, whose: Whose) -> None:
        """Remove the row of the kind that an entity had, and tell those that it is related to."""
        entity = change.entity
        old = self._row_id(entity.entity_id, str(change.was), whose)
        try:
            await self._ask(waits, "delete_learning", id=old)
        except Exception as error:  # noqa: BLE001 - whatever a database raises: the new row is written
            log_warning(f"The old row {old!r} of {label(entity)} could not be deleted: {error}")
        for edge in (getattr(entity, "relationships", None) or [])[:FOLLOWED]:
            if isinstance(edge, dict):
                far = await self._entity(waits, edge.get("entity_id", ""), edge.get("entity_type", ""), whose)
                if far is not None and renamed_kind(far, entity):
                    await self._write(waits, far, whose)

    async def _link_entities(
        self,
        waits: Waits,
        entity: str,
        relation: str,
        related_entity: str,
        user_id: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        namespace: str | None = None,
    ) -> str:
        """Put down how two entities stand to each other, on both; one that is not known is made.

        Args:
            waits: How to wait.
            entity: The name of the one.
            relation: A verb.
            related_entity: The name of the other.
            user_id: As of `remember_about`.
            agent_id: As of `remember_about`.
            team_id: As of `remember_about`.
            namespace: As of `remember_about`.

        Returns:
            What was put down, as a model is told.
        """
        if not self.db:
            return f"{NO_DATABASE}: nothing was recorded."
        if (whose := self._whose(namespace, user_id, agent_id, team_id)) is None:
            return f"{NO_USER}: nothing was recorded."
        if not named(entity) or not named(related_entity):
            return "Both entity names are required: nothing was recorded."
        for name in (entity, related_entity):
            if (refused := await self._ambiguous(waits, name, whose)) is not None:
                return refused
        ends = [await self._parted(waits, name, whose) for name in (entity, related_entity)]
        async with self._locks.held(waits):
            source, target = [await self._meant_or_new(waits, name, kind, whose) for name, kind in ends]
            if key_of(source) == key_of(target):
                return f"{label(source)} cannot be linked to itself: nothing was recorded."
            relate(source, relation, target)
            for one in (source, target):
                if not await self._write(waits, one, whose):
                    return "Failed to record the link."
        self.entity_updated = True
        return showing.linked(source, relation, target)

    link_entities, alink_entities = blocking(_link_entities), looping(_link_entities)

    async def _meant_or_new(self, waits: Waits, name: str, kind: str | None, whose: Whose) -> Any:
        found = await self._meant(waits, name, kind, whose)
        return blank(self.schema, name, UNKNOWN, whose) if found is None else found

    async def _forget(
        self,
        waits: Waits,
        entity: str,
        fact: str | None = None,
        user_id: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        namespace: str | None = None,
    ) -> str:
        """Take back a fact, an event or a relationship, or archive an entity.

        Args:
            waits: How to wait.
            entity: Its name; "project/Harbor" where several are of it.
            fact: What no longer holds; None archives the entity.
            user_id: As of `remember_about`.
            agent_id: As of `remember_about`.
            team_id: As of `remember_about`.
            namespace: As of `remember_about`.

        Returns:
            What was taken back, as a model is told.
        """
        if not self.db:
            return f"{NO_DATABASE}: nothing was changed."
        if (whose := self._whose(namespace, user_id, agent_id, team_id)) is None:
            return f"{NO_USER}: nothing was changed."
        async with self._locks.held(waits):
            if (refused := await self._ambiguous(waits, entity, whose)) is not None:
                return refused
            name, kind = await self._parted(waits, entity, whose)
            known = await self._meant(waits, name, kind, whose)
            if known is None:
                return f"No entity found by the name {name!r}."
            outcome = forgotten(known, fact)
            if outcome.changed and not await self._write(waits, known, whose):
                return f"Failed to update {label(known)}."
            if outcome.edge is not None:
                await self._part(waits, known, outcome.edge, whose)
        self.entity_updated = self.entity_updated or outcome.changed
        return outcome.text

    forget, aforget = blocking(_forget), looping(_forget)

    async def _part(self, waits: Waits, entity: Any, edge: dict[str, Any], whose: Whose) -> None:
        """Take a relationship out of its other end as well; one that cannot be read keeps it."""
        ends = (str(edge.get("entity_id", "")), str(edge.get("entity_type", "")))
        far = await self._entity(waits, *ends, whose)
        if far is not None and without_edge(far, entity, edge):
            await self._write(waits, far, replace(whose, agent_id=entity.agent_id, team_id=entity.team_id))

    # --- looking ---
    async def _search_entities(
        self,
        waits: Waits,
        query: str | None = None,
        entity_type: str | None = None,
        user_id: str | None = None,
        namespace: str | None = None,
        limit: int = 10,
    ) -> str:
        """What is known of the entities that `search` finds, or of those that changed last, as a model is told."""
        if (whose := self._whose(namespace, user_id)) is None:
            return f"{NO_USER}: nothing was searched."
        asked, kind = given(query), given(entity_type)
        scope: dict[str, Any] = {"user_id": whose.user_id, "namespace": whose.namespace, "entity_type": kind}
        scope |= {"limit": limit, "include_archived": True}
        if asked:
            found = await waits.wire(self.search, self.asearch, query=asked, **scope)
        else:
            found = await waits.wire(self.list_entities, self.alist_entities, **scope)
        return showing.found(found, asked, kind, whose.namespace, limit)

    search_entities, asearch_entities = blocking(_search_entities), looping(_search_entities)

    # --- people ---
    def __repr__(self) -> str:
        shown = {"namespace": self.config.namespace, "db": self.db is not None, "model": self.model is not None}
        return self._state(**shown, enable_agent_tools=self.config.enable_agent_tools)

    def print(
        self,
        entity_id: str,
        entity_type: str,
        *,
        user_id: str | None = None,
        namespace: str | None = None,
        raw: bool = False,
    ) -> None:
        """Draw an entity in the terminal; with `raw` as it is stored."""
        scope = {"user_id": user_id, "namespace": namespace or self.config.namespace}
        entity = self.get(entity_id=entity_id, entity_type=entity_type, **scope)
        lines = showing.panel(entity, entity_id, entity_type)
        told: dict[str, Any] = {"empty_message": "No entity found", "raw_data": entity, "raw": raw}
        print_panel("Entity Memory", f"{entity_type}/{entity_id}", lines, **told)
