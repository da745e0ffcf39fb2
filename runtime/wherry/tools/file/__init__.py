"""Public path `agno.tools.file`: a folder as tools of an agent. `FileGenerationTools` stays Agno's."""

from __future__ import annotations

from wherry.core.matrix import module_getattr
from wherry.tools.file.file import FileTools
from wherry.tools.file.kinds import TEXT_EXTENSIONS
from wherry.tools.local_files.excluding import path_matches_exclude
from wherry.tools.local_files.names import DEFAULT_EXCLUDE_PATTERNS

__all__ = ["DEFAULT_EXCLUDE_PATTERNS", "TEXT_EXTENSIONS", "FileTools", "path_matches_exclude"]

__getattr__ = module_getattr(__name__, "agno.tools.file")
