"""Rows as objects, under Agno's path."""

from wherry.core.matrix import module_getattr
from wherry.db.schemas.approval import Approval
from wherry.stores.records import UserMemory

__all__ = ["Approval", "UserMemory"]

__getattr__ = module_getattr(__name__, "agno.db.schemas")
