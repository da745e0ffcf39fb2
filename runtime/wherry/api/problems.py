"""Errors of the HTTP API as `application/problem+json`, each with a page that explains it."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse

from wherry.core.errors import (
    AgnoError,
    NotMigratedError,
    RunNotContinuableError,
    RunNotFoundError,
    WherryError,
    docs_url,
)
from wherry.telemetry.redaction import Redactor

TITLES = {
    "bad_request": (400, "The request cannot be used"),
    "unauthorized": (401, "A token is needed"),
    "forbidden": (403, "The token does not allow this"),
    "not_found": (404, "There is no such thing"),
    "method_not_allowed": (405, "The method is not allowed here"),
    "request_timeout": (408, "The request took too long to arrive"),
    "conflict": (409, "It contradicts what is there"),
    "too_large": (413, "The request is too large"),
    "unsupported_media_type": (415, "The content type is not understood"),
    "media_path": (422, "Media are not read from paths here"),
    "not_migrated": (422, "The feature is not migrated"),
    "manifest": (422, "The manifest cannot be used"),
    "configuration": (422, "The settings cannot be used together"),
    "busy": (429, "Too many runs wait"),
    "internal": (500, "The server failed"),
    "unavailable": (502, "The other runtime cannot be reached"),
    "store": (503, "The database cannot be used"),
    "stopping": (503, "The server stops"),
    "timeout": (504, "The run took too long"),
}


class Problem(Exception):
    """An error with an answer.

    Attributes:
        code: Key of `TITLES`; also the name of its page.
        detail: What happened.
        more: Further fields of the document.
    """

    def __init__(self, code: str, detail: str, headers: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.code, self.detail, self.headers, self.more = code, detail, headers, more

    def response(self, instance: str | None = None) -> JSONResponse:
        """The document."""
        status, title = TITLES[self.code]
        body: dict[str, Any] = {
            "type": docs_url(f"errors/{self.code}/"),
            "title": title,
            "status": status,
            "detail": self.detail,
            "code": self.code,
            **self.more,
        }
        if instance:
            body["instance"] = instance
        return JSONResponse(Redactor().data(body), status, headers=self.headers, media_type="application/problem+json")


def problem_of(error: Exception) -> Problem:
    """The problem that an exception of the runtime stands for."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, NotMigratedError):
        page: dict[str, Any] = {"feature": error.feature, "fallback": error.fallback, "page": error.docs}
        return Problem("not_migrated", error.message, **page)
    if isinstance(error, WherryError):
        code = error.code if error.code in TITLES else "bad_request"
        more: dict[str, Any] = {"hint": error.hint} if error.hint else {}
        return Problem(code, error.message, **more)
    if isinstance(error, RunNotFoundError):
        return Problem("not_found", str(error))
    if isinstance(error, RunNotContinuableError):
        return Problem("conflict", str(error))
    if isinstance(error, AgnoError):
        return Problem("internal", error.message, error=error.error_id)
    if isinstance(error, TimeoutError):
        return Problem("timeout", str(error) or "Something took too long.")
    if isinstance(error, (ValueError, TypeError)):
        return Problem("bad_request", str(error))
    return Problem("internal", f"{type(error).__name__}: {error}")
