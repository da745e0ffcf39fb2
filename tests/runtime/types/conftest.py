"""Puts this folder on the path, for `type_specs` and `type_cases`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
