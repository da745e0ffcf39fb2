"""Sources: the YAML and JSON that people write, read with positions and complained about by file, line and field.

What the data means lives with its owner (checklists, pilots, gate, fixtures), who calls this.
"""

from wherry_portal.sources.complaint import Complaint, SourceError
from wherry_portal.sources.document import Source, load
from wherry_portal.sources.locate import find_root, packaged
from wherry_portal.sources.schema import Rule, check, read
from wherry_portal.sources.write import dump_yaml, locked, write_atomic

__all__ = [
    "Complaint",
    "Rule",
    "Source",
    "SourceError",
    "check",
    "dump_yaml",
    "find_root",
    "load",
    "locked",
    "packaged",
    "read",
    "write_atomic",
]
