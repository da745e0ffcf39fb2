"""The tools of an agent that keeps entities: names and parameters are Agno's. Called by `EntityMemoryStore`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from wherry.learn.stores.base import tool_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.waits import Waits


def entity_tools(
    store: Any, waits: Waits, scope: dict[str, str | None], by: dict[str, str | None]
) -> list[Callable[..., Any]]:
    """The four tools.

    Args:
        store: Where entities are kept.
        waits: How to wait.
        scope: The namespace, and the user of the run.
        by: Ids of agent and team.
    """

    async def remember(**told: Any) -> str:
        return await waits.wire(store.remember_about, store.aremember_about, **told, **scope, **by)

    async def link(**told: Any) -> str:
        return await waits.wire(store.link_entities, store.alink_entities, **told, **scope, **by)

    async def search(**asked: Any) -> str:
        return await waits.wire(store.search_entities, store.asearch_entities, **asked, **scope)

    async def retire(**told: Any) -> str:
        return await waits.wire(store.forget, store.aforget, **told, **scope, **by)

    # They raise, as Agno's do: an entity that could not be looked up is not one that is not known.
    made = ((remember, remember_about), (link, link_entities), (search, search_entities), (retire, forget))
    return [tool_for(waits, work, like, None) for work, like in made]


# The forms of the tools: `tool_for` puts the work behind them. Optional, as in Agno: a union written with | tells the
# model about null.


def remember_about(
    entity: str,
    entity_type: str,
    description: Optional[str] = None,  # noqa: UP045
    facts: list[str] = [],  # noqa: B006
    events: list[str] = [],  # noqa: B006
    note: Optional[str] = None,  # noqa: UP045
) -> str:
    """Put down what you learned of a person, company, project, system or product; what is known of it stays.

    Name it as people do; you need no id. What belongs where:
    - facts: what holds now and may change, one short line each, such as "hull: oak".
    - events: what happened, with its date where you know it, and what somebody thinks or plans.
    - note: where a file with more about it lies, whenever there is one.

    Args:
        entity: The name, such as "Ann Lee" or "Albion".
        entity_type: person, company, project, system, product, or another short word for what it is.
        description: What it is, in a line.
        facts: What holds of it, one short line each.
        events: What happened, one line each.
        note: The path of a file with more, such as "notes/albion.md".

    Returns:
        What was put down.
    """
    raise NotImplementedError


def link_entities(entity: str, relation: str, related_entity: str) -> str:
    """Put down how two people, companies, projects, systems or products stand to each other.

    Both are known by their names; one that is not known yet is put down as well, and can be described later. Either one
    shows it. When it no longer holds, take it back with `forget`: a new one does not replace it.

    Args:
        entity: The one of which it is told. When several are of this name, its kind goes before it: "project/Albion".
        relation: A short verb, such as "builds" or "belongs_to".
        related_entity: The other one.

    Returns:
        What was put down.
    """
    raise NotImplementedError


def search_entities(
    query: Optional[str] = None,  # noqa: UP045
    entity_type: Optional[str] = None,  # noqa: UP045
) -> str:
    """Look for what is known of people, companies, projects, systems and products, or list it.

    A query is looked for in names, facts, events and relationships; without one you get those that changed last. Where
    a note is named, read that file for more.

    Args:
        query: A name or a part of what is known; leave it out for the list.
        entity_type: Only of this kind.

    Returns:
        What is known of those that fit.
    """
    raise NotImplementedError


def forget(entity: str, fact: Optional[str] = None) -> str:  # noqa: UP045
    """Take back a fact, an event or a relationship that no longer holds; or archive a whole entity.

    Name a relationship as it is shown: "builds -> Albion". Without `fact` the entity is archived: it is shown no more,
    `search_entities` still finds it, and `remember_about` brings it back.

    Args:
        entity: The name. When several are of it, the kind goes before it: "project/Albion".
        fact: What no longer holds, as near to its wording as you can; leave it out to archive the entity.

    Returns:
        What was taken back.
    """
    raise NotImplementedError
