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

_HOMES = {
    name: home
    for home, kind in (("local", "Local"), ("s3", "S3"), ("gcs", "GCS"))
    for name in (f"{kind}MediaStorage", f"Async{kind}MediaStorage")
}
_absent = module_getattr(__name__, "agno.media.storage")


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        return _absent(name)
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
