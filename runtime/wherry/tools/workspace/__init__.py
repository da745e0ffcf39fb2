"""Public path `agno.tools.workspace`: a folder as tools of an agent."""

from __future__ import annotations

from wherry.core.matrix import module_getattr
from wherry.tools.local_files.names import DEFAULT_EXCLUDE_PATTERNS
from wherry.tools.workspace.kinds import TEXT_EXTENSIONS
from wherry.tools.workspace.kit import Workspace

__all__ = ["DEFAULT_EXCLUDE_PATTERNS", "TEXT_EXTENSIONS", "Workspace"]

__getattr__ = module_getattr(__name__, "agno.tools.workspace")
