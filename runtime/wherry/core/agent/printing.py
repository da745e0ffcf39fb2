"""Drawing runs of agents and teams in the terminal: a view of the event stream.

Panels, titles and their order are Agno's (`agno.utils.print_response`); rich is imported when something is drawn.
The workflow's drawing is in `printing_workflow`.
"""

from __future__ import annotations

import json
from textwrap import fill
from time import perf_counter
from typing import TYPE_CHECKING, Any

from wherry.core.waits import BLOCKING, LOOPING, Waits, finish

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

_OWN = ("markdown", "show_message", "show_reasoning", "show_full_reasoning", "console", "tags_to_include_in_markdown")


def panel(content: Any, title: str, colour: str = "blue") -> Any:
    """A titled box over the whole width."""
    from rich.box import HEAVY
    from rich.panel import Panel

    return Panel(content, title=title, title_align="left", border_style=colour, box=HEAVY, expand=True, padding=(1, 1))


def text_of(content: Any) -> str:
    """What is shown of an input or answer."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if hasattr(content, "model_dump_json"):
        return str(content.model_dump_json(indent=2, exclude_none=True))
    if hasattr(content, "get_content_string"):
        return str(content.get_content_string())
    if isinstance(content, list):
        return "\n".join(text_of(item) for item in content)
    if isinstance(content, dict):
        return json.dumps(content, indent=2, default=str, ensure_ascii=False)
    return str(content)


def asked_text(asked: Any) -> str:
    """What is shown of a question: what the user says in it, the rest of messages and of parts left out."""
    if isinstance(asked, dict):
        return asked_text(asked["content"]) if "content" in asked else text_of(asked)
    if hasattr(asked, "role") and hasattr(asked, "content"):
        return asked_text(asked.content)
    if isinstance(asked, list) and asked and not isinstance(asked[0], str):
        return "\n".join(text for part in asked if (text := said(part)))
    return text_of(asked)


def said(part: Any) -> str:
    """What a user says in one message or part of a message."""
    if isinstance(part, dict) and "type" in part:
        return str(part.get("text") or "") if part["type"] == "text" else ""
    role = part.get("role", "user") if isinstance(part, dict) else getattr(part, "role", "user")
    return asked_text(part) if role == "user" else ""


class Drawing:
    """The panels of one run, redrawn as events arrive."""

    def __init__(self, owner: Any, given: dict[str, Any], asked: Any) -> None:
        self.owner = owner
        self.asked = asked
        self.markdown = bool(owner.markdown if given.get("markdown") is None else given["markdown"])
        self.show_message = given.get("show_message", True) is not False
        self.show_reasoning = given.get("show_reasoning", True) is not False
        self.full = bool(given.get("show_full_reasoning"))
        self.console = given.get("console")
        self.streamed = False
        self.begin = perf_counter()
        self.content: list[str] = []
        self.object: Any = None
        self.reasoning = ""
        self.steps: list[Any] = []
        self.tools: dict[str, Any] = {}
        self.members: dict[str, tuple[str, list[str]]] = {}
        self.structured: set[str] = set()
        self.member_tools: dict[str, tuple[str, list[Any]]] = {}
        self.citations: Any = None
        self.output: Any = None
        self.paused: Any = None

    @property
    def seconds(self) -> float:
        """Seconds since the drawing began."""
        return perf_counter() - self.begin

    def take(self, event: Any, run_id: str | None) -> None:
        """Fold an event into the panels."""
        name = getattr(event, "event", "")
        if run_id is not None and getattr(event, "run_id", run_id) != run_id:
            self.take_member(event, name)
            return
        kind = name.removeprefix("Team")
        if kind == "RunContent":
            self.take_content(event)
        elif kind in ("ToolCallStarted", "ToolCallCompleted"):
            self.tools[event.tool.tool_call_id or ""] = event.tool
        elif kind == "ReasoningStep":
            self.steps.append(event.content)
        elif name == "RunPaused":
            self.paused = event
        elif kind in ("RunError", "RunPaused") and event.content:
            self.content.append(str(event.content))

    def take_content(self, event: Any) -> None:
        """A piece of the answer."""
        if isinstance(event.content, str):
            self.content.append(event.content)
        elif event.content is not None:
            self.object = event.content
        self.reasoning += event.reasoning_content or ""
        self.citations = event.citations or self.citations

    def take_member(self, event: Any, name: str) -> None:
        """A piece of a member's answer."""
        who = getattr(event, "agent_name", None) or getattr(event, "team_name", None) or "Member"
        if name.endswith("RunContent") and isinstance(event.content, str):
            self.members.setdefault(event.run_id, (who, []))[1].append(event.content)
        elif name.endswith("ToolCallCompleted"):
            self.member_tools.setdefault(event.run_id, (who, []))[1].append(event.tool)

    def finish(self, output: Any) -> None:
        """Take what only the output knows."""
        self.output = output
        if self.owner._kind == "agent" and output.is_paused:  # noqa: SLF001 - a part of the same object
            # What was drawn so far stays; what is open takes the place of the rest.
            self.paused = output
            return
        if not self.content and self.object is None:
            if isinstance(output.content, str):
                self.content.append(output.content)
            else:
                self.object = output.content
        for tool in output.tools or ():
            self.tools[tool.tool_call_id or ""] = tool
        self.reasoning = self.reasoning or output.reasoning_content or ""
        self.steps = self.steps or list(output.reasoning_steps or ())
        self.citations = output.citations or self.citations
        for member in getattr(output, "member_responses", None) or ():
            who = getattr(member, "agent_name", None) or getattr(member, "team_name", None) or "Member"
            self.members[member.run_id or ""] = (who, [text_of(member.content)])
            if not isinstance(member.content, str):
                self.structured.add(member.run_id or "")
            if member.tools:
                self.member_tools[member.run_id or ""] = (who, list(member.tools))

    def body(self) -> RenderableType:
        """The answer as it is drawn."""
        if self.object is not None:
            from rich.json import JSON

            return JSON(text_of(self.object))
        return self.prose("".join(self.content))

    def prose(self, text: str) -> RenderableType:
        """A text as Markdown, when that is wanted."""
        if self.markdown:
            from rich.markdown import Markdown

            return Markdown(text)
        from rich.text import Text

        return Text(text)

    def panels(self) -> list[Any]:
        """All panels, in order."""
        from rich.text import Text

        found: list[Any] = []
        asked = self.output.input.input_content if self.output is not None and self.output.input else self.asked
        if asked and self.show_message:
            found.append(panel(Text(asked_text(asked), style="green"), "Message", "cyan"))
        found += self.reasoning_panels()
        found += self.member_panels()
        if self.tools:
            found.append(self.tool_panel())
        if any(self.content) or self.object is not None:
            found.append(panel(self.body(), f"Response ({self.seconds:.1f}s)"))
        if self.citations is not None and getattr(self.citations, "urls", None):
            lines = "\n".join(f"{n}. {url.title or url.url}: {url.url}" for n, url in enumerate(self.citations.urls, 1))
            found.append(panel(Text(lines), "Citations", "green"))
        if self.paused is not None and (waiting := paused_lines(self.paused.tools or ())):
            found.append(panel(Text(waiting), "Run Paused"))
        return found

    def tool_panel(self) -> Any:
        """The tools that were called; a team's calls are wrapped and set apart."""
        from rich.text import Text

        lines = [call_line(tool) for tool in self.tools.values()]
        if self.owner._kind != "team":  # noqa: SLF001 - a part of the same object
            return panel(Text("\n".join(lines)), "Tool Calls", "yellow")
        return panel(Text(self.wrapped(dict.fromkeys(lines) if self.streamed else lines)), "Team Tool Calls", "yellow")

    def wrapped(self, lines: Iterable[str]) -> str:
        """Calls as Agno wraps them: somewhat wider than the console."""
        width = (self.console.width if self.console else 80) + 30
        return "\n\n".join(fill(line, width=width, subsequent_indent="  ") for line in lines)

    def reasoning_panels(self) -> list[Any]:
        """Thoughts, when they are shown."""
        from rich.text import Text

        if not self.show_reasoning:
            return []
        if self.steps:
            return [
                panel(Text(step_lines(step, full=self.full)), f"Reasoning step {number}", "green")
                for number, step in enumerate(self.steps, 1)
            ]
        if self.reasoning:
            return [panel(Text(self.reasoning), f"Thinking ({self.seconds:.1f}s)", "green")]
        return []

    def member_panels(self) -> list[Any]:
        """What members did and said, when the team shows it."""
        from rich.text import Text

        if not getattr(self.owner, "show_members_responses", False):
            return []
        found = []
        for run_id, (who, pieces) in self.members.items():
            tools = self.member_tools.get(run_id)
            if tools:
                found.append(panel(Text(self.wrapped(map(call_line, tools[1]))), f"{who} Tool Calls", "yellow"))
            text = "".join(pieces)
            body = Text(text) if run_id in self.structured else self.prose(text)
            found.append(panel(body, f"{who} Response", "magenta"))
        return found


