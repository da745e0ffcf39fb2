"""Drawing runs of agents and teams in the terminal: a view of the event stream.

Panels, titles and their order are Agno's (`agno.utils.print_response`); rich is imported when something is drawn.
What stands in them is in `boxes`, the workflow's drawing in `printing_workflow`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import fill
from time import perf_counter
from typing import TYPE_CHECKING, Any

from wherry.core.agent.boxes import (
    asked_text,
    call_line,
    citation_panels,
    panel,
    paused_lines,
    saved_line,
    step_panels,
    styled,
    text_of,
)
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


@dataclass(slots=True)
class Member:
    """What a member of a team did, as far as it is known."""

    who: str
    pieces: list[str] = field(default_factory=list)
    tools: list[Any] = field(default_factory=list)
    steps: list[Any] = field(default_factory=list)
    citations: Any = None
    structured: bool = False


class Drawing:
    """The panels of one run, redrawn as events arrive."""

    def __init__(self, owner: Any, given: dict[str, Any], asked: Any) -> None:
        self.owner = owner
        self.asked = asked
        wanted = owner.markdown if given.get("markdown") is None else given["markdown"]
        self.markdown = bool(wanted) and owner.output_schema is None
        self.show_message = given.get("show_message", True) is not False
        self.show_reasoning = given.get("show_reasoning", True) is not False
        self.full = bool(given.get("show_full_reasoning"))
        self.markup = given.get("markup", True) is not False
        self.team = owner._kind == "team"  # noqa: SLF001 - a part of the same object
        shown = given.get("show_member_responses")
        self.show_members = bool(getattr(owner, "show_members_responses", False) if shown is None else shown)
        self.console = given.get("console")
        self.tags = given.get("tags_to_include_in_markdown") or ("think", "thinking")
        self.streamed = self.blocking = False
        self.begin = perf_counter()
        self.content: list[str] = []
        self.object: Any = None
        self.reasoning = ""
        self.steps: list[Any] = []
        self.tools: dict[str, Any] = {}
        self.members: dict[str, Member] = {}
        self.citations: Any = None
        self.output: Any = None
        self.paused: Any = None
        self.summarised = False

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
        elif kind == "ReasoningContentDelta":
            self.reasoning += event.reasoning_content or ""
        elif name == "RunPaused":
            self.paused = event
        elif kind in ("RunError", "RunPaused") and event.content:
            self.content += ["\n\n"] * bool(self.content) + [str(event.content)]

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
        if name.endswith("RunContent") and isinstance(event.content, str):
            self.member(event).pieces.append(event.content)
        elif name.endswith("ToolCallCompleted"):
            self.member(event).tools.append(event.tool)

    def member(self, event: Any) -> Member:
        """The member that an event is of."""
        return self.members.setdefault(event.run_id, Member(called(event)))

    def finish(self, output: Any) -> None:
        """Take what only the output knows."""
        self.output = output
        if not self.team and output.is_paused:
            # What was drawn so far stays; what is open takes the place of the rest.
            self.paused = output
            return
        self.summarised = self.take_summary()
        if not self.content and self.object is None:
            if isinstance(output.content, str):
                self.content.append(output.content)
            else:
                self.object = output.content
        if not self.team or not self.streamed:
            self.tools |= {tool.tool_call_id or "": tool for tool in output.tools or ()}
        if not self.streamed:  # a stream draws the thoughts that came as such; what tools noted has its steps
            self.reasoning = output.reasoning_content or ""
        self.steps = self.steps or list(output.reasoning_steps or ())
        self.citations = output.citations or self.citations
        if self.team:
            self.finish_members(output.member_responses or ())

    def take_summary(self) -> bool:
        """Whether the run summed its session up, which is said once. Agno's streams of teams do not say it."""
        manager = self.owner.session_summary_manager
        if not getattr(manager, "summaries_updated", False):
            return False
        manager.summaries_updated = False
        return not (self.team and self.streamed)

    def finish_members(self, responses: Iterable[Any]) -> None:
        """What the team's own members did. A stream tells calls that an inner team made with those of the outer one."""
        self.members = {}
        calls: dict[str, list[Any]] = {}
        for response in responses:
            member = Member(called(response), [text_of(response.content)], list(response.tools or ()))
            member.steps = list(response.reasoning_steps or ())
            member.citations = response.citations
            member.structured = not isinstance(response.content, str)
            if self.streamed:
                fresh = [tool for tool in member.tools if (tool.tool_call_id or "") not in self.tools]
                whose = getattr(response, "agent_id", None) or getattr(response, "team_id", None)
                member.tools = calls.setdefault(str(whose), [])
                member.tools += fresh
            self.members[response.run_id or ""] = member

    def close(self) -> None:
        """Forget what compressing saved once it is drawn, so that the next run tells only of itself."""
        if self.owner.compression_manager is not None:
            self.owner.compression_manager.stats.clear()

    def body(self) -> RenderableType:
        """The answer as it is drawn."""
        if self.object is not None or self.wordless():
            from rich.json import JSON

            return JSON("null" if self.object is None else text_of(self.object))
        return self.prose("".join(self.content))

    def wordless(self) -> bool:
        """Whether a whole run ended without an answer, not even an empty one."""
        return self.output is not None and not self.streamed and self.output.content is None

    def answered(self) -> bool:
        """Whether there is an answer to draw. That of a whole run is drawn also when it is empty, as in Agno."""
        if self.object is not None:
            return True
        if not self.streamed:
            return self.output is not None and not self.paused
        text = "".join(self.content)
        return bool(text.strip() if self.markdown and not self.team else text)

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
        if self.show_message and (said or self.boxes_nothing(asked)):
            found.append(panel(Text(said, style="green"), "Message", "cyan"))
        found += self.reasoning_panels()
        found += self.member_panels()
        if self.tools:
            found.append(self.tool_panel())
        if self.answered():
            found.append(panel(self.body(), f"Response ({self.seconds:.1f}s)"))
        found += citation_panels(self.citations)
        if self.summarised:
            found.append(panel(Text("Session summary updated"), "Session Summary", "green"))
        if self.paused is not None and (waiting := paused_lines(self.paused.tools or ())):
            found.append(panel(Text(waiting), "Run Paused"))
        return found

    def boxes_nothing(self, asked: Any) -> bool:
        """Whether a question without text has its box, as in Agno: always in an agent's stream that blocks."""
        if self.streamed:
            return self.blocking and not self.team
        return bool(asked)

    def tool_panel(self) -> Any:
        """The tools that were called; a team's calls are wrapped and set apart."""
        lines = [call_line(tool) for tool in self.tools.values()]
        saved = saved_line(self.owner.compression_manager)
        if not self.team:
            return panel(styled("\n".join(lines) + saved, markup=self.markup), "Tool Calls", "yellow")
        text = self.wrapped(dict.fromkeys(lines) if self.streamed else lines)
        return panel(styled(text + saved, markup=self.markup), "Team Tool Calls", "yellow")

    def wrapped(self, lines: Iterable[str]) -> str:
        """Calls as Agno wraps them: somewhat wider than the console."""
        width = (self.console.width if self.console else 80) + 30
        return "\n\n".join(fill(line, width=width, subsequent_indent="  ") for line in lines)

    def reasoning_panels(self) -> list[Any]:
        """Thoughts, when they are shown."""
        from rich.text import Text

        if not self.show_reasoning:
            return []
        found = step_panels(self.steps, full=self.full, markup=self.markup)
        if self.reasoning:
            found.append(panel(Text(self.reasoning), f"Thinking ({self.seconds:.1f}s)", "green"))
        return found

    def member_panels(self) -> list[Any]:
        """What members did and said, when the team shows it."""
        return [found for member in self.members.values() for found in self.drawn(member)] if self.show_members else []

    def drawn(self, member: Member) -> list[Any]:
        """The panels of one member."""
        from rich.text import Text

        found = []
        if self.show_reasoning:
            found += step_panels(member.steps, full=self.full, markup=self.markup, colour="magenta")
        if member.tools:
            calls = styled(self.wrapped(map(call_line, member.tools)), markup=self.markup)
            # A whole run draws thoughts above calls, a stream below them, as in Agno.
            found.insert(0 if self.streamed else len(found), panel(calls, f"{member.who} Tool Calls", "yellow"))
        text = "".join(member.pieces)
        body = Text(text) if member.structured else self.prose(text)
        found.append(panel(body, f"{member.who} Response", "magenta"))
        return found + citation_panels(member.citations, "magenta")


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
        status = Status("Working...", spinner="aesthetic", speed=0.4)
        live.update(Group(status, *drawing.panels()))
        if run.stream:
            drawing.streamed, drawing.blocking = True, waits.blocking
            async for event in visible(run, owner.events(run)):
                drawing.take(event, run.output.run_id)
                live.update(Group(status, *drawing.panels()))
        else:
            await outcome(run, owner.events(run))
        drawing.finish(run.output)
        live.update(Group(*drawing.panels()))
    drawing.close()
    return run.output


def print_run(owner: Any, asked: Any, given: dict[str, Any]) -> Any:
    """`print_response`; returns the run's output."""
    return finish(draw(owner, asked, given, BLOCKING))


async def aprint_run(owner: Any, asked: Any, given: dict[str, Any]) -> None:
    """`aprint_response`."""
    await draw(owner, asked, given, LOOPING)
