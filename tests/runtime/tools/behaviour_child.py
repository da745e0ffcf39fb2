"""Run by a parity test with TOOLS_UNDER_TEST set: hooks, caching, results and steering, through `FunctionCall`."""

import asyncio
import inspect
import json
import logging
import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from pydantic import BaseModel

logging.disable(logging.CRITICAL)
RUNTIME = os.environ["TOOLS_UNDER_TEST"]
tools = import_module(f"{RUNTIME}.tools")
functions = import_module(f"{RUNTIME}.tools.function")
errors = import_module(f"{RUNTIME}.exceptions")
RunContext = import_module(f"{RUNTIME}.run").RunContext
tool, Toolkit, Function, FunctionCall, ToolResult = (
    tools.tool,
    tools.Toolkit,
    functions.Function,
    functions.FunctionCall,
    functions.ToolResult,
)
SCENARIOS = {}


def scenario(function):
    SCENARIOS[function.__name__] = function
    return function


def context(**fields):
    return RunContext(**{"run_id": "r", "session_id": "s", "user_id": "u", "session_state": {}, **fields})


def call(function, arguments=None, *, run_context=None, agent="the agent", later=False):
    made = function.for_run() if RUNTIME == "wherry" else function._per_run_copy()
    made.process_entrypoint()
    made._agent, made._run_context = agent, run_context or context()
    request = FunctionCall(function=made, arguments=arguments, call_id="c")
    try:
        outcome = asyncio.run(on_a_loop(request)) if later else request.execute()
        status, result = outcome.status, outcome.result
        error, state = outcome.error, outcome.updated_session_state
    except Exception as raised:  # noqa: BLE001 - what is raised is a finding
        status, result, error, state = f"raised {type(raised).__name__}", None, str(raised), None
    if hasattr(result, "__next__"):
        result = ["generator", *result]
    return [status, str(result), error, str(request.error), request.arguments, state]


async def on_a_loop(request):
    """As an async run of Agno does it: what has no async part runs on a thread."""
    function = request.function
    parts = [function.entrypoint, *(function.tool_hooks or ())]
    if RUNTIME == "wherry" or any(map(inspect.iscoroutinefunction, parts)):
        return await request.aexecute()
    return await asyncio.to_thread(request.execute)


def both(function, arguments=None, **options):
    return [call(function, arguments, **options), call(function, arguments, later=True, **options)]


@scenario
def middleware_order_and_offers():
    seen = []

    def outer(function_name, function_call, arguments, agent, run_context):
        seen.append(["outer", function_name, dict(arguments), agent, run_context.user_id])
        return f"<{function_call(**arguments)}>"

    def inner(name, func, args):
        seen.append(["inner", name, dict(args)])
        return f"[{func(**args)}]"

    @tool(tool_hooks=[outer, inner])
    def greet(name: str, run_context: RunContext):
        return f"hello {name} {run_context.user_id}"

    return [both(greet, {"name": "Ann"}), seen]


@scenario
def middleware_may_change_answer_or_skip():
    def in_place(function_call, arguments):
        arguments["n"] = 10
        return function_call(**arguments)

    def with_others(function_call, arguments):
        return function_call(n=99)

    def without(function_call, arguments):
        return function_call()

    def skip():
        return "skipped"

    def fail(function_call, arguments):
        raise ValueError("no")

    found = []
    for hook in (in_place, with_others, without, skip, fail):

        @tool(tool_hooks=[hook])
        def double(n: int = 1):
            return n * 2

        found.append([hook.__name__, both(double, {"n": 1}), both(double, {}), both(double, None)])
    return found


@scenario
def async_middleware():
    seen = []

    async def outer(function_name, function_call, arguments):
        seen.append(function_name)
        return f"<{await function_call(**arguments)}>"

    def passing(function_call, arguments):
        return function_call(**arguments)

    @tool(tool_hooks=[outer, passing])
    async def slow(n: int):
        return n + 1

    @tool(tool_hooks=[outer])
    def quick(n: int):
        return n + 1

    return [call(slow, {"n": 1}, later=True), call(quick, {"n": "1"}, later=True), call(quick, {"n": 1}), seen]


@scenario
def hooks_before_and_after():
    seen = []

    def before(fc, agent, run_context):
        seen.append(["before", fc.function.name, dict(fc.arguments or {}), agent, run_context.session_id])

    def after(fc):
        seen.append(["after", str(fc.result), str(fc.error)])

    @tool(pre_hook=before, post_hook=after)
    def work(n: int):
        return 10 // n

    return [both(work, {"n": 2}), both(work, {"n": 0}), both(work, {"n": "x"}), seen]


