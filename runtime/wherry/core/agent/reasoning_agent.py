"""Having a user's own agent think before the run: `reasoning_agent=`. Called through the owner by `reasoning_model`.

As in Agno the agent thinks in the reasoning model's place: it is asked by its own model and tools, and the kind of the
reasoning model says where the thoughts stand, so that without a reasoning model nobody is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.agent.outside import runnable
from wherry.core.agent.own_way import own_events, own_way
from wherry.core.errors_services import ModelProviderError
from wherry.core.events.outputs import RunStatus
from wherry.core.ids import new_id
from wherry.core.metrics import accumulate_eval_metrics
from wherry.core.refused import refuse_foreign
from wherry.core.run import outcome, visible

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wherry.core.agent.reasoning_kinds import Place
    from wherry.core.messages import Message
    from wherry.core.run import Run


def thoughts_of_agent(run: Run, asked: list[Message], place: Place, *, last: bool) -> AsyncIterator[str]:
    """What the run's reasoning agent thinks: in pieces as they come when the run shows its events, else at once.

    Args:
        run: The run that waits; the tokens count for it.
        asked: What the agent is asked, beside its own instructions.
        place: Where the thoughts stand: beside the agent's answer, or in it.
        last: Of several messages with thoughts the last one counts, as with Claude; else the first.

    Raises:
        ModelProviderError: The agent's run failed.
        TypeError: The answer is no text, so that it cannot be told as a thought.
    """
    agent = run.owner.reasoning_agent
    return streamed_thoughts(run, agent, asked, place) if run.lifecycle else whole(run, agent, asked, place, last=last)


async def whole(run: Run, agent: Any, asked: list[Message], place: Place, *, last: bool) -> AsyncIterator[str]:
    """All thoughts of the agent, when its run has ended."""
    output: Any = None
    async for item in items(run, agent, asked, streamed=False):
        output = item
    counted(run, output)
    if place == "beside":
        thoughts = [said.reasoning_content for said in output.messages or () if said.reasoning_content is not None]
        yield str(thoughts[-1 if last else 0]) if thoughts else ""
    else:
        yield text_of(output.content)


async def streamed_thoughts(run: Run, agent: Any, asked: list[Message], place: Place) -> AsyncIterator[str]:
    """The thoughts of the agent as they come."""
    told = False
    async for item in items(run, agent, asked, streamed=True):
        kind = getattr(item, "event", None)
        if kind is None:
            counted(run, item)
        thought = thought_in(item, kind, place, told=told)
        if thought:
            told = True
            yield thought


def thought_in(item: Any, kind: str | None, place: Place, *, told: bool) -> str | None:
    """The thought that an event tells; the end of a run tells those that no event before it did."""
    if kind == "RunContent":
        return item.reasoning_content or (text_of(item.content) if place == "within" else None)
    if kind == "RunCompleted" and place == "within" and not told:
        found: str | None = item.reasoning_content
        return found
    return None


async def items(run: Run, agent: Any, asked: list[Message], *, streamed: bool) -> AsyncIterator[Any]:
    """The events of the agent's own run when streamed, then its output; the run is nobody's but the agent's."""
    refuse_foreign(agent, "a reasoning agent")
    thinker = runnable(agent)
    arguments: dict[str, Any] = {"stream": streamed, "stream_events": streamed, "run_id": new_id()}
    method = own_way(thinker, blocking=run.waits.blocking)
    if method is not None:
        async for item in own_events(method, asked, arguments, lambda _child: None):
            yield item
        return
    child = thinker.make_run(asked, run.waits, arguments)
    if streamed:
        async for event in visible(child, thinker.events(child)):
            yield event
    else:
        await outcome(child, thinker.events(child))
    yield child.output


def counted(run: Run, output: Any) -> None:
    """Count the tokens of the agent's run for the run that waits, and say when it failed."""
    accumulate_eval_metrics(output.metrics, run.output.metrics, prefix="reasoning")
    if output.status == RunStatus.error:
        raise ModelProviderError(f"The reasoning agent failed: {output.content!s:.200}")


def text_of(content: Any) -> str:
    """An answer, which has to be text."""
    if content is None:
        return ""
    if not isinstance(content, str):
        raise TypeError(
            f"the reasoning agent answered with {type(content).__name__} {content!r:.200}, and thoughts are text; "
            "take its output_schema away"
        )
    return content
