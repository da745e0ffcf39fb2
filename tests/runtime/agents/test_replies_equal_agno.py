"""Replies as models write them, put together at random: what Wherry reads out of one is what Agno reads."""

import datetime as dt
import logging

import pytest
from agno.utils.string import parse_response_dict_str, parse_response_model_str
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel

from wherry.core.asking.replies import parse_dict, parse_model


class Trip(BaseModel):
    title: str
    note: str | None = None
    stops: list[str] = []
    day: dt.date | None = None


class Bag(BaseModel):
    items: list[int] = []
    trip: Trip | None = None


PIECES = [
    *('{"title":"Bure"}', '{"title":"Ant"}', '{"items":[1]}', '{"items":[2]}', '{"stops":["a"]}', '[{"title":"x"}]'),
    *('"title":"Bure"', '"note":"he said "hi" to us"', '"stops":["a","b"]', '"stops":"a"', '"items":[1,2]'),
    *('"trip":{}', '"day":"2026-01-02"', '"title"', ":", "{", "}", "{}", "[", "]", ",", '"', "\\", '\\"', " ", "\n"),
    *("\t", "\x00", "é", "1", '*"title"*', '`"note"`', "**", "'title': 'Bure'", "None", "NaN", "true", "Sure: "),
    *('say "hello" {x}', "```json", "```", "<think>", "</think>", "Which river?"),
]
FRAMES = [
    *("{}", "```json\n{}\n```", "```\n{}\n```", "Sure: {} Enjoy.", "<think>hm</think>{}"),
    *('{{"title":"Bure",{}}}', '{{"note":"{}","title":"Ant"}}'),
]


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """Agno warns of every reply that it cannot read."""
    monkeypatch.setattr(logging.getLogger("agno"), "disabled", True)


def outcome(read, *given):
    """What reading gives, or the kind of what it raises: a text of brackets alone ends both in a RecursionError."""
    try:
        return repr(read(*given))
    except Exception as error:  # noqa: BLE001 - whatever Agno raises
        return type(error)


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=9).map("".join), st.sampled_from(FRAMES))
@example('"title":"Bure","note":"he said "hi" to us"', "{}")
@example('"note":"he said "hi" to us"', '{{"title":"Bure",{}}}')
@example('{"items":[1]} and {"items":[2]}', "{}")
@example('"trip":{"title":"Bure"}{ "items":[1,2]', "Sure: {} Enjoy.")
def test_replies_are_read_as_agno_reads_them(text, frame):
    reply = frame.format(text)
    for schema in (Trip, Bag):
        assert outcome(parse_model, reply, schema) == outcome(parse_response_model_str, reply, schema)
    assert outcome(parse_dict, reply) == outcome(parse_response_dict_str, reply)
