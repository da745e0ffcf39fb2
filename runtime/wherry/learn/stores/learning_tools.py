"""The tools on learnings, of the agent and of the model that reads messages; and how learnings are shown.

Names and parameters are Agno's. Called by `LearnedKnowledgeStore`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from wherry.learn.stores.base import tool_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.waits import Waits


DRAWN = 200
"""How many letters of a learning are drawn."""


def shown_learnings(learnings: list[Any]) -> str:
    """Learnings as a numbered list."""
    texts = [text for text in map(_shown, learnings) if text]
    return "\n".join(f"{number}. {text}" for number, text in enumerate(texts, 1))


def _shown(learning: Any) -> str:
    def told(name: str) -> Any:
        return getattr(learning, name, None)

    parts = [f"**{told('title')}**"] if told("title") else []
    if told("learning"):
        parts.append(told("learning"))
    if told("context"):
        parts.append(f"_Context: {told('context')}_")
    if told("tags"):
        parts.append(f"_Tags: {', '.join(told('tags'))}_")
    if told("namespace") not in {None, "", "global"}:
        parts.append(f"_Namespace: {told('namespace')}_")
    return "\n   ".join(parts)


def drawn_learnings(learnings: list[Any]) -> list[str]:
    """Learnings as the lines of a drawing, in Rich's markup: long ones cut, an empty line between two."""
    lines: list[str] = []
    for number, learning in enumerate(learnings, 1):
        told = {name: getattr(learning, name, None) for name in ("title", "learning", "context", "tags", "namespace")}
        lines += [""] if lines else []
        lines.append(f"[bold]{number}. {told['title'] or '(untitled)'}[/bold]")
        if told["learning"]:
            text = told["learning"]
            lines.append(f"   {text[:DRAWN]}{'...' if len(text) > DRAWN else ''}")
        if told["context"]:
            lines.append(f"   [dim]Context: {told['context']}[/dim]")
        if told["tags"]:
            lines.append(f"   [dim]Tags: {', '.join(told['tags'])}[/dim]")
        if told["namespace"] not in {None, "", "global"}:
            lines.append(f"   [dim]Namespace: {told['namespace']}[/dim]")
    return lines


def search_tool(store: Any, waits: Waits, namespace: str, user_id: str | None) -> Callable[..., Any]:
    """`search_learnings` in a namespace."""

    async def search(query: str, limit: int = 5) -> str:
        given = {"query": query, "user_id": user_id, "namespace": namespace, "limit": limit}
        found = await waits.wire(store.search, store.asearch, **given)
        if not found:
            return "No relevant learnings found."
        return f"Found {len(found)} relevant learning(s):\n\n{shown_learnings(found)}"

    return tool_for(waits, search, search_learnings, "Learnings could not be searched")


def save_tool(store: Any, waits: Waits, namespace: str, owner: dict[str, str | None], done: str) -> Callable[..., Any]:
    """`save_learning` into a namespace.

    Args:
        store: Where.
        waits: How to wait.
        namespace: For whom.
        owner: Ids of user, agent and team.
        done: What the model is told then; may name {title} and {namespace}.
    """

    async def save(title: str, learning: str, **more: Any) -> str:
        given = {"title": title, "learning": learning, **more, **owner, "namespace": namespace}
        if not await waits.wire(store.save, store.asave, **given):
            return "Failed to save learning" if "namespace" in done else "Failed to save"
        store.learning_saved = True
        return done.format(title=title, namespace=namespace)

    return tool_for(waits, save, save_learning, "A learning could not be saved")


# The forms of the tools: `tool_for` puts the work behind them.


def search_learnings(query: str, limit: int = 5) -> str:
    """Look for what was learned in earlier work: before you give advice, and before you save something.

    Args:
        query: What to look for, in a few words.
        limit: At most so many.

    Returns:
        The learnings that fit.
    """
    raise NotImplementedError


def save_learning(
    title: str,
    learning: str,
    context: Optional[str] = None,  # noqa: UP045 - Agno's form: a union written with | tells the model about null
    tags: Optional[list[str]] = None,  # noqa: UP045
) -> str:
    """Save something that will help in other conversations. Look first whether it is there already.

    Args:
        title: A short title.
        learning: What was found out, so that it can be acted on.
        context: When it holds.
        tags: What it is about.

    Returns:
        What was done.
    """
    raise NotImplementedError
