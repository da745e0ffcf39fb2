"""Run by a parity test with TOOLS_UNDER_TEST set: prints what a runtime sends a model for every sample tool."""

import json
import logging
import sys
from importlib import import_module
from pathlib import Path

logging.disable(logging.CRITICAL)
sys.path.insert(0, str(Path(__file__).parent))

import sample_tools  # noqa: E402

tools = import_module(f"{sample_tools.RUNTIME}.tools")
Function = import_module(f"{sample_tools.RUNTIME}.tools.function").Function


def processed(function, strict):
    if sample_tools.RUNTIME == "wherry":
        return function.for_run(strict).wire()["function"]
    copied = function._per_run_copy()
    effective = strict if copied.strict is None else copied.strict
    copied.process_entrypoint(strict=effective)
    if strict and copied.strict is None:
        copied.strict = True
    return copied.to_dict()


def plain(case, strict):
    if sample_tools.RUNTIME == "wherry":
        return Function.plain(case, strict).wire()["function"]
    made = Function.from_callable(case, strict=strict)
    if strict:
        made.strict = True
    return made.to_dict()


def ways(case, strict):
    toolkit = tools.Toolkit(name="kit", tools=[case, tools.tool(name="decorated")(case)])
    listed = {**toolkit.functions, **toolkit.async_functions}
    user = tools.tool(requires_user_input=True, user_input_fields=["a"])(case)
    yield "plain", plain(case, strict)
    yield "from_callable", processed(Function.from_callable(case), strict)
    yield "function", processed(Function(name="named", entrypoint=case), strict)
    yield "decorated", processed(tools.tool(case), strict)
    yield "described", processed(tools.tool(description="Other words")(case), strict)
    yield "toolkit", processed(listed[case.__name__], strict)
    yield "toolkit_decorated", processed(listed["decorated"], strict)
    yield "user_input", processed(user, strict)
    yield "user_fields", [field.to_dict() for field in fields_of(user)]
    yield "raw_decorated", tools.tool(case).to_dict()
    yield "raw_from_callable", Function.from_callable(case, strict=strict).to_dict()


def fields_of(user):
    copied = user._per_run_copy()
    copied.process_entrypoint()
    return copied.user_input_schema


found = {}
for name, case in sample_tools.CASES.items():
    for strict in (False, True):
        try:
            for way, sent in ways(case, strict):
                found[f"{name}/{way}/{'strict' if strict else 'lax'}"] = sent
        except Exception as error:  # noqa: BLE001 - a tool that cannot be offered is a finding
            found[f"{name}/error/{strict}"] = f"{type(error).__name__}: {error}"
sys.stdout.write(json.dumps(found, default=str))
