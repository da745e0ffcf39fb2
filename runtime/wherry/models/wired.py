"""A model that is reached over HTTP: the four ways of asking, written once.

A subclass says how a request is encoded and a reply decoded (both pure, in `wherry.wires`) and how it logs in.
The SDKs of the services are not used; `http_client` is honoured by its shape.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from wherry.core.errors import AgnoError, WherryError
from wherry.core.errors_services import ModelProviderError, RetryableModelProviderError
from wherry.core.exact_json import dumps_exact, loads_exact
from wherry.models.base import Model
from wherry.wires import transport
from wherry.wires.parts import needs_reading

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from wherry.core.events.model_response import ModelResponse
    from wherry.core.messages import Message
    from wherry.wires.sse import Framing

__all__ = ["Ask", "HttpModel", "Service", "encode_body"]


@dataclass(slots=True)
class Ask:
    """One request to a model, as the loop phrases it; fields as the keywords of `Model.invoke`."""

    messages: list[Message]
    assistant_message: Message
    response_format: Any = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: Any = None
    run_response: Any = None
    compress_tool_results: bool = False
    stream: bool = False


@dataclass(slots=True)
class Service:
    """Where a model is reached and how one logs in.

    Attributes:
        url: Base address without a slash at its end.
        headers: Sent with every request.
        query: Added to every address.
        timeout: Seconds; None: the transport's own.
        max_retries: Further tries of one HTTP request.
        client: An httpx-like client of the user.
    """

    url: str
    headers: dict[str, str]
    query: dict[str, Any] = field(default_factory=dict)
    timeout: float | None = None
    max_retries: int = 2
    client: Any = None


def encode_body(body: dict[str, Any]) -> bytes:
    """A request body as JSON."""
    return dumps_exact(body, _plain)


def _plain(value: Any) -> Any:
    dump = getattr(value, "model_dump", None) or getattr(value, "to_dict", None)
    if dump is None:
        raise TypeError(f"{type(value).__name__} {value!r} cannot be sent as JSON")
    return dump()


def seconds(timeout: Any) -> float | None:
    """A timeout as a number: one already, or an httpx.Timeout, whose `read` counts."""
    if timeout is None or isinstance(timeout, (int, float)):
        return timeout
    read: float | None = getattr(timeout, "read", None)
    return read


def with_query(url: str, query: dict[str, Any]) -> str:
    """An address with parameters; lists repeat their key with brackets, as the official SDKs write them."""
    if not query:
        return url
    from urllib.parse import quote_plus

    pairs = [
        f"{quote_plus(f'{key}[]' if isinstance(value, (list, tuple)) else key)}={quote_plus(_word(item))}"
        for key, value in query.items()
        for item in (value if isinstance(value, (list, tuple)) else (value,))
        if item is not None
    ]
    return f"{url}{'&' if '?' in url else '?'}{'&'.join(pairs)}"


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class HttpModel(Model):
    """Base of the models that speak HTTP."""

    @staticmethod
    def _parse(payload: bytes, /) -> Any:
        return loads_exact(payload)  # it holds what tools are called with: long numbers keep all their digits

    @abstractmethod
    def _connect(self) -> Service:
        """Build the service from settings and environment; called once, and again when a setting changes.

        Raises:
            ModelAuthenticationError: There is no key.
        """

    @abstractmethod
    def _settings(self) -> tuple[Any, ...]:
        """The settings that `_connect` depends on."""

    @abstractmethod
    def _request(self, ask: Ask) -> transport.Call:
        """Encode a request."""

    def _decoder(self, ask: Ask) -> Callable[[dict[str, Any]], ModelResponse | None]:
        """What turns the events of one stream into parts; None skips an event."""
        return self._parse_provider_response_delta

    def _otherwise(self, ask: Ask, error: ModelProviderError) -> transport.Call | None:
        """Another request to send when the first was refused; None when there is none."""
        return None

    def _refused(self, status: int, body: bytes) -> Exception:
        """The exception for a reply with an error status; the provider's own words where it has some."""
        return self._error(error_text(body), status)

    def _error(self, text: str, status: int = 502) -> ModelProviderError:
        return ModelProviderError(text, status, self.name, self.id)

    def _service(self) -> Service:
        settings = self._settings()
        held = self.__dict__.get("_held_service")
        if held is not None and held[0] == settings:
            service: Service = held[1]
            return service
        service = self._connect()
        self.__dict__["_held_service"] = (self._settings(), service)
        return service

    def _call(
        self, path: str, params: dict[str, Any], *, framing: Callable[[], Framing] | None = None
    ) -> transport.Call:
        """A request for the transport.

        Args:
            path: Below the service's base address.
            params: The body; `extra_headers`, `extra_query`, `extra_body` and `timeout` go where their names say.
            framing: How a stream is cut, when not as server-sent events.
        """
        service = self._service()
        headers, query, timeout = service.headers, service.query, service.timeout
        if not _BESIDE.isdisjoint(params):
            params = dict(params)
            headers = {**headers, **_named(params.pop("extra_headers", None))}
            query = {**query, **(params.pop("extra_query", None) or {})}
            timeout = seconds(params.pop("timeout", timeout))
            params.update(params.pop("extra_body", None) or {})
        url = f"{service.url}{path}"
        call = transport.Call(
            url=with_query(url, query) if query else url,
            headers=headers,
            body=encode_body(params),
            refused=self._refused,
            lost=self._error,
            timeout=timeout,
            max_retries=service.max_retries,
            client=service.client,
        )
        if framing is not None:
            call.framing = framing
        return call

    def _wrapped(self, error: Exception) -> Exception:
        """What leaves the model for an exception inside it: ours as they are, others as a provider error."""
        if isinstance(error, (AgnoError, WherryError, RetryableModelProviderError)):
            return error
        wrapped = self._error(str(error) or type(error).__name__)
        wrapped.__cause__ = error
        return wrapped

    def _loads(self, payload: bytes) -> dict[str, Any]:
        try:
            decoded = self._parse(payload)
        except orjson.JSONDecodeError as error:
            raise self._error(f"The reply is not JSON: {payload[:200].decode(errors='replace')!r}") from error
        if not isinstance(decoded, dict):
            raise self._error(f"The reply is not a JSON object: {payload[:200].decode(errors='replace')!r}")
        if failure := decoded.get("error"):
            raise self._error(_message(failure))
        return decoded

    def _fetch(self, ask: Ask) -> dict[str, Any]:
        call = self._request(ask)
        metrics = ask.assistant_message.metrics
        metrics.start_timer()
        try:
            body = transport.send(call)
        except ModelProviderError as error:
            other = self._otherwise(ask, error)
            if other is None:
                raise
            body = transport.send(other)
        metrics.stop_timer()
        return self._loads(body)

    async def _afetch(self, ask: Ask) -> dict[str, Any]:
        call = await self._arequest(ask)
        metrics = ask.assistant_message.metrics
        metrics.start_timer()
        try:
            body = await transport.asend(call)
        except ModelProviderError as error:
            other = self._otherwise(ask, error)
            if other is None:
                raise
            body = await transport.asend(other)
        metrics.stop_timer()
        return self._loads(body)

    async def _arequest(self, ask: Ask) -> transport.Call:
        if needs_reading(ask.messages):
            from wherry.core.waits import LOOPING

            call: transport.Call = await LOOPING.work(self._request, ask)
            return call
        return self._request(ask)

    def invoke(
        self,
        messages: list[Message],
        assistant_message: Message,
        response_format: Any = None,
        tools: list[dict[str, Any]] | None = None,
        tool_choice: Any = None,
        run_response: Any = None,
        compress_tool_results: bool = False,
        **_: Any,
    ) -> ModelResponse:
        """Ask for a whole reply.

        Args:
            messages: The conversation so far.
            assistant_message: The message the reply will fill; its metrics are timed.
            response_format: A pydantic model, a format dictionary, or None.
            tools: Tools on offer, in wire form.
            tool_choice: Which of them must or may be called.
            run_response: The run's output so far; unused here.
            compress_tool_results: Send compressed tool results where there are some.
            **_: Further keywords, without effect.

        Raises:
            ModelProviderError: The service refused, failed, or could not be reached.
            ModelAuthenticationError: There is no key.
        """
        ask = Ask(messages, assistant_message, response_format, tools, tool_choice, run_response, compress_tool_results)
        try:
            return self._parse_provider_response(self._fetch(ask), response_format=response_format)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in here is the provider's error to the caller
            raise self._wrapped(error) from error.__cause__

    async def ainvoke(
        self,
        messages: list[Message],
        assistant_message: Message,
        response_format: Any = None,
        tools: list[dict[str, Any]] | None = None,
        tool_choice: Any = None,
        run_response: Any = None,
        compress_tool_results: bool = False,
        **_: Any,
    ) -> ModelResponse:
        """Ask for a whole reply on an event loop; as `invoke`."""
        ask = Ask(messages, assistant_message, response_format, tools, tool_choice, run_response, compress_tool_results)
        try:
            return self._parse_provider_response(await self._afetch(ask), response_format=response_format)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in here is the provider's error to the caller
            raise self._wrapped(error) from error.__cause__

    def invoke_stream(
        self,
        messages: list[Message],
        assistant_message: Message,
        response_format: Any = None,
        tools: list[dict[str, Any]] | None = None,
        tool_choice: Any = None,
        run_response: Any = None,
        compress_tool_results: bool = False,
        **_: Any,
    ) -> Iterator[ModelResponse]:
        """Ask for a reply in parts; as `invoke`."""
        ask = Ask(
            messages, assistant_message, response_format, tools, tool_choice, run_response, compress_tool_results, True
        )
        try:
            decode, metrics = self._decoder(ask), assistant_message.metrics
            metrics.start_timer()
            for payload in self._payloads(ask):
                part = decode(self._loads(payload))
                if part is not None:
                    yield part
            metrics.stop_timer()
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in here is the provider's error to the caller
            raise self._wrapped(error) from error.__cause__

    async def ainvoke_stream(
        self,
        messages: list[Message],
        assistant_message: Message,
        response_format: Any = None,
        tools: list[dict[str, Any]] | None = None,
        tool_choice: Any = None,
        run_response: Any = None,
        compress_tool_results: bool = False,
        **_: Any,
    ) -> AsyncIterator[ModelResponse]:
        """Ask for a reply in parts on an event loop; as `invoke`."""
        ask = Ask(
            messages, assistant_message, response_format, tools, tool_choice, run_response, compress_tool_results, True
        )
        payloads: Any = None
        try:
            decode, metrics = self._decoder(ask), assistant_message.metrics
            metrics.start_timer()
            alone = type(self)._otherwise is HttpModel._otherwise  # noqa: SLF001 - a generator less for each token
            payloads = transport.astream(await self._arequest(ask)) if alone else self._apayloads(ask)
            async for payload in payloads:
                part = decode(self._loads(payload))
                if part is not None:
                    yield part
            metrics.stop_timer()
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in here is the provider's error to the caller
            raise self._wrapped(error) from error.__cause__
        finally:
            if payloads is not None:
                await payloads.aclose()

    def _payloads(self, ask: Ask) -> Iterator[bytes]:
        try:
            yield from transport.stream(self._request(ask))
        except ModelProviderError as error:
            other = self._otherwise(ask, error)
            if other is None:
                raise
            yield from transport.stream(other)

    async def _apayloads(self, ask: Ask) -> AsyncIterator[bytes]:
        source: Any = transport.astream(await self._arequest(ask))
        try:
            try:
                async for payload in source:
                    yield payload
            except ModelProviderError as error:
                other = self._otherwise(ask, error)
                if other is None:
                    raise
                source = transport.astream(other)
                async for payload in source:
                    yield payload
        finally:
            await source.aclose()


_BESIDE = frozenset({"extra_headers", "extra_query", "extra_body", "timeout"})


def _named(headers: dict[str, Any] | None) -> dict[str, str]:
    return {key: str(value) for key, value in (headers or {}).items()}


def error_text(body: bytes) -> str:
    """The provider's message inside an error body; the body itself when it has none.

    Mirrors how Agno reads it: `error.message`, `error` when that is a text, `Unknown model error` when neither is
    there.
    """
    try:
        decoded = orjson.loads(body)
        return _message(decoded.get("error", {}))
    except (orjson.JSONDecodeError, AttributeError):
        return body.decode(errors="replace")


def _message(failure: Any) -> str:
    if isinstance(failure, dict):
        return str(failure.get("message") or "Unknown model error")
    return str(failure)
