"""What agents found out and decided: `LearnedKnowledge`, `DecisionLog`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from wherry.learn.shapes.record import Record


@dataclass
class LearnedKnowledge(Record):
    """Something that helps other users and agents; mirrors `agno.learn.schemas.LearnedKnowledge`.

    Attributes:
        title: A short title.
        learning: What was found out.
        context: When it holds.
        tags: What it is about.
        namespace: For whom.
        user_id, agent_id, team_id, created_at, updated_at: Who learned it, and when.
    """

    _needed: ClassVar[tuple[str, ...]] = ("title", "learning")
    title: str
    learning: str
    context: str | None = None
    tags: list[str] | None = None
    user_id: str | None = field(default=None, metadata={"internal": True})
    namespace: str | None = field(default=None, metadata={"internal": True})
    agent_id: str | None = field(default=None, metadata={"internal": True})
    team_id: str | None = field(default=None, metadata={"internal": True})
    created_at: str | None = field(default=None, metadata={"internal": True})
    updated_at: str | None = field(default=None, metadata={"internal": True})

    def to_text(self) -> str:
        """A line a field, for searching."""
        tags = ", ".join(self.tags or ())
        lines = [("Title", self.title), ("Learning", self.learning), ("Context", self.context), ("Tags", tags)]
        return "\n".join(f"{name}: {text}" for name, text in lines if text or name in {"Title", "Learning"})

    def __repr__(self) -> str:
        return f"LearnedKnowledge(title={self.title})"


@dataclass
class DecisionLog(Record):
    """A decision; mirrors `agno.learn.schemas.DecisionLog`.

    Attributes:
        id: By which its outcome is told.
        decision: What was decided.
        reasoning: Why.
        decision_type: Of which kind, for example tool_selection.
        context: The situation.
        alternatives: What else was possible.
        confidence: How sure the agent was, from 0 to 1.
        outcome: What came of it.
        outcome_quality: good, bad or neutral.
        tags: What it is about.
        session_id, user_id, agent_id, team_id, created_at, updated_at: Where, for whom, by whom and when.
    """

    _needed: ClassVar[tuple[str, ...]] = ("id", "decision")
    id: str
    decision: str
    reasoning: str | None = field(default=None, metadata={"description": "Why it was decided so"})
    decision_type: str | None = field(
        default=None, metadata={"description": "Kind of decision, such as tool_selection, clarification or escalation"}
    )
    context: str | None = field(default=None, metadata={"description": "The situation that asked for a decision"})
    alternatives: list[str] | None = field(default=None, metadata={"description": "What else was possible"})
    confidence: float | None = field(default=None, metadata={"description": "How sure, from 0.0 to 1.0"})
    outcome: str | None = field(default=None, metadata={"description": "What came of it"})
    outcome_quality: str | None = field(default=None, metadata={"description": "good, bad or neutral"})
    tags: list[str] | None = field(default=None, metadata={"description": "What it is about"})
    session_id: str | None = field(default=None, metadata={"internal": True})
    user_id: str | None = field(default=None, metadata={"internal": True})
    agent_id: str | None = field(default=None, metadata={"internal": True})
    team_id: str | None = field(default=None, metadata={"internal": True})
    created_at: str | None = field(default=None, metadata={"internal": True})
    updated_at: str | None = field(default=None, metadata={"internal": True})

    def to_text(self) -> str:
        """A line a field, for searching."""
        lines = [("Reasoning", self.reasoning), ("Context", self.context), ("Type", self.decision_type)]
        lines.append(("Outcome", self.outcome))
        return "\n".join([f"Decision: {self.decision}", *(f"{name}: {text}" for name, text in lines if text)])

    def __repr__(self) -> str:
        return f"DecisionLog(id={self.id}, decision={self.decision[:50]}...)"
