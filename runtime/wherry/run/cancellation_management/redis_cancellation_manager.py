"""Cancel intents in Redis or Valkey: a cancel in one process reaches a run in another.

Mirrors `agno.run.cancellation_management.redis_cancellation_manager`, with its keys and values, so that either runtime
cancels the other's runs. A user hands it to `set_cancellation_manager`; runs ask it through `wherry.core.cancel`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from wherry.core.cancel import BaseRunCancellationManager
from wherry.core.errors import ConfigurationError, RunCancelledException, require
from wherry.core.log import log_warning

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Awaitable, Callable, Iterable

__all__ = ["RedisRunCancellationManager"]

_ADDRESS = (
    *("host", "port", "path", "db", "username", "password", "credential_provider"),
    *("socket_timeout", "socket_connect_timeout"),
)
_KINDS = ("Connection", "SSLConnection", "UnixDomainSocketConnection")
_MEMBERS = "members:"


class RedisRunCancellationManager(BaseRunCancellationManager):
    """Intents that all processes share; mirrors the class of this name in `agno.run.cancellation_management`.

    What a run does by itself (registering, asking, cleaning up) never fails: when Redis does, a warning is logged and
    the run goes on. Runs ask by the plain methods, for which an async client alone will do: they make a blocking one to
    the same address.

    Args:
        redis_client: Answers the plain methods; a `redis.Redis` or `redis.RedisCluster`.
        async_redis_client: Answers the `a…` methods; the same from `redis.asyncio`.
        key_prefix: Begins every key.
        ttl_seconds: After how many seconds Redis forgets what no run cleaned up; a day by default, None for never.

    Raises:
        ImportError: redis is not installed.
        ValueError: Neither client is given.
        RuntimeError: A cancel or a question for which there is no client, and none can be made.
    """

    DEFAULT_TTL_SECONDS = 24 * 60 * 60
    LOOK_EVERY_SECONDS = 0.05
    """How often the pieces of a stream have a run ask, at most; elsewhere it asks each time."""
    REST_SECONDS = 30.0
    """So long runs ask nothing once Redis could not be reached: on a loop all of them wait while one tries."""

    def __init__(
        self,
        redis_client: Any = None,
        async_redis_client: Any = None,
        key_prefix: str = "agno:run:cancellation:",
        ttl_seconds: int | None = DEFAULT_TTL_SECONDS,
    ) -> None:
        require("redis", "redis", "Cancelling through Redis")
        if redis_client is None and async_redis_client is None:
            raise ConfigurationError(
                "Neither redis_client nor async_redis_client was given.",
                hint="Give redis.Redis.from_url(...) as redis_client.",
            )
        self.redis_client = redis_client
        self.async_redis_client = async_redis_client
        self.key_prefix = key_prefix
        self.ttl_seconds = ttl_seconds
        self._twin: Any = None
        self._looked: dict[str, float] = {}
        self._rests_until = 0.0

    # --- what runs do: it never fails ---

    def register_run(self, run_id: str) -> None:
        """A run has started; a cancel that came before it stays."""
        self._gently("registered", lambda: self._blocking_client().set(self._key(run_id), "0", **self._first))

    async def aregister_run(self, run_id: str) -> None:
        """`register_run` by the async client."""
        await self._agently("registered", lambda: self._async_client().set(self._key(run_id), "0", **self._first))

    def is_cancelled(self, run_id: str) -> bool:
        """Whether someone asked the run to stop; no when Redis cannot be asked."""
        return _said(self._gently("asked for", lambda: self._blocking_client().get(self._key(run_id))))

    async def ais_cancelled(self, run_id: str) -> bool:
        """`is_cancelled` by the async client."""
        return _said(await self._agently("asked for", lambda: self._async_client().get(self._key(run_id))))

    async def araise_if_cancelled(self, run_id: str) -> None:
        """`raise_if_cancelled` by the async client."""
        if await self.ais_cancelled(run_id):
            raise RunCancelledException(f"Run {run_id} was cancelled")

    def look(self, run_id: str) -> None:
        """Raise `RunCancelledException` when the run was cancelled; asked so often that not every time counts."""
        now = time.monotonic()
        if now - self._looked.get(run_id, 0.0) >= self.LOOK_EVERY_SECONDS:
            self._looked[run_id] = now
            self.raise_if_cancelled(run_id)

    def cleanup_run(self, run_id: str) -> None:
        """A run has ended."""
        self._looked.pop(run_id, None)
        self._gently("cleaned up", lambda: self._blocking_client().delete(self._key(run_id)))

    async def acleanup_run(self, run_id: str) -> None:
        """`cleanup_run` by the async client."""
        self._looked.pop(run_id, None)
        await self._agently("cleaned up", lambda: self._async_client().delete(self._key(run_id)))

    def register_member_run(self, team_run_id: str, member_run_id: str) -> None:
        """Cancelling the run cancels the member's run too."""
        self._gently("registered", lambda: self._noting(self._blocking_client(), team_run_id, member_run_id).execute())

    async def aregister_member_run(self, team_run_id: str, member_run_id: str) -> None:
        """`register_member_run` by the async client."""
        await self._agently(
            "registered", lambda: self._noting(self._async_client(), team_run_id, member_run_id).execute()
        )

    def cleanup_member_runs(self, team_run_id: str) -> None:
        """Members' runs below a run are no longer known."""
        self._gently("cleaned up", lambda: self._blocking_client().delete(self._members_key(team_run_id)))

    async def acleanup_member_runs(self, team_run_id: str) -> None:
        """`cleanup_member_runs` by the async client."""
        await self._agently("cleaned up", lambda: self._async_client().delete(self._members_key(team_run_id)))

    # --- what people do: it says when it fails ---

    def cancel_run(self, run_id: str) -> bool:
        """Ask a run to stop, wherever it is; True when one is registered. One that starts later is stopped, too."""
        return bool(self._cancelling(self._blocking_client(), run_id).execute()[0])

    async def acancel_run(self, run_id: str) -> bool:
        """`cancel_run` by the async client."""
        return bool((await self._cancelling(self._async_client(), run_id).execute())[0])

    def get_active_runs(self) -> dict[str, bool]:
        """Ids of the registered runs of all processes, with whether each was cancelled."""
        client = self._blocking_client()
        named = self._run_keys(client.scan_iter(**self._scan))
        values = [(run_id, client.get(key)) for key, run_id in named.items()]
        return {run_id: _said(value) for run_id, value in values if value is not None}

    async def aget_active_runs(self) -> dict[str, bool]:
        """`get_active_runs` by the async client."""
        client = self._async_client()
        keys: AsyncIterable[Any] = client.scan_iter(**self._scan)
        named = self._run_keys([key async for key in keys])
        values = [(run_id, await client.get(key)) for key, run_id in named.items()]
        return {run_id: _said(value) for run_id, value in values if value is not None}

    def get_member_run_ids(self, team_run_id: str) -> set[str]:
        """Runs of members below a run."""
        return {_text(one) for one in self._blocking_client().smembers(self._members_key(team_run_id))}

    async def aget_member_run_ids(self, team_run_id: str) -> set[str]:
        """`get_member_run_ids` by the async client."""
        return {_text(one) for one in await self._async_client().smembers(self._members_key(team_run_id))}

    # --- clients, keys and commands ---

    def _async_client(self) -> Any:
        if self.async_redis_client is None:
            raise RuntimeError("There is no async client: give async_redis_client, or use the method's blocking twin.")
        return self.async_redis_client

    def _blocking_client(self) -> Any:
        if self.redis_client is not None:
            return self.redis_client
        if self._twin is None:
            import redis

            pool = getattr(self.async_redis_client, "connection_pool", None)
            if pool is None or pool.connection_class.__name__ not in _KINDS:
                raise RuntimeError(
                    f"There is no blocking client, and of {type(self.async_redis_client).__name__} none can be made: "
                    "give redis_client, or use the method's async twin."
                )
            given = pool.connection_kwargs.items()
            told = {name: value for name, value in given if name in _ADDRESS or name.startswith("ssl_")}
            kind = getattr(redis, pool.connection_class.__name__)
            self._twin = redis.Redis(connection_pool=redis.ConnectionPool(connection_class=kind, **told))
        return self._twin

    def _gently(self, done: str, command: Callable[[], Any]) -> Any:
        if time.monotonic() < self._rests_until:
            return None
        try:
            return command()
        except Exception as error:  # noqa: BLE001 - whatever Redis raises must not break a run
            from redis.exceptions import ConnectionError as AwayError
            from redis.exceptions import TimeoutError as LateError

            if isinstance(error, (AwayError, LateError)):
                self._rests_until = time.monotonic() + self.REST_SECONDS
            _warn(done, error)
            return None

    async def _agently(self, done: str, command: Callable[[], Awaitable[Any]]) -> Any:
        try:
            return await command()
        except Exception as error:  # noqa: BLE001 - whatever Redis raises must not break a run
            _warn(done, error)
            return None

    @property
    def _first(self) -> dict[str, Any]:
        return {"ex": self.ttl_seconds, "nx": True}

    @property
    def _scan(self) -> dict[str, Any]:
        return {"match": f"{self.key_prefix}*", "count": 100}

    def _key(self, run_id: str) -> str:
        return f"{self.key_prefix}{run_id}"

    def _members_key(self, team_run_id: str) -> str:
        return f"{self.key_prefix}{_MEMBERS}{team_run_id}"

    def _run_keys(self, keys: Iterable[Any]) -> dict[str, str]:
        named = {_text(key): _text(key)[len(self.key_prefix) :] for key in keys}
        return {key: run_id for key, run_id in named.items() if not run_id.startswith(_MEMBERS)}

    def _cancelling(self, client: Any, run_id: str) -> Any:
        pipe = client.pipeline()
        pipe.exists(self._key(run_id))
        pipe.set(self._key(run_id), "1", ex=self.ttl_seconds or None)
        return pipe

    def _noting(self, client: Any, team_run_id: str, member_run_id: str) -> Any:
        key, pipe = self._members_key(team_run_id), client.pipeline()
        pipe.sadd(key, member_run_id)
        if self.ttl_seconds:
            pipe.expire(key, self.ttl_seconds)
        return pipe


def _warn(done: str, error: Exception) -> None:
    log_warning(f"A run could not be {done} in Redis, and goes on as if nobody cancelled it: {error}")


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _said(value: Any) -> bool:
    return value is not None and _text(value) == "1"
