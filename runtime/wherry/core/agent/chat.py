"""A conversation in the terminal, turn by turn. Mirrors `agno.agent.Agent.cli_app`."""

from __future__ import annotations

import asyncio
from typing import Any

EXIT = ("exit", "quit", "bye")


def settings(given: dict[str, Any]) -> tuple[str, list[str], dict[str, Any]]:
    """The prompt, the words that end the conversation, and the arguments of each turn."""
    user, emoji = given.pop("user", "User"), given.pop("emoji", ":sunglasses:")
    words = list(given.pop("exit_on", None) or EXIT)
    return f"[bold] {emoji} {user} [/bold]", words, given


def chat(owner: Any, first: str | None, given: dict[str, Any]) -> None:
    """Print the answer to each line the user types."""
    from rich.prompt import Prompt

    prompt, words, turn = settings(given)
    if first:
        owner.print_response(input=first, **turn)
    while (line := Prompt.ask(prompt)) not in words:
        owner.print_response(input=line, **turn)


async def achat(owner: Any, first: str | None, given: dict[str, Any]) -> None:
    """`chat` on the event loop; typing does not block it."""
    from rich.prompt import Prompt

    prompt, words, turn = settings(given)
    if first:
        await owner.aprint_response(input=first, **turn)
    while (line := await asyncio.to_thread(Prompt.ask, prompt)) not in words:
        await owner.aprint_response(input=line, **turn)
