"""Secrets are taken out by key, by shape and by value; everything else stays as it is."""

import json
import time
from dataclasses import dataclass
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

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


SECRETS = [
    "sk-abcdefghijklmnop",
    "Bearer abcdefgh12345678",
    "https://ada:open-sesame@db/x",
    'quoted"and\\escaped\n',
    "grün-wie-Tinte",
]


@given(
    secret=st.sampled_from(SECRETS),
    before=st.text(max_size=6),
    nest=st.lists(st.sampled_from(["list", "value", "key", "tuple"]), max_size=4),
)
def test_a_secret_is_found_however_deep_it_lies(secret, before, nest):
    redactor = Redactor(values=SECRETS[3:])
    data = f"{before} {secret}"
    for way in nest:
        wrapped = {"list": [1, data], "value": {"note": data}, "tuple": (None, data)}
        data = wrapped[way] if way != "key" else {str(data): {"n": 1, "rest": data}}
    clean = str(redactor.data(data))
    assert MASK in clean
    assert secret not in clean
    assert "open-sesame" not in clean


@dataclass
class Boat:
    name: str
    api_key: str


class Ferry(BaseModel):
    name: str
    password: str


class Ship:
    def __str__(self):
        return "ship with sk-abcdefghijklmnop"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (Boat("Ada", "plain"), {"name": "Ada", "api_key": MASK}),
        (Ferry(name="Bob", password="plain"), {"name": "Bob", "password": MASK}),
        (Ship(), f"ship with {MASK}"),
        (ValueError("token: sk-abcdefghijklmnop"), f"token: {MASK}"),
    ],
)
def test_objects_are_shown_as_data_without_secrets(given, shown):
    assert Redactor().data({"content": given}) == {"content": shown}


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ('{"api_key": "a b c", "place": "Acle"}', '{"api_key": "[redacted]", "place": "Acle"}'),
        ('{"Password":"it\\"s me","n":1}', '{"Password":"[redacted]","n":1}'),
        ("{'client_secret': 'quiet', 'a': 'b'}", "{'client_secret': '[redacted]', 'a': 'b'}"),
        ('say {"diagnosis": "flu"} now', 'say {"diagnosis": "[redacted]"} now'),
        (
            '{"inner": "{\\"token\\": \\"quiet\\", \\"a\\": 1}"}',
            '{"inner": "{\\"token\\": \\"[redacted]\\", \\"a\\": 1}"}',
        ),
        ('{"password": "cut o', '{"password": "[redacted]'),
        ('{"a": "b", "input_tokens": "5", "key": "up"}', '{"a": "b", "input_tokens": "5", "key": "up"}'),
        ('{"token": "' + "x" * 9000 + '"}', '{"token": "[redacted]"}'),
        ('{"api_key": ["a]", {"b": 1}], "n": 1}', '{"api_key": "[redacted]", "n": 1}'),
        ('{"credentials": {"user": "ada", "code": "it\\"s}"}, "n": 1}', '{"credentials": "[redacted]", "n": 1}'),
        ("{'secret': Pin('4}'), 'password': b'quiet'}", "{'secret': '[redacted]', 'password': b'[redacted]'}"),
        (
            '{"pin_token" : 1234, "max_tokens": 5}',
            '{"pin_token" : "[redacted]", "max_tokens": 5}',
        ),
        ('{"inner": "{\\"cookies\\": {\\"a\\": 1}}"}', '{"inner": "{\\"cookies\\": \\"[redacted]\\"}"}'),
        ('{"token": null, "secret": true}', '{"token": null, "secret": "[redacted]"}'),
        ('{"api_key": ["cut o', '{"api_key": "[redacted]"'),
    ],
)
def test_a_secret_that_a_key_names_is_taken_out_of_data_in_a_text(text, clean):
    redactor = Redactor(keys=["diagnosis"])
    assert redactor.text(text) == clean
    assert redactor.text(clean) == clean
    assert redactor.data({"result": [text]}) == {"result": [clean]}


# Python chooses its quotes by what is in between.
QUOTES = str.maketrans('"', "'", "\\")
ODD = ['quoted"and\\escaped\n', "it's 'grün' wie Tinte \N{PILE OF POO}"]
WRITERS = {
    "json": json.dumps,
    "letters": lambda value: json.dumps({"a": value}, ensure_ascii=False),
    "repr": lambda value: repr([value]),
    "bytes": lambda value: repr(value.encode()),
}


@pytest.mark.parametrize("secret", ODD)
@pytest.mark.parametrize("within", list(product(WRITERS, WRITERS)), ids="-".join)
def test_a_known_secret_is_found_however_it_is_written(secret, within):
    redactor = Redactor(values=[secret])
    text, expected = secret, MASK
    for name in within:
        text, expected = WRITERS[name](text), WRITERS[name](expected)
    assert redactor.traces(text.encode())
    assert not redactor.traces(expected.encode())
    told = redactor.text(text).translate(QUOTES)
    assert told == redactor.data([text])[0].translate(QUOTES) == expected.translate(QUOTES)


def test_a_text_takes_time_by_its_length_alone():
    redactor = Redactor()
    text = "\\" * 60_000 + '{"token": "quiet"}'
    begun = time.process_time()
    assert redactor.text(text) == text.replace("quiet", MASK)
    assert time.process_time() - begun < 5  # counted from each backslash anew it took four times as much
