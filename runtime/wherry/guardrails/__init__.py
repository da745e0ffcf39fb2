"""Public path of guardrails; mirrors `agno.guardrails`."""

from __future__ import annotations

from wherry.core.guardrails import BaseGuardrail, PIIDetectionGuardrail, PromptInjectionGuardrail
from wherry.core.moderation import OpenAIModerationGuardrail

__all__ = ["BaseGuardrail", "OpenAIModerationGuardrail", "PIIDetectionGuardrail", "PromptInjectionGuardrail"]
