"""Public path of `PIIDetectionGuardrail`; mirrors `agno.guardrails.pii`."""

from __future__ import annotations

from wherry.core.guardrails import PIIDetectionGuardrail

__all__ = ["PIIDetectionGuardrail"]