def call_line(tool: Any) -> str:
    """A tool call as one line."""
    arguments = ", ".join(f"{name}={value}" for name, value in (tool.tool_args or {}).items())
    return f"• {tool.tool_name}({arguments})"


_OPEN = (
    ("requires_confirmation", "Waiting for confirmation:"),
    ("requires_user_input", "Waiting for your input:"),
    ("external_execution_required", "Waiting to be executed outside:"),
)


def paused_lines(tools: Iterable[Any]) -> str:
    """What a paused run waits for, kind by kind; nothing when all of it is silent."""
    shown = [tool for tool in tools if not tool.external_execution_silent]
    lines: list[str] = []
    for flag, title in _OPEN:
        calls = [call_line(tool) for tool in shown if getattr(tool, flag)]
        lines += [title, *calls] if calls else []
    return "\n".join(lines)


def step_lines(step: Any, *, full: bool) -> str:
    """A reasoning step as it is drawn: title, action and result, and in full its thought and its confidence."""
    lines = [step.title, f"Action: {step.action}" if step.action is not None else None, step.result]
    if full:
        named = {"Reasoning": step.reasoning, "Confidence": step.confidence}
        lines += [f"{name}: {value}" for name, value in named.items() if value is not None]
    return "\n".join(line for line in lines if line)


