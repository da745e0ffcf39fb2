"""Keeping long tool results out of the conversation: the store of an owner, and the results of its runs.

Imported by owners that set `offload_tool_results` only; the store itself is `wherry.offload`. Teams bind members in
`team.member_results`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.offload.setup import build_result_store

if TYPE_CHECKING:
    from wherry.core.agent.toolends import Ended
    from wherry.core.run import Run


def settle_store(owner: Any) -> None:
    """Make the store that an owner works with, anew when its setting or database is another one.

    Raises:
        ConfigurationError: (a ValueError) Results are to be shortened by a model as well.
        WrongSetting: (a TypeError) The setting is none.
    """
    setting, store = owner.offload_tool_results, owner._result_store  # noqa: SLF001 - a part of the same object
    if owner.compress_tool_results:
        raise ConfigurationError(
            "offload_tool_results and compress_tool_results cannot be enabled together.",
            hint="A model that shortens results would rewrite the ids by which they are read back; leave one out.",
        )
    if store is not None and store is owner._inherited_result_store:  # noqa: SLF001 - as above; its team sees to it
        return
    if not setting:
        owner._result_store = owner._result_store_setting = None  # noqa: SLF001 - as above
        return
    known = owner._result_store_setting is setting  # noqa: SLF001 - as above
    wanted = getattr(setting, "db", None) or owner.db  # a ResultStore may have a database of its own
    if store is None or not known or store.db is not wanted:
        kind = owner._kind  # noqa: SLF001 - as above
        owner._result_store = build_result_store(setting=setting, db=owner.db, owner=owner, owner_kind=kind)  # noqa: SLF001 - as above
        owner._result_store_setting = setting  # noqa: SLF001 - as above


def read_tools(run: Run) -> list[Any]:
    """The tools that read results back."""
    from wherry.offload.tools import get_read_result_function, get_search_result_function

    owner, apart = run.owner, not run.waits.blocking
    return [
        get_read_result_function(owner, run.context, async_mode=apart),
        get_search_result_function(owner, run.context, async_mode=apart),
    ]


async def keep_result(run: Run, call: Any, ended: Ended) -> None:
    """Keep a call's result if it is long; not one that ends the run, for that is the answer."""
    result, store, function = ended.result, run.owner._result_store, call.function  # noqa: SLF001 - a part of the same object
    if result is None or not result.success or not result.text or function.stop_after_tool_call:
        return
    if store.should_offload(function.name, result.text):
        call_id = call.call_id or function.name
        ended.envelope = await envelope(run, store, call_id, function.name, call.arguments, result.text)


async def kept_answer(run: Run, tool: Any, text: Any) -> Any:
    """What the model is told of a result that came after a pause: the text, or an envelope when it is long."""
    store = run.owner._result_store  # noqa: SLF001 - a part of the same object
    if not isinstance(text, str) or tool.tool_call_error or tool.stop_after_tool_call:
        return text
    if not store.should_offload(tool.tool_name, text):
        return text
    name = tool.tool_name or "continue"
    return await envelope(run, store, tool.tool_call_id or name, name, tool.tool_args, text)


async def envelope(run: Run, store: Any, call_id: str, name: str, arguments: Any, text: str) -> str:
    """Keep a result of this run; what the model is told instead."""
    owner = run.owner
    told: str = await run.waits.wire(
        store.offload_for_model,
        store.aoffload_for_model,
        session_id=run.context.session_id,
        run_id=run.output.run_id,
        tool_call_id=call_id,
        tool_name=name,
        tool_args=arguments,
        output=text,
        user_id=run.context.user_id,
        shared=owner.members is not None or getattr(owner, "_team", None) is not None,
    )
    return told
