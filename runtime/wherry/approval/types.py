"""Public path of the kinds of approval; mirrors `agno.approval.types`."""

from __future__ import annotations

from wherry.core.tools.approval_mark import ApprovalType

__all__ = ["ApprovalType"]
