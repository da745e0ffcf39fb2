"""Requests that no model would answer are refused by the replay server, say why, and use up no reply."""

from __future__ import annotations

import httpx
import pytest

from wherry.testing import ReplayServer
from wherry.testing.__main__ import main

ASKED = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}


@pytest.mark.parametrize(
    ("method", "path", "sent", "told"),
    [
        ("DELETE", "chat/completions", {}, "expected a POST, got 'DELETE'"),
        ("PUT", "responses", {"json": {"input": "hello"}}, "expected a POST, got 'PUT'"),
        ("POST", "chat/completions", {"content": b"{broken"}, "expected a JSON object as its body, got '{broken'"),
        ("POST", "chat/completions", {"json": [1]}, "expected a JSON object as its body, got [1]"),
        ("POST", "chat/completions", {}, "expected a JSON object as its body, got None"),
        ("POST", "chat/completions", {"json": {"messages": "x"}}, "expected a list as 'messages', got 'x'"),
        ("POST", "messages", {"json": {"messages": ["x"]}}, "expected objects in 'messages', got 'x'"),
        ("POST", "responses", {"json": {"input": 5}}, "expected a list as 'input', got 5"),
    ],
)
def test_it_is_refused_and_no_reply_is_used_up(method, path, sent, told):
    with ReplayServer(["Hi."]) as server:
        refused = httpx.request(method, f"{server.base_url}/{path}", **sent)
        assert refused.status_code == 599
        message = refused.json()["error"]["message"]
        assert message.startswith(f"replay: request 0 ({method} /v1/{path}) fits no model: {told}")
        answered = httpx.post(f"{server.base_url}/chat/completions", json=ASKED)
        assert answered.json()["choices"][0]["message"]["content"] == "Hi."


@pytest.mark.parametrize(
    ("text", "told"),
    [(None, "'{path}': No such file or directory. Check the path."), ("[" * 3000, "{path}: nested too deeply")],
)
def test_a_script_that_cannot_be_read_is_one_line(tmp_path, capsys, text, told):
    path = tmp_path / "script.yaml"
    if text is not None:
        path.write_text(text)
    assert main(["--script", str(path)]) == 2
    assert capsys.readouterr().err.startswith(f"replay server: {told.format(path=path)}")
