"""Public path `agno.media.storage.local`: media in a folder."""

from wherry.core.matrix import module_getattr
from wherry.media.storage.local.async_local import AsyncLocalMediaStorage
from wherry.media.storage.local.local import LocalMediaStorage

__all__ = ["AsyncLocalMediaStorage", "LocalMediaStorage"]

__getattr__ = module_getattr(__name__, "agno.media.storage.local")
