"""Asking an AgentOS server: JSON, forms, uploads and streams of events over Wherry's own HTTP.

Knows nothing of what is asked. `AgentOSClient` is built of mixins that call `_aget`, `_apost` and their like, which
have Agno's names so that a subclass that overrides one goes on to work.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from wherry.client.refusals import refusal, shown
from wherry.core.errors import ConfigurationError
from wherry.core.errors_services import RemoteServerUnavailableError
from wherry.wires import transport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

_FORM = "application/x-www-form-urlencoded"
_DATA = "data: "
Headers = dict[str, str] | None


class NoJson(ConfigurationError, TypeError):
    """A value that cannot be sent to a server; json's TypeError in Agno, and one here, too."""


def as_json(what: str, value: Any, **form: Any) -> str:
    """A value as JSON.

    Args:
        what: What it is, as the subject of a sentence.
        value: Texts, numbers, booleans, None, lists and dicts of them.
        **form: How it is written, as `json.dumps` takes it.

    Raises:
        NoJson: (a TypeError) Something in it has no JSON form. The value is not shown: it may hold secrets.
    """
    try:
        return json.dumps(value, **form)
    except (TypeError, ValueError) as error:
        hint = "Send texts, numbers, booleans, lists and dicts; of other objects their text, such as isoformat()."
        raise NoJson(f"{what} cannot be sent to a server: {error}.", hint=hint) from error


def as_text(value: Any) -> str:
    """A value in a form or a query: booleans in small letters, None as nothing."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def encoded(fields: dict[str, Any]) -> str:
    """Fields as a form or a query has them; a list is repeated."""
    pairs: list[tuple[str, str]] = []
    for name, value in fields.items():
        pairs += [(name, as_text(item)) for item in (value if isinstance(value, (list, tuple)) else [value])]
    return urlencode(pairs)


def given(**fields: Any) -> dict[str, Any]:
    """The fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def segment(name: Any) -> str:
    """An id as one part of a path: no id leads to another endpoint, with the caller's token.

    Raises:
        ConfigurationError: It is empty or means a folder.
    """
    text = str(name)
    if text in {"", ".", ".."}:
        raise ConfigurationError(f"{name!r} is no id.", hint="Give the id of what is asked for.")
    return quote(text, safe="")


