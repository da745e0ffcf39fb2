"""`wherry.utils.string`: what Agno 3.1.10 gives for the same texts."""

from __future__ import annotations

import uuid

import pytest
from pydantic import BaseModel

from wherry.reasoning.step import ReasoningSteps
from wherry.utils.string import (
    generate_component_id_from_name,
    generate_id,
    generate_id_from_name,
    hash_string_sha256,
    is_valid_uuid,
    parse_response_dict_str,
    parse_response_model_str,
    sanitize_postgres_string,
    sanitize_postgres_strings,
    url_safe_string,
    validate_component_id,
)


class Tide(BaseModel):
    port: str
    hour: int | None = None


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Tide Table", "tide-table"),
        ("tideTable_v2", "tide-table-v2"),
        ("a  b--c__d", "a-b-c-d"),
        ("Über.Flüsse!", "über.flüsse"),
        ("HTMLPage", "htmlpage"),
        ("-x-", "-x-"),
        ("", ""),
    ],
)
def test_a_text_is_made_safe_for_addresses(text, safe):
    assert url_safe_string(text) == safe


@pytest.mark.parametrize(
    ("name", "loose", "strict"),
    [
        ("Tide Table", "tide-table", "tide-table"),
        ("a__b  c", "a--b--c", "a-b-c"),
        (" #1: Größe! ", "-#1:-größe!-", "1-größe"),
        ("???", "???", "component"),
    ],
)
def test_an_id_follows_from_a_name(name, loose, strict):
    assert generate_id_from_name(name) == loose
    assert generate_component_id_from_name(name) == strict
    assert validate_component_id(strict) is None


def test_without_a_name_or_seed_an_id_is_made_up():
    assert generate_id_from_name() != generate_id_from_name()
    assert is_valid_uuid(generate_id())
    assert generate_id("tide") == generate_id("tide") == str(uuid.uuid5(uuid.NAMESPACE_DNS, "tide"))


@pytest.mark.parametrize("wrong", ["", "a b", "a/b", "a\\b", "a?", "a#", "100%", "a\n", "\x01", ".", ".."])
def test_an_id_that_an_address_cannot_carry_is_told(wrong):
    said = validate_component_id(wrong)
    assert said.startswith("component_id")
    assert validate_component_id("größe.v2_x") is None


@pytest.mark.parametrize(
    ("text", "whether"),
    [
        ("6ba7b810-9dad-11d1-80b4-00c04fd430c8", True),
        ("6BA7B8109DAD11D180B400C04FD430C8", True),
        ("{6ba7b810-9dad-11d1-80b4-00c04fd430c8}", True),
        ("6ba7b810", False),
        (None, False),
        (7, False),
    ],
)
def test_a_uuid_is_known_by_its_form(text, whether):
    assert is_valid_uuid(text) is whether


def test_a_text_is_hashed():
    assert hash_string_sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_control_characters_are_taken_out_of_texts_however_deep():
    assert sanitize_postgres_string("a\x00b\x01\t\n\r\x1f\x7fc\ufffe\uffff") == "ab\t\n\r\x7fc"
    assert sanitize_postgres_string(None) is None
    given = {"k\x00": ["a\x00", {"b": "\x02c"}, 7, None], "t": ("x\x00",)}
    assert sanitize_postgres_strings(given) == {"k\x00": ["a", {"b": "c"}, 7, None], "t": ("x\x00",)}


@pytest.mark.parametrize(
    "reply",
    [
        '{"port": "Hull", "hour": 6}',
        'Here:\n```json\n{"port": "Hull",\n "hour": 6}\n```\nDone.',
        '```\n{"port": "Hull", "hour": 6}\n```',
        '<think>{"port": "York"}?</think>{"port": "Hull", "hour": 6}',
        '{*"port"*: "Hull", `"hour"`: 6}',
        'It is {"port": "Hull"} and {"hour": 6}.',
    ],
)
def test_json_is_read_out_of_a_reply_however_it_is_wrapped(reply):
    assert parse_response_model_str(reply, Tide) == Tide(port="Hull", hour=6)
    assert parse_response_dict_str(reply) == {"port": "Hull", "hour": 6}


def test_a_reply_without_it_is_none():
    assert parse_response_model_str("At six.", Tide) is None
    assert parse_response_model_str('{"hour": 6}', Tide) is None
    assert parse_response_dict_str("At six.") is None


def test_steps_of_reasoning_are_read_out_of_several_objects():
    first, second = '{"reasoning_steps": [{"title": "Look"}]}', '{"reasoning_steps": [{"title": "Tell"}]}'
    for reply, titles in ((f"Well: {first} so.", ["Look"]), (first + second, ["Look", "Tell"])):
        steps = parse_response_model_str(reply, ReasoningSteps)
        assert [step.title for step in steps.reasoning_steps] == titles
