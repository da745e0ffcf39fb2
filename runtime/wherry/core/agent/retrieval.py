"""Finding documents for a run: in the owner's knowledge, or by its own retriever function.

Any object with Agno's knowledge methods (`retrieve`/`aretrieve`, or `search`/`asearch`) works. Called by the prompt,
by `own_tools` and by the owners' public method.
"""

from __future__ import annotations

import inspect
import json
from time import perf_counter
from typing import TYPE_CHECKING, Any, Optional

from wherry.core.callables import accepted, accepted_or_all
from wherry.core.citations import MessageReferences
from wherry.core.errors import ConfigurationError, require
from wherry.core.log import log_warning
from wherry.core.tools.function import Function
from wherry.corpus.owners import get_user_id_kwarg

if TYPE_CHECKING:
    from wherry.core.run import Run
    from wherry.core.waits import Waits

NOTHING = "No documents found"


async def relevant_documents(
    owner: Any, waits: Waits, query: str, count: int | None, given: dict[str, Any]
) -> list[Any] | None:
    """Documents for a query as dictionaries, or None.

    Args:
        owner: Agent or team.
        waits: How to wait.
        query: What is looked for.
        count: So many at most; the knowledge's own limit by default.
        given: `filters`, `validate_filters`, `run_context`, `run_response`, `knowledge`, and more for a retriever.
    """
    context, output = given.pop("run_context", None), given.pop("run_response", None)
    knowledge = given.pop("knowledge", None) or owner.knowledge
    filters = given.pop("filters", None)
    if given.pop("validate_filters", False) and filters is not None and knowledge is not None:
        filters = await valid_filters(knowledge, waits, filters, whose(owner, context))
    if count is None and knowledge is not None:
        count = getattr(knowledge, "max_results", None)
    if owner.knowledge_retriever is not None:
        asked: list[Any] | None = await ask_retriever(owner, waits, query, count, filters, context, given)
        return asked
    if knowledge is None:
        return None
    told = {"max_results": count or 10, "filters": filters, "run_response": output}
    hits: list[Any] | None = await ask_knowledge(owner, knowledge, waits, query, context, told)
    return [document.to_dict() if hasattr(document, "to_dict") else document for document in hits] if hits else None


def method_of(knowledge: Any, waits: Waits, name: str) -> Any:
    """A knowledge base's method, on a loop its twin; for `work`, since one that has no twin may block for long."""
    twin = None if waits.blocking else getattr(knowledge, f"a{name}", None)
    return getattr(knowledge, name, None) if twin is None else twin


async def valid_filters(knowledge: Any, waits: Waits, filters: Any, user: str | None) -> Any:
    """The filters whose keys the knowledge base knows among the user's documents, or None."""
    check = method_of(knowledge, waits, "validate_filters")
    if check is None:
        return filters
    valid, unknown = await waits.work(check, filters, **get_user_id_kwarg(check, user))
    if unknown:
        log_warning(f"Unknown filter keys are left out: {unknown}")
    return valid or None


async def ask_retriever(
    owner: Any, waits: Waits, query: str, count: int | None, filters: Any, context: Any, more: dict[str, Any]
) -> Any:
    """Documents from the owner's own function."""
    retriever = owner.knowledge_retriever
    offered = {owner._kind: owner, "filters": filters}  # noqa: SLF001 - a part of the same object
    named = inspect.signature(retriever).parameters
    if "run_context" in named:
        offered["run_context"] = context
    elif "dependencies" in named:
        offered["dependencies"] = context.dependencies if context is not None else None
    arguments = {**accepted(retriever, **offered), "query": query, "num_documents": count, **more}
    # Last, as in Agno: whose documents are found is the run's user's, whatever the caller says.
    arguments |= get_user_id_kwarg(retriever, whose(owner, context))
    return await waits.call(retriever, **arguments)


def whose(owner: Any, context: Any) -> Any:
    """The user whose documents are read and written: the run's, outside of runs the owner's."""
    return context.user_id if context is not None else owner.user_id


async def ask_knowledge(
    owner: Any, knowledge: Any, waits: Waits, query: str, context: Any, told: dict[str, Any]
) -> list[Any] | None:
    """Documents from a knowledge base, which is told the run only when it names `run_response`."""
    function = method_of(knowledge, waits, "retrieve" if hasattr(knowledge, "retrieve") else "search")
    if function is None:
        return None
    if told["run_response"] is None or "run_response" not in inspect.signature(function).parameters:
        del told["run_response"]
    arguments = accepted_or_all(function, query=query, **told)
    arguments |= get_user_id_kwarg(function, whose(owner, context))
    return list(await waits.work(function, **arguments) or ())


async def documents_of_run(run: Run, query: str, filters: Any, *, validate: bool = False) -> list[Any] | None:
    """Documents for a query of a run."""
    given = {
        "filters": filters,
        "validate_filters": validate,
        "run_context": run.context,
        "run_response": run.output,
        "knowledge": run.extra.get("knowledge"),
    }
    return await relevant_documents(run.owner, run.waits, query, None, given)


def note_references(run: Run, query: str, documents: list[Any] | None, seconds: float) -> None:
    """Record what was found in the run's output."""
    if documents:
        found = MessageReferences(query=query, references=documents, time=round(seconds, 4))
        run.output.references = [*(run.output.references or ()), found]


