"""Checklists as typed data: ``checklists/*.yaml``, what their items ask for, and the tuning guidance written into them.

Following a checklist is `wherry_portal.pilot`; deciding by one is `wherry_portal.gate`.
"""

from wherry_portal.checklists.model import Automatic, Checklist, Item, Signed, Thresholds
from wherry_portal.checklists.source import CHECKLISTS, find_checklist, load_checklist

__all__ = [
    "CHECKLISTS",
    "Automatic",
    "Checklist",
    "Item",
    "Signed",
    "Thresholds",
    "find_checklist",
    "load_checklist",
]
