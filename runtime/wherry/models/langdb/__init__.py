"""Models of LangDB; public path of `agno.models.langdb`."""

from __future__ import annotations

from wherry.models.langdb.langdb import LangDB

__all__ = ["LangDB"]
