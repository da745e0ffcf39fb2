"""Calling tools in tests, blocking and on a loop, the way a run does."""

import asyncio
import json

from wherry.core.tools.calls import CallResult, ToolScope, execute, parse_call
from wherry.core.tools.resolve import named_tools
from wherry.core.waits import BLOCKING, LOOPING, drain
from wherry.run import RunContext

WAYS = ["blocking", "looping"]


def context(**fields):
    return RunContext(**{"run_id": "run-1", "session_id": "session-1", "user_id": "ann", "session_state": {}, **fields})


def tools_of(*tools, way="blocking", **options):
    return named_tools(tools, blocking=way == "blocking", **options)


def everything(way, tool, arguments=None, scope=None, **options):
    """Events a call yields, and its result."""
    resolved = tools_of(tool, way=way, **options)
    (function,) = resolved.functions.values()
    text = arguments if isinstance(arguments, str) else json.dumps(arguments or {})
    call = parse_call(resolved.functions, {"id": "call-1", "function": {"name": function.name, "arguments": text}})
    assert call is not None
    scope = scope or ToolScope(agent="the agent", run_context=context())
    if way == "blocking":
        items = list(drain(execute(call, scope, BLOCKING)))
    else:

        async def collect():
            return [item async for item in execute(call, scope, LOOPING)]

        items = asyncio.run(collect())
    *events, result = items
    assert isinstance(result, CallResult)
    assert not any(isinstance(event, CallResult) for event in events)
    return events, result


def result_of(way, tool, arguments=None, scope=None, **options):
    events, result = everything(way, tool, arguments, scope, **options)
    assert events == []
    return result
