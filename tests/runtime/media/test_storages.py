"""The storages for media: a folder, and buckets behind the services' own packages, of which only the shape is here."""

import asyncio
import json
import sys
from contextlib import asynccontextmanager
from types import ModuleType, SimpleNamespace

import pytest

from wherry.exceptions import PathSecurityError
from wherry.media import storage as public
from wherry.media.storage import (
    AsyncGCSMediaStorage,
    AsyncLocalMediaStorage,
    AsyncS3MediaStorage,
    GCSMediaStorage,
    LocalMediaStorage,
    S3MediaStorage,
)
from wherry.media.storage.s3.utils import S3_MAX_PRESIGNED_EXPIRY, sanitize_s3_metadata
from wherry.media.storage.utils import build_storage_key


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"media_id": "a/../b", "mime_type": "image/png"}, "a_.._b.png"),
        ({"media_id": "..", "prefix": "p/"}, "p/media"),
        ({"media_id": "a", "filename": "x.PDF", "mime_type": "image/png"}, "a.PDF"),
        ({"media_id": "a", "filename": "x.p/n?g"}, "a.png"),
        ({"media_id": "a", "filename": "x", "mime_type": "audio/strange"}, "a.strange"),
        ({"media_id": "a", "mime_type": "x/vnd.very-long-name"}, "a"),
    ],
)
def test_a_key_is_safe_and_tells_the_type(given, key):
    assert build_storage_key(**given) == key


def test_a_folder_keeps_bytes_and_what_is_known_of_them(tmp_path):
    storage = LocalMediaStorage(tmp_path / "m")
    key = storage.upload("a", b"abc", mime_type="image/png", filename="boat.png", metadata={"by": "Ada"})
    assert storage.download(key) == b"abc"
    known = json.loads((tmp_path / "m" / f"{key}.meta.json").read_text())
    assert known.pop("content-sha256").startswith("ba7816bf")
    assert known == {"original-filename": "boat.png", "mime_type": "image/png", "size": 3, "by": "Ada"}
    assert (storage.exists(key), storage.get_url(key)) == (True, None)
    assert storage.delete_many([key, key, "none"]) == 3
    assert list((tmp_path / "m").iterdir()) == []


@pytest.mark.parametrize("key", ["../x", "/etc/hosts", "a/../../x", "C:x", ""])
def test_no_key_leads_out_of_the_folder(key, tmp_path, caplog):
    (tmp_path / "x").write_text("hidden")
    storage = LocalMediaStorage(tmp_path / "m")
    with pytest.raises(PathSecurityError):
        storage.download(key)
    assert (storage.exists(key), storage.delete(key)) == (False, False)
    assert "could not be deleted" in caplog.text
    assert (tmp_path / "x").exists()


def test_a_folder_may_be_awaited(tmp_path):
    storage = AsyncLocalMediaStorage(tmp_path / "m", persist_remote_urls=True)

    async def use():
        key = await storage.upload("a", b"abc")
        found = (await storage.download(key), await storage.exists(key), await storage.get_url(key))
        return key, found, await storage.delete(key), await storage.delete_many([key])

    assert asyncio.run(use()) == ("a", (b"abc", True, None), True, 1)
    assert (storage.bucket, storage.persist_remote_urls) == (str((tmp_path / "m").resolve()), True)


# --- buckets ---------------------------------------------------------------------------------------------------------


class Bucket:
    """What boto3's client of S3 does, with its objects in memory."""

    def __init__(self, *, refuse=None):
        self.objects, self.asked, self.refuse = {}, [], refuse

    def _ask(self, what, given):
        self.asked.append((what, given))
        if self.refuse:
            raise self.refuse

    def put_object(self, **given):
        self._ask("put", given)
        self.objects[given["Key"]] = given

    def get_object(self, **given):
        self._ask("get", given)
        body = self.objects[given["Key"]]["Body"]
        return {"Body": SimpleNamespace(read=lambda: body)}

    def head_object(self, **given):
        self._ask("head", given)
        self.objects[given["Key"]]

    def delete_object(self, **given):
        self._ask("delete", given)

    def delete_objects(self, **given):
        self._ask("delete", given)
        keys = [one["Key"] for one in given["Delete"]["Objects"]]
        return {"Errors": [{"Key": key} for key in keys if key == "held"]}

    def generate_presigned_url(self, method, **given):
        self._ask("sign", given)
        return f"https://signed/{given['Params']['Key']}?X-Amz-Signature=1"


