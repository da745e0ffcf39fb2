"""Agno's cookbook as facts: which examples Wherry can run, which not and why; and what happened when they were run."""
