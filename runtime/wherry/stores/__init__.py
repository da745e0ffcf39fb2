"""Databases behind sessions, runs, memories and knowledge contents.

One behaviour (`protocol`), one place for SQL (`plans_*`) in two dialects, and a wire for each database. The public
paths are the thin modules below `wherry.db`.
"""
