# The YAML and JSON that people write: read with positions, checked against a JSON Schema, complained about by
# file, line and field. What the data means lives with its owner (checklists, pilot, matrix, fixtures), who calls this.
"""Sources: YAML and JSON files with positions, schema checks and complaints that name file, line and field."""

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
