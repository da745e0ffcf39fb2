"""What is told of an entity put into it, in memory: facts, events, other names, relationships, retired facts.

Called by the store of entities, which reads and writes the rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wherry.learn.entities.names import UNKNOWN, folded, kind_of, names_of, slug
from wherry.learn.shapes.record import now_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_ALIASES = 8


@dataclass(frozen=True)
class Whose:
    """Where an entity belongs and who writes it.

    Attributes:
        namespace: For whom it is.
        user_id, agent_id, team_id: Of the run.
    """

    namespace: str
    user_id: str | None = None
    agent_id: str | None = None
    team_id: str | None = None

    @property
    def owner(self) -> str | None:
        """The user whose own the entity is; None where it is shared."""
        return self.user_id if self.namespace == "user" else None


@dataclass(frozen=True)
class Told:
    """What is told of an entity.

    Attributes:
        name, entity_type, description: What it is.
        facts, events: What holds of it and what happened; blank ones are left out.
        note: The path of a file with more.
        aliases: Other names.
    """

    name: str
    entity_type: str
    description: str | None = None
    facts: Sequence[str] = ()
    events: Sequence[str] = ()
    note: str | None = None
    aliases: Sequence[str] = ()


@dataclass
class Change:
    """An entity with what was told in it, to be written.

    Attributes:
        entity: As it is to be.
        created: There was none.
        revived: It was archived.
        was: The kind it had before it got a real one; its old row has to go.
        facts: What is new.
        repeated: So many facts were there already.
        retired: So many facts no longer hold.
    """

    entity: Any
    created: bool = False
    revived: bool = False
    was: str | None = None
    facts: list[str] = field(default_factory=list)
    repeated: int = 0
    retired: int = 0


def text_of(entry: Any) -> str:
    """The text of a fact or event, folded."""
    return folded(str(entry.get("content", "")))


def live(entity: Any) -> list[dict[str, Any]]:
    """The facts that hold, of those that are mappings."""
    return [fact for fact in entity.live_facts() if isinstance(fact, dict)]


def news(entity: Any | None, facts: Iterable[str]) -> tuple[list[str], int]:
    """The facts that an entity does not have yet, and how many it has; of a new entity all are taken as they are."""
    said = [fact for fact in facts if fact and fact.strip()]
    if entity is None:
        return said, 0
    known, fresh = {text_of(fact) for fact in live(entity)}, []
    for fact in said:
        if folded(fact) not in known:
            known.add(folded(fact))
            fresh.append(fact)
    return fresh, len(said) - len(fresh)


def blank(schema: Any, name: str, entity_type: str, whose: Whose, **more: Any) -> Any:
    """A new entity of which nothing is known but its name and kind."""
    now = now_text()
    return schema(
        entity_id=slug(name),
        entity_type=entity_type,
        name=name.strip(),
        properties={},
        facts=[],
        events=[],
        relationships=[],
        namespace=whose.namespace,
        user_id=whose.owner,
        agent_id=whose.agent_id,
        team_id=whose.team_id,
        created_at=now,
        updated_at=now,
        **more,
    )


def remembered(schema: Any, known: Any | None, told: Told, whose: Whose) -> Change:
    """An entity with what is told in it.

    Args:
        schema: The class of entities.
        known: The entity as it is, which is changed, or None.
        told: What is told; its facts are those that `news` found.
        whose: For whom, and by whom.
    """
    kind = kind_of(told.entity_type) or UNKNOWN
    if known is None:
        change = Change(blank(schema, told.name, kind, whose, description=told.description), created=True)
    else:
        change = Change(known)
        _settle(change, kind, told)
    entity = change.entity
    for fact in told.facts:
        entity.add_fact(fact)
    for event in told.events:
        if event and event.strip():
            entity.add_event(event)
    if told.note:
        entity.properties = {**(entity.properties or {}), "note": told.note}
    for alias in told.aliases:
        _call(entity, alias)
    entity.updated_at = now_text()
    return change


def _settle(change: Change, kind: str, told: Told) -> None:
    """What is told of an entity that there is: what it is, its real kind, the name it came under, its revival."""
    entity = change.entity
    if told.description is not None:
        entity.description = told.description
    if entity.entity_type == UNKNOWN and kind != UNKNOWN:
        change.was, entity.entity_type = UNKNOWN, kind
    _call(entity, told.name)
    if getattr(entity, "archived_at", None):
        entity.archived_at, change.revived = None, True


def _call(entity: Any, name: str) -> None:
    """Keep another name of an entity, where it is one."""
    aliases, name = list(getattr(entity, "aliases", None) or ()), name.strip()
    if name and len(aliases) < MOST_ALIASES and folded(name) not in map(folded, names_of(entity)):
        entity.aliases = [*aliases, name]


def retire(entity: Any, verdict: Iterable[tuple[str, float]], fresh: Sequence[str], threshold: float) -> int:
    """Retire what a judge found to hold no longer; how many facts.

    Args:
        entity: With the new facts in it.
        verdict: Ids of facts, each with how sure the judge is.
        fresh: The new facts, which no judge may retire.
        threshold: So sure it has to be.
    """
    texts = {folded(fact) for fact in fresh}
    facts = live(entity)
    old = {fact.get("id") for fact in facts if text_of(fact) not in texts}
    by = "superseded"
    if len(fresh) == 1:
        by = next((str(fact.get("id")) for fact in facts if text_of(fact) in texts), by)
    sure = [fact_id for fact_id, confidence in verdict if confidence >= threshold and fact_id in old]
    return sum(entity.retire_fact(fact_id, superseded_by=by) for fact_id in sure)


def relate(source: Any, relation: str, target: Any) -> None:
    """Relate two entities; both are told."""
    source.add_relationship(
        related_entity_id=target.entity_id, relation=relation, direction="outgoing", entity_type=target.entity_type
    )
    target.add_relationship(
        related_entity_id=source.entity_id, relation=relation, direction="incoming", entity_type=source.entity_type
    )
    source.updated_at = target.updated_at = now_text()


def renamed_kind(far: Any, entity: Any) -> bool:
    """Tell the other end of a relationship the kind that an entity has now; whether it did not know."""
    stale = [
        edge
        for edge in getattr(far, "relationships", None) or ()
        if isinstance(edge, dict)
        and edge.get("entity_id") == entity.entity_id
        and edge.get("entity_type") != entity.entity_type
    ]
    for edge in stale:
        edge["entity_type"] = entity.entity_type
    return bool(stale)


def without_edge(far: Any, entity: Any, edge: dict[str, Any]) -> bool:
    """Take the way back of a relationship out of its other end; whether there was one."""
    gone = {
        "entity_id": entity.entity_id,
        "relation": edge.get("relation"),
        "entity_type": entity.entity_type,
    }
    edges = getattr(far, "relationships", None) or []
    left = [
        one
        for one in edges
        if not (isinstance(one, dict) and all(one.get(name) == value for name, value in gone.items()))
    ]
    if len(left) == len(edges):
        return False
    far.relationships, far.updated_at = left, now_text()
    return True
