"""Rules of session state: what wins on loading, and what two overlapping runs leave behind."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherry.core.sessions.session_state import (
    copied,
    loaded_state,
    merge_data,
    merge_metadata,
    three_way,
    with_ids,
    without_ids,
)


def test_the_call_wins_over_the_database_which_wins_over_the_defaults():
    given_state = {"from_call": 1, "both": "call"}
    stored = {"both": "db", "from_db": 2, "deep": {"a": 1}}
    assert loaded_state(stored, {**given_state, "deep": {"b": 2}}) == {
        "both": "call",
        "from_db": 2,
        "from_call": 1,
        "deep": {"a": 1, "b": 2},
    }


@pytest.mark.parametrize("stored", [None, {}, "nonsense"])
def test_without_a_stored_state_the_given_one_stands(stored):
    assert loaded_state(stored, {"a": 1}) == {"a": 1}


def test_overwriting_ignores_what_is_stored():
    assert loaded_state({"b": 2}, {"a": 1}, overwrite=True) == {"a": 1}


def test_metadata_of_the_session_win_over_the_owners():
    session = {"plan": "paid", "deep": {"x": 1}}
    merge_metadata(session, {"plan": "free", "team": "red", "deep": {"x": 0, "y": 2}})
    assert session == {"plan": "paid", "team": "red", "deep": {"x": 1, "y": 2}}
    merge_metadata(None, {"a": 1})
    merge_metadata(session, None)


def test_the_ids_of_the_running_run_come_and_go():
    state = with_ids({"a": 1}, session_id="s", run_id="r", user_id="u")
    assert list(state) == ["a", "current_user_id", "current_session_id", "current_run_id"]
    without_ids(state)
    assert state == {"a": 1}
    without_ids(None)
    assert "current_user_id" not in with_ids({}, session_id="s", run_id="r")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "x"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
STATES = st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=4)


@given(STATES, STATES)
def test_one_side_that_changed_nothing_takes_the_other(base, changed):
    assert three_way(base, base, changed) == (changed, [])
    assert three_way(base, changed, base) == (changed, [])
    assert three_way(base, changed, copy.deepcopy(changed)) == (changed, [])


@given(STATES, STATES, STATES)
def test_both_orders_agree_on_everything_that_is_not_a_conflict(base, mine, theirs):
    one, conflicts = three_way(base, mine, theirs)
    other, same_conflicts = three_way(base, theirs, mine)
    assert sorted(conflicts) == sorted(same_conflicts)
    if not conflicts:
        assert one == other


@given(STATES, STATES, STATES)
def test_a_top_level_key_takes_a_side_that_changed_it(base, mine, theirs):
    merged, conflicts = three_way(base, mine, theirs)
    for key in base.keys() | mine.keys() | theirs.keys():
        was, here, there = (side.get(key, ...) for side in (base, mine, theirs))
        if here == was:
            assert merged.get(key, ...) == there
        elif there == was:
            assert merged.get(key, ...) == here
        elif here != there and not (isinstance(here, dict) and isinstance(there, dict)):
            assert key in conflicts
            assert merged.get(key, ...) == here


@given(STATES, STATES, STATES)
def test_merging_changes_neither_side(base, mine, theirs):
    before = copy.deepcopy((base, mine, theirs))
    merge_data({"session_state": base}, {"session_state": mine}, {"session_state": theirs})
    assert (base, mine, theirs) == before


TOKENS = st.dictionaries(st.sampled_from(["input_tokens", "output_tokens", "cost"]), st.integers(0, 50), max_size=3)


@given(TOKENS, TOKENS, TOKENS)
def test_metrics_add_up_what_each_side_added(base, added_here, added_there):
    def plus(one, more):
        return {name: one.get(name, 0) + more.get(name, 0) for name in one.keys() | more.keys()}

    mine, theirs = plus(base, added_here), plus(base, added_there)
    merged, conflicts = merge_data({"session_metrics": base}, {"session_metrics": mine}, {"session_metrics": theirs})
    assert conflicts == []
    assert merged.get("session_metrics", {}) == plus(theirs, added_here)


def test_metrics_of_models_are_matched_by_provider_and_id():
    def metrics(**models):
        return {
            "session_metrics": {
                "details": {"model": [{"id": k, "provider": "P", "total_tokens": v} for k, v in models.items()]}
            }
        }

    merged, _ = merge_data(metrics(a=1), metrics(a=3, b=5), metrics(a=2, c=7))
    assert merged == metrics(a=4, c=7, b=5)


def test_copies_share_nothing_that_can_change():
    tree = {"a": [1, {"b": {2}}]}
    twin = copied(tree)
    tree["a"][1]["b"].add(3)
    tree["a"].append(4)
    assert twin == {"a": [1, {"b": {2}}]}
