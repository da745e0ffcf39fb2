"""What is known of somebody or something that is not the user: `EntityMemory`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from wherry.learn.shapes.record import Record, entry, now_text, open_fields, short_id, without

_CLOSED = frozenset(
    {
        *("entity_id", "entity_type", "facts", "events", "relationships", "namespace", "user_id", "agent_id"),
        *("team_id", "created_at", "updated_at"),
    }
)


@dataclass
class EntityMemory(Record):
    """A person, company, project, system or product; mirrors `agno.learn.schemas.EntityMemory`.

    Attributes:
        entity_id: Its slug, such as acme_corp.
        entity_type: person, company, project, system, product, or any other word.
        name: Its name.
        description: What it is.
        properties: Values by name.
        aliases: Other names of it.
        facts: What holds of it; entries with `id`, `content`, `created_at`, `updated_at`, and when retired
            `superseded_at` and `superseded_by`.
        events: What happened; entries with `date`, too.
        relationships: Entries with `entity_id`, `entity_type`, `relation` and `direction` (outgoing or incoming).
        namespace: For whom.
        user_id, agent_id, team_id, created_at, updated_at: Who wrote it, and when.
        archived_at: Since when it is left out of the context.
    """

    _needed: ClassVar[tuple[str, ...]] = ("entity_id", "entity_type")
    entity_id: str
    entity_type: str = field(metadata={"description": "person, company, project, system, product or the like"})
    name: str | None = field(default=None, metadata={"description": "The entity's name"})
    description: str | None = field(default=None, metadata={"description": "What the entity is, in a line"})
    properties: dict[str, str] = field(
        default_factory=dict, metadata={"description": "Values by name, such as industry or size"}
    )
    aliases: list[str] = field(default_factory=list, metadata={"description": "Other names of the entity"})
    facts: list[Any] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)
    relationships: list[Any] = field(default_factory=list)
    namespace: str | None = field(default=None, metadata={"internal": True})
    user_id: str | None = field(default=None, metadata={"internal": True})
    agent_id: str | None = field(default=None, metadata={"internal": True})
    team_id: str | None = field(default=None, metadata={"internal": True})
    created_at: str | None = field(default=None, metadata={"internal": True})
    updated_at: str | None = field(default=None, metadata={"internal": True})
    archived_at: str | None = field(default=None, metadata={"internal": True})

    # --- facts ---
    def add_fact(self, content: str, **kwargs: Any) -> str:
        """Add a fact; its id, which an empty text gets, too, without being added."""
        fact_id, text = short_id(), (content or "").strip()
        if text:
            now = now_text()
            self.facts.append({"id": fact_id, "content": text, "created_at": now, "updated_at": now, **kwargs})
        return fact_id

    def get_fact(self, fact_id: str) -> dict[str, Any] | None:
        """One fact, or None."""
        return entry(self.facts, fact_id)

    def update_fact(self, fact_id: str, content: str, **kwargs: Any) -> bool:
        """Rewrite a fact; whether there was one."""
        found = entry(self.facts, fact_id)
        if found is None:
            return False
        found.update({"content": content.strip(), **kwargs})
        found["updated_at"] = now_text()
        return True

    def delete_fact(self, fact_id: str) -> bool:
        """Remove a fact; whether there was one."""
        before = len(self.facts)
        self.facts = without(self.facts, fact_id)
        return len(self.facts) < before

    def live_facts(self) -> list[Any]:
        """The facts that are not retired."""
        return [one for one in self.facts if not (isinstance(one, dict) and one.get("superseded_at"))]

    def retire_fact(self, fact_id: str, superseded_by: str) -> bool:
        """Retire a fact without removing it.

        Args:
            fact_id: Which.
            superseded_by: The id of the fact in its place, or ``superseded`` for several, or ``forgotten``.

        Returns:
            Whether there was such a live fact.
        """
        for one in self.live_facts():
            if isinstance(one, dict) and one.get("id") == fact_id:
                one["superseded_at"], one["superseded_by"] = now_text(), superseded_by
                return True
        return False

    # --- events and relationships ---
    def add_event(self, content: str, date: str | None = None, **kwargs: Any) -> str:
        """Add what happened; its id. The same of the same date is told once."""
        text, now = (content or "").strip(), now_text()
        if not text:
            return short_id()
        for one in self.events:
            if isinstance(one, dict) and one.get("content") == text and one.get("date") == date:
                one["updated_at"] = now
                return str(one.get("id", ""))
        made = {"id": short_id(), "content": text, "created_at": now, "updated_at": now, **kwargs}
        self.events.append({**made, "date": date} if date else made)
        return str(made["id"])

    def add_relationship(
        self, related_entity_id: str, relation: str, direction: str = "outgoing", **kwargs: Any
    ) -> str:
        """Relate it to another entity; the id of the relationship. The same one is kept once.

        Args:
            related_entity_id: The other entity.
            relation: How, such as works_on.
            direction: ``outgoing``: this one to the other; ``incoming``: the other way round.
            **kwargs: Kept with it; `entity_type` of the other is part of what makes two the same.
        """
        same = {"entity_id": related_entity_id, "relation": relation, "direction": direction}
        wanted, now = {**same, "entity_type": kwargs.get("entity_type")}, now_text()
        for one in self.relationships:
            if isinstance(one, dict) and all(one.get(name) == value for name, value in wanted.items()):
                one.update({"updated_at": now, **kwargs})
                return str(one.get("id", ""))
        made = {"id": short_id(), **same, "created_at": now, "updated_at": now, **kwargs}
        self.relationships.append(made)
        return str(made["id"])

    def get_context_text(
        self,
        max_facts: int | None = 10,
        max_events: int | None = 5,
        related_names: dict[str, str] | None = None,
    ) -> str:
        """The entity as the system message shows it.

        Args:
            max_facts: Only so many live facts, the newest, each with its date; None for all.
            max_events: Only so many events, the last; None for all.
            related_names: Names of other entities by their ids.
        """
        parts = [f"**{self.name or self.entity_id}** ({self.entity_type})"]
        if self.description:
            parts.append(self.description)
        if self.properties:
            parts.append("Properties: " + ", ".join(f"{name}: {value}" for name, value in self.properties.items()))
        live = self.live_facts()
        parts += listed("Facts", "newest", "facts", live, max_facts, dated_fact)
        parts += listed("Events", "last", "events", self.events, max_events, dated_event)
        if self.relationships:
            names = related_names or {}
            lines = [f"  - {relation_text(one, names)}" for one in self.relationships]
            parts.append("Relationships:\n" + "\n".join(lines))
        return "\n\n".join(parts)

    @classmethod
    def get_updateable_fields(cls) -> dict[str, dict[str, Any]]:
        """The fields that are set as a whole, each with `type` and `description`."""
        return open_fields(cls, _CLOSED, "Entity's")

    def __repr__(self) -> str:
        return f"EntityMemory(entity_id={self.entity_id})"


def newest(entries: list[Any], most: int | None) -> list[Any]:
    """The last so many entries."""
    if most is None:
        return entries
    return entries[-most:] if most > 0 else []


def listed(title: str, which: str, what: str, entries: list[Any], most: int | None, tell: Any) -> list[str]:
    """One block of a list with the number that is left out, or nothing."""
    shown = newest(entries, most)
    if not shown:
        return []
    marker = f" ({which} {len(shown)} of {len(entries)} {what})" if len(shown) < len(entries) else ""
    return [f"{title}:{marker}\n" + "\n".join(f"  - {tell(one)}" for one in shown)]


def dated_fact(fact: Any) -> str:
    """A fact with the date since which it holds."""
    if not isinstance(fact, dict):
        return str(fact)
    date = str(fact.get("updated_at") or fact.get("created_at") or "")[:10]
    return f"{fact.get('content', fact)}" + (f" (as of {date})" if date else "")


def dated_event(event: Any) -> str:
    """An event with its date."""
    if not isinstance(event, dict):
        return str(event)
    return f"{event.get('content', event)}" + (f" ({event['date']})" if event.get("date") else "")


def relation_text(edge: dict[str, Any], names: dict[str, str]) -> str:
    """A relationship with an arrow that shows its direction."""
    far = edge.get("entity_id", "?")
    arrow = "->" if edge.get("direction", "outgoing") == "outgoing" else "<-"
    return f"{edge.get('relation')} {arrow} {names.get(far, far)}"
