"""`ResultStore`: long tool results, kept apart and read back by parts; mirrors `agno.offload.store`.

The text goes to a file system, a row about it into `agno_tool_results`, and an envelope into the conversation. Both
places are in `shelf`, ids in `naming`, what the model sees in `previews`, reading in `paging` and `matching`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self, TypedDict, Unpack

from wherry.core.errors import ConfigurationError
from wherry.core.log import log_warning
from wherry.core.waits import BLOCKING, LOOPING, Waits, finish
from wherry.fs._paths import MAX_SEGMENT_CHARS
from wherry.fs.errors import QuotaExceededError
from wherry.offload.matching import (
    SEARCH_LINE_CLIP,
    SEARCH_MAX_CHARS,
    SEARCH_MAX_CONTEXT_LINES,
    SEARCH_MAX_MATCHES,
    matches_in,
)
from wherry.offload.naming import args_hash, is_json, namespace_for, path_for, result_id_for
from wherry.offload.paging import READ_MAX_CHARS, READ_MAX_LINES, page_of
from wherry.offload.previews import preview_of, render_refused_envelope, render_stored_envelope
from wherry.offload.shelf import (
    DELETE_BATCH_SIZE,
    MAX_RESULT_BYTES,
    MAX_SESSION_NAMESPACE_BYTES,
    SWEEP_INTERVAL_SECONDS,
    Shelf,
    ref_of,
)
from wherry.offload.types import NEVER_OFFLOADED_TOOLS, ResultMatch, ResultPage, ResultRef

if TYPE_CHECKING:
    from wherry.fs.fs import FileSystem

__all__ = [
    "DELETE_BATCH_SIZE",
    "MAX_RESULT_BYTES",
    "MAX_SEGMENT_CHARS",
    "MAX_SESSION_NAMESPACE_BYTES",
    "NEVER_OFFLOADED_TOOLS",
    "READ_MAX_CHARS",
    "READ_MAX_LINES",
    "SEARCH_LINE_CLIP",
    "SEARCH_MAX_CHARS",
    "SEARCH_MAX_CONTEXT_LINES",
    "SEARCH_MAX_MATCHES",
    "SWEEP_INTERVAL_SECONDS",
    "ResultStore",
    "namespace_for",
    "render_refused_envelope",
    "render_stored_envelope",
    "result_id_for",
]
MAX_CALL_ID_ATTEMPTS = 1000
DEFAULT_THRESHOLD_CHARS = READ_MAX_CHARS
DEFAULT_PREVIEW_LINES = 20
DEFAULT_PREVIEW_CHARS = 1200
SEARCH_TIMEOUT_SECONDS = 10.0
_SETTINGS = {
    "threshold_chars": DEFAULT_THRESHOLD_CHARS,
    "preview_lines": DEFAULT_PREVIEW_LINES,
    "preview_chars": DEFAULT_PREVIEW_CHARS,
    "ttl_seconds": None,
    "member_responses": True,
}


class _Result(TypedDict, total=False):
    """A result and whose it is: session, run, call, the tool and its arguments, the text, the user, whether shared."""

    session_id: str
    run_id: str
    tool_call_id: str
    tool_name: str
    tool_args: dict[str, Any] | None
    output: str
    user_id: str | None
    shared: bool


class ResultStore(Shelf):
    """Keeps long tool results out of the conversation; also the settings for it.

    Give one as `offload_tool_results` of an agent or team. It is not changed by that: the owner works with a copy
    bound to its own database, its `result_store`. A member of a team takes the settings of its own one and keeps its
    results in the team's database. The methods that begin with `a` are for async code, and for async databases.

    Args:
        db: A `SqliteDb` or `PostgresDb`; that of the owner when not given.
        fs: Where the texts go; a table of the database when not given.
        threshold_chars: Results longer than so many characters are kept apart (default 16,000).
        preview_lines: Lines of the beginning that the model sees (default 20).
        preview_chars: Characters that it sees of the beginning, and of the end (default 1,200).
        ttl_seconds: Results older than so many seconds are deleted by the way; None (the default) keeps them.
        member_responses: Of a team: also shorten messages of members' runs as they are stored (default True).

    Raises:
        ConfigurationError: (a ValueError) `threshold_chars` is less than 1.
    """

    def __init__(
        self,
        *,
        db: Any = None,
        fs: FileSystem | None = None,
        threshold_chars: int = DEFAULT_THRESHOLD_CHARS,
        preview_lines: int = DEFAULT_PREVIEW_LINES,
        preview_chars: int = DEFAULT_PREVIEW_CHARS,
        ttl_seconds: int | None = None,
        member_responses: bool = True,
    ) -> None:
        if threshold_chars < 1:
            told = f"threshold_chars must be at least 1, not {threshold_chars!r}."
            raise ConfigurationError(told, hint="Leave it out for 16,000 characters.")
        self.db, self._fs = db, fs
        self.threshold_chars = threshold_chars
        self.preview_lines, self.preview_chars = preview_lines, preview_chars
        self.ttl_seconds = ttl_seconds
        self.member_responses = member_responses
        self._last_sweep_at = 0.0

    def bound(self, db: Any) -> ResultStore:
        """A copy on a database; one that has a database keeps it."""
        settings: dict[str, Any] = {name: getattr(self, name) for name in _SETTINGS}
        return ResultStore(db=self.db if self.db is not None else db, fs=self._fs, **settings)

    def to_dict(self) -> dict[str, Any]:
        """The settings that are not the defaults; neither database nor file system."""
        return {name: value for name, usual in _SETTINGS.items() if (value := getattr(self, name)) != usual}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """A store with the settings that `to_dict` wrote."""
        return cls(**data)

    # --- keeping a result ---

    def should_offload(self, tool_name: str | None, output: Any) -> bool:
        """Whether a result is long enough; those of the tools that read results back never are."""
        if tool_name in NEVER_OFFLOADED_TOOLS or output is None:
            return False
        return len(output if isinstance(output, str) else str(output)) > self.threshold_chars

    def offload(self, **result: Unpack[_Result]) -> ResultRef:
        """Keep a result.

        Args:
            **result: `session_id`, `run_id` and `tool_call_id` of the call, its `tool_name` and `tool_args`, the
                `output`, and if known the `user_id`; `shared` when it is a team's.

        Raises:
            QuotaExceededError: It is too long, or its session holds too much.
            RuntimeError: There is no database, or an async one.
        """
        return finish(self._keep(BLOCKING, **result))

    async def aoffload(self, **result: Unpack[_Result]) -> ResultRef:
        """`offload` for async code."""
        return await self._keep(LOOPING, **result)

    async def _keep(
        self,
        waits: Waits,
        *,
        session_id: str,
        run_id: str,
        tool_call_id: str,
        tool_name: str,
        tool_args: dict[str, Any] | None,
        output: str,
        user_id: str | None = None,
        shared: bool = False,
    ) -> ResultRef:
        call_id = await self._free_call(waits, session_id, run_id, tool_call_id)
        result_id, json_text = result_id_for(session_id, run_id, call_id), is_json(output)
        path = path_for(run_id, result_id, json_text=json_text, shared=shared)
        files = self._session_fs(session_id)
        await waits.wire(files.write, files.awrite, path, output)
        now = int(time.time())
        row = {
            "result_id": result_id,
            "namespace": files.namespace,
            "path": path,
            "session_id": session_id,
            "run_id": run_id,
            "tool_call_id": call_id,
            "tool_name": tool_name,
            "args_hash": args_hash(tool_args),
            "content_type": "json" if json_text else "text",
            "size_bytes": len(output.encode()),
            "line_count": output.count("\n") + 1,
            "preview": preview_of(output, self.preview_lines, self.preview_chars),
            "user_id": user_id,
            "created_at": now,
            "expires_at": now + self.ttl_seconds if self.ttl_seconds else None,
        }
        try:
            await self._ask(waits, "upsert_tool_result", row)
        except BaseException:
            await self._drop(waits, files, path)  # nobody would find it
            raise
        return ref_of(row)

    async def _free_call(self, waits: Waits, session_id: str, run_id: str, tool_call_id: str) -> str:
        """The id of a call under which nothing is kept: a run that goes on twice makes the same call again."""
        call_id = tool_call_id
        for attempt in range(2, MAX_CALL_ID_ATTEMPTS + 2):
            if await waits.wire(self.get_row, self.aget_row, result_id_for(session_id, run_id, call_id)) is None:
                break
            call_id = f"{tool_call_id}~{attempt}"
        return call_id

    def offload_for_model(self, **result: Unpack[_Result]) -> str:
        """Keep a result and give what the model is told of it; when it cannot be kept, it is told that. Never raises.

        Args:
            **result: See `offload`.
        """
        return finish(self._envelope(BLOCKING, result))

    async def aoffload_for_model(self, **result: Unpack[_Result]) -> str:
        """`offload_for_model` for async code."""
        return await self._envelope(LOOPING, result)

    async def _envelope(self, waits: Waits, result: _Result) -> str:
        await waits.wire(self.maybe_sweep, self.amaybe_sweep)
        output, tool_name = result["output"], result["tool_name"]
        try:
            ref = await waits.wire(self.offload, self.aoffload, **result)
        except QuotaExceededError as error:
            whose = "the session's storage is full" if error.scope == "namespace" else "it is too long to be kept"
            reason = f"{whose}: {error.current} of {error.limit} bytes"
        except Exception as error:  # noqa: BLE001 - whatever a database raises must not break the run
            log_warning(f"A result of {tool_name} could not be kept: {error}")
            reason = f"the store refused it: {error}"
        else:
            return render_stored_envelope(ref, preview_of(output, self.preview_lines, self.preview_chars))
        sizes = {"preview_lines": self.preview_lines, "preview_chars": self.preview_chars}
        return render_refused_envelope(tool_name=tool_name, output=output, reason=reason, **sizes)

    # --- reading it back ---

    def get_row(self, result_id: str) -> dict[str, Any] | None:
        """What is noted of a result, or None: the columns of `agno_tool_results`."""
        found: dict[str, Any] | None = self._db_call("get_tool_result", result_id)
        return found

    async def aget_row(self, result_id: str) -> dict[str, Any] | None:
        """`get_row` for async code."""
        found: dict[str, Any] | None = await self._adb_call("get_tool_result", result_id)
        return found

    def payload(self, result_id: str) -> str:
        """The whole text of a result, for code; a model reads pages.

        Raises:
            KeyError: There is no such result, or its text is gone.
        """
        return finish(self._payload(BLOCKING, result_id))

    async def apayload(self, result_id: str) -> str:
        """`payload` for async code."""
        return await self._payload(LOOPING, result_id)

    async def _payload(self, waits: Waits, result_id: str) -> str:
        row = await waits.wire(self.get_row, self.aget_row, result_id)
        if row is None:
            raise KeyError(f"there is no result {result_id!r}")
        return await self._text(waits, row)

    def read(
        self,
        result_id: str,
        start_line: int = 1,
        end_line: int | None = None,
        start_char: int = 0,
        max_chars: int = READ_MAX_CHARS,
    ) -> ResultPage:
        """A page of a result: at most 400 lines and 16,000 characters.

        Args:
            result_id: Which.
            start_line: The line it begins with, from 1.
            end_line: The last line that is wanted; the last there is by default.
            start_char: At which character of the first line, from 0.
            max_chars: The greatest length.

        Raises:
            KeyError: There is no such result, or its text is gone.
        """
        return page_of(self.payload(result_id), start_line, end_line, start_char, max_chars)

    async def aread(
        self,
        result_id: str,
        start_line: int = 1,
        end_line: int | None = None,
        start_char: int = 0,
        max_chars: int = READ_MAX_CHARS,
    ) -> ResultPage:
        """`read` for async code."""
        return page_of(await self.apayload(result_id), start_line, end_line, start_char, max_chars)

    def _matches_from_content(self, content: str, pattern: str, context_lines: int) -> list[ResultMatch]:
        return matches_in(content, pattern, context_lines, SEARCH_TIMEOUT_SECONDS)

    def search(self, result_id: str, pattern: str, context_lines: int = 0) -> list[ResultMatch]:
        """The first 20 places that a regular expression fits, as excerpts of one page together.

        Args:
            result_id: Which.
            pattern: A regular expression; a match is in one line.
            context_lines: Lines around each, at most 20.

        Raises:
            KeyError: There is no such result, or its text is gone.
            re.error: The pattern is none.
            TimeoutError: The search took more than ten seconds.
        """
        return self._matches_from_content(self.payload(result_id), pattern, context_lines)

    async def asearch(self, result_id: str, pattern: str, context_lines: int = 0) -> list[ResultMatch]:
        """`search` for async code; it searches in a thread."""
        text = await self.apayload(result_id)
        found: list[ResultMatch] = await LOOPING.work(self._matches_from_content, text, pattern, context_lines)
        return found
