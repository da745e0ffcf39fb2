"""Public path of `@approval`; mirrors `agno.approval`."""

from __future__ import annotations

from wherry.core.tools.approval_mark import ApprovalType, approval

__all__ = ["ApprovalType", "approval"]
