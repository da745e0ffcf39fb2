"""`agno.media.storage.base`: the base classes of storages for media."""

from wherry.core.matrix import module_getattr
from wherry.core.media_storage import AsyncMediaStorage, MediaStorage

__all__ = ["AsyncMediaStorage", "MediaStorage"]

__getattr__ = module_getattr(__name__, "agno.media.storage.base")
