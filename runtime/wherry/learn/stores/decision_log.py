"""`DecisionLogStore`: what an agent decided, and why; mirrors `agno.learn.stores.decision_log`.

One row for each decision. The agent writes and searches them through tools; no model reads messages. The tools are in
`decision_tools`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.core.log import log_debug, log_warning
from wherry.db.base import AsyncBaseDb
from wherry.learn.config import DecisionLogConfig, LearningMode
from wherry.learn.schemas import DecisionLog
from wherry.learn.stores.base import Store
from wherry.learn.stores.decision_tools import decision_tools
from wherry.learn.twins import blocking, looping
from wherry.learn.utils import from_dict_safe, print_panel, to_dict_safe, values_match_query

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.waits import Waits

NOTHING = "<decision_log>\nNo decision has been logged yet.\n</decision_log>"
SHOWN = 5
LOOKED_THROUGH = 100
"""A decision is found by its id among so many that changed last, as in Agno."""


@dataclass(repr=False)
class DecisionLogStore(Store):
    """Keeps the decisions of agents.

    Attributes:
        config: Which tools there are.
        debug_mode: Show debug records.
        decisions_updated: Whether a decision was stored.
    """

    _type: ClassVar[str] = "decision_log"
    config: DecisionLogConfig = field(default_factory=DecisionLogConfig)
    debug_mode: bool = False
    decisions_updated: bool = field(default=False, init=False)
    _schema: Any = field(default=None, init=False)
    _degraded_search_logged: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        others = tuple(mode for mode in LearningMode if mode is not LearningMode.AGENTIC)
        self._settle(DecisionLog, others, "It is AGENTIC-only and goes on as AGENTIC.")

    @property
    def was_updated(self) -> bool:
        """Whether a decision was stored."""
        return self.decisions_updated

    @property
    def _should_expose_tools(self) -> bool:
        return self.config.mode is LearningMode.AGENTIC or self.config.enable_agent_tools

    # --- a run ---
    async def _recall(
        self,
        waits: Waits,
        agent_id: str | None = None,
        session_id: str | None = None,
        decision_type: str | None = None,
        limit: int = 10,
        days: int | None = None,
        **kwargs: Any,
    ) -> list[Any]:
        """The last decisions of the agent."""
        given = {"agent_id": agent_id, "decision_type": decision_type, "limit": limit, "days": days}
        found: list[Any] = await waits.wire(self.search, self.asearch, **given)
        return found

    recall, arecall = blocking(_recall), looping(_recall)

    def process(self, messages: list[Any], **kwargs: Any) -> None:
        """Nothing: the agent logs by itself."""

    async def aprocess(self, messages: list[Any], **kwargs: Any) -> None:
        """Nothing: the agent logs by itself."""

    def build_context(self, data: Any) -> str:
        """The last decisions as the system message shows them."""
        decisions = data if isinstance(data, list) else [data] if data else []
        if not decisions:
            return NOTHING if self._should_expose_tools else ""
        shown = [text for text in map(_shown, decisions[:SHOWN]) if text]
        return f"<decision_log>\nDecisions so far, the last first:\n\n{''.join(shown)}</decision_log>"

    def instructions(self) -> str:
        """How the agent uses its tools."""
        if not self._should_expose_tools:
            return ""
        return (
            "<decision_log_instructions>\n"
            "`log_decision` keeps a decision that matters, with its reasons; `record_outcome` adds what came of it; "
            "`search_decisions` finds earlier ones.\n</decision_log_instructions>"
        )

    async def _get_tools(
        self,
        waits: Waits,
        agent_id: str | None = None,
        session_id: str | None = None,
        user_id: str | None = None,
        team_id: str | None = None,
        **kwargs: Any,
    ) -> list[Callable[..., Any]]:
        """The tools for the agent."""
        if not self._should_expose_tools:
            return []
        given = {"agent_id": agent_id, "session_id": session_id, "user_id": user_id, "team_id": team_id}
        return await waits.wire(self.get_agent_tools, self.aget_agent_tools, **given)

    get_tools, aget_tools = blocking(_get_tools), looping(_get_tools)

    async def _get_agent_tools(
        self,
        waits: Waits,
        agent_id: str | None = None,
        session_id: str | None = None,
        user_id: str | None = None,
        team_id: str | None = None,
    ) -> list[Callable[..., Any]]:
        """The tools for the agent, whatever the mode."""
        owner = {"agent_id": agent_id, "session_id": session_id, "user_id": user_id, "team_id": team_id}
        return decision_tools(self, waits, owner)

    get_agent_tools, aget_agent_tools = blocking(_get_agent_tools), looping(_get_agent_tools)

    # --- rows ---
    async def _search(
        self,
        waits: Waits,
        query: str | None = None,
        agent_id: str | None = None,
        session_id: str | None = None,
        decision_type: str | None = None,
        days: int | None = None,
        limit: int = 10,
    ) -> list[Any]:
        """Decisions, the last first.

        Args:
            waits: How to wait.
            query: With this in one of their values; blanks, hyphens and underscores are the same.
            agent_id: Of this agent.
            session_id: Of this session.
            decision_type: Of this kind.
            days: Not older than so many days.
            limit: At most so many.
        """
        if not self.db or (waits.blocking and isinstance(self.db, AsyncBaseDb)):
            return []
        scope = {"agent_id": agent_id, "session_id": session_id}
        wide = limit * 3 if query or decision_type or days else limit
        rows = await (self._found(waits, query, scope, wide) if query else self._newest(waits, scope, wide))
        made = (from_dict_safe(DecisionLog, row.get("content")) for row in rows if _fits(row, query))
        since = datetime.now(UTC) - timedelta(days=days) if days else None
        fitting = [
            one
            for one in made
            if one is not None
            and (not decision_type or one.decision_type == decision_type)
            and (since is None or not _before(one, since))
        ]
        return fitting[:limit]

    search, asearch = blocking(_search), looping(_search)

    async def _found(self, waits: Waits, query: str, scope: dict[str, Any], limit: int) -> list[Any]:
        """Rows with a text in them; the newest ones where the database cannot search."""
        if callable(getattr(self.db, "search_learnings", None)):
            given = {"query": query, "learning_type": self._type, **scope, "limit": limit}
            try:
                return await self._ask(waits, "search_learnings", **given) or []
            except NotImplementedError:
                pass
        if not self._degraded_search_logged:
            self._degraded_search_logged = True
            log_warning(
                f"{type(self.db).__name__} has no search_learnings: only the decisions that changed last are looked at."
            )
        return await self._newest(waits, scope, limit)

    async def _newest(self, waits: Waits, scope: dict[str, Any], limit: int) -> list[Any]:
        try:
            return await self._ask(waits, "get_learnings", learning_type=self._type, **scope, limit=limit) or []
        except Exception as error:  # noqa: BLE001 - whatever a database raises: nothing is known then
            log_debug(f"Decisions could not be read: {error}")
            return []

    async def _get(self, waits: Waits, decision_id: str) -> Any | None:
        """One decision, or None."""
        if not self.db or (waits.blocking and isinstance(self.db, AsyncBaseDb)):
            return None
        for row in await self._newest(waits, {}, LOOKED_THROUGH):
            content = row.get("content") if isinstance(row, dict) else None
            if content and content.get("id") == decision_id:
                return from_dict_safe(DecisionLog, content)
        return None

    get, aget = blocking(_get), looping(_get)

    async def _save(self, waits: Waits, decision: Any) -> None:
        """Store a decision."""
        content = to_dict_safe(decision) if self.db and decision else None
        if not content:
            return
        names = ("agent_id", "session_id", "user_id", "team_id")
        row = {"id": decision.id, "learning_type": self._type, **{name: getattr(decision, name) for name in names}}
        try:
            await self._ask(waits, "upsert_learning", **row, content=content)
        except Exception as error:  # noqa: BLE001 - whatever a database raises must not break the run
            log_debug(f"Decision {decision.id!r} could not be stored: {error}")
            return
        self.decisions_updated = True

    save, asave = blocking(_save), looping(_save)

    async def _update_outcome(
        self, waits: Waits, decision_id: str, outcome: str, outcome_quality: str | None = None
    ) -> bool:
        """Add what came of a decision; whether there is one."""
        decision = await waits.wire(self.get, self.aget, decision_id=decision_id)
        if not decision:
            return False
        decision.outcome, decision.outcome_quality = outcome, outcome_quality
        decision.updated_at = datetime.now(UTC).isoformat()
        await waits.wire(self.save, self.asave, decision=decision)
        return True

    update_outcome, aupdate_outcome = blocking(_update_outcome), looping(_update_outcome)

    # --- people ---
    def __repr__(self) -> str:
        tools = self.config.enable_agent_tools
        return self._state(db=self.db is not None, model=self.model is not None, enable_agent_tools=tools)

    def print(
        self, agent_id: str | None = None, session_id: str | None = None, limit: int = 10, *, raw: bool = False
    ) -> None:
        """Draw the last decisions in the terminal; with `raw` as they are stored."""
        found = self.search(agent_id=agent_id, session_id=session_id, limit=limit)
        lines: list[str] = []
        for one in found:
            more = [
                f"  {name}: {text}" for name, text in (("Reasoning", one.reasoning), ("Outcome", one.outcome)) if text
            ]
            lines += [f"\\[{one.id}] {one.decision}", *more, ""]
        told: dict[str, Any] = {"empty_message": "No decisions logged", "raw_data": found, "raw": raw}
        print_panel("Decision Log", agent_id or session_id or "all", lines, **told)


def _shown(decision: Any) -> str:
    """A decision as the system message shows it."""
    told = decision if isinstance(decision, dict) else getattr(decision, "__dict__", None)
    if told is None:
        return ""
    text = f"- **{told.get('decision', 'Unknown')}**\n"
    for name in ("reasoning", "outcome"):
        if told.get(name):
            text += f"  {name.title()}: {told[name]}\n"
    return f"{text}\n"


def _fits(row: Any, query: str | None) -> bool:
    content = row.get("content") if isinstance(row, dict) else None
    return bool(content) and (not query or values_match_query(content, query))


def _before(decision: Any, since: datetime) -> bool:
    """Whether a decision is older; one that does not tell its time is not."""
    try:
        made = datetime.fromisoformat(decision.created_at)
    except (ValueError, TypeError):
        return False
    return (made if made.tzinfo else made.replace(tzinfo=UTC)) < since
