"""What a run is told of entities: which there are, what is known of those that matter, and how to write them.

Base of `EntityMemoryStore`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.learn.entities import showing
from wherry.learn.entities.names import words_to_search
from wherry.learn.entities.relevance import in_turn, joined, mentioned, unnamed_ends
from wherry.learn.stores.entity_rows import EntityRows
from wherry.learn.twins import blocking, looping

if TYPE_CHECKING:
    from wherry.core.waits import Waits
    from wherry.learn.entities.changes import Whose

FOLLOWED = 10
"""So many relationships are followed to their other ends."""


class EntityContext(EntityRows):
    """The store of entities as far as it speaks by itself."""

    @property
    def _should_expose_tools(self) -> bool:
        return bool(self.config.enable_agent_tools)

    async def _recall(
        self,
        waits: Waits,
        entity_id: str | None = None,
        entity_type: str | None = None,
        user_id: str | None = None,
        namespace: str | None = None,
        message: str | None = None,
        **kwargs: Any,
    ) -> dict[str, Any] | None:
        """What a system message shows: the directory of all entities, and what is known of those that matter now.

        Args:
            waits: How to wait.
            entity_id: An entity that matters in any case.
            entity_type: Its kind.
            user_id: Whose, in the namespace "user".
            namespace: In place of the configuration's.
            message: What the user says: entities that it names matter, then those that its words are found in.
            **kwargs: Not needed here.

        Returns:
            `directory`, `entities`, and the `related_names` of other entities by their ids; None for the namespace
            "user" without a user.
        """
        if (whose := self._whose(namespace, user_id)) is None:
            return None
        scope = {"user_id": whose.user_id, "namespace": whose.namespace}
        # One more than are shown, to see whether there are more.
        most = self.config.max_entities_in_directory + 1
        directory: list[Any] = await waits.wire(self.list_entities, self.alist_entities, **scope, limit=most)
        entities: list[Any] = []
        if entity_id and entity_type:
            found = await self._entity(waits, entity_id, entity_type, whose)
            entities = joined([], [found] if found is not None else [], 1)
        if message:
            shown = self.config.max_entities_in_context
            entities = joined(entities, mentioned(directory, message), shown)
            if len(entities) < shown:
                hits = [
                    await waits.wire(self.search, self.asearch, query=word, **scope, limit=shown)
                    for word in words_to_search(message, entities)
                ]
                entities = joined(entities, in_turn(hits), shown)
        names = await self._names(waits, entities, directory, whose)
        return {"directory": directory, "entities": entities, "related_names": names}

    recall, arecall = blocking(_recall), looping(_recall)

    async def _names(self, waits: Waits, entities: list[Any], directory: list[Any], whose: Whose) -> dict[str, str]:
        """Names by ids: of the directory, and of the other ends of relationships, the first ones only."""
        names = {one.entity_id: getattr(one, "name", None) or one.entity_id for one in directory if one.entity_id}
        for end, kind in unnamed_ends(entities, names)[:FOLLOWED]:
            far = await self._entity(waits, end, kind, whose)
            if far is None:  # of a kind that it has no more
                far = next(iter(self._read(await self._of_id(waits, end, whose))), None)
            if far is not None:
                archived = " (archived)" if getattr(far, "archived_at", None) else ""
                names[end] = f"{getattr(far, 'name', None) or end}{archived}"
        return names

    def process(self, messages: list[Any], **kwargs: Any) -> None:
        """Nothing: the agent writes by itself."""

    async def aprocess(self, messages: list[Any], **kwargs: Any) -> None:
        """Nothing: the agent writes by itself."""

    def build_context(self, data: Any) -> str:
        """What was recalled as the system message shows it; an entity or a list of them will do as well."""
        return showing.context(self.config, data) or (showing.NOTHING if self._should_expose_tools else "")

    def instructions(self) -> str:
        """When the agent uses its tools."""
        return showing.GUIDANCE if self._should_expose_tools else ""
