"""Sessions and stored runs of an AgentOS server. A part of `AgentOSClient`."""

from __future__ import annotations

from typing import Any

from wherry.client.answers import PaginatedResponse, PaginationInfo
from wherry.client.answers_records import SessionRunPreviewSchema, SessionSchema
from wherry.client.asking import Asking, Headers, given, segment
from wherry.client.reading import described_run, described_session, listed_session
from wherry.db.base import SessionType


def value_of(kind: Any) -> Any:
    """The text of a member of an enum; None stays."""
    return getattr(kind, "value", kind)


class Sessions(Asking):
    """Sessions: made, listed, read, renamed, changed and deleted; the runs in them."""

    async def create_session(
        self,
        session_type: SessionType = SessionType.AGENT,
        session_id: str | None = None,
        user_id: str | None = None,
        session_name: str | None = None,
        session_state: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        workflow_id: str | None = None,
        db_id: str | None = None,
        headers: Headers = None,
    ) -> Any:
        """Make a session and return its description."""
        body = {
            "session_id": session_id,
            "session_name": session_name,
            "session_state": session_state,
            "metadata": metadata,
            "user_id": user_id,
            "agent_id": agent_id,
            "team_id": team_id,
            "workflow_id": workflow_id,
        }
        kind = value_of(session_type)
        data = await self._apost("/sessions", body, params=given(type=kind, db_id=db_id), headers=headers)
        return described_session(kind, data)

    async def get_sessions(
        self,
        session_type: SessionType | None = None,
        component_id: str | None = None,
        user_id: str | None = None,
        session_name: str | None = None,
        limit: int = 20,
        page: int = 1,
        sort_by: str = "created_at",
        sort_order: str = "desc",
        db_id: str | None = None,
        table: str | None = None,
        headers: Headers = None,
    ) -> PaginatedResponse[SessionSchema]:
        """A page of sessions, newest first unless told otherwise."""
        params = given(
            type=value_of(session_type),
            limit=limit,
            page=page,
            sort_by=sort_by,
            sort_order=sort_order,
            db_id=db_id,
            table=table,
            user_id=user_id,
            session_name=session_name,
            component_id=component_id,
        )
        told = await self._aget("/sessions", params=params, headers=headers)
        meta = PaginationInfo.model_validate(told.get("meta", {}))
        return PaginatedResponse[SessionSchema](data=[listed_session(one) for one in told.get("data", [])], meta=meta)

    async def get_session(
        self,
        session_id: str,
        session_type: SessionType | None = None,
        user_id: str | None = None,
        db_id: str | None = None,
        table: str | None = None,
        headers: Headers = None,
    ) -> Any:
        """A session's description.

        Raises:
            ValueError: No type was given and the answer tells of none.
        """
        kind = value_of(session_type)
        params = given(type=kind, user_id=user_id, db_id=db_id, table=table)
        return described_session(
            kind, await self._aget(f"/sessions/{segment(session_id)}", params=params, headers=headers)
        )

    async def get_session_runs(
        self,
        session_id: str,
        session_type: SessionType | None = None,
        user_id: str | None = None,
        created_after: int | None = None,
        created_before: int | None = None,
        db_id: str | None = None,
        table: str | None = None,
        headers: Headers = None,
        status: list[str] | None = None,
    ) -> list[Any]:
        """The runs of a session, each as its kind is described."""
        params = given(
            type=value_of(session_type),
            user_id=user_id,
            created_after=created_after,
            created_before=created_before,
            status=status,
            db_id=db_id,
            table=table,
        )
        data = await self._aget(f"/sessions/{segment(session_id)}/runs", params=params, headers=headers)
        return [described_run(one) for one in data]

    async def get_session_run(
        self,
        session_id: str,
        run_id: str,
        session_type: SessionType | None = None,
        user_id: str | None = None,
        db_id: str | None = None,
        table: str | None = None,
        headers: Headers = None,
    ) -> Any:
        """One run of a session."""
        params = given(type=value_of(session_type), user_id=user_id, db_id=db_id, table=table)
        return described_run(
            await self._aget(f"/sessions/{segment(session_id)}/runs/{segment(run_id)}", params=params, headers=headers)
        )

    def get_session_run_previews(
        self,
        session_id: str,
        session_type: SessionType | None = None,
        user_id: str | None = None,
        created_after: int | None = None,
        created_before: int | None = None,
        status: list[str] | None = None,
        db_id: str | None = None,
        table: str | None = None,
        headers: Headers = None,
    ) -> list[SessionRunPreviewSchema]:
        """The runs of a session in short; blocks."""
        between = {"created_after": created_after, "created_before": created_before, "status": status}
        params = given(type=value_of(session_type), user_id=user_id, **between, db_id=db_id, table=table)
        data = self._get(f"/sessions/{segment(session_id)}/run-previews", params=params, headers=headers)
        return [SessionRunPreviewSchema.model_validate(one) for one in data]

    async def aget_session_run_previews(
        self,
        session_id: str,
        session_type: SessionType | None = None,
        user_id: str | None = None,
        created_after: int | None = None,
        created_before: int | None = None,
        status: list[str] | None = None,
        db_id: str | None = None,
        table: str | None = None,
        headers: Headers = None,
    ) -> list[SessionRunPreviewSchema]:
        """`get_session_run_previews` on the event loop."""
        between = {"created_after": created_after, "created_before": created_before, "status": status}
        params = given(type=value_of(session_type), user_id=user_id, **between, db_id=db_id, table=table)
        data = await self._aget(f"/sessions/{segment(session_id)}/run-previews", params=params, headers=headers)
        return [SessionRunPreviewSchema.model_validate(one) for one in data]

    async def rename_session(
        self,
        session_id: str,
        session_name: str,
        session_type: SessionType | None = None,
        db_id: str | None = None,
        table: str | None = None,
        headers: Headers = None,
        user_id: str | None = None,
    ) -> Any:
        """Give a session another name and return its description."""
        kind = value_of(session_type)
        params = given(type=kind, user_id=user_id, db_id=db_id, table=table)
        body = {"session_name": session_name}
        data = await self._apost(f"/sessions/{segment(session_id)}/rename", body, params=params, headers=headers)
        return described_session(kind, data)

    async def update_session(
        self,
        session_id: str,
        session_type: SessionType | None = None,
        session_name: str | None = None,
        session_state: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
        summary: dict[str, Any] | None = None,
        user_id: str | None = None,
        db_id: str | None = None,
        table: str | None = None,
        headers: Headers = None,
    ) -> Any:
        """Change what is given of a session and return its description."""
        kind = value_of(session_type)
        params = given(type=kind, user_id=user_id, db_id=db_id, table=table)
        body = given(session_name=session_name, session_state=session_state, metadata=metadata, summary=summary)
        return described_session(
            kind, await self._apatch(f"/sessions/{segment(session_id)}", body, params=params, headers=headers)
        )

    async def delete_session(
        self,
        session_id: str,
        db_id: str | None = None,
        table: str | None = None,
        headers: Headers = None,
        user_id: str | None = None,
    ) -> None:
        """Delete a session."""
        params = given(user_id=user_id, db_id=db_id, table=table)
        await self._adelete(f"/sessions/{segment(session_id)}", params=params, headers=headers)

    async def delete_sessions(
        self,
        session_ids: list[str],
        session_types: list[SessionType],
        db_id: str | None = None,
        table: str | None = None,
        headers: Headers = None,
        user_id: str | None = None,
    ) -> None:
        """Delete sessions; the types stand in the order of the ids."""
        body = {"session_ids": session_ids, "session_types": [value_of(kind) for kind in session_types]}
        params = given(user_id=user_id, db_id=db_id, table=table)
        await self._adelete("/sessions", body, params=params, headers=headers)
