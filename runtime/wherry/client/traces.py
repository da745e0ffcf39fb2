"""Traces and daily numbers of an AgentOS server. A part of `AgentOSClient`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.client.answers import PaginatedResponse
from wherry.client.answers_records import (
    DayAggregatedMetrics,
    MetricsRefreshResponse,
    MetricsRefreshStatusResponse,
    MetricsResponse,
    TraceDetail,
    TraceNode,
    TraceSearchGroupBy,
    TraceSessionStats,
    TraceSummary,
)
from wherry.client.asking import Asking, Headers, given, segment

if TYPE_CHECKING:
    from datetime import date


class Traces(Asking):
    """Traces: listed, read, counted and searched; the numbers of the days."""

    async def get_traces(
        self,
        run_id: str | None = None,
        session_id: str | None = None,
        user_id: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        workflow_id: str | None = None,
        status: str | None = None,
        start_time: str | None = None,
        end_time: str | None = None,
        page: int = 1,
        limit: int = 20,
        db_id: str | None = None,
        headers: Headers = None,
    ) -> PaginatedResponse[TraceSummary]:
        """A page of traces; times as ISO 8601."""
        params = given(
            page=page,
            limit=limit,
            run_id=run_id,
            session_id=session_id,
            user_id=user_id,
            agent_id=agent_id,
            team_id=team_id,
            workflow_id=workflow_id,
            status=status,
            start_time=start_time,
            end_time=end_time,
            db_id=db_id,
        )
        data = await self._aget("/traces", params=params, headers=headers)
        return PaginatedResponse[TraceSummary].model_validate(data)

    async def get_trace(
        self,
        trace_id: str,
        span_id: str | None = None,
        run_id: str | None = None,
        db_id: str | None = None,
        headers: Headers = None,
    ) -> TraceDetail | TraceNode:
        """A trace with its spans, or one span of it."""
        params = given(span_id=span_id, run_id=run_id, db_id=db_id)
        data = await self._aget(f"/traces/{segment(trace_id)}", params=params, headers=headers)
        return TraceNode.model_validate(data) if span_id else TraceDetail.model_validate(data)

    async def get_trace_session_stats(
        self,
        user_id: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        workflow_id: str | None = None,
        start_time: str | None = None,
        end_time: str | None = None,
        page: int = 1,
        limit: int = 20,
        db_id: str | None = None,
        headers: Headers = None,
    ) -> PaginatedResponse[TraceSessionStats]:
        """Traces counted by session."""
        params = given(
            page=page,
            limit=limit,
            user_id=user_id,
            agent_id=agent_id,
            team_id=team_id,
            workflow_id=workflow_id,
            start_time=start_time,
            end_time=end_time,
            db_id=db_id,
        )
        data = await self._aget("/trace_session_stats", params=params, headers=headers)
        return PaginatedResponse[TraceSessionStats].model_validate(data)

    async def search_traces(
        self,
        filter_expr: dict[str, Any] | None = None,
        group_by: TraceSearchGroupBy = TraceSearchGroupBy.RUN,
        page: int = 1,
        limit: int = 20,
        db_id: str | None = None,
        headers: Headers = None,
    ) -> PaginatedResponse[TraceDetail] | PaginatedResponse[TraceSessionStats]:
        """Traces that fit a filter, or the sessions they belong to."""
        body = {"filter": filter_expr, "group_by": group_by.value, "page": page, "limit": limit}
        data = await self._apost("/traces/search", body, params=given(db_id=db_id) or None, headers=headers)
        if group_by.value == "session":
            return PaginatedResponse[TraceSessionStats].model_validate(data)
        return PaginatedResponse[TraceDetail].model_validate(data)

    async def get_metrics(
        self,
        starting_date: date | None = None,
        ending_date: date | None = None,
        db_id: str | None = None,
        table: str | None = None,
        headers: Headers = None,
    ) -> MetricsResponse:
        """The numbers of the days between two dates."""
        days = {
            "starting_date": starting_date.strftime("%Y-%m-%d") if starting_date else None,
            "ending_date": ending_date.strftime("%Y-%m-%d") if ending_date else None,
        }
        data = await self._aget("/metrics", params=given(**days, db_id=db_id, table=table), headers=headers)
        return MetricsResponse.model_validate(data)

    async def refresh_metrics(
        self, db_id: str | None = None, table: str | None = None, background: bool = False, headers: Headers = None
    ) -> list[DayAggregatedMetrics] | MetricsRefreshResponse:
        """Work the numbers out anew; in the background on request."""
        params = given(db_id=db_id, table=table, background=background or None)
        data = await self._apost("/metrics/refresh", params=params, headers=headers)
        if isinstance(data, list):
            return [DayAggregatedMetrics.model_validate(one) for one in data]
        return MetricsRefreshResponse.model_validate(data)

    async def get_metrics_refresh_status(
        self, db_id: str | None = None, table: str | None = None, headers: Headers = None
    ) -> MetricsRefreshStatusResponse:
        """How far the numbers are."""
        params = given(db_id=db_id, table=table)
        data = await self._aget("/metrics/refresh/status", params=params, headers=headers)
        return MetricsRefreshStatusResponse.model_validate(data)
