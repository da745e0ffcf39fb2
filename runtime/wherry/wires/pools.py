"""Connection pools: one for all threads, one for each event loop, and their clean end.

No request is made here. Called by `wires.transport`; `close` and `aclose` are for programs and tests that
want every socket closed before the interpreter ends.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator

    import aiohttp
    import urllib3

CONNECTIONS = 1000
"""Most connections of an event loop; further requests wait for one. Threads open more and keep as many idle."""

IDLE_SECONDS = 15.0
"""How long an unused connection of an event loop stays open."""

_lock = threading.Lock()
_threads: dict[str | None, urllib3.PoolManager] = {}
_loops: dict[asyncio.AbstractEventLoop, tuple[aiohttp.ClientSession, AsyncGenerator[None, None]]] = {}
_inherited: list[Any] = []


@cache
def tls() -> ssl.SSLContext:
    """The one TLS context of the process, made for the first https address; plain http never needs it."""
    import ssl

    context = ssl.create_default_context()
    if not (os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")):
        try:
            import certifi
        except ModuleNotFoundError:
            return context
        context.load_verify_locations(certifi.where())
    return context


@lru_cache(maxsize=256)
def proxy_for(url: str) -> str | None:
    """The proxy that `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` name for an address.

    The environment is asked once for each address; `close` makes it be asked again.
    """
    import urllib.request

    proxies = urllib.request.getproxies()
    if not proxies:
        return None
    parts = urlsplit(url)
    if urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    return proxies.get(parts.scheme) or proxies.get("all")


def thread_pool(proxy: str | None, *, secure: bool) -> urllib3.PoolManager:
    """The pool of blocking connections, shared by all threads; one for each proxy."""
    pool = _threads.get(proxy)
    if pool is None:
        import urllib3

        from wherry.wires.idle import POOLS

        with _lock:
            pool = _threads.get(proxy)
            if pool is None:
                options: dict[str, Any] = {"num_pools": 64, "maxsize": CONNECTIONS, "retries": False}
                pool = urllib3.ProxyManager(proxy, **options) if proxy else urllib3.PoolManager(**options)
                pool.pool_classes_by_scheme = POOLS
                _threads[proxy] = pool
    if secure and "ssl_context" not in pool.connection_pool_kw:
        pool.connection_pool_kw["ssl_context"] = tls()
    return pool


async def loop_session() -> aiohttp.ClientSession:
    """The session of the running event loop.

    It closes itself with its loop: `asyncio.run` and its like close every async generator that the loop has
    started, and the session's life is one.
    """
    loop = asyncio.get_running_loop()
    held = _loops.get(loop)
    if held is not None and not held[0].closed:
        return held[0]
    import aiohttp

    from wherry.wires.handler import lighten

    forget_closed_loops()
    connector = aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=IDLE_SECONDS)
    lighten(connector, loop)
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=True,
        skip_auto_headers=("User-Agent",),
    )
    life = _life(loop, session)
    await anext(life)
    _loops[loop] = (session, life)
    return session


async def _life(loop: asyncio.AbstractEventLoop, session: aiohttp.ClientSession) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        _loops.pop(loop, None)
        await session.close()


def forget_closed_loops() -> None:
    """Drop the sessions of loops that ended without closing their async generators."""
    for loop in [loop for loop in tuple(_loops) if loop.is_closed()]:
        held = _loops.pop(loop, None)
        if held is not None:
            _abandon(held[0])


def _abandon(session: aiohttp.ClientSession) -> None:
    """Close a session whose loop can no longer run, without a warning from its finalisers."""
    connector: Any = session.connector
    session.detach()
    if connector is None:
        return
    for waiting in getattr(connector, "_conns", {}).values():
        for protocol, *_ in waiting:
            opened = getattr(protocol.transport, "_sock", None)
            if opened is not None:
                opened.close()
                protocol.transport._sock = None  # noqa: SLF001 - a transport without its loop cannot close itself
    connector._close()  # noqa: SLF001 - the public close() is a coroutine of the loop that is gone


async def aclose() -> None:
    """Close the running loop's session; the next request opens a new one."""
    held = _loops.pop(asyncio.get_running_loop(), None)
    if held is not None:
        await held[1].aclose()


def close() -> None:
    """Close the blocking connections and the sessions of loops that have ended; the next request opens new ones."""
    with _lock:
        for pool in _threads.values():
            pool.clear()
        _threads.clear()
    proxy_for.cache_clear()
    forget_closed_loops()


def _at_exit() -> None:
    close()
    for loop in tuple(_loops):
        session, life = _loops.pop(loop)
        if loop.is_running() or loop.is_closed():
            _abandon(session)
        else:
            loop.run_until_complete(life.aclose())


def _after_fork() -> None:
    """In a child: two processes that ask over one connection would get each other's answers.

    Blocking connections are closed on this side only. Those of a loop stay as they are and unused: to close them would
    tell the poll object, which is the parent's as well.
    """
    global _lock  # noqa: PLW0603 - a thread that is gone may hold it
    _lock = threading.Lock()
    _threads.clear()
    _inherited.append(dict(_loops))
    _loops.clear()


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
