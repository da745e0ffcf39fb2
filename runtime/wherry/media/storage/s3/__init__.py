"""Public path `agno.media.storage.s3`: media in a bucket of S3, or of anything that speaks as S3 does."""

from wherry.core.matrix import module_getattr
from wherry.media.storage.s3.async_s3 import AsyncS3MediaStorage
from wherry.media.storage.s3.s3 import S3MediaStorage

__all__ = ["AsyncS3MediaStorage", "S3MediaStorage"]

__getattr__ = module_getattr(__name__, "agno.media.storage.s3")
