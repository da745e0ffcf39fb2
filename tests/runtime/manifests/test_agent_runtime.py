"""An agent as data: what a manifest may say, and how a wrong one is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherry.manifests import AgentRuntime, ManifestError

LEAST = {"id": "helper", "model_ref": "openai:gpt-5-mini"}


def test_two_fields_are_enough():
    made = AgentRuntime.from_dict(LEAST)
    assert (made.name, made.toolkits, made.memory_policy.persist) == ("helper", (), False)


def test_a_single_text_stands_for_a_list_of_one():
    assert AgentRuntime.from_dict({**LEAST, "instructions": "Be brief"}).instructions == ("Be brief",)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"id": None}, "id"),
        ({"id": "a b"}, "id"),
        ({"model_ref": "gpt"}, "model_ref"),
        ({"model_ref": 5}, "model_ref"),
        ({"markdown": "yes"}, "markdown"),
        ({"toolkits": [1]}, "toolkits[0]"),
        ({"tolkits": []}, "tolkits"),
        ({"zzzzzzz": 1}, "zzzzzzz"),
        ({"memory_policy": {"window_size": -1}}, "memory_policy.window_size"),
        ({"memory_policy": {"window_size": True}}, "memory_policy.window_size"),
        ({"memory_policy": {"persists": True}}, "memory_policy.persists"),
        ({"session_policy": {"state": "forget"}}, "session_policy.state"),
        ({"session_policy": {"state": "overwrite", "agentic_state": True}}, "session_policy"),
        ({"timeouts": {"run": 0}}, "timeouts.run"),
        ({"timeouts": {"tool_call": True}}, "timeouts.tool_call"),
        ({"timeouts": {"run": "1s"}}, "timeouts.run"),
        ({"timeouts": {"run": float("inf")}}, "timeouts.run"),
        ({"timeouts": {"run": float("nan")}}, "timeouts.run"),
        ({"timeouts": {"tool_call": 10**12}}, "timeouts.tool_call"),
    ],
)
def test_a_wrong_field_is_named(change, where):
    with pytest.raises(ManifestError) as caught:
        AgentRuntime.from_dict({**LEAST, **change})
    assert caught.value.where == where


def test_a_near_name_is_suggested():
    with pytest.raises(ManifestError) as caught:
        AgentRuntime.from_dict({**LEAST, "tolkits": []})
    assert "toolkits" in caught.value.hint


def test_a_manifest_is_a_mapping():
    with pytest.raises(ManifestError, match="must be a mapping"):
        AgentRuntime.from_dict(["helper"])


TEXTS = st.lists(st.text(max_size=20), max_size=3)
MANIFESTS = st.fixed_dictionaries(
    {"id": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True), "model_ref": st.just("openai:m")},
    optional={
        "name": st.text(min_size=1, max_size=20),
        "instructions": TEXTS,
        "toolkits": TEXTS,
        "markdown": st.booleans(),
        "memory_policy": st.fixed_dictionaries(
            {}, optional={"persist": st.booleans(), "window_size": st.integers(0, 9)}
        ),
        "session_policy": st.fixed_dictionaries({"state": st.sampled_from(["merge", "overwrite"])}),
        "timeouts": st.fixed_dictionaries({}, optional={"run": st.floats(0.1, 99), "tool_call": st.integers(1, 9)}),
        "metadata": st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
    },
)


@given(MANIFESTS)
def test_a_manifest_survives_being_written_and_read(data):
    made = AgentRuntime.from_dict(data)
    assert AgentRuntime.from_dict(made.to_dict()) == made


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(AgentRuntime.__slots__)), JSON)
def test_any_value_is_taken_or_refused_with_its_place(name, value):
    try:
        made = AgentRuntime.from_dict({**LEAST, name: value})
    except ManifestError as error:
        assert error.where.startswith(name)  # noqa: PT017 - either outcome is right
    else:
        assert made.model_ref
