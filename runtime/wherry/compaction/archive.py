"""Where folds are stored: one row of `agno_compactions` each, with the messages that the summary stands for.

Called by `compaction` and by the runs of agents. Mirrors `agno.compaction.archive`; the text of a row is Agno's to the
letter, so that either runtime searches what the other has stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.ids import new_id
from wherry.core.log import log_debug, log_warning

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wherry.compaction.types import CompactionRecord
    from wherry.core.messages import Message

MAX_ARCHIVED_TOOL_RESULT_CHARS = 20_000
MAX_SEARCH_TERMS = 20


def render_message(message: Message) -> str:
    """A message as Markdown: its role, its text, the tools it calls; of a tool result at most 20,000 characters."""
    parts = [f"## {message.role} ({message.tool_name})" if message.tool_name else f"## {message.role}"]
    text = message.get_content_string()
    more = len(text) - MAX_ARCHIVED_TOOL_RESULT_CHARS
    if message.role == "tool" and more > 0:
        text = f"{text[:MAX_ARCHIVED_TOOL_RESULT_CHARS]}\n... [{more} characters left out]"
    if text:
        parts.append(text)
    for call in message.tool_calls or ():
        function = call.get("function")
        if isinstance(function, dict):
            parts.append(f"**calls** `{function.get('name')}`: {function.get('arguments')}")
    return "\n\n".join(parts)


def render_messages(messages: Iterable[Message]) -> str:
    """Messages as Markdown, one after the other."""
    return "\n\n".join(map(render_message, messages))


def search_terms(pattern: str) -> list[str]:
    """What a search looks for: the texts between its bars, at most twenty."""
    return [term for term in map(str.strip, pattern.split("|")) if term][:MAX_SEARCH_TERMS]


def stores_compaction_records(db: Any) -> bool:
    """Whether a database has the methods of its own by which folds are stored: `SqliteDb` and `PostgresDb`."""
    from wherry.stores.base import BaseDb

    method = getattr(type(db), "upsert_compaction", None)
    return method is not None and method is not BaseDb.upsert_compaction


class CompactionArchive:
    """The folds of one session.

    Args:
        db: The agent's database.
        session_id: Whose.
        user_id: Written into the rows.
    """

    def __init__(self, db: Any, session_id: str, user_id: str | None = None) -> None:
        self.db, self.session_id, self.user_id = db, session_id, user_id

    def write(self, record: CompactionRecord, messages: list[Message]) -> bool:
        """Store a fold; whether that went well. What a database raises is told in the log.

        Args:
            record: The fold.
            messages: What its summary stands for; none to store the summary alone.
        """
        row = {
            "compaction_id": record.id or new_id().replace("-", ""),
            "session_id": self.session_id,
            "run_id": record.run_id,
            "user_id": self.user_id,
            "first_kept_message_id": record.first_kept_message_id,
            "summary": record.summary,
            "archived_messages": render_messages(messages) if messages else None,
            "messages_compacted": record.messages_compacted,
            "tokens_before": record.tokens_before,
            "tokens_after": record.tokens_after,
            "created_at": record.created_at,
        }
        done, _ = self._asked("upsert_compaction", row)
        if done:
            log_debug(f"Stored compaction {record.id!r} with {len(messages)} messages")
        return done

    def latest(self, up_to_run_id: str | None = None) -> dict[str, Any] | None:
        """The fold in force: the newest, or the newest that a run knew.

        Args:
            up_to_run_id: The run, for one that is a fork of it: a later fold would tell it of its own future.
        """
        newest = () if up_to_run_id is not None else (1,)  # a row holds all the messages that its fold stands for
        rows = self._asked("get_compactions_for_session", self.session_id, *newest)[1] or []
        if up_to_run_id is None:
            return rows[0] if rows else None
        places = (index for index, row in enumerate(rows) if row.get("run_id") == up_to_run_id)
        place = next(places, None)
        return None if place is None else rows[place]

    def search(self, query: str, limit: int = 10) -> list[dict[str, Any]]:
        """Folds whose messages may have one of the terms, newest first."""
        terms = search_terms(query)
        return (self._asked("search_compactions", self.session_id, terms, limit)[1] or []) if terms else []

    def _asked(self, method: str, *given: Any) -> tuple[bool, Any]:
        try:
            return True, getattr(self.db, method, _lacking)(*given)
        except NotImplementedError:
            if method == "upsert_compaction":
                log_warning(f"{type(self.db).__name__} stores no compactions: the summary holds for this run only.")
        except Exception as error:  # noqa: BLE001 - whatever a database raises must not break the run
            log_warning(f"{type(self.db).__name__}.{method}() failed: {error!r}")
        return False, None


def _lacking(*_given: Any) -> None:
    """Stands for a method that a database does not have, as all that are awaited."""
    raise NotImplementedError
