"""The public methods of agents and teams beside `run`: continuing, sessions, printing, tools, copies.

Each is a short door to the module that does the work, which is imported when the door is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, Unpack, cast

from wherry.core.agent.catalogue import Stored
from wherry.core.agent.run_arguments import PrintArguments, by_place, with_signature
from wherry.core.agent.runner import Runner
from wherry.core.agent.settling import own_tools
from wherry.core.sessions.talk_surface import TalkSurface
from wherry.core.tools.component_tool import Publishable, refuse_marker
from wherry.core.waits import BLOCKING, LOOPING, finish

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from wherry.core.run import Run
    from wherry.core.waits import Waits


_DRAWN = (
    *("markdown", "show_message", "show_reasoning", "show_full_reasoning", "show_member_responses"),
    *("console", "tags_to_include_in_markdown"),
)
_CHAT = ("user", "emoji", "stream", "markdown", "exit_on")
_TOLD = ("tools", "add_session_state_to_context", "input")
# What may follow the named arguments by place, in Agno's order.
_PLACES = {
    ("agent", "cli_app"): ("session_id", "user_id", *_CHAT),
    ("agent", "acli_app"): ("session_id", "user_id", *_CHAT),
    ("team", "cli_app"): _CHAT,
    ("team", "acli_app"): ("session_id", "user_id", *_CHAT),
    ("agent", "get_system_message"): _TOLD,
    ("team", "get_system_message"): ("audio", "images", "videos", "files", *_TOLD),
    ("agent", "get_relevant_docs"): ("validate_filters", "run_context"),
    ("team", "get_relevant_docs"): ("run_context",),
}


def in_order(owner: Any, method: str, placed: tuple[Any, ...], given: dict[str, Any]) -> dict[str, Any]:
    """The keywords of a call, with what was given by place among them."""
    by_place(_PLACES[owner._kind, method], placed, given)  # noqa: SLF001 - our own object
    return given


class AgentSurface(Runner, TalkSurface, Publishable, Stored):
    """Public methods that agents and teams share."""

    hooks_in_background = False
    _background_executor: Any = None

    @property
    def background_executor(self) -> Any:
        """Three threads of the owner for what nobody waits for; a program's end waits for what they were given.

        Mirrors `agno.agent.Agent.background_executor`; the capture hooks of learning use it.
        """
        if self._background_executor is None:
            from concurrent.futures import ThreadPoolExecutor

            self._background_executor = ThreadPoolExecutor(max_workers=3, thread_name_prefix="wherry-bg")
        return self._background_executor

    @with_signature(extra=_DRAWN)
    def print_response(self, input: Any, **given: Unpack[PrintArguments]) -> None:
        """Run and draw the answer in the terminal as it comes; mirrors `agno.agent.Agent.print_response`."""
        from wherry.core.agent.printing import print_run

        print_run(self, input, cast("dict[str, Any]", given))

    @with_signature(extra=_DRAWN)
    async def aprint_response(self, input: Any, **given: Unpack[PrintArguments]) -> None:
        """`print_response` on the event loop."""
        from wherry.core.agent.printing import aprint_run

        await aprint_run(self, input, cast("dict[str, Any]", given))

    def cli_app(self, input: str | None = None, *placed: Any, **given: Any) -> None:
        """Talk to the agent in the terminal; mirrors `agno.agent.Agent.cli_app`.

        Args:
            input: What is asked before anything is typed.
            *placed: The same as `given`, in Agno's order.
            **given: `user` and `emoji` of the prompt ("User", ":sunglasses:"), `stream` and `markdown` (both False,
                whatever the agent's own are), `exit_on` (the words that end it: "exit", "quit", "bye"), and the
                settings of `print_response` that hold for each turn, such as `session_id` and `user_id`.

        Raises:
            NotImplementedError: A tool belongs to an event loop; see `acli_app`.
            EOFError: The input ended, for example by Ctrl-D.
        """
        from wherry.core.agent.chat import chat

        chat(self, input, in_order(self, "cli_app", placed, given))

    async def acli_app(self, input: str | None = None, *placed: Any, **given: Any) -> None:
        """`cli_app` on the event loop, which typing does not block. Takes tools of MCP servers, too."""
        from wherry.core.agent.chat import achat

        await achat(self, input, in_order(self, "acli_app", placed, given))

    def get_system_message(self, session: Any, run_context: Any = None, *placed: Any, **given: Any) -> Any:
        """The system message that a run in a session begins with; mirrors `agno.agent.Agent.get_system_message`.

        Args:
            session: The session; its state and summary are what the message tells of.
            run_context: Whose state and dependencies count.
            *placed: The same as `given`, in Agno's order.
            **given: `add_session_state_to_context`, `input`, and `images`, `audio`, `videos` and `files`, of which a
                team's leader is told.

        Returns:
            The message, or None when there is nothing to say.
        """
        return finish(
            self.said_first(BLOCKING, session, run_context, in_order(self, "get_system_message", placed, given))
        )

    async def aget_system_message(self, session: Any, run_context: Any = None, *placed: Any, **given: Any) -> Any:
        """`get_system_message` on the event loop."""
        return await self.said_first(LOOPING, session, run_context, in_order(self, "get_system_message", placed, given))

    @staticmethod
    def own_thoughts(run: Run, asked: list[Any], place: Any, *, last: bool) -> AsyncIterator[str]:
        """What `reasoning_agent` thinks before a run answers."""
        from wherry.core.agent.reasoning_agent import thoughts_of_agent

        return thoughts_of_agent(run, asked, place, last=last)

    async def said_first(self, waits: Waits, session: Any, run_context: Any, given: dict[str, Any]) -> Any:
        """Write the system message without a run."""
        media = {kind: given.get(kind) for kind in ("images", "audio", "videos", "files")}
        run = self.make_run(given.get("input"), waits, {"session_id": session.session_id, **media})
        run.session = session
        run.options["add_session_state_to_context"] = given.get("add_session_state_to_context")
        if run_context is not None:
            run.context = run_context
        await self.gather(run)
        return await self.write_system_message(run)

    async def written_in_fork(self, waits: Waits, output: Any, session_id: str) -> Any:
        """A run as a fork of its session stores it: with media of its own, so that either session can be deleted."""
        kept = self.kept_in_fork(output)
        if self.media_storage is None or not self.store_media:
            return kept
        from wherry.core.agent.media_keeping import handed_over

        return await handed_over(self, waits, kept, session_id, {})

    async def gather(self, run: Run) -> None:
        """Settle what the system message tells of; a team's members."""

    @property
    def result_store(self) -> Any:
        """The `ResultStore` that long tool results go to, or None when they stay in the conversation."""
        if self._result_store is None and self.offload_tool_results:
            from wherry.core.agent.offloading import settle_store

            settle_store(self)
        return self._result_store

    def add_tool(self, tool: Any) -> None:
        """Offer one more tool from the next run on."""
        refuse_marker(tool)
        if callable(self.tools):
            raise RuntimeError("Tools that come from a callable cannot be added to; use set_tools()")  # noqa: TRY004 - Agno's type, which callers may catch
        self.tools = [*(self.tools or ()), tool]

    def set_tools(self, tools: Sequence[Any] | Callable[..., Any]) -> None:
        """Offer these tools from the next run on; what a callable gave before is forgotten."""
        self.tools = own_tools(tools or [], self._kind)
        self.clear_callable_cache("tools")

    def deep_copy(self, *, update: dict[str, Any] | None = None) -> Self:
        """A copy with its own options; models, databases and tools that cannot be copied are shared."""
        from wherry.core.agent.copying import copied

        return copied(self, update or {})

    def to_dict(self) -> dict[str, Any]:
        """The options that were given, as plain data in the form that Agno stores; hooks and callables are left out."""
        from wherry.core.agent.describing import described

        return described(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any], registry: Any = None, strict: bool = False) -> Self:
        """What `to_dict` described, made again; mirrors `agno.agent.Agent.from_dict`.

        Args:
            data: What `to_dict` returned, here or in Agno.
            registry: A `Registry`, or an object with some of its lists, for what the dictionary only names.
            strict: Refuse a name that the registry does not know; otherwise it is left out with a warning.

        Raises:
            ComponentRehydrationError: (a ValueError) An unknown name and `strict`.
            ConfigurationError: (a ValueError) A model without an id.
        """
        from wherry.core.agent.restoring import rebuilt

        return rebuilt(cls, data, registry, strict=strict)

    def propagate_run_hooks_in_background(self, run_in_background: bool = True) -> None:
        """Let hooks wait until the run is over, when it is given `background_tasks`; a team's members' as well.

        Guardrails never wait. Mirrors `agno.team.Team.propagate_run_hooks_in_background`; Agno's agents have no such
        method.
        """
        self.hooks_in_background = run_in_background
        members = getattr(self, "members", None)
        for member in members if isinstance(members, list) else ():
            if hasattr(member, "propagate_run_hooks_in_background"):
                member.propagate_run_hooks_in_background(run_in_background)

    @classmethod
    def from_stored(cls, config: dict[str, Any], db: Any, links: Any, registry: Any, *, strict: bool) -> Self:
        """An agent has no parts."""
        del db, links
        return cls.from_dict(config, registry=registry, strict=strict)

    def clear_callable_cache(self, kind: str | None = None, close: bool = False) -> None:
        """Ask the callables for tools, knowledge and members again at the next run.

        Args:
            kind: `tools`, `knowledge` or `members`; None for all.
            close: Call `close()` of what they gave.
        """
        from wherry.core.agent.upkeep import forget

        finish(forget(self, BLOCKING, kind, close=close))

    async def aclear_callable_cache(self, kind: str | None = None, close: bool = False) -> None:
        """`clear_callable_cache` on the event loop; `aclose()` goes before `close()`."""
        from wherry.core.agent.upkeep import forget

        await forget(self, LOOPING, kind, close=close)

    def scrub_run_output_for_storage(self, run_response: Any) -> None:
        """Take off an output, in place, what the store flags do not want kept."""
        from wherry.core.agent.saving import scrub

        scrub(self, run_response)

    def add_to_knowledge(self, query: str, result: str) -> str:
        """Put an answer into the knowledge base; says how it went."""
        from wherry.core.agent.upkeep import keep_answer

        if self.knowledge is None:
            return "Knowledge not available"
        return finish(keep_answer(self, BLOCKING, query, result))

    def identity(self, id_name: str) -> dict[str, Any]:
        """How a session records its owner: name, id, model."""
        data: dict[str, Any] = {}
        if self.name is not None:
            data["name"] = self.name
        if self.id is not None:
            data[id_name] = self.id
        if self.model is not None:
            data["model"] = self.model.to_dict()
        return data

    def initialize_agent(self, debug_mode: bool | None = None) -> None:
        """Settle id, model and derived options now instead of at the first run."""
        self.make_ready()

    def get_relevant_docs_from_knowledge(
        self, query: str, num_documents: int | None = None, filters: Any = None, *placed: Any, **given: Any
    ) -> Any:
        """Documents that the knowledge base finds for a query, as dictionaries, or None."""
        from wherry.core.agent.retrieval import relevant_documents

        return finish(
            relevant_documents(
                self,
                BLOCKING,
                query,
                num_documents,
                {**in_order(self, "get_relevant_docs", placed, given), "filters": filters},
            )
        )

    async def aget_relevant_docs_from_knowledge(
        self, query: str, num_documents: int | None = None, filters: Any = None, *placed: Any, **given: Any
    ) -> Any:
        """`get_relevant_docs_from_knowledge` on the event loop."""
        from wherry.core.agent.retrieval import relevant_documents

        return await relevant_documents(
            self,
            LOOPING,
            query,
            num_documents,
            {**in_order(self, "get_relevant_docs", placed, given), "filters": filters},
        )