@scenario
def hooks_that_fail_or_steer():
    def failing(fc):
        raise ValueError("ignored")

    def stopping(fc):
        raise errors.StopAgentRun("stop here")

    def retrying(fc):
        raise errors.RetryAgentRun("again")

    found = []
    for place in ("pre_hook", "post_hook"):
        for hook in (failing, stopping, retrying):

            @tool(**{place: hook})
            def work(n: int):
                return n

            found.append([place, hook.__name__, both(work, {"n": 2})])
    return found


@scenario
def async_hooks_before_and_after():
    seen = []

    async def before(fc):
        await asyncio.sleep(0)
        seen.append("before")

    async def after(fc):
        seen.append(["after", str(fc.result)])

    @tool(pre_hook=before, post_hook=after)
    async def work(n: int):
        return n

    return [call(work, {"n": 2}, later=True), seen]


@scenario
def steering_and_failing():
    @tool
    def stop(n: int):
        raise errors.StopAgentRun("stop", user_message="to the user")

    @tool
    async def retry(n: int):
        raise errors.RetryAgentRun("retry")

    @tool
    def fail():
        raise KeyError("k")

    @tool
    def cancel():
        raise errors.RunCancelledException("gone")

    return [both(stop, {"n": 1}), call(retry, {"n": 1}, later=True), both(fail), both(cancel)]


@scenario
def results():
    class Answer(BaseModel):
        a: str
        b: int | None = None

    made = {
        "dict": {"a": 1},
        "none": None,
        "model": Answer(a="x"),
        "list": [1, "a"],
        "number": 1.5,
        "bytes": b"x",
    }
    found = {}
    for name, value in made.items():

        @tool
        def give():
            return value  # noqa: B023 - called before the next turn

        found[name] = both(give)

    @tool
    def stream():
        yield "a"
        yield "b"

    found["stream"] = both(stream)
    found["tool_result"] = [str(ToolResult(content="x").content), ToolResult(content="x").images]
    return found


@scenario
def session_state_is_reported():
    @tool
    def note(run_context: RunContext, key: str):
        run_context.session_state[key] = 1
        return "noted"

    return both(note, {"key": "k"}, run_context=context(session_state={"old": 0}))


@scenario
def model_cannot_choose_identity():
    @tool
    def who(run_context: RunContext, agent=None, other: str = "x"):
        return f"{run_context.user_id} {agent} {other}"

    return both(who, {"run_context": {"user_id": "evil"}, "agent": "evil", "_agno_agent": "evil", "other": "y"})


def kept_in(folder):
    for path in sorted(Path(folder).rglob("*.json")):
        entry = json.loads(path.read_text())
        entry.pop("timestamp")
        yield [str(path.relative_to(folder)), entry]


@scenario
def caching():  # noqa: C901 - eight small tools
    found = []

    def through(function_call, arguments):
        return f"<{function_call(**arguments)}>"

    class Answer(BaseModel):
        n: int

    def numbers(n: int) -> int:
        found.append(["called", n])
        return n * 2

    def pairs(n: int) -> tuple:
        found.append(["called", n])
        return (n, n)

    def untold(n: int):
        found.append(["called", n])
        return (n, n)

    def models(n: int) -> Answer:
        found.append(["called", n])
        return Answer(n=n)

    def nothing(n: int):
        found.append(["called", n])

    def tool_results(n: int):
        found.append(["called", n])
        return ToolResult(content=str(n))

    def failing(n: int):
        found.append(["called", n])
        raise ValueError("no")

    def stateful(run_context: RunContext, n: int) -> str:
        found.append(["called", n, run_context.user_id])
        return run_context.user_id

    for function in (numbers, pairs, untold, models, nothing, tool_results, failing, stateful):
        for hooks in (None, [through]):
            with tempfile.TemporaryDirectory() as folder:
                made = tool(cache_results=True, cache_dir=folder, tool_hooks=hooks)(function)
                found.append([function.__name__, bool(hooks)])
                found += [both(made, {"n": 3}, run_context=context(user_id=user)) for user in ("u", "u", "v")]
                found.append(both(made, {"n": 4}))
                found.extend(kept_in(folder))
    return found


