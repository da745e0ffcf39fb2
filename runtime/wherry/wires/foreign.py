"""Sending through a client the user brought (`http_client=`), accepted by its shape.

`httpx.Client`, `httpx.AsyncClient` and their successors have the shape: `build_request`, `send(stream=True)` and
replies with `iter_raw` or `aiter_raw`. None of them is imported here. Called by `wires.transport` only.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.wires.reply import AsyncReply, Reply

if TYPE_CHECKING:
    from wherry.wires.transport import Call


def fits(client: Any, *, blocking: bool) -> bool:
    """Whether a client can carry a request of this kind (blocking, or on a loop).

    Raises:
        ConfigurationError: The object is no HTTP client of the httpx shape at all.
    """
    send = getattr(client, "send", None)
    if send is None or not hasattr(client, "build_request"):
        raise ConfigurationError(
            f"http_client {client!r} has no build_request() and send().",
            hint="Pass an httpx.Client for run() or an httpx.AsyncClient for arun(), or leave http_client out.",
        )
    return inspect.iscoroutinefunction(send) is not blocking


def is_timeout(error: BaseException) -> bool:
    """Whether an exception of a client says that time ran out.

    urllib3 counts every connection that could not be made among its timeouts; that one is none.
    """
    kinds = {kind.__name__ for kind in type(error).__mro__}
    return "NewConnectionError" not in kinds and any("Timeout" in kind for kind in kinds)


def is_transport_error(error: BaseException) -> bool:
    """Whether an exception comes from the connection, not from a mistake in the call."""
    return any(kind.__name__ in {"TransportError", "RequestError", "StreamError"} for kind in type(error).__mro__)


def _request(client: Any, call: Call) -> Any:
    options: dict[str, Any] = {} if call.timeout is None else {"timeout": call.timeout}
    return client.build_request(call.method, call.url, content=call.body, headers=call.headers, **options)


def opened(call: Call) -> Reply:
    """Send and return the reply as soon as its status is known."""
    reply = call.client.send(_request(call.client, call), stream=True)

    def close(_reusable: bool) -> None:
        reply.close()

    return Reply(reply.status_code, reply.headers, reply.read, reply.iter_bytes, close)


async def aopened(call: Call) -> AsyncReply:
    """Send and return the reply as soon as its status is known."""
    reply = await call.client.send(_request(call.client, call), stream=True)

    async def close(_reusable: bool) -> None:
        await reply.aclose()

    return AsyncReply(reply.status_code, reply.headers, reply.aread, reply.aiter_bytes, close)
