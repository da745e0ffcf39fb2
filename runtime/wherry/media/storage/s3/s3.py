"""`S3MediaStorage`: media in a bucket, through boto3."""

from __future__ import annotations

from typing import Any

from wherry.core.log import log_debug, log_warning
from wherry.core.media_storage import MediaStorage
from wherry.media.storage.s3.utils import S3Settings, code_of, raise_if_acl_unsupported
from wherry.media.storage.sdk import sdk
from wherry.media.storage.utils import build_storage_key


class S3MediaStorage(S3Settings, MediaStorage):
    """Media in a bucket of S3; mirrors `agno.media.storage.S3MediaStorage`. Needs boto3; see `S3Settings`.

    A service that only speaks as S3 does needs `endpoint_url`, and its own `region`: a signed address names it.
    """

    _client: Any = None

    def _get_client(self) -> Any:
        if self._client is None:
            boto3 = sdk("boto3", "boto3", "S3MediaStorage")
            config = sdk("botocore.config", "boto3", "S3MediaStorage").Config
            given = {
                "region_name": self.region,
                "endpoint_url": self.endpoint_url,
                "aws_access_key_id": self.aws_access_key_id,
                "aws_secret_access_key": self.aws_secret_access_key,
            }
            # Left to itself, botocore signs addresses by a method that most regions and encrypted buckets refuse.
            signed = config(signature_version="s3v4")
            self._client = boto3.client("s3", config=signed, **{name: value for name, value in given.items() if value})
        return self._client

    def upload(
        self,
        media_id: str,
        content: bytes,
        *,
        mime_type: str | None = None,
        filename: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> str:
        """Put an object.

        Raises:
            MissingSDK: (an ImportError) boto3 is not installed.
            ConfigurationError: (a ValueError) `acl` was given and the bucket takes none.
        """
        client = self._get_client()
        key = build_storage_key(media_id, prefix=self.prefix, filename=filename, mime_type=mime_type)
        try:
            client.put_object(**self._put(key, content, mime_type, filename, metadata))
        except Exception as error:
            raise_if_acl_unsupported(error, self.bucket)
            raise
        log_debug(f"Medium {media_id} was put to s3://{self.bucket}/{key}")
        return key

    def download(self, storage_key: str) -> bytes:
        """Get an object.

        Raises:
            FileNotFoundError: There is none.
        """
        client = self._get_client()
        try:
            found: bytes = client.get_object(Bucket=self.bucket, Key=storage_key)["Body"].read()
        except Exception as error:
            if code_of(error) in {"NoSuchKey", "404"}:
                raise FileNotFoundError(storage_key) from error
            raise
        return found

    def get_url(self, storage_key: str, *, expires_in: int | None = None) -> str | None:
        """A signed address, or the plain one where everybody may read."""
        public = self._public(storage_key)
        if public is not None:
            return public
        signing = self._signing(storage_key, expires_in)
        return None if signing is None else self._get_client().generate_presigned_url("get_object", **signing)

    def delete(self, storage_key: str) -> bool:
        """Remove an object; False, with a warning, when that fails."""
        try:
            self._get_client().delete_object(Bucket=self.bucket, Key=storage_key)
        except Exception as error:  # noqa: BLE001 - whatever the service or its package raises, it is not deleted
            log_warning(f"Object {storage_key!r} could not be deleted: {error}")
            return False
        return True

    def delete_many(self, storage_keys: list[str]) -> int:
        """Remove objects, a thousand in a request."""
        gone = 0
        for count, batch in self._deletions(storage_keys):
            try:
                refused = self._get_client().delete_objects(**batch).get("Errors") or []
            except Exception as error:  # noqa: BLE001 - as in `delete`
                log_warning(f"{count} objects could not be deleted: {error}")
            else:
                gone += count - len(refused)
        return gone

    def exists(self, storage_key: str) -> bool:
        """Whether there is an object; False also where that cannot be asked."""
        try:
            self._get_client().head_object(Bucket=self.bucket, Key=storage_key)
        except Exception:  # noqa: BLE001 - as in Agno, what cannot be asked is not there
            return False
        return True
