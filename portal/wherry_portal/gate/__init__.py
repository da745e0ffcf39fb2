"""The release gate (R42, R43): every item of ``checklists/release.yaml`` with its evidence, and one yes or no.

`context` loads what there is to judge, `run_checks` and `project_checks` hold one function a check, `verdict` walks the
list, `signoffs` keeps signatures and waivers, `report` shows it, `command` is the command line.
"""

from wherry_portal.gate.context import Context, load_context
from wherry_portal.gate.verdict import Line, Verdict, judge

__all__ = ["Context", "Line", "Verdict", "judge", "load_context"]