class Asking:
    """A server's address and how it is asked.

    Args:
        base_url: Where the server is, for example `http://localhost:7777`.
        timeout: Seconds to wait for a connection, and for each part of an answer.

    Attributes:
        base_url: Without a slash at its end.
        timeout: As given.
    """

    def __init__(self, base_url: str, timeout: float = 60.0) -> None:
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout

    def _unreached(self, told: str) -> RemoteServerUnavailableError:
        if told == transport.TIMED_OUT:
            text = f"The server at {shown(self.base_url)} did not answer within {self.timeout} seconds."
        elif told == transport.NO_EVENT:
            text = f"The server at {shown(self.base_url)} ended a stream before its first event."
        else:
            text = f"The server at {shown(self.base_url)} cannot be reached: {told}"
        return RemoteServerUnavailableError(text, base_url=shown(self.base_url))

    def _read(self, told: bytes, method: str, endpoint: str) -> Any:
        try:
            return json.loads(told)
        except ValueError as error:
            raise ConfigurationError(
                f"{shown(self.base_url)} answered {method} {endpoint} with what is no JSON: {told[:200]!r}.",
                hint="Another program may listen there, or the server is no AgentOS in this: ask it for its /config.",
            ) from error

    def _to_send(
        self, method: str, endpoint: str, body: bytes | None, kind: str, params: Any, headers: Headers
    ) -> transport.Call:
        query = f"?{encoded(params)}" if params else ""
        url = f"{self.base_url}{endpoint}{query}"
        sent = {"Accept": "*/*", **({"Content-Type": kind} if body is not None else {}), **(headers or {})}
        return transport.Call(
            url=url,
            headers=sent,
            body=body,
            refused=lambda status, told: refusal(method, url, status, told),
            lost=self._unreached,
            timeout=self.timeout,
            max_retries=0,
            method=method,
        )

    def _prepared(
        self, method: str, endpoint: str, data: Any, params: Any, headers: Headers, as_form: bool
    ) -> transport.Call:
        if data is None:
            return self._to_send(method, endpoint, None, "", params, headers)
        if as_form:
            return self._to_send(method, endpoint, encoded(data).encode(), _FORM, params, headers)
        body = as_json("The request", data, ensure_ascii=False, separators=(",", ":")).encode()
        return self._to_send(method, endpoint, body, "application/json", params, headers)

    def _request(
        self,
        method: str,
        endpoint: str,
        data: dict[str, Any] | None = None,
        params: dict[str, Any] | None = None,
        headers: Headers = None,
        as_form: bool = False,
    ) -> Any:
        """Ask and return the parsed answer, None for an empty one.

        Raises:
            RemoteServerUnavailableError: The server cannot be reached, or did not answer in time.
            RemoteCallRefused: It answered with a status of 400 or more (httpx's HTTPStatusError where that is loaded).
            ConfigurationError: (a ValueError) Its answer is no JSON.
        """
        told = transport.send(self._prepared(method, endpoint, data, params, headers, as_form))
        return self._read(told, method, endpoint) if told else None

    async def _arequest(
        self,
        method: str,
        endpoint: str,
        data: dict[str, Any] | None = None,
        params: dict[str, Any] | None = None,
        headers: Headers = None,
        as_form: bool = False,
    ) -> Any:
        """`_request` on the event loop."""
        told = await transport.asend(self._prepared(method, endpoint, data, params, headers, as_form))
        return self._read(told, method, endpoint) if told else None

    def _get(self, endpoint: str, params: dict[str, Any] | None = None, headers: Headers = None) -> Any:
        return self._request("GET", endpoint, params=params, headers=headers)

    async def _aget(self, endpoint: str, params: dict[str, Any] | None = None, headers: Headers = None) -> Any:
        return await self._arequest("GET", endpoint, params=params, headers=headers)

    async def _apost(
        self,
        endpoint: str,
        data: dict[str, Any] | None = None,
        params: dict[str, Any] | None = None,
        headers: Headers = None,
        as_form: bool = False,
    ) -> Any:
        return await self._arequest("POST", endpoint, data=data, params=params, headers=headers, as_form=as_form)

    async def _apatch(
        self, endpoint: str, data: dict[str, Any], params: dict[str, Any] | None = None, headers: Headers = None
    ) -> Any:
        return await self._arequest("PATCH", endpoint, data=data, params=params, headers=headers)

    async def _adelete(
        self,
        endpoint: str,
        data: dict[str, Any] | None = None,
        params: dict[str, Any] | None = None,
        headers: Headers = None,
    ) -> None:
        await self._arequest("DELETE", endpoint, data=data, params=params, headers=headers)

    async def _apost_multipart(
        self,
        endpoint: str,
        form_data: dict[str, Any],
        files: dict[str, Any] | None = None,
        params: dict[str, Any] | None = None,
        headers: Headers = None,
    ) -> Any:
        """A form with files as `(name, bytes or a file, MIME type)`; without files a plain form."""
        if not files:
            return await self._arequest("POST", endpoint, form_data, params, headers, as_form=True)
        from urllib3.filepost import encode_multipart_formdata

        parts: dict[str, Any] = {name: as_text(value) for name, value in form_data.items()}
        for field, (name, content, kind) in files.items():
            data = content.read() if hasattr(content, "read") else content
            parts[field] = (name, data, kind)
        body, kind = encode_multipart_formdata(parts)
        told = await transport.asend(self._to_send("POST", endpoint, body, kind, params, headers))
        return self._read(told, "POST", endpoint)

    async def _astream_post_form_data(
        self, endpoint: str, data: dict[str, Any], headers: Headers = None
    ) -> AsyncIterator[str]:
        """The lines with data of a stream of server-sent events."""
        call = self._prepared("POST", endpoint, data, None, headers, True)
        async for payload in transport.astream(call):
            yield f"{_DATA}{payload.decode()}"

    async def _parse_sse_events(
        self, raw_stream: AsyncIterator[str], event_parser: Callable[[dict[str, Any]], Any]
    ) -> AsyncIterator[Any]:
        """Events of such lines; what cannot be read, or names no known event, is logged and left out."""
        from wherry.utils.log import logger

        async for line in raw_stream:
            if not line.startswith(_DATA):
                continue
            try:
                event = event_parser(json.loads(line[len(_DATA) :]))
            except (ValueError, TypeError, AttributeError, LookupError) as error:  # whatever another server sends
                told = f"{type(error).__name__} in {len(line)} characters"
                logger.error(f"An event of {shown(self.base_url)} cannot be read and is left out: {told}")
                continue
            yield event
