"""Errors of the services that a run calls: models, embedders and servers that another process runs.

They descend from `AgnoError` in `errors`; `wherry.exceptions` is the public path of both. Mirrors `agno.exceptions`.
"""

from __future__ import annotations

from wherry.core.errors import AgnoError

OVERLOADED = frozenset({429, 529})
"""Statuses that mean a rate limit; 529 is Anthropic's."""


TOO_LONG = (
    "context_length_exceeded",
    "context window",
    "maximum context length",
    "token limit",
    "max_tokens",
    "too many tokens",
    "payload too large",
    "content_too_large",
    "request too large",
    "input too long",
    "prompt is too long",
    "prompt too long",
    "exceeds the model",
    "token count exceeds",
    "exceeds the maximum number of tokens",
)
"""Words by which providers say that the messages do not fit."""


class ModelAuthenticationError(AgnoError):
    """No key, or one that the provider refuses."""

    kind = "model_authentication_error"

    def __init__(self, message: str, status_code: int = 401, model_name: str | None = None) -> None:
        super().__init__(message, status_code)
        self.model_name = model_name


class ModelProviderError(AgnoError):
    """The provider answered with an error, or not at all."""

    kind = "model_provider_error"

    def __init__(
        self, message: str, status_code: int = 502, model_name: str | None = None, model_id: str | None = None
    ) -> None:
        super().__init__(message, status_code)
        self.model_name = model_name
        self.model_id = model_id

    @classmethod
    def classify(cls, error: ModelProviderError) -> ModelProviderError:
        """The error as a rate limit or an exceeded window where its status or its words say so."""
        kind: type[ModelProviderError] | None = None
        if isinstance(error, (ModelRateLimitError, ContextWindowExceededError)):
            return error
        if error.status_code in OVERLOADED:
            kind = ModelRateLimitError
        elif says_too_long(error):
            kind = ContextWindowExceededError
        return error if kind is None else kind(error.message, error.status_code, error.model_name, error.model_id)


class ModelRateLimitError(ModelProviderError):
    """The provider's rate limit was hit."""

    def __init__(
        self, message: str, status_code: int = 429, model_name: str | None = None, model_id: str | None = None
    ) -> None:
        super().__init__(message, status_code, model_name, model_id)
        self.error_id = "model_rate_limit_error"


class ContextWindowExceededError(ModelProviderError):
    """The messages are longer than the model's window."""

    def __init__(
        self, message: str, status_code: int = 400, model_name: str | None = None, model_id: str | None = None
    ) -> None:
        super().__init__(message, status_code, model_name, model_id)
        self.error_id = "context_window_exceeded_error"


def says_too_long(error: ModelProviderError) -> bool:
    """Whether a provider says in words that the messages do not fit."""
    text = str(error.message).lower()
    return any(words in text for words in TOO_LONG)


class EmbeddingError(AgnoError):
    """An embedder failed; `provider_status_code` is its HTTP status when there was one."""

    kind = "embedding_error"

    def __init__(
        self, message: str, status_code: int | None = None, model_id: str | None = None, provider: str | None = None
    ) -> None:
        super().__init__(message, 502 if status_code is None else status_code)
        self.provider_status_code = status_code
        self.model_id = model_id
        self.provider = provider

    @property
    def reason(self) -> str:
        """`authentication`, `rate_limit`, `content_too_large` or `unknown`; the status counts more than the text."""
        from wherry.core.embedding_failures import reason_of

        return reason_of(self.provider_status_code, str(self))

    @property
    def is_retryable(self) -> bool:
        """Whether the same request could succeed later."""
        return self.reason not in {"authentication", "content_too_large"}


class RetryableModelProviderError(Exception):
    """The provider's reply was unusable but may succeed with guidance added to the messages."""

    def __init__(self, original_error: str | None = None, retry_guidance_message: str | None = None) -> None:
        super().__init__(original_error)
        self.original_error = original_error
        self.retry_guidance_message = retry_guidance_message


class RemoteServerUnavailableError(AgnoError):
    """A remote server could not be reached."""

    kind = "remote_server_unavailable_error"

    def __init__(self, message: str, base_url: str | None = None, original_error: Exception | None = None) -> None:
        super().__init__(message, 503)
        self.base_url = base_url
        self.original_error = original_error
