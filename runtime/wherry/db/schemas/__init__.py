"""Rows as objects, under Agno's path."""

from wherry.core.matrix import module_getattr
from wherry.stores.records import UserMemory

__all__ = ["UserMemory"]

__getattr__ = module_getattr(__name__, "agno.db.schemas")
