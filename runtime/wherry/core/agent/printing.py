"""Drawing runs of agents and teams in the terminal: a view of the event stream.

Panels, titles and their order are Agno's (`agno.utils.print_response`); rich is imported when something is drawn.
What stands in them is in `boxes`, the workflow's drawing in `printing_workflow`.
"""

from __future__ import annotations

from textwrap import fill
from time import perf_counter
from typing import TYPE_CHECKING, Any

from wherry.core.agent.boxes import asked_text, call_line, panel, paused_lines, step_text, styled, text_of
from wherry.core.waits import BLOCKING, LOOPING, Waits, finish

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

_OWN = (
    "markdown",
    "show_message",
    "show_reasoning",
    "show_full_reasoning",
    "show_member_responses",
    "console",
    "tags_to_include_in_markdown",
    "markup",
)


class Drawing:
    """The panels of one run, redrawn as events arrive."""

    def __init__(self, owner: Any, given: dict[str, Any], asked: Any) -> None:
        self.owner = owner
        self.asked = asked
        self.markdown = bool(owner.markdown if given.get("markdown") is None else given["markdown"])
        self.show_message = given.get("show_message", True) is not False
        self.show_reasoning = given.get("show_reasoning", True) is not False
        self.full = bool(given.get("show_full_reasoning"))
        self.markup = given.get("markup", True) is not False
        self.team = owner._kind == "team"  # noqa: SLF001 - a part of the same object
        wanted = given.get("show_member_responses")
        self.show_members = bool(getattr(owner, "show_members_responses", False) if wanted is None else wanted)
        self.console = given.get("console")
        self.tags = given.get("tags_to_include_in_markdown") or ("think", "thinking")
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
        own = run_id is None or getattr(event, "run_id", run_id) == run_id
        if not own and not name.startswith("Team"):
            self.take_member(event, name)
            return
        kind = name.removeprefix("Team")
        if kind == "RunContent":
            self.take_content(event, own=own)
        elif kind == "ToolCallCompleted" or (kind == "ToolCallStarted" and not self.team):
            self.tools[event.tool.tool_call_id or ""] = event.tool
        elif own:
            self.take_rest(event, name, kind)

    def take_rest(self, event: Any, name: str, kind: str) -> None:
        """A thought, a pause or an error of the drawn run itself."""
        if kind == "ReasoningStep":
            self.steps.append(event.content)
        elif name == "RunPaused":
            self.paused = event
        elif kind in ("RunError", "RunPaused") and event.content:
            self.content.append(str(event.content))

    def take_content(self, event: Any, *, own: bool) -> None:
        """A piece of the answer. Agno adds those of a team inside the team, which is not `own`, to the outer team's."""
        if isinstance(event.content, str):
            self.content.append(event.content)
        elif event.content is not None and (own or self.owner.output_schema is not None):
            self.object = event.content
        self.reasoning += event.reasoning_content or ""
        if own:
            self.citations = event.citations or self.citations

    def take_member(self, event: Any, name: str) -> None:
        """A piece of a member's answer, drawn until the output tells what its members did."""
        who = called(event)
        if name.endswith("RunContent") and isinstance(event.content, str):
            self.members.setdefault(event.run_id, (who, []))[1].append(event.content)
        elif name.endswith("ToolCallCompleted"):
            self.member_tools.setdefault(event.run_id, (who, []))[1].append(event.tool)

    def finish(self, output: Any) -> None:
        """Take what only the output knows."""
        self.output = output
        if not self.team and output.is_paused:
            # What was drawn so far stays; what is open takes the place of the rest.
            self.paused = output
            return
        if not self.content and self.object is None:
            if isinstance(output.content, str):
                self.content.append(output.content)
            else:
                self.object = output.content
        if not self.team or not self.streamed:
            self.tools |= {tool.tool_call_id or "": tool for tool in output.tools or ()}
        self.reasoning = self.reasoning or output.reasoning_content or ""
        self.steps = self.steps or list(output.reasoning_steps or ())
        self.citations = output.citations or self.citations
        if self.team:
            self.finish_members(output.member_responses or ())

    def finish_members(self, responses: Iterable[Any]) -> None:
        """What the team's own members did. A stream tells calls that an inner team made with those of the outer one."""
        self.members, self.member_tools = {}, {}
        calls: dict[str, list[Any]] = {}
        for member in responses:
            run_id, who = member.run_id or "", called(member)
            self.members[run_id] = (who, [text_of(member.content)])
            if not isinstance(member.content, str):
                self.structured.add(run_id)
            tools = list(member.tools or ())
            if self.streamed:
                fresh = [tool for tool in tools if (tool.tool_call_id or "") not in self.tools]
                whose = getattr(member, "agent_id", None) or getattr(member, "team_id", None)
                tools = calls.setdefault(str(whose), [])
                tools += fresh
            self.member_tools[run_id] = (who, tools)

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

            for tag in self.tags:  # Markdown would leave them out
                text = text.replace(f"<{tag}>", f"&lt;{tag}&gt;").replace(f"</{tag}>", f"&lt;/{tag}&gt;")
            return Markdown(text)
        return styled(text, markup=self.markup)

    def panels(self) -> list[Any]:
        """All panels, in order."""
        from rich.text import Text

        found: list[Any] = []
        asked = self.output.input.input_content if self.output is not None and self.output.input else self.asked
        said = asked_text(asked)
        if self.show_message and (said or (asked and not (self.team and self.streamed))):
            found.append(panel(Text(said, style="green"), "Message", "cyan"))
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
        lines = [call_line(tool) for tool in self.tools.values()]
        if not self.team:
            return panel(styled("\n".join(lines), markup=self.markup), "Tool Calls", "yellow")
        text = self.wrapped(dict.fromkeys(lines) if self.streamed else lines)
        return panel(styled(text, markup=self.markup), "Team Tool Calls", "yellow")

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
                panel(step_text(step, full=self.full, markup=self.markup), f"Reasoning step {number}", "green")
                for number, step in enumerate(self.steps, 1)
            ]
        if self.reasoning:
            return [panel(Text(self.reasoning), f"Thinking ({self.seconds:.1f}s)", "green")]
        return []

    def member_panels(self) -> list[Any]:
        """What members did and said, when the team shows it."""
        from rich.text import Text

        if not self.show_members:
            return []
        found = []
        for run_id, (who, pieces) in self.members.items():
            tools = self.member_tools.get(run_id)
            if tools and tools[1]:
                calls = styled(self.wrapped(map(call_line, tools[1])), markup=self.markup)
                found.append(panel(calls, f"{who} Tool Calls", "yellow"))
            text = "".join(pieces)
            body = Text(text) if run_id in self.structured else self.prose(text)
            found.append(panel(body, f"{who} Response", "magenta"))
        return found


def called(item: Any) -> str:
    """The name of the member whose output or event an item is."""
    return str(getattr(item, "agent_name", None) or getattr(item, "team_name", None) or "Member")


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