class Awaited:
    """The same as aioboto3 gives it."""

    def __init__(self, bucket):
        self.bucket = bucket

    def __getattr__(self, name):
        async def ask(*args, **given):
            answer = getattr(self.bucket, name)(*args, **given)
            if name == "get_object":
                data = answer["Body"].read()

                async def read():
                    return data

                return {"Body": SimpleNamespace(read=read)}
            return answer

        return ask


class ClientError(Exception):
    """As botocore's."""

    def __init__(self, code):
        super().__init__(code)
        self.response = {"Error": {"Code": code}}


@pytest.fixture
def made(monkeypatch):
    """The packages of S3 in place, with what clients were made with."""
    made = SimpleNamespace(bucket=Bucket(), given=[])

    def module(name, **names):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
        for key, value in names.items():
            setattr(sys.modules[name], key, value)

    def client(service, **given):
        made.given.append((service, given))
        return made.bucket

    @asynccontextmanager
    async def opened(service, **given):
        made.given.append((service, given))
        yield Awaited(made.bucket)

    module("boto3", client=client)
    module("aioboto3", Session=lambda **given: made.given.append(("session", given)) or SimpleNamespace(client=opened))
    module("botocore")
    module("botocore.config", Config=lambda **given: given)
    module("botocore.exceptions", ClientError=ClientError)
    return made


def asked(storage, method, *args, **given):
    """What a storage answers, awaited if it has to be."""
    answer = getattr(storage, method)(*args, **given)

    async def wait():
        return await answer

    return asyncio.run(wait()) if hasattr(answer, "__await__") else answer


@pytest.mark.parametrize("kind", [S3MediaStorage, AsyncS3MediaStorage])
def test_s3(kind, made):
    storage = kind("boats", region="eu-west-1", presigned_url_expiry=60, aws_access_key_id="k")
    key = asked(storage, "upload", "a", b"abc", mime_type="image/png", filename="boat.png", metadata={"Å": 1, "By": 2})
    assert key == "agno/media/a.png"
    put = made.bucket.objects[key]
    assert (put["Bucket"], put["ContentType"], put["Metadata"]["by"]) == ("boats", "image/png", "2")
    assert set(put["Metadata"]) == {"content-sha256", "original-filename", "by"}
    assert asked(storage, "download", key) == b"abc"
    assert asked(storage, "get_url", key).startswith("https://signed/")
    assert made.bucket.asked[-1][1]["ExpiresIn"] == 60
    assert asked(storage, "get_url", key, expires_in=S3_MAX_PRESIGNED_EXPIRY + 1) is None
    assert (asked(storage, "exists", key), asked(storage, "exists", "none")) == (True, False)
    assert asked(storage, "delete", key) is True
    assert asked(storage, "delete_many", ["held", *map(str, range(1000))]) == 1000
    assert [len(given["Delete"]["Objects"]) for what, given in made.bucket.asked[-2:]] == [1000, 1]
    assert {"signature_version": "s3v4"} in [given.get("config") for _, given in made.given]


@pytest.mark.parametrize("kind", [S3MediaStorage, AsyncS3MediaStorage])
def test_what_s3_refuses(kind, made, caplog):
    storage = kind("boats", acl="public-read")
    made.bucket.refuse = ClientError("AccessControlListNotSupported")
    with pytest.raises(ValueError, match=r"does not allow ACLs\.\nDrop the acl argument"):
        asked(storage, "upload", "a", b"abc")
    made.bucket.refuse = ClientError("NoSuchKey")
    with pytest.raises(FileNotFoundError):
        asked(storage, "download", "a")
    made.bucket.refuse = ClientError("AccessDenied")
    with pytest.raises(ClientError):
        asked(storage, "download", "a")
    assert (asked(storage, "delete", "a"), asked(storage, "delete_many", ["a"])) == (False, 0)
    assert "could not be deleted" in caplog.text
    assert asked(storage, "get_url", "a b") == "https://boats.s3.amazonaws.com/a%20b"
    storage.endpoint_url = "http://minio"
    assert asked(storage, "get_url", "a") == "http://minio/boats/a"


