"""`Step`: one unit of work in a workflow, done by an agent, a team, a function or another workflow.

Yields the events of its executor and then one StepOutput. Mirrors `agno.workflow.step.Step`. How functions are
called is in `step_function`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.agent.outside import runnable
from wherry.core.agent.own_way import own_way
from wherry.core.agent.saving import scrub
from wherry.core.cancel import register_member_run
from wherry.core.errors import ConfigurationError, RunCancelledException
from wherry.core.errors_checks import InputCheckError, OutputCheckError
from wherry.core.events.outputs import RunOutput, RunStatus
from wherry.core.events.review import HumanReview, check_review, review_of
from wherry.core.events.step_io import StepInput, StepOutput, StepType, deepest
from wherry.core.ids import new_id
from wherry.core.log import log_warning
from wherry.core.refused import refuse_foreign
from wherry.core.run import listeners, outcome, visible
from wherry.core.run_context import twin
from wherry.core.sessions.session_access import step_messages
from wherry.core.waits import BLOCKING, LOOPING, finish
from wherry.core.workflow.own_executor import own_executor
from wherry.core.workflow.step_function import call_function
from wherry.core.workflow.step_media import handed_images, refilled
from wherry.core.workflow.step_surface import Surface

if TYPE_CHECKING:
    from wherry.core.workflow.step_function import Way
    from wherry.core.workflow.workflow_run import Index, WorkflowRun, Yields

_STEP = StepType.STEP
_PROGRESS = "StepProgress"
# What an inner workflow would only run into again.
_FINAL = (InputCheckError, OutputCheckError, ConfigurationError)


class Step(Surface):
    """One unit of work.

    Attributes:
        name: Name by which later steps find its output.
        agent, team, executor, workflow: Who does it; exactly one.
        step_id: Made up when not given.
        description: Shown to people.
        max_retries: How often it is tried again after an exception (default 3).
        skip_on_failure: A step that keeps failing gives a failed output instead of an exception.
        strict_input_validation: Accepted for programs that pass it; as in Agno 3.1.10, nothing looks at it.
        add_workflow_history: Put earlier runs of the workflow before the message; None leaves it to the workflow.
        num_history_runs: How many of them.
        human_review: When a person has to agree, and what happens after errors.

    Raises:
        ValueError: No executor, or more than one.
    """

    step_type = StepType.STEP

    def __init__(
        self,
        name: str | None = None,
        agent: Any = None,
        team: Any = None,
        executor: Any = None,
        workflow: Any = None,
        step_id: str | None = None,
        description: str | None = None,
        max_retries: int = 3,
        skip_on_failure: bool = False,
        strict_input_validation: bool = False,
        add_workflow_history: bool | None = None,
        num_history_runs: int = 3,
        human_review: HumanReview | None = None,
    ) -> None:
        given = {"agent": agent, "team": team, "executor": executor, "workflow": workflow}
        kinds = [kind for kind, value in given.items() if value is not None]
        if len(kinds) != 1:
            what = "has no executor" if not kinds else f"can only have one executor type, not {', '.join(kinds)}"
            raise ValueError(f"Step {name!r} {what}. Give exactly one of agent, team, executor or workflow.")
        refuse_foreign(agent or team, f"the {kinds[0]} of a step")
        if workflow is not None and name is None:
            name = workflow.name
        if executor is not None and name is None and not hasattr(executor, "unresolved"):
            name = getattr(executor, "_hitl_name" if human_review is None else "__name__", None)
            name = name or getattr(executor, "__name__", None)
        self.name = name
        self.agent, self.team, self.executor, self.workflow = agent, team, executor, workflow
        self.step_id = step_id or new_id()
        self.description = description
        self.max_retries = max_retries
        self.skip_on_failure = skip_on_failure
        self.strict_input_validation = strict_input_validation
        self.add_workflow_history = add_workflow_history
        self.num_history_runs = num_history_runs
        self.human_review = review_of(human_review, executor)
        check_review(self.human_review, "Step")
        self.active_executor = next(value for value in given.values() if value is not None)
        if executor is None and workflow is None:
            self.active_executor = runnable(self.active_executor)
        self.brief: bool | None = None  # whether the function was brief when it was last called; see `brief`
        self.way: Way | None = None  # how the function is called; see `step_function`
        self._executor_type = "function" if executor is not None else kinds[0]

    @property
    def executor_type(self) -> str:
        """agent, team, function or workflow."""
        return self._executor_type

    @property
    def executor_name(self) -> str:
        """Name of the executor."""
        source = self.active_executor
        if hasattr(source, "name"):
            return str(source.name or "unnamed_executor")
        return str(getattr(source, "__name__", "anonymous_function"))

    def get_chat_history(self, session_id: str, last_n_runs: int | None = None) -> list[Any]:
        """The messages of this step's agent or team in a session of the workflow, read from the executor's database."""
        return finish(step_messages(self, BLOCKING, session_id, last_n_runs))

    async def aget_chat_history(self, session_id: str | None = None, last_n_runs: int | None = None) -> list[Any]:
        """`get_chat_history` for async code."""
        return await step_messages(self, LOOPING, session_id, last_n_runs)

    @staticmethod
    def hand_over(run: WorkflowRun, given: StepInput) -> None:
        """Settle what the step is given: the content before it, and the session."""
        if before := given.previous_step_outputs:
            last = next(reversed(before.values()))
            given.previous_step_content = deepest(last) if last.steps else last.content
        if run.session is not None:
            given.workflow_session = run.session

    async def events(self, run: WorkflowRun, given: StepInput, index: Index, parent: str | None = None) -> Yields:
        """Do the work: events, then one StepOutput."""
        self.hand_over(run, given)
        if run.watched:
            if listeners:  # a trace tells what the step was given, which no event does
                run.extra.setdefault("at_step", {})[self.step_id] = (self, given)
            yield run.event(
                "StepStartedEvent", step_name=self.name, step_index=index, step_id=self.step_id, parent_step_id=parent
            )
        output: StepOutput | None = None
        async for item in self.tries(run, given, index, parent):
            if isinstance(item, StepOutput):
                output = item
            else:
                yield item
        if output is None:  # a number of retries below zero: no try at all
            output = failed_but_skipped(self)
        # Agno shows the output before the step's end, so the order here is part of the contract.
        yield output
        if run.watched and not output.is_paused:
            yield self.completed(run, output, index, parent)

    def completed(self, run: WorkflowRun, output: StepOutput, index: Index, parent: str | None) -> Any:
        """The event that ends a step."""
        return run.event(
            "StepCompletedEvent",
            step_name=self.name,
            step_index=index,
            step_id=self.step_id,
            parent_step_id=parent,
            content=output.content,
            content_type=content_type(output.content),
            step_response=output,
        )

    async def tries(self, run: WorkflowRun, given: StepInput, index: Index, parent: str | None) -> Yields:
        """Try until it works or the retries are used up."""
        for number in range(self.max_retries + 1):
            try:
                async for item in self.work(run, given, index):
                    if getattr(item, "event", "") == _PROGRESS and item.step_id == self.step_id:
                        item.parent_step_id, item.attempt = parent, number + 1
                    yield item
            except RunCancelledException:
                raise
            except Exception as error:
                log_warning(f"Step {self.name} failed (attempt {number + 1}): {error}")
                final = self.workflow is not None and isinstance(error, _FINAL)
                if number < self.max_retries and not final:
                    continue
                if not self.skip_on_failure:
                    raise
                yield failed_but_skipped(self, error)
            return

    async def work(self, run: WorkflowRun, given: StepInput, index: Index) -> Yields:
        """One try."""
        storage = getattr(run.workflow, "media_storage", None)
        if storage is not None:
            await refilled(run, self, given, storage)
        if self.executor is not None:
            async for item in call_function(run, self, given, index):
                yield item if not isinstance(item, StepOutput) else self.labelled(item)
            return
        if self.workflow is not None:
            from wherry.core.workflow.nested import run_nested

            async for item in run_nested(run, self, given, index):
                yield item if not isinstance(item, StepOutput) else self.labelled(item)
            return
        response = None
        async for item in self.run_executor(run, given, index):
            if hasattr(item, "event"):
                yield item
            else:
                response = item
        yield self.from_response(run, response)

    async def run_executor(self, run: WorkflowRun, given: StepInput, index: Index) -> Yields:
        """Run the agent or team: its events when the workflow streams, then its output."""
        executor = self.active_executor
        method = own_way(executor, blocking=run.waits.blocking)
        if method is not None:
            response = None
            async for item in own_executor(run, self, given, index, method):
                if hasattr(item, "event"):
                    yield item
                response = item
        else:
            child = self.child_run(run, given)
            response = child.output
            if run.stream:
                async for event in visible(child, executor.events(child)):
                    yield run.place(event, self, index)
            else:
                await outcome(child, executor.events(child))
        self.refuse_failed(run, response)
        self.keep(run, response)
        yield response

    def refuse_failed(self, run: WorkflowRun, response: Any) -> None:
        """End a try whose executor failed; whole runs give a failed output instead, as Agno's, unless they are strict.

        Raises:
            RuntimeError: It failed; Agno's type and text.
        """
        if response.status == RunStatus.error and (run.stream or run.workflow.strict):
            told = response.content or "unknown error"
            raise RuntimeError(f"Step '{self.name}' executor ({self.executor_type}) failed: {told}")

    def child_run(self, run: WorkflowRun, given: StepInput) -> Any:
        """The run of the agent or team, ready to start."""
        run_id = new_id()
        register_member_run(run.output.run_id, run_id)
        child = self.active_executor.make_run(self.message(run, given), run.waits, self.arguments(run, given, run_id))
        self.placed(run, child)
        return child

    def placed(self, run: WorkflowRun, child: Any) -> None:
        """Tell the run of an executor where it belongs."""
        child.extra["member"] = True
        child.output.workflow_step_id = self.step_id
        if listeners:  # who hears of it is told where it happens; callers are told by `place`
            where = {"workflow_id": run.output.workflow_id, "workflow_run_id": run.output.run_id}
            child.ids |= {**where, "step_id": self.step_id, "step_name": self.name}

    def arguments(self, run: WorkflowRun, given: StepInput, run_id: str) -> dict[str, Any]:
        """The settings an executor's run takes over from the workflow's."""
        context = twin(run.context)
        arguments: dict[str, Any] = {
            "run_id": run_id,
            "session_id": run.output.session_id,
            "user_id": context.user_id,
            "session_state": context.session_state,
            "run_context": context,
            "images": self._convert_image_artifacts_to_images(given.images) if given.images else None,
            "videos": given.videos or None,
            "audio": given.audio or None,
            "files": given.files or None,
            "stream": run.stream,
            "stream_events": run.stream and run.lifecycle,
            "background_tasks": run.options.get("background_tasks"),
        }
        for name in ("add_dependencies_to_context", "add_session_state_to_context"):
            arguments[name] = run.options.get(name)
        return arguments

    def _convert_image_artifacts_to_images(self, image_artifacts: list[Any]) -> list[Any]:
        """The pictures an executor is given; Agno's place for subclasses to change them."""
        return handed_images(image_artifacts)

    def message(self, run: WorkflowRun, given: StepInput) -> Any:
        """What an agent or team is asked: `asked`, behind earlier runs and before what people said."""
        text = self.with_history(run, asked(given))
        data = given.additional_data or {}
        if data.get("user_input"):
            listed = "\n".join(f"- {key}: {value}" for key, value in data["user_input"].items())
            text = f"{text}\n\nUser preferences:\n{listed}" if text else f"User preferences:\n{listed}"
        if data.get("previous_output"):
            before = f"Your previous output:\n{data['previous_output']}"
            text = f"{text}\n\n{before}" if text else before
        if data.get("rejection_feedback"):
            text = f"{text}\n\nFeedback from reviewer:\n{data['rejection_feedback']}"
        return text

    def with_history(self, run: WorkflowRun, text: Any) -> Any:
        """The message behind earlier runs of the workflow, when they are wanted."""
        wanted = self.add_workflow_history
        if wanted is None:
            wanted = run.workflow.add_workflow_history_to_steps
        if not wanted or run.session is None:
            return text
        count = self.num_history_runs or run.workflow.num_history_runs
        past = run.session.get_workflow_history_context(num_runs=count)
        return f"{past}{text}" if past else text

    def keep(self, run: WorkflowRun, response: Any) -> None:
        """Keep the executor's output in the workflow's, when outputs are stored, as the executor wants it stored."""
        response.parent_run_id = run.output.run_id
        # A run that waits is kept in any case: without it nobody could go on.
        if not (run.workflow.store_executor_outputs or response.is_paused):
            return
        owner = self.active_executor
        scrub(owner, response)
        kept = [response]
        if getattr(owner, "store_member_responses", False):
            # Agno lists the agents below a team beside it, but no team below it.
            kept += [member for member in response.member_responses or () if isinstance(member, RunOutput)]
        known = {item.run_id for item in kept}
        run.output.step_executor_runs = [
            *(item for item in run.output.step_executor_runs or () if item.run_id not in known),
            *kept,
        ]

    def from_response(self, run: WorkflowRun, response: Any) -> StepOutput:
        """An executor's output as a step's."""
        failed = response.status in (RunStatus.error, RunStatus.cancelled)
        return StepOutput(
            step_name=self.name,
            step_id=self.step_id,
            step_type=StepType.STEP,
            executor_type=self.executor_type,
            executor_name=self.executor_name,
            content=response.content,
            step_run_id=response.run_id,
            images=response.images,
            videos=response.videos,
            audio=response.audio,
            files=getattr(response, "files", None),
            metrics=response.metrics,
            success=not failed,
            error=str(response.content) if failed else None,
            is_paused=response.is_paused,
        )

    def labelled(self, output: StepOutput, called: str | None = None) -> StepOutput:
        """A function's output under this step's name; `called` is the executor's, where it is known already."""
        output.step_name = self.name or "unnamed_step"
        output.step_id = self.step_id
        output.step_type = _STEP if self.workflow is None else StepType.WORKFLOW
        output.executor_type = self._executor_type
        output.executor_name = called or self.executor_name
        return output


def asked(given: StepInput) -> Any:
    """The last step's content, or the workflow's input."""
    if not given.previous_step_outputs:
        return given.input
    return deepest_content(list(given.previous_step_outputs.values())[-1]) or given.input


def failed_but_skipped(step: Step, error: Exception | None = None) -> StepOutput:
    """The output of a step that kept failing and may, or that was not tried at all."""
    told = None if error is None else str(error)
    return StepOutput(content=f"Step {step.name} failed but skipped", success=False, error=told)


def content_type(content: Any) -> str:
    """Name of the content's type, as events carry it."""
    return "str" if content is None or isinstance(content, str) else type(content).__name__


def deepest_content(output: StepOutput) -> Any:
    """The content of the last real step inside an output; of a parallel, that of all its steps."""
    if not output.steps:
        return output.content
    if output.step_type == StepType.PARALLEL:
        parts = []
        for number, inner in enumerate(output.steps, 1):
            content = deepest_content(inner)
            if content is not None and str(content).strip():
                parts.append(f"=== {inner.step_name or f'Step {number}'} ===\n{content}")
        return "\n\n".join(parts) if parts else output.content
    return deepest_content(output.steps[-1])
