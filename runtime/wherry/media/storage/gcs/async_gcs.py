"""`AsyncGCSMediaStorage`: media in a bucket of Google Cloud Storage, beside the event loop.

The service's package has no calls that can be awaited, so each runs in a thread.
"""

from __future__ import annotations

from wherry.media.storage.gcs.gcs import GCSMediaStorage
from wherry.media.storage.threaded import ThreadedMediaStorage


class AsyncGCSMediaStorage(ThreadedMediaStorage):
    """`GCSMediaStorage` for an event loop; mirrors `agno.media.storage.AsyncGCSMediaStorage`.

    The arguments are those of `GCSMediaStorage`.
    """

    backend_name = "gcs"

    def __init__(
        self,
        bucket: str,
        *,
        prefix: str = "agno/media/",
        credentials_path: str | None = None,
        project: str | None = None,
        presigned_url_expiry: int = 3600,
        public: bool = False,
        persist_remote_urls: bool = False,
    ) -> None:
        super().__init__(
            GCSMediaStorage(
                bucket,
                prefix=prefix,
                credentials_path=credentials_path,
                project=project,
                presigned_url_expiry=presigned_url_expiry,
                public=public,
                persist_remote_urls=persist_remote_urls,
            )
        )
        self.prefix, self.credentials_path, self.project = prefix, credentials_path, project
        self.presigned_url_expiry, self.public = presigned_url_expiry, public
