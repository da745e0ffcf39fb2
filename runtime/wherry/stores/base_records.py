"""What a database of one's own may have beside sessions and runs: memories, contents, evals, versions, owners.

`BaseDb` declares these methods here; a database without one says so when it is called. `AsyncBaseDb` has the same ones
as coroutines. Ours implement them in `plans_…` and `document_…` modules of the same names.
"""

from __future__ import annotations

from functools import update_wrapper
from typing import TYPE_CHECKING, Any

from wherry.stores.base_learnings import DeclaredLearnings, Lacking

__all__ = ["DeclaredRecords", "Lacking", "as_coroutines"]

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wherry.stores.records import UserMemory


class DeclaredRecords(DeclaredLearnings):
    """Methods that databases implement, or not."""

    # --- tables ---
    def table_exists(self, table_name: str) -> bool:
        """Whether there is a table of that name."""
        self._lacks("table_exists")

    def get_latest_schema_version(self, table_name: str) -> str:
        """The version a table is stamped with; ``2.0.0`` when it is not."""
        self._lacks("get_latest_schema_version")

    def upsert_schema_version(self, table_name: str, version: str) -> None:
        """Stamp a table with a version."""
        self._lacks("upsert_schema_version")

    # --- sessions and runs ---
    def reassign_session_owner(self, session_id: str, *, previous_user_id: str, user_id: str | None) -> bool:
        """Hand a session over to another user, unless one of its runs is pending, running or paused.

        Args:
            session_id: The session.
            previous_user_id: Whose it is.
            user_id: Whose it becomes; None for nobody's.

        Returns:
            Whether it was handed over.
        """
        self._lacks("reassign_session_owner")

    def cancel_pending_run(
        self,
        run_id: str,
        *,
        session_id: str,
        reason: str,
        user_id: str | None = None,
        expected_status: str = "PENDING",
    ) -> bool:
        """Mark a run that has not ended as cancelled, in one step.

        Args:
            run_id: The run.
            session_id: Session it belongs to.
            reason: Its content, when it has none yet.
            user_id: Whose run it is; runs of nobody are cancelled, too.
            expected_status: Only while it has this status, ``PENDING`` or ``RUNNING``.

        Returns:
            Whether there was such a run.
        """
        self._lacks("cancel_pending_run")

    # --- memories ---
    def get_user_memory(self, memory_id: str, deserialize: bool | None = True, user_id: str | None = None) -> Any:
        """Read one memory.

        Args:
            memory_id: The memory.
            deserialize: A `UserMemory`, or else the row as a dictionary.
            user_id: Only if it is about this user.

        Returns:
            The memory, or None.
        """
        self._lacks("get_user_memory")

    def get_user_memories(
        self,
        user_id: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        topics: Sequence[str] | None = None,
        search_content: str | None = None,
        limit: int | None = None,
        page: int | None = None,
        sort_by: str | None = None,
        sort_order: str | None = None,
        deserialize: bool | None = True,
    ) -> Any:
        """Read memories.

        Args:
            user_id: About this user.
            agent_id: Written by this agent.
            team_id: Written by this team.
            topics: With these topics; SQL databases ask for all of them, the others for one of them, as in Agno.
            search_content: With this in their text, in any case of letters.
            limit: At most so many.
            page: Which part, from 1.
            sort_by: Column to sort by.
            sort_order: ``asc`` or ``desc``.
            deserialize: `UserMemory` objects, or else rows and their number without paging.
        """
        self._lacks("get_user_memories")

    def get_user_memory_stats(
        self, limit: int | None = None, page: int | None = None, user_id: str | None = None
    ) -> tuple[list[dict[str, Any]], int]:
        """Number of memories and time of the last change by user, the latest first; and the number of users."""
        self._lacks("get_user_memory_stats")

    def get_all_memory_topics(self, user_id: str | None = None) -> list[str]:
        """Every topic that memories (of a user) have."""
        self._lacks("get_all_memory_topics")

    def upsert_user_memory(self, memory: UserMemory, deserialize: bool | None = True) -> Any:
        """Store one memory, under a new id when it has none; returns it as stored."""
        self._lacks("upsert_user_memory")

    def upsert_memories(
        self, memories: Sequence[UserMemory], deserialize: bool | None = True, preserve_updated_at: bool = False
    ) -> list[Any]:
        """Store several memories.

        Args:
            memories: What to store.
            deserialize: Return objects, or else rows.
            preserve_updated_at: Keep the memories' own times.
        """
        self._lacks("upsert_memories")

    def delete_user_memory(self, memory_id: str, user_id: str | None = None) -> None:
        """Delete one memory, only if it is about this user when one is given."""
        self._lacks("delete_user_memory")

    def delete_user_memories(self, memory_ids: Sequence[str], user_id: str | None = None) -> None:
        """Delete memories, only those about this user when one is given."""
        self._lacks("delete_user_memories")

    def clear_memories(self) -> None:
        """Delete all memories of everybody."""
        self._lacks("clear_memories")

    # --- knowledge contents ---
    def get_knowledge_content(self, id: str, user_id: str | None = None) -> Any:
        """Read one knowledge content, only if it is this user's or nobody's when one is given; or None."""
        self._lacks("get_knowledge_content")

    def get_knowledge_contents(
        self,
        limit: int | None = None,
        page: int | None = None,
        sort_by: str | None = None,
        sort_order: str | None = None,
        linked_to: str | None = None,
        user_id: str | None = None,
    ) -> tuple[list[Any], int]:
        """Read knowledge contents, and their number without paging.

        Args:
            limit: At most so many.
            page: Which part, from 1.
            sort_by: Column to sort by.
            sort_order: ``asc`` or ``desc``.
            linked_to: Of the knowledge base of this name.
            user_id: This user's and nobody's.
        """
        self._lacks("get_knowledge_contents")

    def upsert_knowledge_content(self, knowledge_row: Any) -> Any:
        """Store one knowledge content; returns it."""
        self._lacks("upsert_knowledge_content")

    def delete_knowledge_content(self, id: str, user_id: str | None = None) -> None:
        """Delete one knowledge content, only this user's own when one is given."""
        self._lacks("delete_knowledge_content")

    # --- results of evals ---
    def create_eval_run(self, eval_run: Any) -> Any:
        """Store the result of an eval, an `EvalRunRecord`; returns it."""
        self._lacks("create_eval_run")

    def get_eval_run(self, eval_run_id: str, deserialize: bool | None = True, user_id: str | None = None) -> Any:
        """Read one eval result, only if it is this user's when one is given; or None."""
        self._lacks("get_eval_run")

    def get_eval_runs(
        self,
        limit: int | None = None,
        page: int | None = None,
        sort_by: str | None = None,
        sort_order: str | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        workflow_id: str | None = None,
        model_id: str | None = None,
        filter_type: Any = None,
        eval_type: Sequence[Any] | None = None,
        deserialize: bool | None = True,
        user_id: str | None = None,
    ) -> Any:
        """Read eval results; see `plans_evals.get_eval_runs`."""
        self._lacks("get_eval_runs")

    def rename_eval_run(
        self, eval_run_id: str, name: str, deserialize: bool | None = True, user_id: str | None = None
    ) -> Any:
        """Give an eval result another name; the result afterwards, or None."""
        self._lacks("rename_eval_run")

    def update_eval_run_user_id(self, eval_run_id: str, user_id: str) -> None:
        """Hand an eval result to a user."""
        self._lacks("update_eval_run_user_id")

    def delete_eval_runs(self, eval_run_ids: Sequence[str], user_id: str | None = None) -> None:
        """Delete eval results, only this user's when one is given."""
        self._lacks("delete_eval_runs")


def as_coroutines(cls: Any, *declared: type) -> None:
    """Give a class declared methods, those of their bases as well, as coroutines."""
    for source in (base for one in declared for base in one.__mro__):
        for name, method in vars(source).items():
            if not name.startswith("_"):
                setattr(cls, name, _awaited(method))


def _awaited(method: Any) -> Any:
    async def amethod(self: Any, /, *args: Any, **given: Any) -> Any:
        Lacking._lacks(self, method.__name__)  # noqa: SLF001 - a part of the same object

    return update_wrapper(amethod, method)
