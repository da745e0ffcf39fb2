"""Agno's `agno.utils`: only the modules that applications import."""
