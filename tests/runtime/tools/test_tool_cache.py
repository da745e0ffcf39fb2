"""Results kept in files."""

import json
import time

import pytest
from pydantic import BaseModel
from tool_kit import WAYS, context, result_of

from wherry.core.tools.calls import ToolScope
from wherry.media import Image
from wherry.tools import Toolkit, tool
from wherry.tools.function import ToolResult

both_ways = pytest.mark.parametrize("way", WAYS)


@pytest.fixture
def calls():
    return []


@pytest.fixture
def cached(tmp_path, calls):
    """A decorator for tools that keep their results in this test's folder."""

    def decorate(function, **options):
        return tool(cache_results=True, cache_dir=str(tmp_path), **options)(function)

    return decorate


def entries(folder):
    return sorted(folder.rglob("*.json"))


@both_ways
def test_a_kept_result_answers_the_same_question(way, cached, calls, tmp_path):
    @cached
    def double(n: int) -> int:
        """Double."""
        calls.append(n)
        return n * 2

    assert [result_of(way, double, {"n": n}).result for n in (1, 1, 2, 1)] == [2, 2, 4, 2]
    assert calls == [1, 2]
    assert len(entries(tmp_path)) == 2
    assert entries(tmp_path)[0].parent == tmp_path / "functions" / "v2" / "double"
    assert entries(tmp_path)[0].stat().st_mode & 0o077 == 0


@both_ways
def test_a_result_of_a_union_comes_back_as_the_member_it_was(way, cached, calls):
    @cached
    def report() -> dict | ToolResult:
        """Report."""
        calls.append(1)
        return ToolResult(content="done", metadata={"k": "v"})

    results = [result_of(way, report).result for _ in range(2)]
    assert [(type(one), one.content, one.metadata) for one in results] == [(ToolResult, "done", {"k": "v"})] * 2
    assert calls == [1]


@both_ways
def test_an_old_result_is_made_anew(way, cached, calls, tmp_path):
    def double(n: int) -> int:
        """Double."""
        calls.append(n)
        return n * 2

    made = cached(double, cache_ttl=60)
    result_of(way, made, {"n": 1})
    (path,) = entries(tmp_path)
    entry = json.loads(path.read_text())
    path.write_text(json.dumps({**entry, "timestamp": time.time() - 61}))
    assert result_of(way, made, {"n": 1}).result == 2
    assert calls == [1, 1]


@pytest.mark.parametrize("spoil", ["not json", json.dumps({"timestamp": 9e9, "cache_format": 1, "result": 5})])
def test_a_spoilt_entry_is_made_anew(spoil, cached, calls, tmp_path):
    @cached
    def double(n: int) -> int:
        """Double."""
        calls.append(n)
        return n * 2

    result_of("blocking", double, {"n": 1})
    (path,) = entries(tmp_path)
    path.write_text(spoil)
    assert result_of("blocking", double, {"n": 1}).result == 2
    assert calls == [1, 1]