@scenario
def cache_of_toolkit():
    seen = []

    class Kit(Toolkit):
        def __init__(self, **kwargs):
            super().__init__(name="kit", tools=[self.look], **kwargs)

        def look(self, n: int) -> str:
            seen.append(n)
            return str(n)

    with tempfile.TemporaryDirectory() as folder:
        kit = Kit(cache_results=True, cache_dir=folder)
        found = [call(kit.functions["look"], {"n": 1}) for _ in range(3)]
        names = sorted(str(p.relative_to(folder)) for p in Path(folder).rglob("*.json"))
    return [found, names, seen]


@scenario
def toolkits():
    class Kit(Toolkit):
        """A kit."""

        def __init__(self, **kwargs):
            super().__init__(
                name="My Kit",
                tools=[self.a, self.b, self.c],
                async_tools=[(self.async_a, "a")],
                instructions="Use it well.",
                **kwargs,
            )

        def a(self, n: int):
            """Do a."""
            return n

        async def async_a(self, n: int):
            """Do a later."""
            return n

        @tool(requires_confirmation=True, instructions="mind b")
        def b(self, n: int, run_context: RunContext):
            """Do b."""
            return [n, type(self).__name__, run_context.user_id]

        @tool(name="renamed", stop_after_tool_call=True)
        async def c(self, n: int):
            """Do c."""
            return n

    found = []
    flags = ("requires_confirmation", "external_execution", "stop_after_tool_call", "show_result", "cache_ttl")
    for options in (
        {},
        {"include_tools": ["a"]},
        {"exclude_tools": ["a"]},
        {"requires_confirmation_tools": ["a"], "show_result_tools": ["b"], "cache_ttl": 5},
        {"stop_after_tool_call_tools": ["a", "b"], "external_execution_required_tools": ["a"]},
        {"auto_register": False},
        {"include_tools": ["zz"]},
        {"exclude_tools": ["zz"]},
        {"timeout": 3, "id": "own", "add_instructions": True},
    ):
        try:
            kit = Kit(**options)
        except ValueError as error:
            found.append([options, str(error).partition(".")[0].partition("\n")[0]])
            continue
        found.append([options, kit.id, kit.name, kit.instructions, kit.add_instructions, kit.timeout])
        lists = (kit.functions, kit.async_functions, kit.get_functions(), kit.get_async_functions())
        found += [{name: [getattr(tool, flag) for flag in flags] for name, tool in each.items()} for each in lists]
    kit = Kit()
    found.append(call(kit.functions["b"], {"n": "5"}))
    found.append(call(kit.async_functions["renamed"], {"n": 5}, later=True))
    found.append(repr(kit))
    return found


@scenario
def decorator():
    def plain(a: int):
        """Plain."""

    found = []
    names = (
        *("name", "description", "strict", "instructions", "add_instructions", "show_result", "stop_after_tool_call"),
        *("requires_confirmation", "requires_user_input", "user_input_fields", "external_execution", "cache_results"),
        *("cache_dir", "cache_ttl", "title", "annotations", "external_execution_silent", "skip_entrypoint_processing"),
    )
    for options in (
        {},
        {"name": "n", "description": "d", "strict": True},
        {"stop_after_tool_call": True},
        {"stop_after_tool_call": True, "show_result": False},
        {"requires_user_input": True},
        {"user_input_fields": ["a"]},
        {"requires_confirmation": True},
        {"requires_confirmation": True, "external_execution": True},
        {"external_execution": True, "external_execution_silent": True},
        {"nonsense": 1},
        {"description": None},
        {"annotations": {"readOnlyHint": True}, "title": "T"},
    ):
        try:
            made = tool(**options)(plain)
        except ValueError:
            found.append([options, "ValueError"])
            continue
        found.append([options, *(getattr(made, name) for name in names), made.to_dict()])
    return [found, type(tool(plain)).__name__, type(tool()(plain)).__name__]


@scenario
def unreadable_annotations():
    try:
        Function(name="x", annotations={"readonlyHint": True})
    except ValueError as error:
        return ["ValueError", "readOnlyHint" in str(error)]


@scenario
def call_text():
    os.environ["COLUMNS"] = "80"

    @tool
    def search(query: str, top: int = 3):
        return query

    return [
        FunctionCall(function=search, arguments=arguments).get_call_str()
        for arguments in (
            None,
            {},
            {"query": "q"},
            {"query": "q" * 100},
            {"query": "q", "top": 3},
            dict.fromkeys("abcdefghijklmnopqrstu", 1234567),
        )
    ]


sys.stdout.write(json.dumps({name: run() for name, run in SCENARIOS.items()}, default=str))
