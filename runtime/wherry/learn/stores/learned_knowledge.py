"""`LearnedKnowledgeStore`: what agents found out that helps others; mirrors `agno.learn.stores.learned_knowledge`.

Kept in a knowledge base, ours or anything with its methods, as JSON text with the namespace among the metadata. The
agent searches and saves through tools; in PROPOSE it asks first; in ALWAYS a model reads each run's messages.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar

from wherry.core.log import log_debug, log_warning
from wherry.core.messages import Message
from wherry.core.sessions.session_history import conversation
from wherry.learn.config import LearnedKnowledgeConfig, LearningMode
from wherry.learn.prompts import LEARNING_AGENTIC, LEARNING_PROPOSE, LEARNING_USE, learning_prompt
from wherry.learn.reading import read_out
from wherry.learn.schemas import LearnedKnowledge
from wherry.learn.shapes.record import now_text
from wherry.learn.stores.base import Store
from wherry.learn.stores.learning_tools import drawn_learnings, save_tool, search_tool, shown_learnings
from wherry.learn.twins import blocking, looping
from wherry.learn.utils import print_panel, to_dict_safe

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.metrics import RunMetrics
    from wherry.core.waits import Waits

ASKED = 500
"""So many letters of a conversation are searched by before it is read."""


@dataclass(repr=False)
class LearnedKnowledgeStore(Store):
    """Keeps learnings in a knowledge base.

    Attributes:
        config: How it learns.
        debug_mode: Show debug records.
        learning_saved: Whether something was saved last.
    """

    _type: ClassVar[str] = "learned_knowledge"
    config: LearnedKnowledgeConfig = field(default_factory=LearnedKnowledgeConfig)
    debug_mode: bool = False
    learning_saved: bool = field(default=False, init=False)
    _schema: Any = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._settle(LearnedKnowledge, (LearningMode.HITL,), "Use PROPOSE, where the agent asks before it saves.")

    @property
    def knowledge(self) -> Any:
        """The knowledge base."""
        return self.config.knowledge

    @property
    def was_updated(self) -> bool:
        """Whether something was saved last."""
        return self.learning_saved

    # --- a run ---
    async def _recall(
        self,
        waits: Waits,
        query: str | None = None,
        message: str | None = None,
        user_id: str | None = None,
        namespace: str | None = None,
        limit: int = 5,
        **kwargs: Any,
    ) -> list[Any] | None:
        """Learnings that fit the query or message, or None."""
        asked, space = query or message, namespace or self.config.namespace
        if not asked:
            return None
        if space == "user" and not user_id:
            log_warning("Learnings of the namespace 'user' need a user_id; none are recalled.")
            return None
        given = {"query": asked, "user_id": user_id, "namespace": space, "limit": limit}
        found: list[Any] = await waits.wire(self.search, self.asearch, **given)
        return found or None

    recall, arecall = blocking(_recall), looping(_recall)

    async def _process(
        self,
        waits: Waits,
        messages: list[Any],
        user_id: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        namespace: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Learn from the messages of a run; in ALWAYS only."""
        self.learning_saved = False
        if self.config.mode is not LearningMode.ALWAYS or not messages:
            return
        given = {"user_id": user_id, "agent_id": agent_id, "team_id": team_id, "namespace": namespace}
        given["run_metrics"] = kwargs.get("run_metrics")
        await waits.wire(self.extract_and_save, self.aextract_and_save, messages=messages, **given)

    process, aprocess = blocking(_process), looping(_process)

    def build_context(self, data: Any) -> str:
        """Recalled learnings as the system message shows them."""
        learnings = data if isinstance(data, list) else [data] if data else []
        if not learnings:
            return ""
        text = shown_learnings(learnings)
        return f"<relevant_learnings>\nLearnings from earlier work that may help:\n\n{text}\n\n{LEARNING_USE}"

    def instructions(self) -> str:
        """How the agent searches and saves; nothing in ALWAYS."""
        texts = {LearningMode.AGENTIC: LEARNING_AGENTIC, LearningMode.PROPOSE: LEARNING_PROPOSE}
        return texts.get(self.config.mode, "")

    async def _get_tools(
        self,
        waits: Waits,
        user_id: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        namespace: str | None = None,
        **kwargs: Any,
    ) -> list[Callable[..., Any]]:
        """The tools for the agent."""
        if not self.config.enable_agent_tools:
            return []
        given = {"user_id": user_id, "agent_id": agent_id, "team_id": team_id, "namespace": namespace}
        return await waits.wire(self.get_agent_tools, self.aget_agent_tools, **given)

    get_tools, aget_tools = blocking(_get_tools), looping(_get_tools)

    async def _get_agent_tools(
        self,
        waits: Waits,
        user_id: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        namespace: str | None = None,
    ) -> list[Callable[..., Any]]:
        """The tools for the agent, allowed or not by `enable_agent_tools`."""
        space = namespace or self.config.namespace
        tools = []
        if self.config.agent_can_search:
            tools.append(search_tool(self, waits, space, user_id))
        if self.config.agent_can_save:
            owner = {"user_id": user_id, "agent_id": agent_id, "team_id": team_id}
            tools.append(save_tool(self, waits, space, owner, "Learning saved: {title} (namespace: {namespace})"))
        return tools

    get_agent_tools, aget_agent_tools = blocking(_get_agent_tools), looping(_get_agent_tools)

    # --- the knowledge base ---
    async def _knows(self, waits: Waits, method: str, **given: Any) -> Any:
        """Call a method of the knowledge base, its awaited form where there is one."""
        function = getattr(self.knowledge, method)
        twin = getattr(self.knowledge, f"a{method}", None)
        return await waits.call(function if waits.blocking or twin is None else twin, **given)

    async def _search(
        self, waits: Waits, query: str, user_id: str | None = None, namespace: str | None = None, limit: int = 5
    ) -> list[Any]:
        """Learnings that fit a query.

        Args:
            waits: How to wait.
            query: What is looked for.
            user_id: Whose, in the namespace "user".
            namespace: Of this one only; None for all.
            limit: At most so many.
        """
        if not self.knowledge:
            log_warning("LearnedKnowledgeStore has no knowledge base: nothing is found.")
            return []
        filters: dict[str, Any] = {"namespace": namespace} if namespace else {}
        if namespace == "user":
            filters = {**filters, "user_id": user_id} if user_id else {}
        given = {"query": query, "max_results": limit, **({"filters": filters} if filters else {})}
        try:
            found = await self._knows(waits, "search", **given)
        except Exception as error:  # noqa: BLE001 - whatever a knowledge base raises must not break the run
            log_warning(f"Learnings could not be searched: {error}")
            return []
        learnings = [one for one in map(self._read, found or ()) if one is not None]
        return [one for one in learnings if _in(one, namespace, user_id)][:limit]

    search, asearch = blocking(_search), looping(_search)

    def _read(self, found: Any) -> Any | None:
        """A learning out of a document of the knowledge base."""
        if isinstance(found, dict):
            content: Any = found.get("content") or found.get("text") or found
        else:
            content = found if isinstance(found, str) else getattr(found, "content", getattr(found, "text", None))
        if isinstance(content, str) and content:
            try:
                content = json.loads(content)
            except ValueError:
                return self.schema(title="Learning", learning=content)
        if not content or not isinstance(content, dict):
            return None
        known = {one.name for one in fields(self.schema)}
        try:
            return self.schema(**{name: value for name, value in content.items() if name in known})
        except TypeError as error:
            log_warning(f"No learning: {error}")
            return None

    async def _save(
        self,
        waits: Waits,
        title: str,
        learning: str,
        context: str | None = None,
        tags: list[str] | None = None,
        user_id: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        namespace: str | None = None,
    ) -> bool:
        """Put a learning into the knowledge base, one of the same text only once; whether that went well."""
        space = namespace or self.config.namespace
        if not self.knowledge or (space == "user" and not user_id):
            lack = "a user_id for the namespace 'user'" if self.knowledge else "a knowledge base"
            log_warning(f"LearnedKnowledgeStore needs {lack}: nothing is saved.")
            return False
        owner = {"user_id": user_id if space == "user" else None, "agent_id": agent_id, "team_id": team_id}
        about = {name: value for name, value in {**owner, "tags": tags}.items() if value}
        try:
            made = self.schema(
                title=title.strip(),
                learning=learning.strip(),
                context=context.strip() if context else None,
                tags=tags or [],
                namespace=space,
                created_at=now_text(),
                **owner,
            )
            from wherry.knowledge.reader.text_reader import TextReader

            await self._knows(
                waits,
                "insert",
                name=title.strip(),
                text_content=json.dumps(to_dict_safe(made), ensure_ascii=False),
                reader=TextReader(),
                skip_if_exists=True,
                metadata={"namespace": space, **about},
            )
        except Exception as error:  # noqa: BLE001 - whatever a knowledge base or a user's schema raises
            log_warning(f"A learning could not be saved: {error}")
            return False
        log_debug(f"Learning {title!r} was saved for {space!r}")
        return True

    save, asave = blocking(_save), looping(_save)

    async def _delete(self, waits: Waits, title: str) -> bool:
        """Delete a learning where the knowledge base can do that by name; whether that went well."""
        if not hasattr(self.knowledge, "delete_content"):
            log_warning("There is no knowledge base that can delete: nothing is deleted.")
            return False
        try:
            await self._knows(waits, "delete_content", name=title)
        except Exception as error:  # noqa: BLE001 - as above
            log_warning(f"Learning {title!r} could not be deleted: {error}")
            return False
        return True

    delete, adelete = blocking(_delete), looping(_delete)

    # --- learning ---
    async def _extract_and_save(
        self,
        waits: Waits,
        messages: list[Any],
        user_id: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        namespace: str | None = None,
        run_metrics: RunMetrics | None = None,
    ) -> None:
        """Let the model read messages and save what helps others."""
        if not self.model or not self.knowledge:
            return
        try:
            text = conversation(messages)
            space = namespace or self.config.namespace
            # Of one user's own only theirs are looked at; of what all share everything is, as in Agno.
            among = {"user_id": user_id, "namespace": space} if space == "user" else {}
            known = await waits.wire(self.search, self.asearch, query=text[:ASKED], limit=5, **among)
            listed = "\n".join(
                f"- {one.title}: {one.learning[:100]}..."
                for one in known
                if hasattr(one, "title") and _shown_to(one, user_id)
            )
            owner = {"user_id": user_id, "agent_id": agent_id, "team_id": team_id}
            tool = save_tool(self, waits, space, owner, "Saved: {title}")
            asked = [Message(role="system", content=learning_prompt(listed))]
            asked.append(Message(role="user", content=f"Save what helps others of this conversation:\n\n{text}"))
            limit = self.config.max_updates_per_run
            _, acted = await read_out(waits, self.model, asked, [tool], limit=limit, metrics=run_metrics)
            self.learning_saved = self.learning_saved or acted
        except Exception as error:  # noqa: BLE001 - whatever a model or a knowledge base raises must not break the run
            log_warning(f"Nothing could be learned: {error}")

    extract_and_save, aextract_and_save = blocking(_extract_and_save), looping(_extract_and_save)

    # --- people ---
    def __repr__(self) -> str:
        tools = self.config.enable_agent_tools
        knows = self.knowledge is not None
        return self._state(knowledge=knows, model=self.model is not None, enable_agent_tools=tools)

    def print(
        self,
        query: str,
        *,
        user_id: str | None = None,
        namespace: str | None = None,
        limit: int = 10,
        raw: bool = False,
    ) -> None:
        """Draw the learnings that fit a query in the terminal; with `raw` as they are stored."""
        found = self.search(query=query, user_id=user_id, namespace=namespace, limit=limit)
        lines = drawn_learnings(found)
        told: dict[str, Any] = {"empty_message": "No learnings found", "raw_data": found, "raw": raw}
        print_panel("Learned Knowledge", f"query: {query[:30]}{'...' if len(query) > 30 else ''}", lines, **told)


def _in(learning: Any, namespace: str | None, user_id: str | None) -> bool:
    """Whether a learning is of a namespace, whatever the knowledge base made of the filter."""
    if not namespace:
        return True
    own = getattr(learning, "namespace", None) or "global"
    return bool(own == namespace and (namespace != "user" or getattr(learning, "user_id", None) == user_id))


def _shown_to(learning: Any, user_id: str | None) -> bool:
    """Whether a learning is not another user's own."""
    return getattr(learning, "namespace", None) != "user" or _in(learning, "user", user_id)
