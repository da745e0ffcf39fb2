"""Redis and Valkey through redis-py: a run's save is one script, its load two round trips.

What a run needs is written as plans that yield batches of commands, driven by a blocking client or by one of the
running loop; everything else is `DocumentStore`. Mirrors `agno.db.redis` and `agno.db.valkey`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from time import time
from typing import TYPE_CHECKING, Any, TypeAlias

from wherry.core.errors import ConfigurationError, StoreError, require
from wherry.core.sessions.session import Origin
from wherry.core.sessions.session_history import is_context
from wherry.core.sessions.session_state import copied
from wherry.stores.document_evals import DocumentEvals
from wherry.stores.document_learnings import DocumentLearnings
from wherry.stores.document_metrics import DocumentMetrics
from wherry.stores.document_records import DocumentRecords
from wherry.stores.documents import COUNTS, DocumentStore, changed_row
from wherry.stores.jsontext import dumps_plain, loads
from wherry.stores.loops import PerLoop
from wherry.stores.plans_records import OLDEST_VERSION
from wherry.stores.plans_saving import Saved, merge_session
from wherry.stores.records import UserMemory, memory_values
from wherry.stores.redis_documents import RedisDocuments
from wherry.stores.redis_keys import SAVE, Keys, record_from, save_arguments, session_row
from wherry.stores.refused import refused_methods
from wherry.stores.rows import MERGED, loaded_columns, merge_legacy, owner_column, run_row, session_from
from wherry.stores.seeds import seeded_id

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from wherry.stores.documents import RowChange
    from wherry.stores.protocol import Conflict

# Commands of one round trip; sent back: their answers in order.
Batch: TypeAlias = list[tuple[Any, ...]]
Talk: TypeAlias = Generator[Batch, list[Any], Any]

SAVE_TRIES = 50
"""How often a save is merged and tried again while other runs keep saving the same session."""


def text_of(value: Any) -> str:
    """An answer as text, whatever the client was told to decode."""
    return value.decode() if isinstance(value, bytes) else str(value)


async def _close_client(client: Any) -> None:
    await client.aclose()


class RedisDb(DocumentRecords, DocumentMetrics, DocumentEvals, DocumentStore):
    """Sessions, runs, memories and knowledge contents in Redis or Valkey; mirrors `agno.db.redis.RedisDb`.

    Saving a run is one script over several keys, which a Redis Cluster refuses: use a single node or a replica set.

    Args:
        id: Identity; by default made from address and prefix, so that it stays the same.
        redis_client: A blocking client of redis-py; a run that is awaited then blocks its loop for the round trips.
        db_url: ``redis://…``.
        db_prefix: Start of every key.
        expire: Seconds after which records vanish; they stay by default.
        on_conflict, on_unsaved: When two runs changed one key, when one cannot be stored: ``report`` or ``raise``.
        **tables: Accepted as in Agno; keys carry table types, not names.

    Raises:
        ConfigurationError: Neither a client nor an address is given.
        MissingPackage: (an ImportError) an address is given, and the extra ``redis`` is not installed.
    """

    _keeps_first_count = True
    _upwards = True

    def __init__(
        self,
        id: str | None = None,
        redis_client: Any = None,
        db_url: str | None = None,
        db_prefix: str = "agno",
        expire: int | None = None,
        *,
        on_conflict: Conflict = "report",
        **tables: Any,
    ) -> None:
        if redis_client is None and db_url is None:
            raise ConfigurationError(
                "A Redis database needs a client or an address.", hint="Pass db_url='redis://localhost:6379/0'."
            )
        seed = f"{db_url or redis_client}#{db_prefix}"
        super().__init__(id=id or seeded_id(seed), on_conflict=on_conflict, **tables)
        self.db_url, self.db_prefix, self.expire = db_url, db_prefix, expire
        self.home = seeded_id(seed) if db_url else self.home
        self.keys, self._own = Keys(db_prefix), redis_client is None
        self.redis_client = redis_client if redis_client is not None else self._connect()
        self._loops = PerLoop(self._open_for_loop, _close_client)

    def _connect(self) -> Any:
        require("redis", "redis", "A Redis database")
        from redis import Redis

        return Redis.from_url(str(self.db_url), decode_responses=True)

    # --- talking ---
    def _talk(self, talk: Talk) -> Any:
        def send(batch: Batch) -> list[Any]:
            pipe = self.redis_client.pipeline(transaction=False)
            for command in batch:
                pipe.execute_command(*command)
            return list(pipe.execute())

        return self._drive(talk, send)

    def _drive(self, talk: Talk, send: Callable[[Batch], list[Any]]) -> Any:
        from redis.exceptions import RedisError

        try:
            batch = next(talk)
            while True:
                batch = talk.send(send(batch))
        except StopIteration as done:
            return done.value
        except (RedisError, UnicodeEncodeError) as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> StoreError:
        hint = "Check that the server runs and that db_url names it, database included."
        if isinstance(error, UnicodeEncodeError):
            hint = (
                "Half of a surrogate pair is no character; make text of it with text.encode(errors='replace').decode()."
            )
        return StoreError(f"Redis refused: {error}", hint=hint)

    async def _atalk(self, talk: Talk) -> Any:
        from redis.exceptions import RedisError

        if not self._own:
            return self._talk(talk)
        client = await self._loops.get()
        try:
            batch = next(talk)
            while True:
                pipe = client.pipeline(transaction=False)
                for command in batch:
                    pipe.execute_command(*command)
                batch = talk.send(list(await pipe.execute()))
        except StopIteration as done:
            return done.value
        except (RedisError, UnicodeEncodeError) as error:
            raise self._failed(error) from error

    async def _open_for_loop(self) -> Any:
        from redis.asyncio import Redis

        return Redis.from_url(str(self.db_url), decode_responses=True)

    def close(self) -> None:
        """Close the connections of the blocking client, if it is our own."""
        if self._own:
            self.redis_client.close()

    async def aclose(self) -> None:
        """Close the connections of the running loop, too."""
        await self._loops.end()
        self.close()

    # --- what a run needs ---
    def load_run_context(
        self, session_id: str, session_type: Any = None, user_id: str | None = None, last_runs: int | None = None
    ) -> Any:
        """See `RunStore.load_run_context`."""
        return self._talk(self._loading(session_id, session_type, user_id, last_runs or 0))

    async def aload_run_context(
        self, session_id: str, session_type: Any = None, user_id: str | None = None, last_runs: int | None = None
    ) -> Any:
        """See `RunStore.load_run_context`."""
        session = await self._atalk(self._loading(session_id, session_type, user_id, last_runs or 0))
        if session is not None and last_runs is None:
            await session.aload_runs()
        return session

    def _loading(self, session_id: str, session_type: Any, user_id: str | None, want: int) -> Talk:
        members = self.keys.runs_of(session_id)
        batch: Batch = [("GET", self.keys.record("sessions", session_id))]
        if want:
            batch.append(("ZREVRANGE", members, 0, 2 * want - 1))
        found, *rest = yield batch
        if found is None:
            return None
        text = text_of(found)
        row = record_from(text, f"Session {session_id!r}")
        if user_id is not None and row.get("user_id") != user_id:
            return None
        kind = str(getattr(session_type, "value", session_type or "agent"))
        embedded = row.get("runs")
        window: list[Any] = []
        if embedded:
            everything = yield from self._reading_all(session_id)
            session = session_from({**row, "runs": everything}, session_type)
        else:
            if want:
                window = yield from self._reading_window(members, rest[0], want, COUNTS.get(kind, is_context))
            session = session_from({**row, "runs": []}, session_type)
            session.loaded_runs().defer(
                window, want, lambda: self._talk(self._reading_all(session_id)), self._aloader(session_id)
            )
        session.origin = Origin(None, None, text, len(embedded or ()), home=(self.home, session_id))
        return session

    def _aloader(self, session_id: str) -> Callable[[], Awaitable[list[Any]]]:
        return lambda: self._atalk(self._reading_all(session_id))

    def _reading_window(self, members: str, run_ids: list[Any], want: int, counts: Callable[[Any], bool]) -> Talk:
        """Newest runs that count as history; a second look further back when members' runs are in between."""
        window: list[Any] = []
        start = 0
        while run_ids:
            texts = yield [("MGET", *[self.keys.record("runs", text_of(run_id)) for run_id in run_ids])]
            runs = [record_from(text, f"A run of {members}")["run_data"] for text in texts[0] if text is not None]
            window += [run for run in runs if counts(run)]
            if len(window) >= want:
                break
            start += len(run_ids)
            (run_ids,) = yield [("ZREVRANGE", members, start, start + 4 * want - 1)]
        return window[:want][::-1]

    def _reading_all(self, session_id: str) -> Talk:
        """Every stored run of a session, oldest first."""
        found, run_ids = yield [
            ("GET", self.keys.record("sessions", session_id)),
            ("ZRANGE", self.keys.runs_of(session_id), 0, -1),
        ]
        keys = [self.keys.record("runs", text_of(run_id)) for run_id in run_ids]
        texts = (yield [("MGET", *keys)]) if keys else [()]
        runs = [record_from(text, f"A run of {session_id!r}")["run_data"] for text in texts[0] if text is not None]
        row = {} if found is None else record_from(found, f"Session {session_id!r}")
        return merge_legacy(runs, row.get("runs"))

    def save_run(self, session: Any, *runs: Any, overwrite_state: bool = False) -> Saved:
        """See `RunStore.save_run`."""
        saved = self._talk(self._saving(session, runs, overwrite_state))
        return self._told(saved, session) if saved.conflicts or saved.refused else saved

    async def asave_run(self, session: Any, *runs: Any, overwrite_state: bool = False) -> Saved:
        """See `RunStore.save_run`."""
        saved = await self._atalk(self._saving(session, runs, overwrite_state))
        return self._told(saved, session) if saved.conflicts or saved.refused else saved

    def _saving(self, session: Any, runs: Sequence[Any], overwrite_state: bool) -> Talk:
        """Write everything if the session is as it was loaded; otherwise merge with what is there and try again."""
        rows = [run_row(run, session.session_id, session.user_id) for run in runs]
        keep = self.on_conflict == "raise"
        origin = session.origin or Origin(None, None)
        expected: str | None = origin.token
        # A session that was read whole, not for a run, knows its values and not the text.
        loaded = {name: getattr(origin, name) for name in MERGED} | {owner_column(session): origin.owner}
        base = loaded if expected is None else loads(expected)
        saved = Saved()
        key, members = self.keys.record("sessions", session.session_id), self.keys.runs_of(session.session_id)
        for _ in range(SAVE_TRIES):
            row = self._session_row(session)
            now = int(time())
            row["created_at"], row["updated_at"] = row["created_at"] or now, now
            if base.get("runs") is not None:
                row["runs"] = base["runs"]
            text = dumps_plain(row)
            legacy = origin.legacy_runs
            argv = save_arguments(self.keys, session.session_id, self.expire, expected, text, row, rows, legacy)
            ((done, *rest),) = yield [("EVAL", SAVE, 2, key, members, *argv)]
            if int(done):
                session.origin = Origin(None, None, text, legacy, home=(self.home, session.session_id))
                session.updated_at = now
                return saved
            expected = text_of(rest[0]) if rest and rest[0] is not None else None
            if expected is None:
                base = {}
                continue
            theirs = record_from(expected, f"Session {session.session_id!r}")
            if theirs.get("user_id") not in {None, session.user_id}:
                return Saved(refused=True)
            session.origin = Origin(**loaded_columns(session, base), home=origin.home)
            more = merge_session(session, theirs, overwrite_state, keep)
            saved = Saved([*dict.fromkeys((*saved.conflicts, *more.conflicts))], merged=True)
            base = theirs
        raise self._too_busy(session.session_id)

    def _too_busy(self, session_id: str) -> StoreError:
        return StoreError(
            f"Session {session_id!r} was saved by other runs {SAVE_TRIES} times while this one tried to.",
            hint="Give runs that go on at once sessions of their own.",
        )

    # --- everything else ---
    def _open(self, *, write: bool = False) -> AbstractContextManager[RedisDocuments]:
        return self._documents()

    @contextmanager
    def _documents(self, watched: str | None = None) -> Iterator[RedisDocuments]:
        from redis.exceptions import RedisError, WatchError

        documents = RedisDocuments(self.redis_client, self.keys, self.expire)
        try:
            if watched is not None:
                documents.watch(watched)
            yield documents
            documents.flush()
        except WatchError:
            raise
        except (RedisError, UnicodeEncodeError) as error:
            raise self._failed(error) from error
        finally:
            documents.end()

    def _change_row(self, session_id: str, change: RowChange) -> bool:
        """See `DocumentStore._change_row`; once more when a run saved the session in between."""
        from redis.exceptions import WatchError

        for _ in range(SAVE_TRIES):
            with suppress(WatchError), self._documents(watched=session_id) as documents:
                return changed_row(documents, session_id, change)
        raise self._too_busy(session_id)

    def get_sessions(self, *args: Any, create_index_if_not_found: bool | None = True, **given: Any) -> Any:
        """See `BaseDb.get_sessions`; index sets come into being with the records, as in Agno, whatever is asked."""
        return super().get_sessions(*args, **given)

    def _session_row(self, session: Any) -> dict[str, Any]:
        return session_row(session)

    def _memory_row(self, memory: UserMemory, updated_at: int) -> dict[str, Any]:
        row: dict[str, Any] = copied({**memory_values(memory), "updated_at": updated_at})
        return row

    def _eval_row(self, values: dict[str, Any], times: dict[str, Any]) -> dict[str, Any]:
        return {**times, **values}

    def get_latest_schema_version(self, table_name: str = "") -> str:
        """The version a table is stamped with."""
        found = self.redis_client.get(f"{self.db_prefix}:{self.versions_table_name}:{table_name}")
        return OLDEST_VERSION if found is None else text_of(found)

    def upsert_schema_version(self, table_name: str = "", version: str = "") -> None:
        """Stamp a table with a version; the stamp does not expire."""
        self.redis_client.set(f"{self.db_prefix}:{self.versions_table_name}:{table_name}", version)


