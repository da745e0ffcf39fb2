"""The rows of entities: reading, searching, writing, and finding the one that a name means.

One row for each entity of a namespace; in the namespace "user" for each user's own. Base of `EntityContext`.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.core.log import log_debug, log_warning
from wherry.db.base import AsyncBaseDb
from wherry.learn.entities.changes import Whose
from wherry.learn.entities.names import folded, key_of, kind_of, may_be_one, names_of, slug, split_kind
from wherry.learn.entities.showing import ambiguous
from wherry.learn.stores.base import Store
from wherry.learn.twins import blocking, looping
from wherry.learn.utils import build_learning_id, values_match_query

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wherry.core.waits import Waits

Row = dict[str, Any]
LOOKED_AT = 50
"""So many rows are looked at where the database cannot search."""
PROBED = 20


class EntityRows(Store):
    """The store of entities as far as its rows go; arguments and answers are Agno's."""

    _type: ClassVar[str] = "entity_memory"
    _degraded_search_logged: bool = False
    _async_db_in_sync_logged: bool = False

    # --- scope ---
    def _whose(
        self,
        namespace: str | None,
        user_id: str | None,
        agent_id: str | None = None,
        team_id: str | None = None,
    ) -> Whose | None:
        """The namespace, for whom and by whom; None for the namespace "user" without a user."""
        whose = Whose(namespace or self.config.namespace, user_id, agent_id, team_id)
        if whose.namespace == "user" and not user_id:
            log_warning("The namespace 'user' of entity memory needs a user_id: nothing is read or written.")
            return None
        return whose

    def _reachable(self, waits: Waits) -> bool:
        """Whether the database can be asked in this kind of waiting; says once that it can only be awaited."""
        if not self.db:
            return False
        if not (waits.blocking and isinstance(self.db, AsyncBaseDb)):
            return True
        if not self._async_db_in_sync_logged:
            self._async_db_in_sync_logged = True
            log_warning(f"{type(self.db).__name__} can only be awaited: use the store's methods that begin with 'a'.")
        return False

    def _row_id(self, entity_id: str, entity_type: str, whose: Whose) -> str | None:
        given = {"entity_id": entity_id, "entity_type": entity_type}
        return build_learning_id(self._type, **given, namespace=whose.namespace, user_id=whose.user_id)

    async def _rows(self, waits: Waits, whose: Whose, method: str = "get_learnings", **given: Any) -> list[Row]:
        """Rows of the scope, as the database sorts them: those that changed last first."""
        scope = {"learning_type": self._type, "namespace": whose.namespace, "user_id": whose.owner}
        return await self._ask(waits, method, **scope, **given) or []

    async def _rows_or_none(self, waits: Waits, whose: Whose, **given: Any) -> list[Row]:
        """`_rows`, or none at all when the database fails."""
        if not self._reachable(waits):
            return []
        try:
            return await self._rows(waits, whose, **given)
        except Exception as error:  # noqa: BLE001 - whatever a database raises: nothing is known then
            log_debug(f"Entities could not be read: {error}")
            return []

    def _read(self, rows: Iterable[Row], *, archived: bool = True) -> list[Any]:
        """The entities of rows that can be read."""
        made = (self.schema.from_dict(row.get("content")) for row in rows)
        return [one for one in made if one is not None and (archived or not getattr(one, "archived_at", None))]

    # --- one ---
    async def _get(
        self,
        waits: Waits,
        entity_id: str,
        entity_type: str,
        user_id: str | None = None,
        namespace: str | None = None,
    ) -> Any | None:
        """An entity by its id and kind, archived or not; or None."""
        if not self._reachable(waits) or (whose := self._whose(namespace, user_id)) is None:
            return None
        scope = {"learning_type": self._type, "namespace": whose.namespace, "user_id": whose.owner}
        try:
            row = await self._ask(waits, "get_learning", entity_id=entity_id, entity_type=entity_type, **scope)
            content = row.get("content") if row else None
            return self.schema.from_dict(content) if content else None
        except Exception as error:  # noqa: BLE001 - whatever a database raises: nothing is known then
            log_debug(f"Entity {entity_type}/{entity_id} could not be read: {error}")
            return None

    get, aget = blocking(_get), looping(_get)

    async def _entity(self, waits: Waits, entity_id: Any, entity_type: Any, whose: Whose) -> Any | None:
        """`get` within a scope."""
        given = {"entity_id": entity_id, "entity_type": entity_type}
        scope = {"user_id": whose.user_id, "namespace": whose.namespace}
        return await waits.wire(self.get, self.aget, **given, **scope)

    async def _delete(
        self,
        waits: Waits,
        entity_id: str,
        entity_type: str,
        namespace: str | None = None,
        *,
        user_id: str | None = None,
    ) -> bool:
        """Delete the row of an entity; whether there was one. No tool does that."""
        if not self._reachable(waits) or (whose := self._whose(namespace, user_id)) is None:
            return False
        row_id = self._row_id(entity_id, entity_type, whose)
        if row_id is None:
            return False
        try:
            return bool(await self._ask(waits, "delete_learning", id=row_id))
        except Exception as error:  # noqa: BLE001 - whatever a database raises: nothing is deleted then
            log_debug(f"Entity {entity_type}/{entity_id} could not be deleted: {error}")
            return False

    delete, adelete = blocking(_delete), looping(_delete)

    async def _write(self, waits: Waits, entity: Any, whose: Whose) -> bool:
        """Store an entity; whether that went well."""
        row_id = self._row_id(entity.entity_id, entity.entity_type, whose)
        if not self._reachable(waits) or row_id is None:
            return False
        try:
            content = entity.to_dict()
            if content:
                row = {"entity_id": entity.entity_id, "entity_type": entity.entity_type, "namespace": whose.namespace}
                row |= {"user_id": whose.owner, "agent_id": whose.agent_id, "team_id": whose.team_id}
                await self._ask(waits, "upsert_learning", id=row_id, learning_type=self._type, **row, content=content)
        except Exception as error:  # noqa: BLE001 - whatever a database raises; the model is told that it failed
            log_debug(f"Entity {row_id!r} could not be written: {error}")
            return False
        return bool(content)

    # --- several ---
    async def _list_entities(
        self,
        waits: Waits,
        entity_type: str | None = None,
        user_id: str | None = None,
        namespace: str | None = None,
        limit: int = 10,
        include_archived: bool = False,
    ) -> list[Any]:
        """The entities that changed last.

        Args:
            waits: How to wait.
            entity_type: Of this kind only.
            user_id: Whose, in the namespace "user".
            namespace: In place of the configuration's.
            limit: At most so many.
            include_archived: Those that are archived, too.
        """
        if not self._reachable(waits) or (whose := self._whose(namespace, user_id)) is None:
            return []
        kind, found = kind_of(entity_type), []
        # Archived ones are left out afterwards: so many more are fetched until enough are left.
        for fetched in (limit,) if include_archived else (limit * 2, limit * 8, limit * 32):
            rows = await self._rows_or_none(waits, whose, entity_type=kind, limit=fetched)
            found = self._read(rows, archived=include_archived)[:limit]
            if len(found) >= limit or len(rows) < fetched:
                break
        return found

    list_entities, alist_entities = blocking(_list_entities), looping(_list_entities)

    async def _search(
        self,
        waits: Waits,
        query: str,
        entity_type: str | None = None,
        user_id: str | None = None,
        namespace: str | None = None,
        limit: int = 10,
        include_archived: bool = False,
    ) -> list[Any]:
        """Entities with a text in one of their values: those of this name first, then those that changed last.

        Args:
            waits: How to wait.
            query: What is looked for; blanks, hyphens and underscores are the same.
            entity_type: Of this kind only.
            user_id: Whose, in the namespace "user".
            namespace: In place of the configuration's.
            limit: At most so many.
            include_archived: Those that are archived, too.

        Raises:
            Exception: What the database raises: a search that failed is not one that found nothing.
        """
        if not self._reachable(waits) or (whose := self._whose(namespace, user_id)) is None:
            return []
        kind = kind_of(entity_type)
        if self._searches():
            try:
                found = await self._matching(waits, whose, query, kind, limit, include_archived)
            except NotImplementedError:
                self._tell_degraded()
            else:
                rows = await self._of_id(waits, slug(query), whose)
                own = [row for row in rows if not kind or row.get("entity_type") == kind]
                first = self._read(own, archived=include_archived)
                keys = {key_of(one) for one in first}
                return [*first, *(one for one in found if key_of(one) not in keys)][:limit]
        rows = await self._rows_or_none(waits, whose, entity_type=kind, limit=limit * 3)
        return self._saying(rows, query, archived=include_archived)[:limit]

    search, asearch = blocking(_search), looping(_search)

    async def _matching(
        self, waits: Waits, whose: Whose, query: str, kind: str | None, limit: int, archived: bool
    ) -> list[Any]:
        """What the database finds, without rows that have the query among their keys only: more until it is enough."""
        fetched = max(limit, 1) * 3
        while True:
            rows = await self._rows(waits, whose, "search_learnings", query=query, entity_type=kind, limit=fetched)
            found = self._saying(rows, query, archived=archived)[:limit]
            if len(found) >= limit or len(rows) < fetched:
                return found
            fetched *= 4

    def _saying(self, rows: list[Row], query: str, *, archived: bool) -> list[Any]:
        return self._read(
            (row for row in rows if values_match_query(row.get("content") or {}, query)), archived=archived
        )

    def _searches(self) -> bool:
        if callable(getattr(self.db, "search_learnings", None)):
            return True
        self._tell_degraded()
        return False

    def _tell_degraded(self) -> None:
        if self._degraded_search_logged:
            return
        self._degraded_search_logged = True
        log_warning(
            f"{type(self.db).__name__} has no search_learnings implementation: only the {LOOKED_AT} entities that "
            "changed last are looked at. Of an older one that is called by another name a SECOND entity is made, and "
            "the two cannot be joined. SqliteDb, PostgresDb and their async forms search."
        )

    # --- names ---
    async def _of_id(self, waits: Waits, entity_id: Any, whose: Whose) -> list[Row]:
        """The rows of an id, of whatever kind."""
        return _sorted(await self._rows_or_none(waits, whose, entity_id=entity_id))

    async def _called(self, waits: Waits, name: str, whose: Whose) -> list[Row]:
        """Rows that may be of this name or have it among their other names.

        Raises:
            Exception: What the database raises: an entity that is not found would be made a second time.
        """
        if not self._reachable(waits):
            return []
        if self._searches():
            rows: dict[Any, Row] = {}
            try:
                # As it stands in the row: the value of "name", then any value.
                for probe in (f'name": "{name.strip()}', f'"{name.strip()}"'):
                    for row in await self._rows(waits, whose, "search_learnings", query=probe, limit=PROBED):
                        rows.setdefault(row.get("learning_id"), row)
            except NotImplementedError:
                self._tell_degraded()
            else:
                return list(rows.values())
        return await self._rows_or_none(waits, whose, limit=LOOKED_AT)

    async def _meant(self, waits: Waits, name: str, entity_type: str | None, whose: Whose) -> Any | None:
        """The entity that a name means: by its id, else by its name, else by another name of it; or None."""
        kind, own = kind_of(entity_type), slug(name)
        if kind and (found := await self._entity(waits, own, kind, whose)) is not None:
            return found

        def fitting(rows: list[Row]) -> list[Any]:
            return [one for one in self._read(rows) if may_be_one(kind, getattr(one, "entity_type", None))]

        if of_id := fitting(await self._of_id(waits, own, whose)):
            return of_id[0]
        called = fitting(_sorted(await self._called(waits, name, whose)))
        by_name = (one for one in called if folded(getattr(one, "name", None) or "") == folded(name))
        by_alias = (one for one in called if folded(name) in map(folded, map(str, getattr(one, "aliases", None) or ())))
        return next(chain(by_name, by_alias), None)

    async def _kinds(self, waits: Waits, name: str, whose: Whose) -> list[str]:
        """The kinds of all entities that a name could mean."""
        rows = await self._of_id(waits, slug(name), whose)
        known = {row.get("learning_id") for row in rows}
        for row in await self._called(waits, name, whose):
            if row.get("learning_id") not in known:
                read = self._read([row])
                rows += [row] if read and folded(name) in map(folded, names_of(read[0])) else []
        return [str(row.get("entity_type")) for row in rows if row.get("entity_type")]

    async def _parted(self, waits: Waits, name: str, whose: Whose, said: str | None = None) -> tuple[str, str | None]:
        """A name and the kind before its slash, as answers to an ambiguous one are given.

        Args:
            waits: How to wait.
            name: Such as project/Harbor.
            whose: The scope.
            said: A kind that was given beside the name.
        """
        rest = name.partition("/")[2]
        if not rest:
            return name, None
        kinds = await self._kinds(waits, rest, whose)
        return split_kind(name, [*kinds, said] if said else kinds)

    async def _ambiguous(self, waits: Waits, name: str, whose: Whose) -> str | None:
        """That a name without a kind is that of several entities; or None."""
        bare, kind = await self._parted(waits, name, whose)
        kinds = sorted(set(await self._kinds(waits, bare, whose))) if not kind else []
        return ambiguous(bare, kinds) if len(kinds) > 1 else None


def _sorted(rows: list[Row]) -> list[Row]:
    """Rows that changed last first; of those of one second always the same one first."""
    return sorted(
        rows,
        key=lambda row: (-(row.get("updated_at") or row.get("created_at") or 0), str(row.get("learning_id") or "")),
    )