def test_metadata_fit_into_headers():
    assert sanitize_s3_metadata({"a": "x\ny", "B": "ok", "c": "x" * 2000, "d": 1}) == {"b": "ok"}


class Blob:
    """What google-cloud-storage has for an object, in memory."""

    def __init__(self, key, objects):
        self.key, self.objects, self.metadata = key, objects, None

    def upload_from_string(self, content, content_type):
        self.objects[self.key] = (content, content_type, self.metadata)

    def download_as_bytes(self):
        return self.objects[self.key][0]

    def generate_signed_url(self, **given):
        if given["expiration"].total_seconds() == 1:
            raise AttributeError("you need a private key")
        return f"https://signed/{self.key}"

    def exists(self):
        return self.key in self.objects

    def delete(self):
        del self.objects[self.key]


@pytest.mark.parametrize("kind", [GCSMediaStorage, AsyncGCSMediaStorage])
def test_gcs(kind, monkeypatch, caplog):
    objects = {}
    client = SimpleNamespace(bucket=lambda name: SimpleNamespace(blob=lambda key: Blob(key, objects)))
    module = ModuleType("google.cloud.storage")
    module.Client = lambda **given: client
    for name in ("google", "google.cloud", "google.api_core"):
        monkeypatch.setitem(sys.modules, name, sys.modules.get(name) or ModuleType(name))
    monkeypatch.setitem(sys.modules, "google.cloud.storage", module)
    errors = ModuleType("google.api_core.exceptions")
    errors.NotFound = KeyError
    monkeypatch.setitem(sys.modules, "google.api_core.exceptions", errors)
    storage = kind("boats", project="p")
    key = asked(storage, "upload", "a", b"abc", mime_type="image/png", metadata={"note": "é\n", "big": "x" * 9000})
    assert objects[key][:2] == (b"abc", "image/png")
    assert set(objects[key][2]) == {"content-sha256", "note"}
    assert asked(storage, "download", key) == b"abc"
    assert asked(storage, "get_url", key) == f"https://signed/{key}"
    assert asked(storage, "get_url", key, expires_in=1) is None
    assert (asked(storage, "exists", key), asked(storage, "exists", "none")) == (True, False)
    assert (asked(storage, "delete", key), asked(storage, "delete", key)) == (True, False)
    assert "could not be deleted" in caplog.text
    public_one = kind("boats", public=True)
    assert asked(public_one, "get_url", "a b") == "https://storage.googleapis.com/boats/a%20b"
    with pytest.raises(ValueError, match=r"credentials_path not found: 'none\.json'"):
        asked(kind("boats", credentials_path="none.json"), "download", key)


@pytest.mark.parametrize(
    ("kind", "package"),
    [
        (S3MediaStorage, "boto3"),
        (AsyncS3MediaStorage, "aioboto3"),
        (GCSMediaStorage, "google-cloud-storage"),
        (AsyncGCSMediaStorage, "google-cloud-storage"),
    ],
)
def test_a_missing_package_is_named(kind, package, monkeypatch):
    for name in ("boto3", "aioboto3", "google.cloud.storage"):
        monkeypatch.setitem(sys.modules, name, None)
    storage = kind("boats")
    with pytest.raises(ImportError, match=f"Run: pip install {package}"):
        asked(storage, "download", "a")
    assert (asked(storage, "exists", "a"), asked(storage, "delete", "a")) == (False, False)


def test_a_storage_that_is_not_there_is_no_attribute():
    with pytest.raises(AttributeError):
        _ = public.AzureMediaStorage
