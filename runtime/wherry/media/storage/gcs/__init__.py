"""Public path `agno.media.storage.gcs`: media in a bucket of Google Cloud Storage."""

from wherry.core.matrix import module_getattr
from wherry.media.storage.gcs.async_gcs import AsyncGCSMediaStorage
from wherry.media.storage.gcs.gcs import GCSMediaStorage

__all__ = ["AsyncGCSMediaStorage", "GCSMediaStorage"]

__getattr__ = module_getattr(__name__, "agno.media.storage.gcs")
