"""The tools of a run: what the owner was given, and what its options add.

Settles `run.tools`. The added tools are closures over the run (history, state, memory, knowledge); their modules
are imported only when an option asks for them. Called by `prepare` of agents and teams.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.callables import accepted
from wherry.core.tools.connections import open_connections
from wherry.core.tools.resolve import resolve_tools

if TYPE_CHECKING:
    from wherry.core.run import Run


async def given_tools(run: Run) -> list[Any]:
    """The owner's tools, its callable asked; the answer is kept per user or session when it is cached."""
    owner = run.owner
    tools = owner.tools
    if not callable(tools):
        return list(tools or ())
    made = await from_factory(run, tools, "tools", owner.callable_tools_cache_key)
    return list(made or ())


async def from_factory(run: Run, factory: Any, name: str, key_of: Any) -> Any:
    """Ask a callable for tools, knowledge or members, once per cache key when the owner caches."""
    owner, context = run.owner, run.context
    offered = {"agent": owner, "team": owner, "run_context": context, "session_state": context.session_state}
    if not owner.cache_callables:
        return await run.waits.call(factory, **accepted(factory, **offered))
    if key_of is not None:
        key = await run.waits.call(key_of, **accepted(key_of, **offered))
    else:
        key = context.user_id or context.session_id
    cache = owner.__dict__.setdefault("_factory_cache", {})
    if key is None:
        return await run.waits.call(factory, **accepted(factory, **offered))
    if (name, key) not in cache:
        cache[name, key] = await run.waits.call(factory, **accepted(factory, **offered))
    return cache[name, key]


async def settle_knowledge(run: Run) -> Any:
    """The knowledge base of this run."""
    knowledge = run.owner.knowledge
    if knowledge is None or not callable(knowledge) or hasattr(knowledge, "search"):
        return knowledge
    made = await from_factory(run, knowledge, "knowledge", run.owner.callable_knowledge_cache_key)
    run.extra["knowledge"] = made
    return made


def option_tools(run: Run) -> list[Any]:
    """Tools that options add, in Agno's order."""
    owner = run.owner
    tools: list[Any] = []
    if owner.read_chat_history or owner.read_tool_call_history or owner.search_past_sessions:
        from wherry.core.sessions.history_tools import history_tools

        tools += history_tools(run)
    if owner.enable_agentic_memory:
        from wherry.core.memory.memory import memory_tool

        tools.append(memory_tool(run))
    tools += run.extra.pop("learning_tools", ())
    if owner.enable_agentic_state:
        from wherry.core.sessions.state_tool import state_tool

        tools.append(state_tool(run))
    if owner._result_store is not None:  # noqa: SLF001 - a part of the same object
        from wherry.core.agent.offloading import read_tools

        tools += read_tools(run)
    return tools


async def settle_learning(run: Run) -> None:
    """Ask the owner's learning machine for its tools, which stand among those of options."""
    from wherry.core.agent.learning import learning_tools

    run.extra["learning_tools"] = await learning_tools(run)


async def offered_tools(run: Run, *, connected: bool) -> list[Any]:
    """Everything the owner offers the model in this run, in Agno's order.

    Args:
        run: The run.
        connected: Connect the toolkits that need it, which `close_connections` has to undo.
    """
    owner = run.owner
    tools = await given_tools(run)
    if run.context.client_tools:
        tools += list(run.context.client_tools)
    if connected:
        tools = await open_connections(run, tools)
    if owner.compaction is not None:
        from wherry.core.agent.compacting import search_tools

        tools += await search_tools(run)
    if owner.filesystem:
        from wherry.core.agent.own_files import file_kits

        tools += file_kits(owner, tools)
    if owner.learning:
        await settle_learning(run)
    tools += option_tools(run)
    knowledge = await settle_knowledge(run)
    if knowledge is not None or owner.knowledge_retriever is not None:
        from wherry.core.agent.retrieval import knowledge_tools

        tools += await knowledge_tools(run, knowledge)
    if owner.skills is not None:
        tools += owner.skills.get_tools()
    return tools


async def settle_tools(run: Run, extra: list[Any] | None = None) -> None:
    """Resolve everything the model may call in this run."""
    tools = await offered_tools(run, connected=True)
    tools += extra or []
    run.tools = resolve_tools(tools, run) if tools else None
