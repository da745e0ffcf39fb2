"""Public path of `@approval`; mirrors `agno.approval`."""

from __future__ import annotations

from wherry.core.approval_mark import ApprovalType, approval

__all__ = ["ApprovalType", "approval"]
