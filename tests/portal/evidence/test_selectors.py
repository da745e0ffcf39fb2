import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherry_portal.evidence.selectors import Selector, SelectorError, matching, parse_selector

IDS = sorted(
    [
        "tests/runtime/test_agent_run.py::test_runs[run]",
        "tests/runtime/test_agent_run.py::test_runs[arun]",
        "tests/runtime/test_agent_run.py::TestStream::test_events",
        "tests/runtime/test_agent.py::test_name",
    ]
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("test:tests/a.py::*", Selector("test", "tests/a.py::*")),
        ("fixture:us1", Selector("fixture", "us1")),
        ("fixture:us1/agent-run", Selector("fixture", "us1", "agent-run")),
        ("notebook:01_first_agent", Selector("notebook", "01_first_agent")),
        ("bench:one-tool-100", Selector("bench", "one-tool-100")),
        ("signature:agno.agent.Agent", Selector("signature", "agno.agent.Agent")),
    ],
)
def test_a_selector_is_read_and_written_back(text, expected):
    assert parse_selector(text) == expected
    assert str(expected) == text


@pytest.mark.parametrize(
    "text", ["", "tests/a.py", "tst:x", "test:", "test: x", "fixture:a/", "fixture:/b", "notebook:x "]
)
def test_what_is_no_selector_is_refused_with_the_text(text):
    with pytest.raises(SelectorError) as refused:
        parse_selector(text)
    assert repr(text) in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        ("tests/runtime/test_agent_run.py::*", 3),
        ("tests/runtime/test_agent_run.py::test_runs[run]", 1),
        ("tests/runtime/test_agent_run.py::test_runs[?run]", 1),
        ("tests/runtime/test_agent_run.py::test_runs", 0),
        ("*::test_name", 1),
        ("tests/*", 4),
        ("TESTS/*", 0),
    ],
)
def test_a_pattern_finds_whole_node_ids_and_brackets_are_no_wildcard(pattern, count):
    assert len(matching(pattern, IDS)) == count


@given(st.lists(st.text(alphabet="ab[]/:", max_size=6), unique=True), st.text(alphabet="ab[]/:*?", max_size=6))
def test_matching_agrees_with_a_plain_recursive_matcher(names, pattern):
    def fits(rest, name):
        if not rest:
            return not name
        if rest[0] == "*":
            return fits(rest[1:], name) or (bool(name) and fits(rest, name[1:]))
        return bool(name) and rest[0] in {"?", name[0]} and fits(rest[1:], name[1:])

    assert matching(pattern, sorted(names)) == [name for name in sorted(names) if fits(pattern, name)]
