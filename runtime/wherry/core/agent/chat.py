"""A conversation in the terminal, turn by turn. Mirrors `agno.agent.Agent.cli_app`."""

from __future__ import annotations

import asyncio
from inspect import isawaitable
from typing import Any

EXIT = ("exit", "quit", "bye")
# As in Agno, a conversation with an agent or a team streams and draws Markdown only when it is told to, whatever its
# owner does elsewhere; one with a workflow does as the workflow does, and ends on one word more.
_PLAIN = {"stream": False, "markdown": False}


def settings(owner: Any, given: dict[str, Any]) -> tuple[str, list[str], dict[str, Any]]:
    """The prompt, the words that end the conversation, and the arguments of each turn."""
    works = owner._kind == "workflow"  # noqa: SLF001 - a part of the same object
    user = given.pop("user", "User")
    emoji = given.pop("emoji", ":technologist:" if works else ":sunglasses:")
    words = list(given.pop("exit_on", None) or ((*EXIT, "stop") if works else EXIT))
    return f"[bold] {emoji} {user} [/bold]", words, given if works else {**_PLAIN, **given}


def refuse_servers(tools: Any) -> None:
    """Refuse tools that live on an event loop, before anything is asked."""
    for tool in tools if isinstance(tools, list) else ():
        if isawaitable(tool) or any(base.__name__ == "MCPTools" for base in type(tool).__mro__):
            raise NotImplementedError(
                f"The tool {type(tool).__name__!r} needs an event loop, and cli_app has none.\nUse `acli_app`."
            )


def chat(owner: Any, first: str | None, given: dict[str, Any]) -> None:
    """Print the answer to each line the user types."""
    from rich.prompt import Prompt

    refuse_servers(getattr(owner, "tools", None))
    prompt, words, turn = settings(owner, given)
    if first:
        owner.print_response(input=first, **turn)
    while (line := Prompt.ask(prompt)) not in words:
        owner.print_response(input=line, **turn)


async def achat(owner: Any, first: str | None, given: dict[str, Any]) -> None:
    """`chat` on the event loop; typing does not block it."""
    from rich.prompt import Prompt

    prompt, words, turn = settings(owner, given)
    if first:
        await owner.aprint_response(input=first, **turn)
    while (line := await asyncio.to_thread(Prompt.ask, prompt)) not in words:
        await owner.aprint_response(input=line, **turn)
