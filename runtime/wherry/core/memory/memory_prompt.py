"""What a model that writes memories is told. Sections and tool names are Agno's, the sentences are ours."""

from __future__ import annotations

from typing import Any

CAPTURE = (
    "What will still matter in later conversations with this user, such as:\n"
    "- facts: name, age, work, place, interests\n"
    "- likes and dislikes, opinions and habits\n"
    "- important events in the user's life\n"
    "- the user's situation, plans, problems and goals\n"
    "- anything else that helps to understand what this user needs\n"
)
_WHEN = (
    "- When the message says something worth remembering that is not there yet, store it; when it corrects or "
    "completes a memory, rewrite that one; when it says nothing new, change nothing."
)
_TOOLS = {
    "add": "`add_memory` stores a new memory",
    "update": "`update_memory` rewrites an existing one",
    "delete": "`delete_memory` removes one",
    "clear": "`clear_memory` removes all of them",
}


def manager_prompt(
    existing: list[dict[str, Any]], allowed: dict[str, bool], capture: str | None, additional: str | None
) -> str:
    """The whole prompt."""
    tools = "; ".join(text for name, text in _TOOLS.items() if allowed.get(name))
    lines = [
        "You keep the memory about a user. Read the user's message and decide whether the memories have to change.",
        "",
        "- <memories_to_capture> says what is worth remembering, <existing_memories> what is remembered already.",
        _WHEN,
        "- A memory is one short statement in the third person, for example `The user's name is Ada Lovelace`.",
        "- One matter a memory: several short ones are better than a long one, and none twice.",
        "- When the user wants something forgotten, remove every trace of it, also from other memories.",
        "- When a preference changes, keep both what it is now and what it was.",
        "",
        "<memories_to_capture>",
        capture or CAPTURE,
        "</memories_to_capture>",
        "",
        f"Your tools: {tools}. Call several in one turn where that is needed, and none where nothing changes.",
    ]
    if existing:
        lines.append("\n<existing_memories>")
        for memory in existing:
            lines += [f"ID: {memory['memory_id']}", f"Memory: {memory['memory']}", ""]
        lines.append("</existing_memories>")
    if additional:
        lines.append(additional)
    return "\n".join(lines)
