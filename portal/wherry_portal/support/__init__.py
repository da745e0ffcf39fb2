"""Support metrics (R41): tickets by week and team from tracker exports, and alerts when a team files too many.

`tickets` reads exports, `weeks` counts, `alerts` keeps ``pilots/support-alerts.yaml``, `command` is the command line.
"""

from wherry_portal.support.alerts import Alert, load_alerts, open_alerts
from wherry_portal.support.tickets import Ticket, read_tickets
from wherry_portal.support.weeks import Counts, count_weeks

__all__ = ["Alert", "Counts", "Ticket", "count_weeks", "load_alerts", "open_alerts", "read_tickets"]
