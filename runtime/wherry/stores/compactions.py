"""Folds of conversations in databases: declared for all that block, there in `SqliteDb` and `PostgresDb`, as in Agno.

Bases of `BaseDb` and of the classes in `sql_methods`; asynchronous databases have no folds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.stores import plans_compactions as compactions
from wherry.stores.base_records import Lacking
from wherry.stores.plan import blocking

if TYPE_CHECKING:
    from collections.abc import Sequence


class DeclaredCompactions(Lacking):
    """Methods that databases implement, or not."""

    def upsert_compaction(self, row: dict[str, Any]) -> None:
        """Store a fold; one that is there already stays as it is."""
        self._lacks("upsert_compaction")

    def get_compaction(self, compaction_id: str) -> dict[str, Any] | None:
        """One fold, or None."""
        self._lacks("get_compaction")

    def get_compactions_for_session(self, session_id: str, limit: int | None = None) -> list[dict[str, Any]]:
        """The folds of a session, newest first, at most `limit`."""
        self._lacks("get_compactions_for_session")

    def delete_compactions_for_session(self, session_id: str) -> int:
        """Delete the folds of a session; how many there were."""
        self._lacks("delete_compactions_for_session")

    def search_compactions(self, session_id: str, query: str | Sequence[str], limit: int = 10) -> list[dict[str, Any]]:
        """The folds of a session whose messages have one of the texts, newest first."""
        self._lacks("search_compactions")


class BlockingCompactions:
    """Methods of a blocking SQL database."""

    upsert_compaction = blocking(compactions.upsert_compaction)
    get_compaction = blocking(compactions.get_compaction)
    get_compactions_for_session = blocking(compactions.get_compactions_for_session)
    delete_compactions_for_session = blocking(compactions.delete_compactions_for_session)
    search_compactions = blocking(compactions.search_compactions)
