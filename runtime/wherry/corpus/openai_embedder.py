"""Embeddings over OpenAI's protocol, spoken over plain HTTP. Mirrors `agno.knowledge.embedder.openai` and presets."""

from __future__ import annotations

import base64
from array import array
from dataclasses import dataclass
from os import environ
from typing import Any, ClassVar

import orjson

from wherry.core.errors import ConfigurationError
from wherry.core.errors_services import EmbeddingError
from wherry.corpus.embedder import Embedder
from wherry.models.openai.connection import openai_service
from wherry.models.wired import Service, encode_body, error_text
from wherry.wires import transport

Vectors = list[list[float]]
Usages = list[dict[str, Any] | None]


@dataclass
class OpenAIEmbedder(Embedder):
    """OpenAI's embedding models; mirrors `agno.knowledge.embedder.openai.OpenAIEmbedder`.

    Attributes:
        id: The model.
        dimensions: Numbers in a vector; None: 3072 for ``text-embedding-3-large``, 1536 for all others.
        encoding_format: How vectors travel: ``float``, or ``base64`` for a third of the bytes.
        user: Name of the end user, passed on to the service.
        api_key: Key; None: `OPENAI_API_KEY`.
        organization: Organisation; None: `OPENAI_ORG_ID`.
        base_url: Address of the service; None: `OPENAI_BASE_URL`, else OpenAI's own.
        request_params: Further entries of each request's body.
        client_params: Settings in the words of OpenAI's client (`timeout`, `max_retries`, `default_headers` …).
        openai_client: A client of OpenAI's SDK, taken for its settings.
        async_client: The same, asynchronous.
    """

    id: str = "text-embedding-3-small"
    dimensions: int | None = None
    encoding_format: str = "float"
    user: str | None = None
    api_key: str | None = None
    organization: str | None = None
    base_url: str | None = None
    request_params: dict[str, Any] | None = None
    client_params: dict[str, Any] | None = None
    openai_client: Any = None
    async_client: Any = None

    provider: ClassVar[str] = "OpenAI"
    key_variable: ClassVar[str | None] = "OPENAI_API_KEY"

    def __post_init__(self) -> None:
        if self.dimensions is None:
            self.dimensions = 3072 if self.id == "text-embedding-3-large" else 1536

    @property
    def client(self) -> Any:
        """The SDK client that was given.

        Raises:
            ConfigurationError: None was: Wherry speaks HTTP itself.
        """
        if self.openai_client is None:
            raise ConfigurationError(
                f"{type(self).__name__} has no SDK client: it speaks HTTP itself.",
                hint="Create openai.OpenAI() where you need the client.",
            )
        return self.openai_client

    def _service(self) -> Service:
        settings = _Settings(self)
        key = self.api_key or (environ.get(self.key_variable) if self.key_variable else None)
        given = getattr(settings.client, "api_key", None)
        if not (key or given or "api_key" in (self.client_params or {})):
            raise EmbeddingError(
                f"{self.key_variable} not set. Set this environment variable or pass api_key.",
                status_code=401,
                model_id=self.id,
                provider=self.provider,
            )
        return openai_service(settings, key)

    def _body(self, given: str | list[str]) -> dict[str, Any]:
        body: dict[str, Any] = {"input": given, "model": self.id, "encoding_format": self.encoding_format}
        if self.user is not None:
            body["user"] = self.user
        if self.id.startswith("text-embedding-3") or self.base_url is not None:
            body["dimensions"] = self.dimensions
        return {**body, **(self.request_params or {})}

    def _call(self, given: str | list[str]) -> transport.Call:
        service = self._service()
        query = "&".join(f"{name}={value}" for name, value in service.query.items())
        try:
            body = encode_body(self._body(given))
        except TypeError as error:  # half of a character, as broken texts have it
            raise self._lost(f"the text cannot be sent: {error}") from error
        return transport.Call(
            url=f"{service.url}/embeddings{'?' + query if query else ''}",
            headers=service.headers,
            body=body,
            refused=self._refused,
            lost=self._lost,
            timeout=service.timeout,
            max_retries=service.max_retries,
            client=service.client,
        )

    def _refused(self, status: int, body: bytes) -> Exception:
        return EmbeddingError(
            f"Failed to generate embedding: {error_text(body)}", status, model_id=self.id, provider=self.provider
        )

    def _lost(self, text: str) -> Exception:
        return EmbeddingError(f"Failed to generate embedding: {text}", model_id=self.id, provider=self.provider)

    def _read(self, reply: bytes) -> tuple[Vectors, dict[str, Any] | None]:
        try:
            answer = orjson.loads(reply)
            entries = sorted(answer["data"], key=lambda entry: entry.get("index", 0))
            return [_vector(entry["embedding"]) for entry in entries], answer.get("usage")
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            raise self._lost(f"the reply holds no embeddings: {reply[:200]!r}") from error

    def get_embedding(self, text: str) -> list[float]:
        """A text's vector.

        Raises:
            EmbeddingError: The service refused or could not be reached.
        """
        return self.get_embedding_and_usage(text)[0]

    def get_embedding_and_usage(self, text: str) -> tuple[list[float], dict[str, Any] | None]:
        """A text's vector and the request's token counts.

        Raises:
            EmbeddingError: The service refused or could not be reached.
        """
        vectors, usage = self._read(transport.send(self._call(text)))
        return (vectors[0] if vectors else []), usage

    async def async_get_embedding(self, text: str) -> list[float]:
        """`get_embedding` on the event loop."""
        return (await self.async_get_embedding_and_usage(text))[0]

    async def async_get_embedding_and_usage(self, text: str) -> tuple[list[float], dict[str, Any] | None]:
        """`get_embedding_and_usage` on the event loop."""
        vectors, usage = self._read(await transport.asend(self._call(text)))
        return (vectors[0] if vectors else []), usage

    def get_embeddings_batch_and_usage(self, texts: list[str]) -> tuple[Vectors, Usages]:
        """The vectors of many texts, `batch_size` of them in a request.

        Raises:
            EmbeddingError: A request failed.
        """
        vectors: Vectors = []
        usages: Usages = []
        for batch in self._batches(texts):
            _add(vectors, usages, len(batch), self._read(transport.send(self._call(batch))))
        return vectors, usages

    async def async_get_embeddings_batch_and_usage(self, texts: list[str]) -> tuple[Vectors, Usages]:
        """`get_embeddings_batch_and_usage` on the event loop."""
        vectors: Vectors = []
        usages: Usages = []
        for batch in self._batches(texts):
            _add(vectors, usages, len(batch), self._read(await transport.asend(self._call(batch))))
        return vectors, usages

    def _batches(self, texts: list[str]) -> list[list[str]]:
        return [texts[start : start + self.batch_size] for start in range(0, len(texts), self.batch_size)]


