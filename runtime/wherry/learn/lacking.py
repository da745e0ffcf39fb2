"""What the stores of a machine cannot do for want of a user or a model, in a sentence. Called by `LearningMachine`."""

from __future__ import annotations

from typing import Any


def without_user(stores: dict[str, Any]) -> str | None:
    """What does nothing in a run that has no user; None when all do."""
    parts = []
    if of_users := [name for name in ("user_profile", "user_memory") if name in stores]:
        parts.append(f"{', '.join(of_users)} neither learn nor offer tools")
    config = getattr(stores.get("entity_memory"), "config", None)
    if getattr(config, "namespace", None) == "user":
        tools = ", and its tools refuse" if getattr(config, "enable_agent_tools", False) else ""
        parts.append(f'entity_memory (namespace="user") shows nothing{tools}')
    return f"This run has no user_id: {'; '.join(parts)}." if parts else None


def without_model(stores: dict[str, Any]) -> str | None:
    """Which stores want a model and have none; None when all have what they want."""
    mute = sorted(name for name, store in stores.items() if getattr(store, "model", stores) is None)
    if not mute:
        return None
    entities = " entity_memory keeps all facts, those that others contradict, too." if "entity_memory" in mute else ""
    return (
        f"The LearningMachine has no model, so these stores cannot learn: {', '.join(mute)}.{entities} "
        "Give it model=, or give it to an agent as learning=."
    )
