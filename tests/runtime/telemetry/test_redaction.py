"""Secrets are taken out by key, by shape and by value; everything else stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherry.telemetry.redaction import MASK, Redactor, secrets_of_environment


@pytest.mark.parametrize(
    "secret",
    [
        "sk-abcdefghijklmnop",
        "ghp_abcdefghijklmnopqrst",
        "xoxb-1234567890-abc",
        "AKIAABCDEFGHIJKLMNOP",
        "AIza" + "a" * 35,
        "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl",
        "Bearer abcdefgh12345678",
    ],
)
def test_what_looks_like_a_secret_is_masked(secret):
    assert Redactor().text(f"use {secret} now") == f"use {MASK} now"


def test_the_password_of_an_address_is_masked():
    assert Redactor().text("postgresql://ada:pw@db/x") == f"postgresql://{MASK}@db/x"


@pytest.mark.parametrize("key", ["api_key", "OPENAI_API_KEY", "password", "Authorization", "client-secret", "my_token"])
def test_values_of_secret_keys_are_masked(key):
    assert Redactor().data({key: {"deep": "x"}, "other": [1, ("a",)]}) == {key: MASK, "other": [1, ["a"]]}


@pytest.mark.parametrize("key", ["input_tokens", "total_tokens", "max_tokens", "tokens_per_second", "name"])
def test_counts_of_tokens_are_no_secrets(key):
    assert Redactor().data({key: 5}) == {key: 5}


def test_nothing_is_masked_where_nothing_is():
    assert Redactor().data({"password": None}) == {"password": None}


def test_keys_and_values_of_ones_own():
    redactor = Redactor(values=["blue-horse", "ab"], keys=["Diagnosis"])
    assert redactor.data({"diagnosis": "flu", "note": "a blue-horse abroad"}) == {
        "diagnosis": MASK,
        "note": f"a {MASK} abroad",
    }


def test_secrets_of_the_environment_never_come_out(monkeypatch):
    monkeypatch.setenv("SHOP_API_KEY", "horse-battery")
    monkeypatch.setenv("WHERRY_API_TOKENS", "first-token:read,second-token:run+read")
    monkeypatch.setenv("SHORT_TOKEN", "abc")
    assert {"horse-battery", "first-token", "second-token"} <= secrets_of_environment()
    assert "abc" not in secrets_of_environment()
    assert Redactor().text("horse-battery second-token abc") == f"{MASK} {MASK} abc"


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=10) | st.just("the blue-horse"),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    )
)
def test_a_known_secret_is_nowhere_in_what_comes_out(data):
    redactor = Redactor(values=["blue-horse"])
    clean = redactor.data(data)
    assert "blue-horse" not in str(clean)
    assert redactor.data(clean) == clean
