"""Run in the measured processes, started as files; nothing here is imported by the rest of the portal."""
