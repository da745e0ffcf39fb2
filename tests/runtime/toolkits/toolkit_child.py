"""Run by a parity test with TOOLS_UNDER_TEST set: what the native toolkits offer and answer, prose aside."""

import json
import logging
import os
import sys
from importlib import import_module

import folder_cases

logging.disable(logging.CRITICAL)
RUNTIME = os.environ["TOOLS_UNDER_TEST"]
RunContext = import_module(f"{RUNTIME}.run").RunContext
FunctionCall = import_module(f"{RUNTIME}.tools.function").FunctionCall
KITS = {
    "calculator.CalculatorTools": [{}, {"include_tools": ["add"]}, {"requires_confirmation_tools": ["divide"]}],
    "reasoning.ReasoningTools": [{}, {"enable_think": False}, {"enable_analyze": False, "all": True}],
    "hackernews.HackerNewsTools": [{}, {"enable_get_user_details": False, "timeout": 3}],
    "websearch.WebSearchTools": [{}, {"enable_news": False, "timeout": 3, "region": "uk-en"}],
    "duckduckgo.DuckDuckGoTools": [{}, {"backend": "html", "fixed_max_results": 2}],
    "user_control_flow.UserControlFlowTools": [{}, {"enable_get_user_input": False}, {"add_instructions": False}],
    "user_feedback.UserFeedbackTools": [{}, {"instructions": "mine"}],
    "workspace.Workspace": [
        {},
        {"allowed": ["read", "list"]},
        {"confirm": ["edit"]},
        {"exclude_tools": ["run_command"]},
    ],
    "sql.SQLTools": [{"db_url": "sqlite://"}, {"db_url": "sqlite://", "enable_list_tables": False}],
    "file.FileTools": [{}, {"all": True}, {"enable_save_file": False, "enable_list_files": False}],
}


def structure(value):
    """A schema without its prose; whether a description is there stays."""
    if isinstance(value, dict):
        return {key: bool(part) if key == "description" else structure(part) for key, part in value.items()}
    return [structure(part) for part in value] if isinstance(value, list) else value


def ready(function):
    """A run's copy, its schema derived."""
    if RUNTIME == "wherry":
        return function.for_run()
    made = function._per_run_copy()
    made.process_entrypoint()
    return made


def offered(function):
    return structure(ready(function).to_dict())


def answered(kit, tool, arguments, context=None):
    made = ready(kit.functions[tool])
    made._run_context = context
    outcome = FunctionCall(function=made, arguments=arguments).execute()
    return [outcome.status, outcome.result, outcome.error]


found = {}
for path, options in KITS.items():
    module, _, name = path.partition(".")
    kind = getattr(import_module(f"{RUNTIME}.tools.{module}"), name)
    for given in options:
        kit = kind(**given)
        found[f"{path} {given}"] = {
            "name": kit.name,
            "add_instructions": kit.add_instructions,
            "has_instructions": bool(kit.instructions),
            "timeout": kit.timeout,
            "attributes": {n: getattr(kit, n, None) for n in ("backend", "region", "fixed_max_results", "timelimit")},
            "functions": [offered(function) for function in kit.functions.values()],
        }

calculator = import_module(f"{RUNTIME}.tools.calculator").CalculatorTools()
NUMBERS = [0, 1, 2, -1, 3, 4, 7, 1.5, -2.5, 97, 91, 561, 7919, 1e300]
for tool in ("add", "subtract", "multiply", "divide", "exponentiate"):
    for a in NUMBERS:
        for b in NUMBERS:
            status, result, error = answered(calculator, tool, {"a": a, "b": b})
            read = json.loads(result) if result else {}
            read.pop("error", None)
            refused = "result" not in read or error is not None
            found[f"{tool} {a} {b}"] = ["no result"] if refused else read
for n in [*range(-2, 40), 91, 97, 100, 561, 1105, 2147483647, 104729]:
    for tool in ("is_prime", "factorial", "square_root"):
        if tool == "factorial" and n > 100:
            continue
        read = json.loads(answered(calculator, tool, {"n": n})[1])
        found[f"{tool} {n}"] = "refused" if read.pop("error", None) else read

reasoning = import_module(f"{RUNTIME}.tools.reasoning").ReasoningTools()
context = RunContext(run_id="r1", session_id="s1")
steps = [
    ("think", {"title": "One", "thought": "a\nb", "action": "go"}),
    ("think", {"title": "Two", "thought": "é", "confidence": "0.5"}),
    ("analyze", {"title": "Three", "result": "r", "analysis": "x", "next_action": "FINAL", "confidence": 1}),
    ("analyze", {"title": "Four", "result": "r", "analysis": "x", "next_action": "nonsense"}),
    ("analyze", {"title": "Five", "result": "r", "analysis": "x", "next_action": "validate"}),
    ("think", {"title": "Six"}),
]
found["steps"] = [answered(reasoning, tool, arguments, context) for tool, arguments in steps]
found["state"] = context.session_state
found["folders"] = folder_cases.answers(RUNTIME)
sys.stdout.write(json.dumps(found, default=str))
