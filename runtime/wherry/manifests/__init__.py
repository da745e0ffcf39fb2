"""Agents and their providers as data: read, checked, built.

`AgentRuntime` describes one agent, `Provider` one thing it may use; a `Registry` of providers builds agents.
The HTTP API and `wherry run` use it.
"""

from wherry.manifests.agent_runtime import AgentRuntime, MemoryPolicy, SessionPolicy, Timeouts
from wherry.manifests.errors import ManifestError
from wherry.manifests.providers import Provider
from wherry.manifests.reading import read_data
from wherry.manifests.registry import Registry

__all__ = [
    "AgentRuntime",
    "ManifestError",
    "MemoryPolicy",
    "Provider",
    "Registry",
    "SessionPolicy",
    "Timeouts",
    "read_data",
]
