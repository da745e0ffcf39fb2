"""What S3 asks of a request, whoever sends it; mirrors `agno.media.storage.s3.utils`. Called by both S3 storages."""

from __future__ import annotations

import hashlib
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from wherry.core.errors import ConfigurationError
from wherry.core.log import log_warning
from wherry.core.matrix import module_getattr
from wherry.media.storage.utils import described

if TYPE_CHECKING:
    from collections.abc import Iterator

S3_DELETE_BATCH_SIZE = 1000
"""Keys in one request of DeleteObjects."""

S3_MAX_PRESIGNED_EXPIRY = 7 * 24 * 60 * 60
"""Seconds for which S3 takes a signed address; boto3 signs longer ones, too, and S3 refuses them."""

_HEADER = re.compile(r"[\t\x20-\x7e]*")


def sanitize_s3_metadata(items: dict[str, Any], *, max_bytes: int = 1800) -> dict[str, str]:
    """What of some metadata can be sent as headers: ASCII without line ends, names in small letters, not too much.

    Args:
        items: The metadata. What cannot be sent is left out; a reference keeps all of it.
        max_bytes: How long names and values may be together; from the first that is too much on, all are left out.
    """
    kept: dict[str, str] = {}
    size = 0
    for name, value in items.items():
        key, text = str(name).lower(), str(value)
        if not (_HEADER.fullmatch(key) and _HEADER.fullmatch(text)):
            continue
        size += len(key) + len(text)
        if size > max_bytes:
            break
        kept[key] = text
    return kept


def raise_if_acl_unsupported(error: Exception, bucket: str | None) -> None:
    """Say what to do where a bucket takes no ACL; any other error is left to the caller.

    Raises:
        ConfigurationError: (a ValueError) The bucket takes no ACL.
    """
    if code_of(error) == "AccessControlListNotSupported":
        raise ConfigurationError(
            f"The bucket {bucket!r} does not allow ACLs.",
            hint="Drop the acl argument: get_url() then gives signed addresses.",
        ) from error


def code_of(error: Exception) -> str | None:
    """The code that S3 answered with; None when it was another error."""
    try:
        answered = import_module("botocore.exceptions").ClientError
    except ImportError:
        return None
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code")) if isinstance(error, answered) else None


class S3Settings:
    """The settings of both S3 storages, and the requests that follow from them.

    Args:
        bucket: The bucket, which has to be there.
        prefix: What all keys begin with.
        region: Where it is; by default what the environment says.
        acl: Access that is given to each object; with `public-read` addresses are not signed.
        presigned_url_expiry: Seconds that a signed address is good for, a week at most.
        endpoint_url: Address of another service that speaks as S3 does.
        aws_access_key_id: The key; by default what the environment says.
        aws_secret_access_key: Its secret.
        persist_remote_urls: Fetch media that are given as an address only and keep them, too.
    """

    backend_name = "s3"
    bucket: str | None
    region: str | None
    persist_remote_urls: bool

    def __init__(
        self,
        bucket: str,
        *,
        prefix: str = "agno/media/",
        region: str | None = None,
        acl: str | None = None,
        presigned_url_expiry: int = 3600,
        endpoint_url: str | None = None,
        aws_access_key_id: str | None = None,
        aws_secret_access_key: str | None = None,
        persist_remote_urls: bool = False,
    ) -> None:
        self.bucket, self.prefix, self.region, self.acl = bucket, prefix, region, acl
        self.presigned_url_expiry, self.endpoint_url = presigned_url_expiry, endpoint_url
        self.aws_access_key_id, self.aws_secret_access_key = aws_access_key_id, aws_secret_access_key
        self.persist_remote_urls = persist_remote_urls

    def _put(
        self, key: str, content: bytes, mime_type: str | None, filename: str | None, metadata: dict[str, Any] | None
    ) -> dict[str, Any]:
        """The arguments of `put_object`."""
        told = {"content-sha256": hashlib.sha256(content).hexdigest()}
        told |= sanitize_s3_metadata(described(filename, metadata))
        given = {"Bucket": self.bucket, "Key": key, "Body": content, "Metadata": told}
        return given | ({"ContentType": mime_type} if mime_type else {}) | ({"ACL": self.acl} if self.acl else {})

    def _public(self, key: str) -> str | None:
        """The address of an object that everybody may read."""
        if self.acl != "public-read":
            return None
        path = quote(key)
        if self.endpoint_url:
            return f"{self.endpoint_url}/{self.bucket}/{path}"
        region = f".{self.region}" if self.region else ""
        return f"https://{self.bucket}.s3{region}.amazonaws.com/{path}"

    def _signing(self, key: str, expires_in: int | None) -> dict[str, Any] | None:
        """The arguments of `generate_presigned_url`; None, with a warning, where S3 would refuse the address."""
        seconds = self.presigned_url_expiry if expires_in is None else expires_in
        if seconds > S3_MAX_PRESIGNED_EXPIRY:
            log_warning(
                f"S3 takes no address that is good for {seconds} seconds, only for {S3_MAX_PRESIGNED_EXPIRY}; "
                "the bytes are handed on instead"
            )
            return None
        return {"Params": {"Bucket": self.bucket, "Key": key}, "ExpiresIn": seconds}

    def _deletions(self, keys: list[str]) -> Iterator[tuple[int, dict[str, Any]]]:
        """How many keys, and the arguments of `delete_objects`, for as many requests as it takes."""
        for start in range(0, len(keys), S3_DELETE_BATCH_SIZE):
            some = keys[start : start + S3_DELETE_BATCH_SIZE]
            objects = [{"Key": key} for key in some]
            yield len(some), {"Bucket": self.bucket, "Delete": {"Objects": objects, "Quiet": True}}


__getattr__ = module_getattr(__name__, "agno.media.storage.s3.utils")