class _Settings:
    """An embedder's settings under the names that models use for them."""

    timeout = max_retries = default_headers = default_query = http_client = None

    def __init__(self, embedder: OpenAIEmbedder) -> None:
        self.api_key, self.organization = embedder.api_key, embedder.organization
        self.base_url, self.client_params = embedder.base_url, embedder.client_params
        self.client = embedder.openai_client or embedder.async_client


def _vector(value: Any) -> list[float]:
    if isinstance(value, str):
        return array("f", base64.b64decode(value)).tolist()
    return list(value)


def _add(vectors: Vectors, usages: Usages, count: int, reply: tuple[Vectors, dict[str, Any] | None]) -> None:
    """Add a request's vectors; texts the service left out get an empty one, so that each keeps its place."""
    got, usage = reply
    vectors += [*got, *([[]] * (count - len(got)))]
    usages += [usage] * count


@dataclass
class OpenAILikeEmbedder(OpenAIEmbedder):
    """Any service that speaks OpenAI's protocol; mirrors `agno.knowledge.embedder.openai_like.OpenAILikeEmbedder`."""

    id: str = "not-provided"
    dimensions: int | None = 1536
    api_key: str | None = "not-provided"

    def __post_init__(self) -> None:
        """The service's dimensions are not guessed."""


@dataclass
class TogetherEmbedder(OpenAIEmbedder):
    """Together AI; key from `TOGETHER_API_KEY`."""

    id: str = "togethercomputer/m2-bert-80M-32k-retrieval"
    dimensions: int | None = 768
    base_url: str | None = "https://api.together.xyz/v1"

    key_variable: ClassVar[str | None] = "TOGETHER_API_KEY"
    provider: ClassVar[str] = "Together"


@dataclass
class FireworksEmbedder(OpenAIEmbedder):
    """Fireworks AI; key from `FIREWORKS_API_KEY`."""

    id: str = "nomic-ai/nomic-embed-text-v1.5"
    dimensions: int | None = 768
    base_url: str | None = "https://api.fireworks.ai/inference/v1"

    key_variable: ClassVar[str | None] = "FIREWORKS_API_KEY"
    provider: ClassVar[str] = "Fireworks"


@dataclass
class NebiusEmbedder(OpenAIEmbedder):
    """Nebius Token Factory; key from `NEBIUS_API_KEY`."""

    id: str = "BAAI/bge-en-icl"
    dimensions: int | None = 1024
    base_url: str | None = "https://api.tokenfactory.nebius.com/v1/"

    key_variable: ClassVar[str | None] = "NEBIUS_API_KEY"
    provider: ClassVar[str] = "Nebius"


@dataclass
class LangDBEmbedder(OpenAIEmbedder):
    """LangDB; key from `LANGDB_API_KEY`, project from `LANGDB_PROJECT_ID`.

    Raises:
        ConfigurationError: (a ValueError) no project is known.
    """

    id: str = "text-embedding-ada-002"
    dimensions: int | None = 1536
    project_id: str | None = None

    key_variable: ClassVar[str | None] = "LANGDB_API_KEY"
    provider: ClassVar[str] = "LangDB"

    def __post_init__(self) -> None:
        self.project_id = self.project_id or environ.get("LANGDB_PROJECT_ID")
        if not self.project_id:
            raise ConfigurationError("LANGDB_PROJECT_ID not set in the environment", hint="Set it, or pass project_id.")
        self.base_url = self.base_url or f"https://api.us-east-1.langdb.ai/{self.project_id}/v1"
