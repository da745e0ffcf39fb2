"""Fetching a file or page over HTTP, because a user named its address. Called by `pages` and `website`.

Redirects are followed; a status that says no is an exception.
"""

from __future__ import annotations

from dataclasses import dataclass

from wherry.core.errors import ConfigurationError
from wherry.wires import pools

SECONDS = 30.0
AGENT = {"user-agent": "wherry"}


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave.

    Attributes:
        url: Where it was found in the end.
        content: The bytes.
        content_type: The kind that the server names, in lower case and without parameters.
    """

    url: str
    content: bytes
    content_type: str


def fetch(url: str, seconds: float = SECONDS, proxy: str | None = None) -> Fetched:
    """Fetch an address.

    Raises:
        ConnectionError: It cannot be reached, or refuses.
    """
    import urllib3

    check_address(url)
    via = proxy or pools.proxy_for(url)
    client = urllib3.ProxyManager(via) if via else urllib3.PoolManager()
    try:
        reply = client.request(
            "GET", url, headers=AGENT, timeout=seconds, retries=urllib3.Retry(2, redirect=5, backoff_factor=0.2)
        )
    except urllib3.exceptions.HTTPError as error:
        raise _unreachable(url, error) from error
    finally:
        client.clear()
    _check_status(url, reply.status)
    return Fetched(reply.url or url, reply.data, _kind(reply.headers.get("content-type")))


async def afetch(url: str, seconds: float = SECONDS, proxy: str | None = None) -> Fetched:
    """`fetch` on the event loop.

    Raises:
        ConnectionError: It cannot be reached, or refuses.
    """
    import aiohttp

    check_address(url)
    limit = aiohttp.ClientTimeout(total=None, sock_connect=seconds, sock_read=seconds)
    try:
        async with (
            aiohttp.ClientSession(headers=AGENT, timeout=limit) as session,
            session.get(url, proxy=proxy or pools.proxy_for(url), max_redirects=5) as reply,
        ):
            content = await reply.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise _unreachable(url, error) from error
    _check_status(url, reply.status)
    return Fetched(str(reply.url), content, _kind(reply.headers.get("content-type")))


def check_address(url: str) -> None:
    """Refuse what is no address of the web.

    Raises:
        ConfigurationError: (a ValueError) it is not http or https, or names no host.
    """
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ConfigurationError(f"Invalid URL format: {url}", hint="Use an address that begins with https://.")


def _unreachable(url: str, error: Exception) -> ConnectionError:
    return ConnectionError(f"{url} could not be fetched: {error}")


def _check_status(url: str, status: int) -> None:
    if status >= 400:
        raise ConnectionError(f"{url} answered with status {status}")


def _kind(header: str | None) -> str:
    return (header or "").partition(";")[0].strip().lower()
