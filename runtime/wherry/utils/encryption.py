"""`agno.utils.encryption`: dictionaries under a key of Fernet's, such as tokens in a database.

For applications that import these functions; needs the package cryptography. The key that nobody gives is read from
AGNO_ENCRYPTION_KEY, so that what Agno has stored can be read.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.matrix import module_getattr

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["decrypt_dict", "encrypt_dict", "generate_encryption_key", "get_encryption_key", "is_encrypted"]

_VARIABLE = "AGNO_ENCRYPTION_KEY"


def _fernet() -> ModuleType:
    try:
        from cryptography import fernet
    except ImportError as error:
        raise ImportError(
            "Encryption needs the package cryptography, which is not installed: run `pip install cryptography`."
        ) from error
    return fernet


def generate_encryption_key() -> str:
    """A new key, to be kept apart from what it locks."""
    return str(_fernet().Fernet.generate_key().decode())


def get_encryption_key() -> str | None:
    """The key in AGNO_ENCRYPTION_KEY."""
    return os.environ.get(_VARIABLE)


def is_encrypted(data: Any) -> bool:
    """Whether it is what `encrypt_dict` gives: a dictionary with `encrypted` alone."""
    return isinstance(data, dict) and data.keys() == {"encrypted"}


def _validate_fernet_key(secret: str) -> bytes:
    """The key as bytes, which is used as it is; its value is in no message.

    Raises:
        ConfigurationError: (a ValueError) It is no key of Fernet's.
    """
    try:
        key = secret.encode("ascii")
        _fernet().Fernet(key)
    except ValueError:  # also what cannot be ASCII, or no base64
        raise ConfigurationError(
            f"Invalid encryption key, of {len(secret)} characters.", hint="Make one with generate_encryption_key()."
        ) from None
    return key


def encrypt_dict(data: dict[str, Any], key: str | None = None) -> dict[str, str]:
    """Lock a dictionary of what JSON can hold.

    Args:
        data: What to lock.
        key: Of `generate_encryption_key`; None: the one in AGNO_ENCRYPTION_KEY.

    Returns:
        A dictionary with `encrypted` alone.

    Raises:
        ConfigurationError: (a ValueError) There is no key, or it is none.
    """
    secret = key or get_encryption_key()
    if not secret:
        raise ConfigurationError("No encryption key is there.", hint=f"Set {_VARIABLE}, or give key=.")
    locked = _fernet().Fernet(_validate_fernet_key(secret)).encrypt(json.dumps(data).encode())
    return {"encrypted": locked.decode("ascii")}


def decrypt_dict(data: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    """What was locked by `encrypt_dict`; a dictionary that was not is given back.

    Args:
        data: What was stored.
        key: The one that locked it; None: the one in AGNO_ENCRYPTION_KEY.

    Raises:
        ConfigurationError: (a ValueError) There is no key, or it does not fit.
    """
    if not is_encrypted(data):
        return data
    secret = key or get_encryption_key()
    if not secret:
        raise ConfigurationError(
            "The data is encrypted, and no decryption key is there.", hint=f"Set {_VARIABLE}, or give key=."
        )
    fernet = _fernet()
    try:
        text = fernet.Fernet(_validate_fernet_key(secret)).decrypt(data["encrypted"].encode("ascii"))
    except fernet.InvalidToken:
        raise ConfigurationError(
            "It cannot be decrypted: wrong key, or the data is damaged.", hint="Give the key that encrypted it."
        ) from None
    unlocked: dict[str, Any] = json.loads(text)
    return unlocked


__getattr__ = module_getattr(__name__, "agno.utils.encryption")
