"""Keys to sign and check JWTs with. Mirrors `agno.utils.cryptography`."""

from __future__ import annotations

from wherry.core.errors import require


def generate_rsa_keys() -> tuple[str, str]:
    """A new pair of RSA keys of 2048 bits, as PEM: the private one, which signs, and the public one, which checks.

    Raises:
        MissingPackage: `cryptography` is not installed.
    """
    require("cryptography", "jwt", "Making RSA keys")
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    key = generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode("ascii"), public.decode("ascii")
