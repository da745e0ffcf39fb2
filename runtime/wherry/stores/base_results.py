"""The index of offloaded tool results, as databases declare it: only those that speak SQL have one, as in Agno.

`BaseDb` inherits these, `AsyncBaseDb` has them as coroutines; `tool_results` has the real ones.
"""

from __future__ import annotations

from typing import Any

from wherry.stores.base_records import Lacking


class DeclaredResults(Lacking):
    """Methods that databases implement, or not."""

    def upsert_tool_result(self, row: dict[str, Any]) -> None:
        """Note where a result lies, or note it anew.

        Args:
            row: Values by column of `agno_tool_results`.
        """
        self._lacks("upsert_tool_result")

    def get_tool_result(self, result_id: str) -> dict[str, Any] | None:
        """What is noted of a result, or None."""
        self._lacks("get_tool_result")

    def get_tool_results_for_session(self, session_id: str, limit: int | None = None) -> list[dict[str, Any]]:
        """The results of a session, newest first, at most `limit`."""
        self._lacks("get_tool_results_for_session")

    def delete_tool_results(self, result_ids: list[str]) -> int:
        """Forget results by their ids; how many there were."""
        self._lacks("delete_tool_results")

    def get_expired_tool_results(self, now: int) -> list[dict[str, Any]]:
        """The results whose time is over at `now`, in seconds since 1970."""
        self._lacks("get_expired_tool_results")
