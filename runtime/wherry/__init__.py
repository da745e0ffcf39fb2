"""Wherry: a compact, drop-in runtime for Agno's agents, teams and workflows."""

__version__ = "0.1.0"
