"""`AsyncS3MediaStorage`: media in a bucket, through aioboto3. A request opens a client of its own."""

from __future__ import annotations

from typing import Any

from wherry.core.log import log_debug, log_warning
from wherry.core.media_storage import AsyncMediaStorage
from wherry.media.storage.s3.utils import S3Settings, code_of, raise_if_acl_unsupported
from wherry.media.storage.sdk import sdk
from wherry.media.storage.utils import build_storage_key


class AsyncS3MediaStorage(S3Settings, AsyncMediaStorage):
    """`S3MediaStorage` for an event loop; mirrors `agno.media.storage.AsyncS3MediaStorage`. Needs aioboto3."""

    def _get_session(self) -> Any:
        return sdk("aioboto3", "aioboto3", "AsyncS3MediaStorage").Session(
            aws_access_key_id=self.aws_access_key_id,
            aws_secret_access_key=self.aws_secret_access_key,
            region_name=self.region,
        )

    def _open(self) -> Any:
        """A client, to be entered; addresses are signed as in `S3MediaStorage`."""
        session = self._get_session()
        config = sdk("botocore.config", "aioboto3", "AsyncS3MediaStorage").Config
        address = {"endpoint_url": self.endpoint_url} if self.endpoint_url else {}
        return session.client("s3", config=config(signature_version="s3v4"), **address)

    async def upload(
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
            MissingSDK: (an ImportError) aioboto3 is not installed.
            ConfigurationError: (a ValueError) `acl` was given and the bucket takes none.
        """
        opened = self._open()
        key = build_storage_key(media_id, prefix=self.prefix, filename=filename, mime_type=mime_type)
        try:
            async with opened as client:
                await client.put_object(**self._put(key, content, mime_type, filename, metadata))
        except Exception as error:
            raise_if_acl_unsupported(error, self.bucket)
            raise
        log_debug(f"Medium {media_id} was put to s3://{self.bucket}/{key}")
        return key

    async def download(self, storage_key: str) -> bytes:
        """Get an object.

        Raises:
            FileNotFoundError: There is none.
        """
        opened = self._open()
        try:
            async with opened as client:
                answer = await client.get_object(Bucket=self.bucket, Key=storage_key)
                found: bytes = await answer["Body"].read()
        except Exception as error:
            if code_of(error) in {"NoSuchKey", "404"}:
                raise FileNotFoundError(storage_key) from error
            raise
        return found

    async def get_url(self, storage_key: str, *, expires_in: int | None = None) -> str | None:
        """A signed address, or the plain one where everybody may read."""
        public = self._public(storage_key)
        if public is not None:
            return public
        signing = self._signing(storage_key, expires_in)
        if signing is None:
            return None
        async with self._open() as client:
            url: str = await client.generate_presigned_url("get_object", **signing)
        return url

    async def delete(self, storage_key: str) -> bool:
        """Remove an object; False, with a warning, when that fails."""
        try:
            async with self._open() as client:
                await client.delete_object(Bucket=self.bucket, Key=storage_key)
        except Exception as error:  # noqa: BLE001 - whatever the service or its package raises, it is not deleted
            log_warning(f"Object {storage_key!r} could not be deleted: {error}")
            return False
        return True

    async def delete_many(self, storage_keys: list[str]) -> int:
        """Remove objects, a thousand in a request."""
        gone = 0
        if not storage_keys:
            return gone
        try:
            async with self._open() as client:
                for count, batch in self._deletions(storage_keys):
                    gone += await self._removed(client, count, batch)
        except Exception as error:  # noqa: BLE001 - as in `delete`
            log_warning(f"Objects could not be deleted: {error}")
        return gone

    async def _removed(self, client: Any, count: int, batch: dict[str, Any]) -> int:
        try:
            answer = await client.delete_objects(**batch)
        except Exception as error:  # noqa: BLE001 - as in `delete`
            log_warning(f"{count} objects could not be deleted: {error}")
            return 0
        return count - len(answer.get("Errors") or [])

    async def exists(self, storage_key: str) -> bool:
        """Whether there is an object; False also where that cannot be asked."""
        try:
            async with self._open() as client:
                await client.head_object(Bucket=self.bucket, Key=storage_key)
        except Exception:  # noqa: BLE001 - as in Agno, what cannot be asked is not there
            return False
        return True
