"""Run by a test where Agno is installed: Agno's own leaf objects on Wherry's agents, in the four ways."""

import json
import logging
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

logging.disable(logging.CRITICAL)
sys.path.insert(0, str(Path(__file__).parents[2]))

from agent_ways import WAYS, run_in  # noqa: E402
from agno.exceptions import RetryAgentRun, StopAgentRun  # noqa: E402
from agno.guardrails import PIIDetectionGuardrail  # noqa: E402
from agno.media import Image  # noqa: E402
from agno.run import RunContext  # noqa: E402
from agno.run.agent import CustomEvent  # noqa: E402
from agno.tools import Toolkit, tool  # noqa: E402
from agno.tools.calculator import CalculatorTools  # noqa: E402
from agno.tools.file import FileTools  # noqa: E402
from agno.tools.file_generation import FileGenerationTools  # noqa: E402
from agno.tools.function import Function, FunctionCall, ToolResult  # noqa: E402
from agno.tools.python import PythonTools  # noqa: E402
from agno.tools.reasoning import ReasoningTools  # noqa: E402
from agno.tools.shell import ShellTools  # noqa: E402
from agno.tools.sleep import SleepTools  # noqa: E402

from wherry.agent import Agent  # noqa: E402
from wherry.core.media import Image as OwnImage  # noqa: E402
from wherry.core.tools.resolve import named_tools  # noqa: E402
from wherry.models.openai import OpenAIChat  # noqa: E402
from wherry.testing import ReplayServer  # noqa: E402

FOLDER = Path(tempfile.mkdtemp())
(FOLDER / "note.txt").write_text("a note\n")
checked = []


def check(name, found, wanted):
    checked.append(name)
    if found != wanted:
        raise SystemExit(f"{name}\n  found  {found!r}\n  wanted {wanted!r}")


def agnos_own(function):
    made = function._per_run_copy()
    made.process_entrypoint()
    return made


def results(way, tools, *calls, **options):
    """What the tools of one run answered."""
    script = [{"tool_calls": [{"name": name, "arguments": arguments}]} for name, arguments in calls]
    with ReplayServer([*script, "Done."]) as server, server.environment():
        agent = Agent(model=OpenAIChat(id="gpt-5-mini"), tools=tools, telemetry=False, **options)
        events, output = run_in(way, agent, "Go.")
        return output, events, server


# --- five and more of Agno's toolkits ------------------------------------------------------------------------------

KITS = {
    "calculator": (CalculatorTools(), [("add", {"a": 1, "b": "2"}), ("is_prime", {"n": 97})]),
    "files": (FileTools(FOLDER), [("read_file", {"file_name": "note.txt"}), ("list_files", {})]),
    "python": (PythonTools(FOLDER), [("run_python_code", {"code": "x = 6 * 7", "variable_to_return": "x"})]),
    "shell": (ShellTools(), [("run_shell_command", {"args": ["echo", "hello"]})]),
    "sleep": (SleepTools(), [("sleep", {"seconds": 0})]),
    "generation": (FileGenerationTools(), [("generate_json_file", {"data": {"a": 1}, "filename": "x.json"})]),
}
for name, (kit, calls) in KITS.items():
    wire = named_tools([kit], blocking=True).wire()
    own = [{"type": "function", "function": agnos_own(f).to_dict()} for f in kit.get_functions().values()]
    check(f"schemas of {name}", wire, sorted(own, key=lambda entry: entry["function"]["name"]))
    wanted = [FunctionCall(function=agnos_own(kit.functions[n]), arguments=a).execute().result for n, a in calls]
    wanted = [value.content if isinstance(value, ToolResult) else str(value) for value in wanted]
    for way in WAYS:
        output, _, _ = results(way, [kit], *calls)
        found = [execution.result for execution in output.tools]
        check(f"answers of {name}, {way}", found[:1] if name == "generation" else found, wanted)
        check(f"status of {name}, {way}", output.content, "Done.")

for way in WAYS:
    output, _, _ = results(way, [ReasoningTools()], ("think", {"title": "One", "thought": "a thought"}))
    check(f"reasoning, {way}", "a thought" in output.tools[0].result, True)
    check(f"reasoning steps, {way}", [step.title for step in output.reasoning_steps], ["One"])


# --- functions, contexts, media, events, exceptions ----------------------------------------------------------------


@tool(requires_confirmation=False)
def whoami(run_context: RunContext, greeting: str = "hello") -> str:
    """Who am I."""
    return f"{greeting} {run_context.user_id}"


class Kit(Toolkit):
    def __init__(self):
        super().__init__(name="kit", tools=[self.plain, self.decorated, self.later])

    def plain(self, n: int, run_context: RunContext) -> str:
        """Plain."""
        return f"{n + 1} {run_context.user_id}"

    @tool
    def decorated(self, n: int, run_context: RunContext) -> str:
        """Decorated."""
        return f"{n + 1} {run_context.user_id} {type(self).__name__}"

    async def later(self, n: int) -> str:
        """Later."""
        return f"{n + 1}"


def draw() -> ToolResult:
    """Draw."""
    return ToolResult(content="drawn", images=[Image(content=b"\x89PNG", mime_type="image/png", alt_text="x")])


@dataclass
class Progress(CustomEvent):
    done: int = 0


def working():
    """Work."""
    yield "a"
    yield Progress()
    yield "b"


def stopping():
    """Stop."""
    raise StopAgentRun("enough")


def retrying():
    """Try again."""
    raise RetryAgentRun("another way")


made = Function(name="named", entrypoint=lambda n: f"{n}", description="Named.")
for way in WAYS:
    output, _, _ = results(way, [whoami], ("whoami", {"greeting": "hi"}), user_id="ann")
    check(f"@tool, {way}", output.tools[0].result, "hi ann")
    calls = [("plain", {"n": "1"}), ("decorated", {"n": "1"})]
    if way.startswith("a"):
        calls.append(("later", {"n": "1"}))
    output, _, _ = results(way, [Kit()], *calls, user_id="ann")
    check(f"toolkit, {way}", [t.result for t in output.tools][:2], ["2 ann", "2 ann Kit"])
    output, _, _ = results(way, [made], ("named", {"n": 5}))
    check(f"Function, {way}", output.tools[0].result, "5")
    output, _, server = results(way, [draw], ("draw", {}))
    check(f"media, {way}", [(type(i), i.content, i.alt_text) for i in output.images], [(OwnImage, b"\x89PNG", "x")])
    check(f"media sent, {way}", "image_url" in json.dumps(server.requests[1].body), True)
    output, events, _ = results(way, [working], ("working", {}))
    check(f"generator, {way}", (output.tools[0].result[0], output.tools[0].result[-1]), ("a", "b"))
    if events:
        check(f"custom event, {way}", [type(e) for e in events if e.event == "CustomEvent"], [Progress])
    output, _, server = results(way, [stopping], ("stopping", {}))
    check(f"StopAgentRun, {way}", (output.tools[0].result, server.request_count), ("enough", 1))
    output, _, server = results(way, [retrying], ("retrying", {}))
    check(f"RetryAgentRun, {way}", (output.tools[0].result, server.request_count), ("another way", 2))
    with ReplayServer(["fine"]) as server, server.environment():
        guarded = Agent(model=OpenAIChat(id="gpt-5-mini"), pre_hooks=[PIIDetectionGuardrail()], telemetry=False)
        _, output = run_in(way, guarded, "ann@example.org")
        check(f"guardrail, {way}", (output.status, server.request_count), ("ERROR", 0))

sys.stdout.write(json.dumps(checked))
