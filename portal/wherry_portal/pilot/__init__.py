"""Pilots: one team follows the pilot checklist, and a log in ``pilots/`` keeps what was done, when and in what time.

`log` is the file, `clock` the time, `walk` the steps (pure), `perform` what an automatic item does, `verify` the
acceptance without Agno, `report` the views, `command` the command line, `routes` the HTTP side for the site.
"""

from wherry_portal.pilot.log import Entry, PilotLog, Signature, Span, Verification, load_log, log_path, logs_in

__all__ = ["Entry", "PilotLog", "Signature", "Span", "Verification", "load_log", "log_path", "logs_in"]
