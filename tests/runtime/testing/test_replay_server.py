"""The replay server says what its script says, in every API, and fails closed on anything else."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time

import aiohttp
import pytest
import urllib3

from wherry.testing import MISMATCH_STATUS, ReplayMismatch, ReplayServer, Reply, ScriptError, Usage, deterministic_reply

CHAT = "/v1/chat/completions"
PATHS = {
    "chat": CHAT,
    "responses": "/v1/responses",
    "messages": "/v1/messages",
    "gemini": "/v1beta/models/gemini-2.5-flash:generateContent",
}


@pytest.fixture
def http():
    with urllib3.PoolManager(retries=False) as pool:
        yield pool


def asked(text="hi", **more):
    return {"model": "gpt-5-mini", "messages": [{"role": "user", "content": text}], **more}


def post(http, server, body, path=CHAT, **options):
    return http.request("POST", server.url + path, json=body, **options)


def frames(response):
    text = response.data.decode()
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ") and line != "data: [DONE]"]


def test_replies_come_in_order_and_every_request_is_recorded(http):
    with ReplayServer(["one", {"content": "two"}]) as server:
        said = [post(http, server, asked(t)).json()["choices"][0]["message"]["content"] for t in ("a", "b")]
        assert said == ["one", "two"]
        assert [r.text("user") for r in server.requests] == ["a", "b"]
        server.assert_done()


def test_one_reply_in_the_words_of_each_api(http):
    reply = {"content": "It is 3.", "reasoning": "add", "tool_calls": [["add", {"a": 1}, "c1"]]}
    bodies = {
        "chat": asked(),
        "responses": {"model": "m", "input": "hi"},
        "messages": asked(max_tokens=5),
        "gemini": {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]},
    }
    with ReplayServer([reply] * 4) as server:
        got = {name: post(http, server, bodies[name], path).json() for name, path in PATHS.items()}
        assert [r.text("user") for r in server.requests] == ["hi"] * 4
        assert [r.model for r in server.requests] == ["gpt-5-mini", "m", "gpt-5-mini", "gemini-2.5-flash"]
    message = got["chat"]["choices"][0]["message"]
    assert message["content"] == "It is 3."
    assert message["reasoning_content"] == "add"
    assert message["tool_calls"][0] == {
        "id": "c1",
        "type": "function",
        "function": {"name": "add", "arguments": '{"a":1}'},
    }
    assert [item["type"] for item in got["responses"]["output"]] == ["reasoning", "message", "function_call"]
    assert [block["type"] for block in got["messages"]["content"]] == ["thinking", "text", "tool_use"]
    assert got["messages"]["stop_reason"] == "tool_use"
    parts = got["gemini"]["candidates"][0]["content"]["parts"]
    assert parts[2]["functionCall"] == {"id": "c1", "name": "add", "args": {"a": 1}}


def test_a_stream_carries_the_same_text_word_by_word_and_usage_only_when_asked(http):
    with ReplayServer([Reply(content="one two three", times=None)]) as server:
        plain = frames(post(http, server, asked(stream=True)))
        counted = frames(post(http, server, asked(stream=True, stream_options={"include_usage": True})))
    words = [c["choices"][0]["delta"].get("content") for c in plain if c["choices"]]
    assert words == ["", "one ", "two ", "three", None]
    assert not [c for c in plain if "usage" in c]
    assert counted[-1]["usage"]["prompt_tokens"] == Usage().input_tokens


@pytest.mark.parametrize("split", [1, 7, None])
def test_a_stream_written_in_odd_pieces_is_the_same_stream(http, split):
    with ReplayServer([{"content": "grüße an alle 🙂", "split_bytes": split}]) as server:
        chunks = frames(post(http, server, asked(stream=True)))
    assert "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks) == "grüße an alle 🙂"


def test_a_conditional_reply_is_picked_by_what_the_request_looks_like(http):
    script = [
        "in order",
        {"content": "about France", "when": {"role": "user", "contains": "France"}, "times": "forever"},
        {"content": "other model", "when": {"model": "gpt-6", "tools": ["add"]}},
    ]
    with ReplayServer(script) as server:
        say = lambda body: post(http, server, body).json()["choices"][0]["message"]["content"]  # noqa: E731
        assert say(asked("France?")) == "about France"
        assert say(asked("Spain?")) == "in order"
        assert (
            say({**asked("x"), "model": "gpt-6", "tools": [{"type": "function", "function": {"name": "add"}}]})
            == "other model"
        )
        assert say(asked("France again")) == "about France"
        server.assert_done()


def test_an_unexpected_request_fails_closed_and_shows_the_difference(http):
    script = [{"content": "x", "expect": {"model": "gpt-6", "contains": "Berlin", "body": {"temperature": 0.5}}}]
    with ReplayServer(script) as server:
        answer = post(http, server, asked("Paris", temperature=1.0))
        message = answer.json()["error"]["message"]
        assert answer.status == MISMATCH_STATUS
        assert answer.headers["x-should-retry"] == "false"
        assert "model: expected 'gpt-6', got 'gpt-5-mini'" in message
        assert "expected 'Berlin' in it, got 'Paris'" in message
        assert '-  "temperature": 0.5' in message
        with pytest.raises(ReplayMismatch, match=r"(?s)gpt-6.*replies\[0\] used 0 of 1 times: 'x'"):
            server.assert_done()


def test_a_request_after_the_end_of_the_script_is_refused(http):
    with ReplayServer([]) as server:
        assert "expected: nothing more" in post(http, server, asked()).json()["error"]["message"]
        assert server.problems()


@pytest.mark.parametrize(
    ("path", "where"), [(CHAT, "message"), (PATHS["messages"], "message"), (PATHS["gemini"], "message")]
)
def test_a_scripted_error_has_status_body_and_headers(http, path, where):
    with ReplayServer([{"status": 429, "error": "slow down", "headers": {"retry-after": "1"}}]) as server:
        answer = post(http, server, asked(), path)
    assert answer.status == 429
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["error"][where] == "slow down"


def test_computed_replies_and_raw_replies(http):
    with ReplayServer(
        [{"raw": {"odd": True}}, {"raw": ["data: x\n\n", {"y": 1}]}, lambda r: f"echo {r.text('user')}"]
    ) as server:
        assert post(http, server, asked()).json() == {"odd": True}
        assert post(http, server, asked(stream=True)).data == b'data: x\n\ndata: {"y":1}\n\n'
        assert post(http, server, asked("a")).json()["choices"][0]["message"]["content"] == "echo a"
        assert post(http, server, asked("b")).json()["choices"][0]["message"]["content"] == "echo b"


def test_a_reply_function_that_raises_is_reported_not_swallowed(http):
    with ReplayServer([lambda request: request.body["absent"]]) as server:
        assert "KeyError: 'absent'" in post(http, server, asked()).json()["error"]["message"]
        with pytest.raises(ReplayMismatch, match="KeyError"):
            server.assert_done()


def test_credentials_are_never_recorded(http):
    headers = {
        "Authorization": "Bearer sk-secret",
        "X-Api-Key": "sk-secret",
        "X-Goog-Api-Key": "sk-secret",
        "X-Kept": "yes",
    }
    with ReplayServer(["x"]) as server:
        http.request("POST", server.url + CHAT + "?key=sk-secret&alt=sse", json=asked(), headers=headers)
        kept = json.dumps(server.requests[0].to_dict())
    assert "sk-secret" not in kept
    assert "alt=sse" in kept
    assert server.requests[0].headers["x-kept"] == "yes"


def test_timing_of_a_stream_is_kept(http):
    with ReplayServer([{"content": "a b", "think": 0.1, "timing": [0.05, 0.05, 0.05]}]) as server:
        start = time.perf_counter()
        post(http, server, asked(stream=True))
    assert 0.25 <= time.perf_counter() - start < 20


def test_a_connection_can_be_cut_in_the_middle(http):
    with ReplayServer([{"content": "a b c", "cut_after": 2}, {"cut_after": 0}]) as server:
        with pytest.raises(urllib3.exceptions.ProtocolError):
            post(http, server, asked(stream=True))
        with pytest.raises(urllib3.exceptions.ProtocolError):
            post(http, server, asked())


def test_a_client_that_goes_away_is_noticed():
    async def leave(server):
        async with aiohttp.ClientSession() as session:
            response = await session.post(server.url + CHAT, json=asked(stream=True))
            await response.content.readline()
            response.close()

    with ReplayServer([{"content": "one two three four", "tokens_per_second": 5}]) as server:
        asyncio.run(leave(server))
        deadline = time.perf_counter() + 60
        while not server.requests[0].disconnected and time.perf_counter() < deadline:
            time.sleep(0.01)
        assert server.requests[0].disconnected


async def _many(server, count):
    async with aiohttp.ClientSession() as session:

        async def one(k):
            async with session.post(server.url + CHAT, json=asked(f"q{k}")) as response:
                return (await response.json())["choices"][0]["message"]["content"]

        return await asyncio.gather(*(one(k) for k in range(count)))


def test_many_concurrent_requests_each_get_their_own_reply():
    async def main():
        async with ReplayServer([lambda r: r.text("user").replace("q", "a")]) as server:
            assert await _many(server, 100) == [f"a{k}" for k in range(100)]

    asyncio.run(main())


def test_ids_do_not_depend_on_the_order_of_concurrent_requests(http):
    script = [{"tool_calls": ["f"], "when": {"contains": t}} for t in ("A", "B")]
    seen = []
    for order in ("AB", "BA"):
        with ReplayServer(script) as server:
            seen.append(
                {t: post(http, server, asked(t)).json()["choices"][0]["message"]["tool_calls"][0]["id"] for t in order}
            )
    assert seen[0] == seen[1]
    assert seen[0]["A"] != seen[0]["B"]


def test_embeddings_and_moderations_are_answered_without_a_script(http):
    with ReplayServer([{"content": "violence", "when": {"path": "moderations", "body": {"input": "bad"}}}]) as server:
        got = post(
            http, server, {"model": "e", "input": ["a cat", "a cat sat", "zebra"], "dimensions": 64}, "/v1/embeddings"
        ).json()
        clean = post(http, server, {"input": "good"}, "/v1/moderations").json()
        bad = post(http, server, {"input": "bad"}, "/v1/moderations").json()
        server.assert_done()
    one, near, far = (item["embedding"] for item in got["data"])
    dot = lambda a, b: sum(x * y for x, y in zip(a, b, strict=True))  # noqa: E731
    assert dot(one, near) > dot(one, far)
    assert dot(one, one) == pytest.approx(1)
    assert not clean["results"][0]["flagged"]
    assert bad["results"][0]["categories"]["violence"]


def test_reset_keeps_the_address_and_forgets_the_rest(http):
    with ReplayServer(["x"]) as server:
        post(http, server, asked())
        address = server.url
        server.reset(["y"])
        assert server.requests == []
        assert post(http, server, asked()).json()["choices"][0]["message"]["content"] == "y"
        assert server.url == address


def test_the_environment_points_at_the_server_and_is_put_back(monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "before")
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
    with ReplayServer() as server, server.environment():
        assert os.environ["OPENAI_BASE_URL"] == server.base_url
        assert os.environ["ANTHROPIC_BASE_URL"] == server.url
    assert os.environ["OPENAI_BASE_URL"] == "before"
    assert "ANTHROPIC_BASE_URL" not in os.environ


@pytest.mark.parametrize(
    ("reply", "field", "hint"),
    [
        ({"contnt": "x"}, "replies[0].contnt", "did you mean 'content'"),
        ({"tool_calls": [{"arguments": {}}]}, "replies[0].tool_calls[0].name", "needs a name"),
        ({"when": {"model": "m", "contians": "x"}}, "replies[0].when.contians", "did you mean 'contains'"),
        ({"times": 0}, "replies[0].times", "at least 1"),
        ({"think": -1}, "replies[0].think", "at least 0"),
        ({"usage": {"tokens": 1}}, "replies[0].usage.tokens", "unknown key"),
        ({"when": "a", "expect": "b"}, "replies[0]", "give one"),
        (42, "replies[0]", "a text or a mapping"),
    ],
)
def test_a_bad_script_is_refused_by_field(reply, field, hint):
    with pytest.raises(ScriptError, match=hint) as caught:
        ReplayServer([reply])
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("times", "hint"), [("forever", "expected None for ever"), (0, "at least 1"), ("twice", "at least 1")]
)
def test_a_reply_is_refused_where_it_is_made(times, hint):
    with pytest.raises(ScriptError, match=hint) as caught:
        Reply(content="x", times=times)
    assert caught.value.field == "reply.times"


def test_bytes_that_are_no_http_get_a_400():
    with ReplayServer() as server, socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
        client.sendall(b"HELLO\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 400")


def test_pipelined_and_chunked_requests_are_read():
    body = json.dumps(asked()).encode()
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:9], body[9:])) + b"0\r\n\r\n"
    head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
    with ReplayServer([{"content": "x", "think": 0.02, "times": 2}]) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
            for byte in (head + chunked) * 2:
                client.send(bytes([byte]))
            got = b""
            while got.count(b"chat.completion") < 2:
                got += client.recv(65536)
        assert [r.body for r in server.requests] == [asked(), asked()]


def test_a_taken_port_is_reported_at_once():
    with ReplayServer() as server, pytest.raises(OSError, match="address already in use"):
        ReplayServer(port=server.port).start()


def test_as_a_process_of_its_own(http, tmp_path):
    script = tmp_path / "s.yaml"
    script.write_text("- content: {a: 1}\n- tool_calls: [{name: f, arguments: {b: 2}}]\n")
    with subprocess.Popen(
        [sys.executable, "-m", "wherry.testing", "--script", str(script)], stdout=subprocess.PIPE, text=True
    ) as process:
        base = process.stdout.readline().strip()
        first = http.request("POST", base + "/chat/completions", json=asked()).json()
        process.terminate()
        assert process.wait(60) == 0
    assert first["choices"][0]["message"]["content"] == '{"a":1}'


def test_a_bad_script_file_ends_the_process_with_one_line(tmp_path):
    script = tmp_path / "s.yaml"
    script.write_text("- contnt: x\n")
    done = subprocess.run(
        [sys.executable, "-m", "wherry.testing", "--script", str(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "replies[0].contnt" in done.stderr
    assert "Traceback" not in done.stderr


def tool(name, **properties):
    return {
        "type": "function",
        "function": {
            "name": name,
            "parameters": {"type": "object", "properties": properties, "required": list(properties)},
        },
    }


def test_the_deterministic_model_calls_the_tool_the_text_is_about_and_reports_its_result(http):
    tools = [
        tool("get_weather", city={"type": "string"}),
        tool("add_numbers", a={"type": "integer"}, b={"type": "integer"}),
    ]
    body = asked("please add 4 and 5", tools=tools)
    with ReplayServer(fallback=deterministic_reply) as server:
        first = post(http, server, body).json()["choices"][0]["message"]
        call = first["tool_calls"][0]
        after = {"role": "tool", "tool_call_id": call["id"], "content": "9"}
        second = post(http, server, {**body, "messages": [*body["messages"], first, after]}).json()
    assert call["function"] == {"name": "add_numbers", "arguments": '{"a":4,"b":5}'}
    assert second["choices"][0]["message"]["content"] == "The tools say: 9"


def test_the_deterministic_model_fills_a_schema_and_echoes_plain_text(http):
    schema = {
        "type": "object",
        "properties": {
            "kind": {"enum": ["x", "y"]},
            "n": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "items": {"type": "array", "items": {"$ref": "#/$defs/I"}},
        },
        "$defs": {"I": {"type": "object", "properties": {"ok": {"type": "boolean"}, "t": {"type": "string"}}}},
    }
    form = {"type": "json_schema", "json_schema": {"name": "R", "schema": schema}}
    with ReplayServer(fallback=deterministic_reply) as server:
        content = post(http, server, asked("give 7", response_format=form)).json()["choices"][0]["message"]["content"]
        echo = post(http, server, asked("hello")).json()["choices"][0]["message"]["content"]
    assert json.loads(content) == {"kind": "x", "n": 7, "items": [{"ok": True, "t": "give 7"}]}
    assert echo == "You said: hello"


def test_the_deterministic_model_takes_no_digits_out_of_ids_and_times(http):
    number = {"type": "object", "properties": {"score": {"type": "integer", "minimum": 1, "maximum": 10}}}
    form = {"type": "json_schema", "json_schema": {"name": "R", "schema": number}}
    made_up = ("9a680117f2f195632969226fec9ef156", "4bcf72a2-6f2e-46c9-ae8b-84ae20d5faaa", "2026-01-02 03:04:05")
    with ReplayServer(fallback=deterministic_reply) as server:
        answers = [
            post(http, server, asked(f"<o nonce={made}> give {said}", response_format=form)).json()
            for made in made_up
            for said in ("6", "some", "2026-01")
        ]
    scores = [json.loads(answer["choices"][0]["message"]["content"])["score"] for answer in answers]
    assert scores == [6, 1, 10] * 3


def test_the_deterministic_model_is_deaf_to_a_frameworks_own_words(http):
    tools = [tool("create_task", title={"type": "string"}), tool("mark_all_complete", summary={"type": "string"})]
    answers = []
    with ReplayServer(fallback=deterministic_reply) as server:
        for words in ("Go on with the tasks.", "Continue working."):
            state = f"<current_task_state>\nNo tasks yet.\n</current_task_state>\n{words}"
            body = asked(state, tools=tools)
            first = post(http, server, body).json()["choices"][0]["message"]
            after = {"role": "tool", "tool_call_id": first["tool_calls"][0]["id"], "content": f"Done. {words}"}
            second = post(http, server, {**body, "messages": [*body["messages"], first, after]}).json()
            answers.append((first["tool_calls"][0]["function"], second["choices"][0]["message"]["content"]))
    assert answers[0] == answers[1]
    assert answers[0][0]["name"] == "mark_all_complete"


def test_the_deterministic_model_is_deaf_to_the_line_that_announces_a_text(http):
    said = "User: I build boats."
    with ReplayServer(fallback=deterministic_reply) as server:
        answers = [
            post(http, server, asked(text)).json()["choices"][0]["message"]["content"]
            for text in (f"Read this conversation:\n\n{said}", f"A conversation, for the profile:\n\n{said}", "Go:\n")
        ]
    assert answers == [f"You said: {said}"] * 2 + ["You said: Go:\n"]


def test_a_reply_can_repeat_an_id_that_only_the_request_knows(http):
    script = [{"tool_calls": [{"name": "f", "arguments": {"id": "{task}"}}], "capture": {"task": r"task (\w+)"}}] * 2
    with ReplayServer(script) as server:
        got = post(http, server, asked("task a1 and task b2")).json()
        refused = post(http, server, asked("nothing")).json()
    assert got["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] == '{"id":"b2"}'
    assert "matches nothing" in refused["error"]["message"]
