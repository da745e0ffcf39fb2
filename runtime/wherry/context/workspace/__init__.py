"""The folder of a project as a source. Mirrors `agno.context.workspace`."""

from __future__ import annotations

from wherry.context.workspace.provider import DEFAULT_WORKSPACE_INSTRUCTIONS, WorkspaceContextProvider
from wherry.core.matrix import module_getattr

__all__ = ["DEFAULT_WORKSPACE_INSTRUCTIONS", "WorkspaceContextProvider"]

__getattr__ = module_getattr(__name__, "agno.context.workspace")
