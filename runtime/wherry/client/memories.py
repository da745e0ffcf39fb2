"""Memories of an AgentOS server. A part of `AgentOSClient`."""

from __future__ import annotations

from wherry.client.answers import PaginatedResponse
from wherry.client.answers_records import OptimizeMemoriesResponse, UserMemorySchema, UserStatsSchema
from wherry.client.asking import Asking, Headers, given, segment


class Memories(Asking):
    """What is remembered of users: made, read, changed, deleted, counted and made shorter."""

    async def create_memory(
        self,
        memory: str,
        user_id: str,
        topics: list[str] | None = None,
        db_id: str | None = None,
        table: str | None = None,
        headers: Headers = None,
    ) -> UserMemorySchema:
        """Remember something of a user."""
        body = given(memory=memory, user_id=user_id, topics=topics)
        data = await self._apost("/memories", body, params=given(db_id=db_id, table=table), headers=headers)
        return UserMemorySchema.model_validate(data)

    async def get_memory(
        self,
        memory_id: str,
        user_id: str | None = None,
        db_id: str | None = None,
        table: str | None = None,
        headers: Headers = None,
    ) -> UserMemorySchema:
        """One memory."""
        params = given(db_id=db_id, table=table, user_id=user_id)
        return UserMemorySchema.model_validate(
            await self._aget(f"/memories/{segment(memory_id)}", params=params, headers=headers)
        )

    async def list_memories(
        self,
        user_id: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        topics: list[str] | None = None,
        search_content: str | None = None,
        limit: int = 20,
        page: int = 1,
        sort_by: str = "updated_at",
        sort_order: str = "desc",
        db_id: str | None = None,
        table: str | None = None,
        headers: Headers = None,
    ) -> PaginatedResponse[UserMemorySchema]:
        """A page of memories, last changed first unless told otherwise."""
        params = given(
            limit=limit,
            page=page,
            sort_by=sort_by,
            sort_order=sort_order,
            db_id=db_id,
            table=table,
            user_id=user_id,
            agent_id=agent_id,
            team_id=team_id,
            topics=topics,
            search_content=search_content,
        )
        data = await self._aget("/memories", params=params, headers=headers)
        return PaginatedResponse[UserMemorySchema].model_validate(data)

    async def update_memory(
        self,
        memory_id: str,
        memory: str,
        user_id: str,
        topics: list[str] | None = None,
        db_id: str | None = None,
        table: str | None = None,
        headers: Headers = None,
    ) -> UserMemorySchema:
        """Change a memory."""
        body = given(memory=memory, user_id=user_id, topics=topics)
        params = given(db_id=db_id, table=table)
        data = await self._apatch(f"/memories/{segment(memory_id)}", body, params=params, headers=headers)
        return UserMemorySchema.model_validate(data)

    async def delete_memory(
        self,
        memory_id: str,
        user_id: str | None = None,
        db_id: str | None = None,
        table: str | None = None,
        headers: Headers = None,
    ) -> None:
        """Forget one memory."""
        params = given(db_id=db_id, table=table, user_id=user_id)
        await self._adelete(f"/memories/{segment(memory_id)}", params=params, headers=headers)

    async def delete_memories(
        self,
        memory_ids: list[str],
        user_id: str | None = None,
        db_id: str | None = None,
        table: str | None = None,
        headers: Headers = None,
    ) -> None:
        """Forget memories."""
        body = given(memory_ids=memory_ids, user_id=user_id)
        await self._adelete("/memories", body, params=given(db_id=db_id, table=table), headers=headers)

    async def get_memory_topics(
        self,
        db_id: str | None = None,
        table: str | None = None,
        headers: Headers = None,
        *,
        user_id: str | None = None,
    ) -> list[str]:
        """The topics that memories have."""
        params = given(user_id=user_id, db_id=db_id, table=table)
        topics: list[str] = await self._aget("/memory_topics", params=params, headers=headers)
        return topics

    async def get_user_memory_stats(
        self,
        limit: int = 20,
        page: int = 1,
        db_id: str | None = None,
        table: str | None = None,
        headers: Headers = None,
        *,
        user_id: str | None = None,
    ) -> PaginatedResponse[UserStatsSchema]:
        """How much is remembered of whom."""
        params = given(user_id=user_id, limit=limit, page=page, db_id=db_id, table=table)
        data = await self._aget("/user_memory_stats", params=params, headers=headers)
        return PaginatedResponse[UserStatsSchema].model_validate(data)

    async def optimize_memories(
        self,
        user_id: str,
        model: str | None = None,
        apply: bool = True,
        db_id: str | None = None,
        table: str | None = None,
        headers: Headers = None,
    ) -> OptimizeMemoriesResponse:
        """Make a user's memories shorter by a model; `apply=False` only shows what it would come to."""
        body = given(user_id=user_id, model=model, apply=apply)
        data = await self._apost("/optimize-memories", body, params=given(db_id=db_id, table=table), headers=headers)
        return OptimizeMemoriesResponse.model_validate(data)
