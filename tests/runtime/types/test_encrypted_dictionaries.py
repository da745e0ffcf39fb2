"""`wherry.utils.encryption`: dictionaries under a key, in the form that Agno 3.1.10 stores."""

from __future__ import annotations

import traceback

import pytest

from wherry.utils.encryption import (
    decrypt_dict,
    encrypt_dict,
    generate_encryption_key,
    get_encryption_key,
    is_encrypted,
)

pytest.importorskip("cryptography")
KEY = "Zm9yIHRlc3RzIG9ubHksIG5vdCBmb3IgbGl2ZSB1c2U="
TOKEN = {"access": "tide", "scopes": ["ebb", "flood"], "more": {"ü": None}}


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    monkeypatch.delenv("AGNO_ENCRYPTION_KEY", raising=False)


def test_what_was_locked_is_unlocked_by_its_key(monkeypatch):
    locked = encrypt_dict(TOKEN, KEY)
    assert is_encrypted(locked)
    assert "tide" not in locked["encrypted"]
    assert decrypt_dict(locked, KEY) == TOKEN
    monkeypatch.setenv("AGNO_ENCRYPTION_KEY", KEY)
    assert get_encryption_key() == KEY
    assert decrypt_dict(locked) == decrypt_dict(encrypt_dict(TOKEN)) == TOKEN
    monkeypatch.setenv("AGNO_ENCRYPTION_KEY", generate_encryption_key())  # one that is given goes before it
    assert decrypt_dict(encrypt_dict(TOKEN, KEY), KEY) == decrypt_dict(locked, KEY) == TOKEN


def test_what_was_locked_by_agno_is_unlocked():
    cryptography = pytest.importorskip("cryptography.fernet")
    stored = {"encrypted": cryptography.Fernet(KEY.encode()).encrypt(b'{"access": "tide"}').decode()}
    assert decrypt_dict(stored, KEY) == {"access": "tide"}


def test_what_is_not_locked_is_given_back():
    for data in ({}, TOKEN, {"encrypted": "x", "more": 1}):
        assert not is_encrypted(data)
        assert decrypt_dict(data, KEY) is data
    assert not is_encrypted("encrypted")


def test_faults_are_told_without_the_key():
    with pytest.raises(ValueError, match="No encryption key"):
        encrypt_dict(TOKEN)
    with pytest.raises(ValueError, match="no decryption key"):
        decrypt_dict(encrypt_dict(TOKEN, KEY))
    for wrong in ("password", "pässword", KEY[:-2]):
        with pytest.raises(ValueError, match="Invalid encryption key") as refused:
            encrypt_dict(TOKEN, wrong)
        assert wrong not in "".join(traceback.format_exception(refused.value))
    for locked, key in ((encrypt_dict(TOKEN, KEY), generate_encryption_key()), ({"encrypted": "nothing"}, KEY)):
        with pytest.raises(ValueError, match="wrong key, or the data is damaged"):
            decrypt_dict(locked, key)


def test_keys_are_new_each_time():
    assert len({generate_encryption_key() for _ in range(3)}) == 3
