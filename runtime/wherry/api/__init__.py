"""The HTTP API: agents, teams and workflows of one process, by the contract `contracts/runtime-openapi.yaml`.

Needs the extra `api`. `create_app` makes the Starlette application, `serve` runs it.
"""

from wherry.api.app import create_app
from wherry.api.service import RuntimeService
from wherry.api.settings import Settings

__all__ = ["RuntimeService", "Settings", "create_app"]
