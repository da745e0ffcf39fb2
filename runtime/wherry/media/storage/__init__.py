"""Public path `agno.media.storage`: keeping media outside of a database. A class's packages load when it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.matrix import module_getattr
from wherry.core.media_reference import MediaReference
from wherry.core.media_storage import AsyncMediaStorage, MediaStorage

if TYPE_CHECKING:
    from wherry.media.storage.gcs import AsyncGCSMediaStorage, GCSMediaStorage
    from wherry.media.storage.local import AsyncLocalMediaStorage, LocalMediaStorage
    from wherry.media.storage.s3 import AsyncS3MediaStorage, S3MediaStorage

__all__ = [
    "AsyncGCSMediaStorage",
    "AsyncLocalMediaStorage",
    "AsyncMediaStorage",
    "AsyncS3MediaStorage",
    "GCSMediaStorage",
    "LocalMediaStorage",
    "MediaReference",
    "MediaStorage",
    "S3MediaStorage",
]

_absent = module_getattr(__name__, "agno.media.storage")


def __getattr__(name: str) -> Any:
    if name in {"LocalMediaStorage", "AsyncLocalMediaStorage"}:
        from wherry.media.storage import local

        return getattr(local, name)
    if name in {"S3MediaStorage", "AsyncS3MediaStorage"}:
        from wherry.media.storage import s3

        return getattr(s3, name)
    if name in {"GCSMediaStorage", "AsyncGCSMediaStorage"}:
        from wherry.media.storage import gcs

        return getattr(gcs, name)
    return _absent(name)