def test_an_entry_is_not_read_through_a_link(cached, calls, tmp_path):
    @cached
    def double(n: int) -> int:
        """Double."""
        calls.append(n)
        return n * 2

    result_of("blocking", double, {"n": 1})
    (path,) = entries(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text(json.dumps({"timestamp": time.time(), "cache_format": 2, "result": 99}))
    path.unlink()
    path.symlink_to(elsewhere)
    assert result_of("blocking", double, {"n": 1}).result == 2


def test_users_and_sessions_do_not_share_results(cached, calls):
    @cached
    def whoami(run_context) -> str:
        """Who am I."""
        calls.append(run_context.user_id)
        return run_context.user_id

    for user, session, run in [("ann", "1", "a"), ("ann", "1", "b"), ("bob", "1", "c"), ("ann", "2", "d")]:
        scope = ToolScope(run_context=context(user_id=user, session_id=session, run_id=run))
        assert result_of("blocking", whoami, {}, scope).text == user
    assert calls == ["ann", "bob", "ann"]


class Answer(BaseModel):
    n: int


def as_model(n: int) -> Answer:
    return Answer(n=n)


def as_tool_result(n: int):
    return ToolResult(content=str(n), metadata={"n": n})


@pytest.mark.parametrize("function", [as_model, as_tool_result])
def test_results_come_back_as_what_they_were(function, cached, calls):
    def count(function_call, arguments):
        calls.append(function_call(**arguments))
        return calls[-1]

    made = cached(function, tool_hooks=[count])
    first, second = (result_of("blocking", made, {"n": 3}) for _ in range(2))
    assert type(first.result) is type(second.result)
    assert first.text == second.text
    assert calls[0] is not calls[1]


def as_tuple(n: int) -> tuple[int, int]:
    return (n, n)


def as_error(n: int):
    raise ValueError("no")


def as_media(n: int):
    return ToolResult(content="x", images=[Image(url="http://127.0.0.1/x.png")])


def as_set(n: int):
    return {n}


def as_generator(n: int):
    yield "a"


@pytest.mark.parametrize("function", [as_tuple, as_error, as_media, as_set, as_generator])
def test_what_would_come_back_changed_is_not_kept(function, cached, tmp_path):
    made = cached(function)
    assert result_of("blocking", made, {"n": 1}).text == result_of("blocking", made, {"n": 1}).text
    assert entries(tmp_path) == []


def test_a_tool_that_returns_nothing_is_asked_again(cached, calls):
    @cached
    def note(n: int):
        """Note."""
        calls.append(n)

    assert [result_of("blocking", note, {"n": 1}).text for _ in range(2)] == ["None", "None"]
    assert calls == [1, 1]


def test_attached_media_keep_a_call_out_of_the_cache(cached, tmp_path):
    @cached
    def look(images, n: int) -> str:
        """Look."""
        return "seen"

    scope = ToolScope(images=[Image(url="http://127.0.0.1/x.png")])
    result_of("blocking", look, {"n": 1}, scope)
    assert entries(tmp_path) == []
    result_of("blocking", look, {"n": 1}, ToolScope())
    assert len(entries(tmp_path)) == 1


def test_hooks_run_on_kept_results_too(cached, calls):
    def shout(function_call, arguments):
        return function_call(**arguments).upper()

    def after(fc):
        calls.append(fc.result)

    def say() -> str:
        """Say."""
        calls.append("called")
        return "hello"

    made = cached(say, tool_hooks=[shout], post_hook=after)
    assert [result_of("blocking", made).text for _ in range(2)] == ["HELLO", "HELLO"]
    assert calls == ["called", "HELLO", "HELLO"]


def test_a_hook_that_changes_the_question_gets_a_new_answer(cached, calls, tmp_path):
    def shift(function_call, arguments):
        arguments["n"] += 10
        return function_call(**arguments)

    def double(n: int) -> int:
        """Double."""
        calls.append(n)
        return n * 2

    made = cached(double, tool_hooks=[shift])
    assert [result_of("blocking", made, {"n": 1}).result for _ in range(2)] == [22, 22]
    assert calls == [11, 11]
    assert entries(tmp_path) == []


def test_an_unusable_folder_costs_only_the_caching(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")

    @tool(cache_results=True, cache_dir=str(tmp_path / "file"))
    def say() -> str:
        """Say."""
        return "hello"

    assert result_of("blocking", say).text == "hello"
    assert "not kept" in caplog.text


def test_a_toolkit_can_keep_the_results_of_all_its_tools(tmp_path, calls):
    class Kit(Toolkit):
        def __init__(self):
            super().__init__(name="kit", tools=[self.look], cache_results=True, cache_dir=str(tmp_path))

        def look(self, n: int) -> str:
            """Look."""
            calls.append(n)
            return str(n)

    kit = Kit()
    assert [result_of("blocking", kit, {"n": 1}).text for _ in range(2)] == ["1", "1"]
    assert calls == [1]
