"""A scripted model over real HTTP, for tests, notebooks, parity and benchmarks. The runtime never imports it.

`ReplayServer(replies)` listens on loopback in a thread of its own and speaks OpenAI chat completions
(`/v1/chat/completions`) and responses (`/v1/responses`), Anthropic messages (`/v1/messages`), Gemini
(`/v1beta/models/<id>:generateContent`, `:streamGenerateContent`), embeddings and moderations; plain and as
server-sent events. Stable interface:

```python
from wherry.testing import ReplayServer, Reply, Match, Usage, deterministic_reply

script = [
    {"tool_calls": [{"name": "add", "arguments": {"a": 1, "b": 2}}]},  # replies in order ...
    "The sum is 3.",  # a text is {"content": text}
    {"content": "Paris", "when": {"role": "user", "contains": "France"}, "times": "forever"},  # ... or by request
    {"content": {"city": "Rome"}, "usage": {"input_tokens": 9}, "reasoning": "hm", "expect": {"model": "gpt-5-mini"}},
    {"status": 429, "error": "slow down", "headers": {"retry-after": "1"}},
    {"content": "one two three", "think": 0.1, "tokens_per_second": 50, "cut_after": 2},  # timing, broken lines
    {"raw": {"choices": []}},  # the exact body; a list is sent as server-sent events
    lambda request: f"echo {request.text('user')}",  # computed; answers every request from here on
]
with ReplayServer(script) as server, server.environment():  # sets OPENAI_BASE_URL, OPENAI_API_KEY, ANTHROPIC_...
    ...  # `async with ReplayServer(script)` works too
    server.requests[0].body, server.requests[0].turns  # credentials removed; turns are (role, text)
    server.wait_for(2)  # block until two requests have arrived
    server.assert_done()  # every request expected, every reply used
    server.reset(["another script"])  # same address, new script
```

Other members: `url`, `base_url` (with /v1), `port`, `env()`, `add(*replies)`, `refused`, `problems()`,
`request_count`, `start()`, `close()`. A request that no reply expects fails closed: status 599 and a message that
shows the difference, never a made-up answer. All fields of a reply: `Reply`; of a condition: `Match`.
As a process: `python -m wherry.testing --port 8080 --script replies.yaml`.
"""

from wherry.testing.deterministic import deterministic_reply, example_of
from wherry.testing.errors import ReplayMismatch, ScriptError
from wherry.testing.request import RecordedRequest
from wherry.testing.script import Call, Match, Reply, Usage
from wherry.testing.server import MISMATCH_STATUS, ReplayServer

__all__ = [
    "MISMATCH_STATUS",
    "Call",
    "Match",
    "RecordedRequest",
    "ReplayMismatch",
    "ReplayServer",
    "Reply",
    "ScriptError",
    "Usage",
    "deterministic_reply",
    "example_of",
]
