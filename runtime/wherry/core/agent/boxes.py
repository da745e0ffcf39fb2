"""What stands in the boxes of a drawn run: texts, questions, calls, steps. No drawing of runs; see `printing`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.text import Text


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
    if isinstance(asked, list):  # of a list of texts Agno shows nothing
        return "\n".join(text for part in asked if not isinstance(part, str) and (text := said(part)))
    return text_of(asked)


def said(part: Any) -> str:
    """What a user says in one message or part of a message."""
    if isinstance(part, dict) and "type" in part:
        return str(part.get("text") or "") if part["type"] == "text" else ""
    role = part.get("role", "user") if isinstance(part, dict) else getattr(part, "role", "user")
    return asked_text(part) if role == "user" else ""


def styled(text: str, *, markup: bool = True) -> Text:
    """A text as Agno draws it: words in square brackets are rich's styles, and are not shown.

    Args:
        text: What a model, a tool or a person wrote.
        markup: False draws the text as it is. So does one whose brackets are no styles, on which Agno raises.
    """
    from rich.errors import MarkupError
    from rich.text import Text

    if not markup:
        return Text(text)
    try:
        return Text.from_markup(text)
    except MarkupError:
        return Text(text)


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


def step_text(step: Any, *, full: bool, markup: bool = True) -> Text:
    """A reasoning step as it is drawn: title, action and result, and in full its thought and its confidence."""
    from rich.text import Text

    drawn = Text()
    if step.title is not None:
        drawn.append(f"{step.title}\n", "bold")
    if step.action is not None:
        drawn.append("Action:", "bold dim").append_text(dimmed(f" {step.action}\n", markup=markup))
    if step.result is not None:
        drawn.append_text(dimmed(step.result, markup=markup))
    if full:
        for name, value in (("Reasoning", step.reasoning), ("Confidence", step.confidence)):
            if value is not None:
                drawn.append(f"\n{name}:", "bold dim").append_text(dimmed(f" {value}", markup=markup))
    return drawn


def dimmed(text: str, *, markup: bool) -> Text:
    """A text in a quiet colour."""
    drawn = styled(text, markup=markup)
    drawn.stylize("dim")
    return drawn


def step_panels(steps: Iterable[Any], *, full: bool, markup: bool, colour: str = "green") -> list[Any]:
    """A box for each reasoning step."""
    return [
        panel(step_text(step, full=full, markup=markup), f"Reasoning step {number}", colour)
        for number, step in enumerate(steps, 1)
    ]


def citation_panels(citations: Any, colour: str = "green") -> list[Any]:
    """A box with what was searched for and the links that an answer goes back to; none when it names no link."""
    if citations is None or citations.urls is None:
        return []
    from rich.markdown import Markdown

    lines = [f"- {query}" for query in citations.search_queries or ()]
    if lines:
        lines = ["**Search Queries:**", *lines, ""]
    links = enumerate(citations.urls, 1)
    lines += [f"{number}. [{link.title or link.url}]({link.url})" for number, link in links if link.url]
    return [panel(Markdown("\n".join(lines)), "Citations", colour)] if lines else []


def saved_line(manager: Any) -> str:
    """What compressing tool results saved, below the calls of a run; nothing when nothing was compressed."""
    told = getattr(manager, "stats", None) or {}
    count, before = told.get("tool_results_compressed", 0), told.get("original_size", 0)
    if not count or not before:
        return ""
    saved = before - told.get("compressed_size", 0)
    return f"\n\ncompressed: {count} | Saved: {saved:,} chars ({saved / before:.0%})"
