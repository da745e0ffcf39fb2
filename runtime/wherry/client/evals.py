"""Evaluations of an AgentOS server. A part of `AgentOSClient`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.client.answers import PaginatedResponse
from wherry.client.answers_records import EvalSchema
from wherry.client.asking import Asking, Headers, given, segment
from wherry.client.sessions import value_of

if TYPE_CHECKING:
    from wherry.db.schemas.evals import EvalFilterType, EvalType

# What the server's form of an evaluation says of what the client does not ask for.
_USUAL: dict[str, Any] = {"scoring_strategy": "binary", "threshold": 7, "warmup_runs": 0}


class Evals(Asking):
    """Evaluations: run, listed, read, renamed and deleted."""

    async def list_eval_runs(
        self,
        agent_id: str | None = None,
        team_id: str | None = None,
        workflow_id: str | None = None,
        model_id: str | None = None,
        filter_type: EvalFilterType | None = None,
        eval_types: list[EvalType] | None = None,
        limit: int = 20,
        page: int = 1,
        sort_by: str = "created_at",
        sort_order: str = "desc",
        db_id: str | None = None,
        table: str | None = None,
        headers: Headers = None,
    ) -> PaginatedResponse[EvalSchema]:
        """A page of evaluations, newest first unless told otherwise."""
        params = given(
            limit=limit,
            page=page,
            sort_by=sort_by,
            sort_order=sort_order,
            agent_id=agent_id,
            team_id=team_id,
            workflow_id=workflow_id,
            model_id=model_id,
            type=value_of(filter_type),
            eval_types=",".join(str(value_of(kind)) for kind in eval_types) if eval_types else None,
            db_id=db_id,
            table=table,
        )
        data = await self._aget("/eval-runs", params=params, headers=headers)
        return PaginatedResponse[EvalSchema].model_validate(data)

    async def get_eval_run(
        self, eval_run_id: str, db_id: str | None = None, table: str | None = None, headers: Headers = None
    ) -> EvalSchema:
        """One evaluation."""
        params = given(db_id=db_id, table=table)
        return EvalSchema.model_validate(
            await self._aget(f"/eval-runs/{segment(eval_run_id)}", params=params, headers=headers)
        )

    async def delete_eval_runs(
        self, eval_run_ids: list[str], db_id: str | None = None, table: str | None = None, headers: Headers = None
    ) -> None:
        """Delete evaluations."""
        body = {"eval_run_ids": eval_run_ids}
        await self._adelete("/eval-runs", body, params=given(db_id=db_id, table=table), headers=headers)

    async def update_eval_run(
        self,
        eval_run_id: str,
        name: str,
        db_id: str | None = None,
        table: str | None = None,
        headers: Headers = None,
    ) -> EvalSchema:
        """Give an evaluation another name."""
        params = given(db_id=db_id, table=table)
        data = await self._apatch(f"/eval-runs/{segment(eval_run_id)}", {"name": name}, params=params, headers=headers)
        return EvalSchema.model_validate(data)

    async def run_eval(
        self,
        eval_type: EvalType,
        input_text: str,
        agent_id: str | None = None,
        team_id: str | None = None,
        model_id: str | None = None,
        model_provider: str | None = None,
        expected_output: str | None = None,
        expected_tool_calls: list[str] | None = None,
        allow_additional_tool_calls: bool = False,
        expected_tool_call_arguments: dict[str, Any] | None = None,
        num_iterations: int = 1,
        db_id: str | None = None,
        table: str | None = None,
        headers: Headers = None,
    ) -> EvalSchema | None:
        """Evaluate an agent or team of the server and wait for the result.

        Args:
            eval_type: accuracy, performance, reliability or agent_as_judge.
            input_text: What it is asked.
            agent_id: The agent that is evaluated.
            team_id: The team that is evaluated.
            model_id: Another model for it.
            model_provider: That model's provider.
            expected_output: What an accurate answer says.
            expected_tool_calls: Tools that a reliable one calls.
            allow_additional_tool_calls: Whether it may call others, too.
            expected_tool_call_arguments: With which arguments, by the tool's name.
            num_iterations: How often it is asked.
            db_id: Which database of several.
            table: Which table of it.
            headers: Further headers of the request.
        """
        body = given(
            agent_id=agent_id,
            team_id=team_id,
            model_id=model_id,
            model_provider=model_provider,
            eval_type=value_of(eval_type),
            input=input_text,
            num_iterations=num_iterations,
            expected_output=expected_output,
            expected_tool_calls=expected_tool_calls,
            allow_additional_tool_calls=allow_additional_tool_calls,
            expected_tool_call_arguments=expected_tool_call_arguments,
            **_USUAL,
        )
        data = await self._apost("/eval-runs", body, params=given(db_id=db_id, table=table), headers=headers)
        return None if data is None else EvalSchema.model_validate(data)
