"""Why an embedder failed, read from a provider's status and words. Called by `EmbeddingError.reason`."""

from __future__ import annotations

_WORDS_OF_CAUSES = {
    "rate_limit": ("rate limit", "rate_limit", "too many requests", "quota", "429"),
    "authentication": ("api key", "api_key", "unauthorized", "authentication", "permission denied", "forbidden"),
    "content_too_large": ("context length", "too long", "too large", "exceeds", "max_tokens", "token limit"),
}


def reason_of(status: int | None, text: str) -> str:
    """Why an embedder failed; the provider's status counts more than its words."""
    if status == 429:
        return "rate_limit"
    if status in {401, 403}:
        return "authentication"
    if status is not None and 500 <= status < 600:
        return "unknown"
    said = text.lower()
    for cause, words in _WORDS_OF_CAUSES.items():
        if any(word in said for word in words):
            return cause
    return "unknown"
