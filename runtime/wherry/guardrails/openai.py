"""Public path of `OpenAIModerationGuardrail`; mirrors `agno.guardrails.openai`."""

from __future__ import annotations

from wherry.core.moderation import OpenAIModerationGuardrail

__all__ = ["OpenAIModerationGuardrail"]
