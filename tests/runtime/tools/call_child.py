"""Run by a parity test with TOOLS_UNDER_TEST set: prints what every sample tool answers to every set of arguments."""

import asyncio
import json
import logging
import re
import sys
from importlib import import_module
from pathlib import Path

logging.disable(logging.CRITICAL)
sys.path.insert(0, str(Path(__file__).parent))

import call_cases  # noqa: E402
import sample_tools  # noqa: E402

CONTEXT = sample_tools.RunContext(run_id="r1", session_id="s1", user_id="u1", session_state={})
OWNER = object()
LOOP = asyncio.new_event_loop()


def agno_answer(tool_call, functions):
    from agno.utils.tools import get_function_call_for_tool_call

    call = get_function_call_for_tool_call(tool_call, functions)
    if call.error:
        return "unreadable"

    async def run():
        outcome = await call.aexecute()
        if outcome.status == "failure":
            return f"failed {outcome.error}"
        result = outcome.result
        if hasattr(result, "__aiter__"):
            result = "".join([item async for item in result])
        elif hasattr(result, "__next__"):
            result = "".join(result)
        return f"ok {result}"

    return LOOP.run_until_complete(run())


def wherry_answer(tool_call, functions):
    from wherry.core.tools.calls import CallResult, ToolScope, execute, parse_call
    from wherry.core.waits import LOOPING

    call = parse_call(functions, tool_call)
    if call.error:
        return "unreadable"

    async def run():
        scope = ToolScope(agent=OWNER, run_context=CONTEXT)
        items = [item async for item in execute(call, scope, LOOPING)]
        assert len(items) == 1
        assert isinstance(items[0], CallResult)
        return ("ok " if items[0].success else "failed ") + items[0].text

    return LOOP.run_until_complete(run())


def bound(case, way):
    tools = import_module(f"{sample_tools.RUNTIME}.tools")
    function_type = import_module(f"{sample_tools.RUNTIME}.tools.function").Function
    if way == "plain":
        made = function_type.from_callable(case)
    elif way == "decorated":
        made = tools.tool(case)
        made = made.for_run() if sample_tools.RUNTIME == "wherry" else made._per_run_copy()
        made.process_entrypoint()
    made._agent = OWNER
    made._run_context = CONTEXT
    return {made.name: made}


def answer(case, functions, arguments):
    call = {"id": "c1", "type": "function", "function": {"name": case.__name__, "arguments": arguments}}
    try:
        said = agno_answer(call, functions) if sample_tools.RUNTIME == "agno" else wherry_answer(call, functions)
    except Exception as error:  # noqa: BLE001 - Agno reads async generators outside, and tells the model what they raise
        said = f"failed {error}"
    return re.sub(r"0x[0-9a-f]+", "0x", said)


found = {}
for name in call_cases.GOOD:
    case = sample_tools.CASES[name]
    for way in ("plain", "decorated"):
        functions = bound(case, way)  # once, as for a run that calls its tool over and over
        for arguments in call_cases.arguments_of(name, case, way):
            found[f"{name}/{way}/{arguments}"] = answer(case, functions, arguments)
LOOP.close()
sys.stdout.write(json.dumps(found))