def split(given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arguments of drawing, and those of running."""
    own = {name: given.pop(name) for name in _OWN if name in given}
    return own, given


async def draw(owner: Any, asked: Any, given: dict[str, Any], waits: Waits) -> Any:
    """Run and draw, whole or as it comes; returns the run's output."""
    from rich.console import Group
    from rich.live import Live
    from rich.status import Status

    from wherry.core.run import outcome, visible

    own, arguments = split(given)
    streamed = arguments.get("stream")
    arguments["stream"] = bool(owner.stream if streamed is None else streamed)
    arguments["stream_events"] = arguments["stream"]
    arguments.pop("yield_run_output", None)
    drawing = Drawing(owner, own, asked)
    run = owner.make_run(asked, waits, arguments)
    with Live(console=own.get("console"), refresh_per_second=10) as live:
        live.update(Group(Status("Working...", spinner="aesthetic", speed=0.4), *drawing.panels()))
        if run.stream:
            drawing.streamed = True
            async for event in visible(run, owner.events(run)):
                drawing.take(event, run.output.run_id)
                live.update(Group(*drawing.panels()))
        else:
            await outcome(run, owner.events(run))
        drawing.finish(run.output)
        live.update(Group(*drawing.panels()))
    return run.output


def print_run(owner: Any, asked: Any, given: dict[str, Any]) -> Any:
    """`print_response`; returns the run's output."""
    return finish(draw(owner, asked, given, BLOCKING))


async def aprint_run(owner: Any, asked: Any, given: dict[str, Any]) -> None:
    """`aprint_response`."""
    await draw(owner, asked, given, LOOPING)
