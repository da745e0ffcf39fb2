"""What a database may have for learnings: the methods by which agents keep what they learned.

Declared here for `BaseDb` and, as coroutines, for `AsyncBaseDb`; a database without one says so when it is called, as
Agno's databases in memory, in files and in Redis do. The SQL databases have them in `sql_learnings`, Valkey in
`document_learnings`; arguments and answers are described in `plans_learnings`.
"""

from __future__ import annotations

from typing import Any, NoReturn


class Lacking:
    """How a database says that it has no such method."""

    def _lacks(self, name: str) -> NoReturn:
        raise NotImplementedError(f"{type(self).__name__} does not implement {name}.")


class DeclaredLearnings(Lacking):
    """Methods that databases implement, or not."""

    def get_learning(self, *asked: Any, **given: Any) -> Any:
        """The content of one learning, as ``{"content": …}``, or None."""
        self._lacks("get_learning")

    def upsert_learning(self, *asked: Any, **given: Any) -> Any:
        """Store a learning; one that is there keeps everything but its content, metadata and time of change."""
        self._lacks("upsert_learning")

    def delete_learning(self, *asked: Any, **given: Any) -> Any:
        """Delete one learning; whether there was one."""
        self._lacks("delete_learning")

    def update_learning(self, *asked: Any, **given: Any) -> Any:
        """Replace content and metadata of a learning that is there; whether there was one."""
        self._lacks("update_learning")

    def delete_user_learnings(self, *asked: Any, **given: Any) -> Any:
        """Delete what was learned about a user; how many there were."""
        self._lacks("delete_user_learnings")

    def get_learnings(self, *asked: Any, **given: Any) -> Any:
        """Learnings, those that changed last first."""
        self._lacks("get_learnings")

    def search_learnings(self, *asked: Any, **given: Any) -> Any:
        """Learnings with a text in them, those that changed last first."""
        self._lacks("search_learnings")

    def get_learning_by_id(self, *asked: Any, **given: Any) -> Any:
        """One whole row, or None."""
        self._lacks("get_learning_by_id")

    def list_learnings(self, *asked: Any, **given: Any) -> Any:
        """A page of learnings and their number."""
        self._lacks("list_learnings")

    def get_learnings_user_stats(self, *asked: Any, **given: Any) -> Any:
        """Users with learnings and when the last of theirs changed; and their number."""
        self._lacks("get_learnings_user_stats")
