"""Tables of all events: name to class, the unions for annotations, and rebuilding an event from JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, get_args

from wherry.core.errors import ConfigurationError
from wherry.core.events import events_agent as agent
from wherry.core.events import events_steps as steps
from wherry.core.events import events_team as team
from wherry.core.events import events_team_tasks as team_tasks
from wherry.core.events import events_workflow as workflow

if TYPE_CHECKING:
    from wherry.core.events.events import BaseAgentRunEvent, BaseRunOutputEvent, BaseTeamRunEvent

RunOutputEvent: TypeAlias = (
    agent.RunStartedEvent
    | agent.RunContentEvent
    | agent.RunContentCompletedEvent
    | agent.IntermediateRunContentEvent
    | agent.RunCompletedEvent
    | agent.RunErrorEvent
    | agent.RunCancelledEvent
    | agent.RunPausedEvent
    | agent.RunContinuedEvent
    | agent.PreHookStartedEvent
    | agent.PreHookCompletedEvent
    | agent.PostHookStartedEvent
    | agent.PostHookCompletedEvent
    | agent.ReasoningStartedEvent
    | agent.ReasoningStepEvent
    | agent.ReasoningContentDeltaEvent
    | agent.ReasoningCompletedEvent
    | agent.MemoryUpdateStartedEvent
    | agent.MemoryUpdateCompletedEvent
    | agent.SessionSummaryStartedEvent
    | agent.SessionSummaryCompletedEvent
    | agent.ToolCallStartedEvent
    | agent.ToolCallCompletedEvent
    | agent.ToolCallErrorEvent
    | agent.ParserModelResponseStartedEvent
    | agent.ParserModelResponseCompletedEvent
    | agent.OutputModelResponseStartedEvent
    | agent.OutputModelResponseCompletedEvent
    | agent.ModelRequestStartedEvent
    | agent.ModelRequestCompletedEvent
    | agent.CompressionStartedEvent
    | agent.CompressionCompletedEvent
    | agent.CompactionStartedEvent
    | agent.CompactionCompletedEvent
    | agent.FollowupsStartedEvent
    | agent.FollowupsCompletedEvent
    | agent.CustomEvent
)
RUN_OUTPUT_EVENT_TYPES: tuple[type[Any], ...] = get_args(RunOutputEvent)

TeamRunOutputEvent: TypeAlias = (
    team.RunStartedEvent
    | team.RunContentEvent
    | team.IntermediateRunContentEvent
    | team.RunContentCompletedEvent
    | team.RunCompletedEvent
    | team.RunErrorEvent
    | team.RunCancelledEvent
    | team.RunPausedEvent
    | team.RunContinuedEvent
    | team.PreHookStartedEvent
    | team.PreHookCompletedEvent
    | team.PostHookStartedEvent
    | team.PostHookCompletedEvent
    | team.ReasoningStartedEvent
    | team.ReasoningStepEvent
    | team.ReasoningContentDeltaEvent
    | team.ReasoningCompletedEvent
    | team.MemoryUpdateStartedEvent
    | team.MemoryUpdateCompletedEvent
    | team.SessionSummaryStartedEvent
    | team.SessionSummaryCompletedEvent
    | team.ToolCallStartedEvent
    | team.ToolCallCompletedEvent
    | team.ToolCallErrorEvent
    | team.ParserModelResponseStartedEvent
    | team.ParserModelResponseCompletedEvent
    | team.OutputModelResponseStartedEvent
    | team.OutputModelResponseCompletedEvent
    | team.ModelRequestStartedEvent
    | team.ModelRequestCompletedEvent
    | team.CompressionStartedEvent
    | team.CompressionCompletedEvent
    | team.FollowupsStartedEvent
    | team.FollowupsCompletedEvent
    | team_tasks.TaskIterationStartedEvent
    | team_tasks.TaskIterationCompletedEvent
    | team_tasks.TaskStateUpdatedEvent
    | team_tasks.TaskCreatedEvent
    | team_tasks.TaskUpdatedEvent
    | team.CustomEvent
)
TEAM_RUN_OUTPUT_EVENT_TYPES: tuple[type[Any], ...] = get_args(TeamRunOutputEvent)

WorkflowRunOutputEvent: TypeAlias = (
    workflow.WorkflowStartedEvent
    | workflow.WorkflowAgentStartedEvent
    | workflow.WorkflowAgentCompletedEvent
    | workflow.WorkflowCompletedEvent
    | workflow.WorkflowPausedEvent
    | workflow.WorkflowCancelledEvent
    | workflow.WorkflowErrorEvent
    | workflow.StepStartedEvent
    | workflow.StepCompletedEvent
    | workflow.StepProgressEvent
    | workflow.StepPausedEvent
    | workflow.StepContinuedEvent
    | workflow.StepExecutorPausedEvent
    | workflow.StepExecutorContinuedEvent
    | workflow.StepOutputReviewEvent
    | workflow.StepErrorEvent
    | steps.LoopExecutionStartedEvent
    | steps.LoopIterationStartedEvent
    | steps.LoopIterationCompletedEvent
    | steps.LoopExecutionCompletedEvent
    | steps.ParallelExecutionStartedEvent
    | steps.ParallelExecutionCompletedEvent
    | steps.ConditionExecutionStartedEvent
    | steps.ConditionExecutionCompletedEvent
    | steps.RouterExecutionStartedEvent
    | steps.RouterExecutionCompletedEvent
    | steps.RouterPausedEvent
    | steps.StepsExecutionStartedEvent
    | steps.StepsExecutionCompletedEvent
    | workflow.StepOutputEvent
    | workflow.CustomEvent
)
WORKFLOW_RUN_OUTPUT_EVENT_TYPES: tuple[type[Any], ...] = get_args(WorkflowRunOutputEvent)

RUN_EVENT_TYPE_REGISTRY: dict[str, type[Any]] = {kind().event: kind for kind in RUN_OUTPUT_EVENT_TYPES}
TEAM_RUN_EVENT_TYPE_REGISTRY: dict[str, type[Any]] = {kind().event: kind for kind in TEAM_RUN_OUTPUT_EVENT_TYPES}
WORKFLOW_RUN_EVENT_TYPE_REGISTRY: dict[str, type[Any]] = {
    kind().event: kind for kind in WORKFLOW_RUN_OUTPUT_EVENT_TYPES
}


def _look_up(family: str, data: dict[str, Any], *tables: dict[str, type[Any]]) -> Any:
    name = data.get("event", "")
    for table in tables:
        if name in table:
            return table[name].from_dict(data)
    raise ConfigurationError(
        f"{name!r} is not the name of an event of {family} run.",
        hint="Check the `event` entry; the names are the values of RunEvent, TeamRunEvent and WorkflowRunEvent.",
    )


def run_output_event_from_dict(data: dict[str, Any]) -> BaseAgentRunEvent:
    """An agent's event from its dictionary; mirrors `agno.run.agent.run_output_event_from_dict`.

    Raises:
        ConfigurationError: (a ValueError) no event has that name; likewise for the other two.
    """
    event: BaseAgentRunEvent = _look_up("an agent's", data, RUN_EVENT_TYPE_REGISTRY)
    return event


def team_run_output_event_from_dict(data: dict[str, Any]) -> BaseAgentRunEvent | BaseTeamRunEvent:
    """A team's or a member's event; mirrors `agno.run.team.team_run_output_event_from_dict`.

    A custom event is read as an agent's, as Agno does; `event_from_dict` looks at the ids instead.
    """
    tables = (RUN_EVENT_TYPE_REGISTRY, TEAM_RUN_EVENT_TYPE_REGISTRY)
    event: BaseAgentRunEvent | BaseTeamRunEvent = _look_up("a team's", data, *tables)
    return event


def workflow_run_output_event_from_dict(data: dict[str, Any]) -> BaseRunOutputEvent:
    """A workflow's, team's or agent's event; mirrors `agno.run.workflow.workflow_run_output_event_from_dict`."""
    tables = (RUN_EVENT_TYPE_REGISTRY, TEAM_RUN_EVENT_TYPE_REGISTRY, WORKFLOW_RUN_EVENT_TYPE_REGISTRY)
    event: BaseRunOutputEvent = _look_up("a workflow's", data, *tables)
    return event


def event_from_dict(data: dict[str, Any]) -> BaseRunOutputEvent:
    """An event of any family, told by the ids it carries: a custom event has the same name in all three."""
    family = "agent" if "agent_id" in data else "team" if "team_id" in data else "workflow"
    event: BaseRunOutputEvent = _look_up("any", data, *_BY_FAMILY[family])
    return event


_BY_FAMILY: dict[str, tuple[dict[str, type[Any]], ...]] = {
    "agent": (RUN_EVENT_TYPE_REGISTRY,),
    "team": (TEAM_RUN_EVENT_TYPE_REGISTRY, RUN_EVENT_TYPE_REGISTRY),
    "workflow": (WORKFLOW_RUN_EVENT_TYPE_REGISTRY, TEAM_RUN_EVENT_TYPE_REGISTRY, RUN_EVENT_TYPE_REGISTRY),
}