class ValkeyDb(DocumentLearnings, RedisDb):
    """`RedisDb` under the constructor of `agno.db.valkey.ValkeyDb`; the same protocol and layout.

    Args:
        id: Identity; by default made from address and prefix, so that it stays the same.
        host: Where the server is.
        port: Its port.
        database_id: Number of the database.
        username: User of the server.
        password: The user's password.
        use_tls: Encrypt the connection.
        db_prefix: Start of every key.
        expire: Seconds after which records vanish; they stay by default.
        on_conflict, on_unsaved: When two runs changed one key, when one cannot be stored: ``report`` or ``raise``.
        **tables: Accepted as in Agno.
    """

    def __init__(
        self,
        id: str | None = None,
        *,
        host: str = "localhost",
        port: int = 6379,
        database_id: int | None = None,
        username: str | None = None,
        password: str | None = None,
        use_tls: bool = False,
        db_prefix: str = "agno",
        expire: int | None = None,
        on_conflict: Conflict = "report",
        **tables: Any,
    ) -> None:
        from urllib.parse import quote

        if tables.pop("valkey_client", None) is not None:
            from wherry.core.matrix import raise_not_migrated

            raise_not_migrated("agno.db.valkey.ValkeyDb", what="ValkeyDb(valkey_client=…)")
        for name in ("request_timeout", "client_name"):
            tables.pop(name, None)
        user = quote(username or "", safe="")
        secret = f":{quote(password, safe='')}" if password else ""
        login = f"{user}{secret}@" if user or secret else ""
        url = f"{'rediss' if use_tls else 'redis'}://{login}{host}:{port}/{database_id or 0}"
        super().__init__(id=id, db_url=url, db_prefix=db_prefix, expire=expire, on_conflict=on_conflict, **tables)


refused_methods(RedisDb, "agno.db.redis.RedisDb", suspending=False)
refused_methods(ValkeyDb, "agno.db.valkey.ValkeyDb", suspending=False)
