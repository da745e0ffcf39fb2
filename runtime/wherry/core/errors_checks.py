"""Errors of checks: what guardrails and hooks raise to refuse an input or an output, and what refuses media.

The rest of the tree is in `errors`; `wherry.exceptions` is the public path of both.
"""

from __future__ import annotations

from enum import Enum
from typing import Any


class CheckTrigger(Enum):
    """Why a check refused an input or output."""

    OFF_TOPIC = "off_topic"
    INPUT_NOT_ALLOWED = "input_not_allowed"
    OUTPUT_NOT_ALLOWED = "output_not_allowed"
    VALIDATION_FAILED = "validation_failed"
    PROMPT_INJECTION = "prompt_injection"
    PII_DETECTED = "pii_detected"


class _CheckError(Exception):
    type = "check_error"

    def __init__(self, message: str, check_trigger: Any, additional_data: dict[str, Any] | None) -> None:
        super().__init__(message)
        self.message = message
        self.check_trigger = check_trigger
        self.error_id = check_trigger.value if isinstance(check_trigger, CheckTrigger) else str(check_trigger)
        self.additional_data = additional_data


class InputCheckError(_CheckError):
    """A pre-hook or guardrail refused the input; the run ends with status ERROR."""

    type = "input_check_error"

    def __init__(
        self,
        message: str,
        check_trigger: Any = CheckTrigger.INPUT_NOT_ALLOWED,
        additional_data: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message, check_trigger, additional_data)


class OutputCheckError(_CheckError):
    """A post-hook or guardrail refused the output; the run ends with status ERROR."""

    type = "output_check_error"

    def __init__(
        self,
        message: str,
        check_trigger: Any = CheckTrigger.OUTPUT_NOT_ALLOWED,
        additional_data: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message, check_trigger, additional_data)


class UnsupportedMediaError(InputCheckError, ValueError):
    """Media were given to something that cannot take them; `additional_data` lists them."""

    def __init__(self, message: str, media: list[str] | None = None) -> None:
        super().__init__(message, additional_data={"unsupported_media": media or []})


class MediaStagingError(InputCheckError, ValueError):
    """An attachment cannot be laid down safely in a workspace.

    Nothing here raises it, because workspaces are not migrated; code that catches it keeps working.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
