"""The HTTP API: agents, teams and workflows of one process, by the contract `contracts/runtime-openapi.yaml`.

Needs the extra `api`. `create_app` makes the Starlette application, `serve` runs it.
"""

from wherry.core.errors import MissingPackage

try:
    import starlette  # noqa: F401 - asked for here, so that whichever module is imported first names the extra
except ModuleNotFoundError as error:
    raise MissingPackage("The HTTP API", "starlette", "api") from error

from wherry.api.app import create_app
from wherry.api.service import RuntimeService
from wherry.api.settings import Settings

__all__ = ["RuntimeService", "Settings", "create_app"]
