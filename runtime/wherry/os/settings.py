"""`agno.os.settings`."""

from wherry.api.os_settings import AgnoAPISettings

__all__ = ["AgnoAPISettings"]
