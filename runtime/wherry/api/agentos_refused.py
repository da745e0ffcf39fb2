"""Refusals in AgentOS's shape: `{"detail": …}`, a sentence or FastAPI's list of what is wrong."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse

from wherry.telemetry.redaction import Redactor


class Refused(Exception):
    """A request that AgentOS refuses.

    Attributes:
        status: The status of the answer.
        detail: Its `detail`.
        more: Further fields of the answer.
    """

    def __init__(self, status: int, detail: Any, **more: Any) -> None:
        super().__init__(str(detail))
        self.status, self.detail, self.more = status, detail, more

    def response(self) -> JSONResponse:
        """The answer; an error of a database may name a password."""
        return JSONResponse(Redactor().data({"detail": self.detail, **self.more}), self.status)


class WrongForm(Refused):
    """A field that cannot be used.

    Attributes:
        field: The field.
    """

    def __init__(self, field: str, text: str, kind: str = "value_error", given: Any = None) -> None:
        super().__init__(422, [{"type": kind, "loc": ["body", field], "msg": text, "input": given}])
        self.field = field
