"""`GCSMediaStorage`: media in a bucket of Google Cloud Storage, through google-cloud-storage."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

from wherry.core.errors import ConfigurationError
from wherry.core.log import log_debug, log_warning
from wherry.core.media_storage import MediaStorage
from wherry.media.storage.sdk import sdk
from wherry.media.storage.utils import build_storage_key, described

_PACKAGE = "google-cloud-storage"
_ROOM = 8000  # an object's metadata may take 8 KiB, of which the hash needs some


def _fitting(items: dict[str, object]) -> dict[str, str]:
    """Metadata as texts, up to the first that is too much; a reference keeps all of it."""
    kept: dict[str, str] = {}
    size = 0
    for name, value in items.items():
        key, text = str(name), str(value)
        size += len(key.encode()) + len(text.encode())
        if size > _ROOM:
            break
        kept[key] = text
    return kept


def _is_gone(error: Exception) -> bool:
    """Whether an object, not its bucket, is not there: both are answered by the same status."""
    try:
        missing = import_module("google.api_core.exceptions").NotFound
    except ImportError:
        return False
    return isinstance(error, missing) and "no such object" in str(error).lower()


class GCSMediaStorage(MediaStorage):
    """Media in a bucket of Google Cloud Storage; mirrors `agno.media.storage.GCSMediaStorage`.

    Needs google-cloud-storage. Signing an address takes a private key: without `credentials_path` there is none, and
    whoever reads a medium is handed its bytes.

    Args:
        bucket: The bucket, which has to be there.
        prefix: What all keys begin with.
        credentials_path: File of a service account; by default what the environment says.
        project: The project; by default what the environment says.
        presigned_url_expiry: Seconds that a signed address is good for, a week at most.
        public: Give plain addresses; that everybody may read them is for the bucket to say.
        persist_remote_urls: Fetch media that are given as an address only and keep them, too.
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
        self.bucket, self.prefix = bucket, prefix
        self.credentials_path, self.project = credentials_path, project
        self.presigned_url_expiry, self.public = presigned_url_expiry, public
        self.persist_remote_urls = persist_remote_urls
        self._client: Any = None
        self._bucket: Any = None

    def _get_client(self) -> Any:
        if self._client is None:
            client = sdk("google.cloud.storage", _PACKAGE, "GCSMediaStorage").Client
            if self.credentials_path:
                if not Path(self.credentials_path).is_file():
                    raise ConfigurationError(
                        f"credentials_path not found: {self.credentials_path!r}",
                        hint="Give the path of a service account's JSON file, or leave it out.",
                    )
                self._client = client.from_service_account_json(self.credentials_path)
            else:
                self._client = client(**({"project": self.project} if self.project else {}))
        return self._client

    def _blob(self, key: str) -> Any:
        if self._bucket is None:
            self._bucket = self._get_client().bucket(self.bucket)
        return self._bucket.blob(key)

    def upload(
        self,
        media_id: str,
        content: bytes,
        *,
        mime_type: str | None = None,
        filename: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> str:
        """Write an object.

        Raises:
            MissingSDK: (an ImportError) google-cloud-storage is not installed.
            ConfigurationError: (a ValueError) There is no file at `credentials_path`.
        """
        key = build_storage_key(media_id, prefix=self.prefix, filename=filename, mime_type=mime_type)
        blob = self._blob(key)
        told = {"content-sha256": hashlib.sha256(content).hexdigest()}
        blob.metadata = told | _fitting(described(filename, metadata))
        blob.upload_from_string(content, content_type=mime_type)
        log_debug(f"Medium {media_id} was written to gs://{self.bucket}/{key}")
        return key

    def download(self, storage_key: str) -> bytes:
        """Read an object.

        Raises:
            FileNotFoundError: There is none.
        """
        try:
            found: bytes = self._blob(storage_key).download_as_bytes()
        except Exception as error:
            if _is_gone(error):
                raise FileNotFoundError(storage_key) from error
            raise
        return found

    def get_url(self, storage_key: str, *, expires_in: int | None = None) -> str | None:
        """A signed address, the plain one with `public`, or None where none can be signed."""
        if self.public:
            return f"https://storage.googleapis.com/{self.bucket}/{quote(storage_key)}"
        seconds = self.presigned_url_expiry if expires_in is None else expires_in
        try:
            url: str = self._blob(storage_key).generate_signed_url(expiration=timedelta(seconds=seconds), version="v4")
        except AttributeError as error:  # what the package raises where there is no private key
            log_debug(f"No address can be signed for {storage_key!r}, the bytes are handed on instead: {error}")
            return None
        except Exception as error:  # noqa: BLE001 - whatever the package raises: the bytes can be read all the same
            log_warning(f"No address could be signed for {storage_key!r}, the bytes are handed on instead: {error}")
            return None
        return url

    def delete(self, storage_key: str) -> bool:
        """Remove an object; False, with a warning, when that fails."""
        try:
            self._blob(storage_key).delete()
        except Exception as error:  # noqa: BLE001 - whatever the service or its package raises, it is not deleted
            if _is_gone(error):
                return True
            log_warning(f"Object {storage_key!r} could not be deleted: {error}")
            return False
        return True

    def exists(self, storage_key: str) -> bool:
        """Whether there is an object; False also where that cannot be asked."""
        try:
            return bool(self._blob(storage_key).exists())
        except Exception:  # noqa: BLE001 - as in Agno, what cannot be asked is not there
            return False
