"""Wherry: a compact, drop-in runtime for Agno's agents, teams and workflows."""

from wherry.core.matrix import install_finder

__version__ = "0.1.0"

install_finder()
