"""Plugins of every pytest run of this project: tests, notebooks, Markdown. Fixtures live beside their tests."""

pytest_plugins = [
    "brief_plugin",
    "coverage_plugin",
    "ended_plugin",
    "evidence_plugin",
    "no_skips_plugin",
    "notebook_plugin",
    "settled_plugin",
    "turns_plugin",
]
