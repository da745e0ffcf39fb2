"""Public path of `PromptInjectionGuardrail`; mirrors `agno.guardrails.prompt_injection`."""

from __future__ import annotations

from wherry.core.guardrails import PromptInjectionGuardrail

__all__ = ["PromptInjectionGuardrail"]
