"""Public path of `@approval`; mirrors `agno.approval.decorator`."""

from __future__ import annotations

from wherry.core.approval_mark import approval

__all__ = ["approval"]
