"""Public path of `BaseGuardrail`; mirrors `agno.guardrails.base`."""

from __future__ import annotations

from wherry.core.guardrails import BaseGuardrail

__all__ = ["BaseGuardrail"]
