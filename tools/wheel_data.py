"""Build hook: what the tools read from a checkout travels inside the wheel, below `wherry_portal/_data`.

An editable install needs none of it: there `wherry_portal.sources.locate` finds the files in the checkout.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TRAVELLING = ("checklists", "contracts", "support_matrix.yaml")


class WheelData(BuildHookInterface[Any]):
    """Adds the files to a standard wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it builds."""
        if version == "standard":
            root = Path(self.root)
            build_data["force_include"] |= {str(root / name): f"wherry_portal/_data/{name}" for name in TRAVELLING}