async def references_for(run: Run, query: str) -> list[Any] | None:
    """Documents that belong into the user's message; a failure leaves the message as it is."""
    begin = perf_counter()
    try:
        found = await documents_of_run(run, query, run.context.knowledge_filters)
    except Exception as error:  # noqa: BLE001 - a knowledge base may fail in any way; the run goes on without it
        log_warning(f"No references could be found: {error}")
        return None
    note_references(run, query, found, perf_counter() - begin)
    return found


def documents_text(owner: Any, documents: list[Any]) -> str:
    """Documents as the model reads them."""
    if not documents:
        return NOTHING
    if owner.references_format == "yaml":
        require("yaml", "api", "`references_format='yaml'`")
        import yaml

        return str(yaml.dump(documents, default_flow_style=False, allow_unicode=True))
    return json.dumps(documents, indent=2, default=str, ensure_ascii=False)


async def search(run: Run, query: str, filters: Any, *, validate: bool) -> str:
    """What the search tool answers."""
    begin = perf_counter()
    try:
        found = await documents_of_run(run, query, filters, validate=validate)
    except Exception as error:  # noqa: BLE001 - see references_for
        log_warning(f"The knowledge search failed: {error}")
        return f"Error searching knowledge base: {type(error).__name__}"
    note_references(run, query, found, perf_counter() - begin)
    return documents_text(run.owner, found or [])


def chosen_filters(run: Run, filters: list[Any] | None) -> Any:
    """The filters that the model chose; those of the run take their place, as in Agno."""
    own = run.context.knowledge_filters
    if not filters:
        return own
    chosen: dict[str, Any] = {}
    for item in filters:
        if isinstance(item, dict) and "key" in item and "value" in item:
            chosen[item["key"]] = item["value"]
        elif isinstance(item, dict):
            chosen.update(item)
        elif hasattr(item, "key"):
            chosen[item.key] = item.value
    return own or chosen


def search_tool(run: Run) -> Function:
    """`search_knowledge_base`, bound to a run."""
    if run.owner.enable_agentic_knowledge_filters:
        return filtering_tool(run)
    if run.waits.blocking:

        def blocking(query: str) -> str:
            from wherry.core.waits import finish

            return finish(search(run, query, run.context.knowledge_filters, validate=False))

        made: Any = blocking
    else:

        async def looping(query: str) -> str:
            return await search(run, query, run.context.knowledge_filters, validate=False)

        made = looping
    made.__doc__ = """Search the knowledge base.

    Args:
        query: What to look for.
    """
    return Function.from_callable(made, name="search_knowledge_base")


def filtering_tool(run: Run) -> Function:
    """`search_knowledge_base` whose filters the model chooses."""
    from wherry.corpus.knowledge_filter import KnowledgeFilter

    if run.waits.blocking:

        def blocking(query: str, filters: list[Any] | None = None) -> str:
            from wherry.core.waits import finish

            return finish(search(run, query, chosen_filters(run, filters), validate=True))

        made: Any = blocking
    else:

        async def looping(query: str, filters: list[Any] | None = None) -> str:
            return await search(run, query, chosen_filters(run, filters), validate=True)

        made = looping
    made.__annotations__ = {"query": str, "filters": Optional[list[KnowledgeFilter]], "return": str}  # noqa: UP045 - as sent
    made.__doc__ = """Search the knowledge base.

    Args:
        query: What to look for.
        filters: Only documents with these values, each as {"key": …, "value": …}.
    """
    return Function.from_callable(made, name="search_knowledge_base")


async def add(run: Run, query: str, result: str) -> str:
    """Put what was found out into the knowledge base."""
    knowledge = run.extra.get("knowledge") or run.owner.knowledge
    insert = method_of(knowledge, run.waits, "insert")
    if insert is None:
        return "Knowledge does not support insert"
    name = "".join(letter for letter in query.replace(" ", "_") if letter not in "?!.")
    text = json.dumps({"query": query, "result": result}, ensure_ascii=False)
    try:
        user = get_user_id_kwarg(insert, run.context.user_id, required=True)
        await run.waits.work(insert, name=name, text_content=text, **user)
    except Exception as error:  # noqa: BLE001 - see references_for
        log_warning(f"Nothing could be added to the knowledge base: {error}")
        kind = "ValueError" if isinstance(error, ConfigurationError) else type(error).__name__  # as Agno tells models
        return f"Error adding to knowledge base: {kind}"
    return "Successfully added to knowledge base"


def adding_tool(run: Run) -> Function:
    """`add_to_knowledge`, bound to a run."""
    if run.waits.blocking:

        def blocking(query: str, result: str) -> str:
            from wherry.core.waits import finish

            return finish(add(run, query, result))

        made: Any = blocking
    else:

        async def looping(query: str, result: str) -> str:
            return await add(run, query, result)

        made = looping
    made.__doc__ = """Put what you found out into the knowledge base for later.

    Args:
        query: The question or topic.
        result: What you found out.
    """
    return Function.from_callable(made, name="add_to_knowledge")


async def knowledge_tools(run: Run, knowledge: Any) -> list[Any]:
    """The tools that the owner's options ask for."""
    owner = run.owner
    tools: list[Any] = [search_tool(run)] if owner.search_knowledge else []
    if knowledge is not None and owner.update_knowledge:
        tools.append(adding_tool(run))
    return tools
