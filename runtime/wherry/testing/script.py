"""What a scripted model says: `Reply` (one answer), `Match` (which request it is for), `Usage`, `Call`.

Pure data and its reading from plain dicts; nothing here knows HTTP (`connection`) or a provider's wire format
(`dialects`). Read by `script_queue`, by the fixture loader of the portal and by everybody who writes a test.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from wherry.core.exact_json import dumps_exact
from wherry.testing.errors import ScriptError

if TYPE_CHECKING:
    from wherry.testing.request import RecordedRequest

ReplyFunction: TypeAlias = "Callable[[RecordedRequest], Reply | Mapping[str, Any] | str]"
"""A reply computed from the request: called in the server's thread, must return quickly."""


ERROR_STATUS = 400
"""The first HTTP status that is an error."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts of one reply, under Agno's metric names; every dialect writes them in its own words."""

    input_tokens: int = 20
    output_tokens: int = 5
    cache_read_tokens: int = 4
    cache_write_tokens: int = 0
    reasoning_tokens: int = 2
    audio_input_tokens: int = 0
    audio_output_tokens: int = 0

    @property
    def total_tokens(self) -> int:
        """Input plus output."""
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call the model asks for.

    `arguments` is the exact text on the wire (so that broken JSON can be scripted); an empty `id` is numbered by the
    server.
    """

    name: str
    arguments: str = "{}"
    id: str = ""

    @classmethod
    def read(cls, value: Any, where: str = "tool_calls") -> Call:
        """Read `{name, arguments, id}`, `[name, arguments, id]` or a bare name.

        Raises:
            ScriptError: When the value has another shape; `field` names the place.
        """
        if isinstance(value, Call):
            return value
        if isinstance(value, str):
            return cls(value)
        if isinstance(value, Mapping):
            _refuse_unknown(value, {"name", "arguments", "id"}, where)
            if not isinstance(value.get("name"), str):
                raise ScriptError(f"{where}.name", f"a tool call needs a name, got {value.get('name')!r}")
            return cls(value["name"], _arguments(value.get("arguments", {})), str(value.get("id") or ""))
        if isinstance(value, Sequence) and 0 < len(value) <= len(fields(cls)):
            name, arguments, ident, *_ = [*value, {}, ""] if len(value) == 1 else [*value, ""]
            return cls(str(name), _arguments(arguments), str(ident))
        raise ScriptError(where, f"a tool call is {{name, arguments, id}} or [name, arguments], got {value!r}")


@dataclass(frozen=True, slots=True)
class Match:
    """What a request must look like. Every field that is set must hold; an empty `Match` fits every request.

    Attributes:
        model: The model id asked for.
        path: Text that must occur in the request path.
        stream: Whether the request asks for a stream.
        role: Look for `contains` in messages of this role only (`developer` counts as `system`).
        contains: Texts that must all occur in the messages looked at.
        excludes: Texts that must not occur there.
        regex: A regular expression searched in the messages looked at.
        last: Look at the last message only.
        tools: Names of tools that must be offered.
        body: A subset of the JSON body: every key given must be there with the same value, recursively.
        n: The number of the request, counted from 0.
    """

    model: str | None = None
    path: str | None = None
    stream: bool | None = None
    role: str | None = None
    contains: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    regex: str | None = None
    last: bool = False
    tools: tuple[str, ...] = ()
    body: Mapping[str, Any] | None = None
    n: int | None = None

    @classmethod
    def read(cls, value: Any, where: str = "when") -> Match:
        """Read a mapping; a bare string means `contains`."""
        if isinstance(value, Match):
            return value
        if isinstance(value, str):
            return cls(contains=(value,))
        if not isinstance(value, Mapping):
            raise ScriptError(where, f"expected a mapping or a text, got {value!r}")
        _refuse_unknown(value, {f.name for f in fields(cls)}, where)
        found = dict(value)
        for key in ("contains", "excludes", "tools"):
            if key in found:
                found[key] = (found[key],) if isinstance(found[key], str) else tuple(found[key])
        return cls(**found)

    def complaints(self, request: RecordedRequest) -> list[str]:
        """Every reason why this request does not fit, in words; empty when it fits."""
        found = [*self._envelope(request), *self._texts(request)]
        if self.tools:
            missing = [name for name in self.tools if name not in request.tool_names]
            if missing:
                found.append(f"tools: expected {missing!r} among the offered ones, got {request.tool_names!r}")
        if self.body is not None:
            found.extend(_subset(self.body, request.body, "body"))
        return found

    def _envelope(self, request: RecordedRequest) -> Iterable[str]:
        if self.model is not None and request.model != self.model:
            yield f"model: expected {self.model!r}, got {request.model!r}"
        if self.path is not None and self.path not in request.path:
            yield f"path: expected {self.path!r} in it, got {request.path!r}"
        if self.stream is not None and request.stream != self.stream:
            yield f"stream: expected {self.stream!r}, got {request.stream!r}"
        if self.n is not None and request.n != self.n:
            yield f"n: expected request {self.n}, got request {request.n}"

    def _texts(self, request: RecordedRequest) -> Iterable[str]:
        if not (self.contains or self.excludes or self.regex):
            return
        turns = request.turns[-1:] if self.last else request.turns
        role = "system" if self.role == "developer" else self.role
        looked_at = "\n".join(text for who, text in turns if role is None or who == role)
        place = f"{role or 'message'} text"
        for wanted in self.contains:
            if wanted not in looked_at:
                yield f"{place}: expected {wanted!r} in it, got {_short(looked_at)!r}"
        for unwanted in self.excludes:
            if unwanted in looked_at:
                yield f"{place}: {unwanted!r} must not occur in {_short(looked_at)!r}"
        if self.regex is not None and not re.search(self.regex, looked_at):
            yield f"{place}: expected a match of {self.regex!r}, got {_short(looked_at)!r}"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of the scripted model, said in the words of whichever API asks.

    Attributes:
        content: The text; a dict or list given to `read` becomes its JSON text.
        reasoning: Reasoning text, where the API has a place for it.
        tool_calls: Tool calls, in order.
        usage: Token counts; None sends no usage at all.
        finish: The finish reason; by default what the API says for text or tool calls.
        model: The model id in the answer; by default the one asked for.
        id: The id of the answer; by default numbered by request.
        chunks: The exact pieces of `content` in a stream; by default one word each.
        status: HTTP status; 400 and above sends `error`.
        error: The error message, or the whole error body.
        headers: Extra response headers.
        raw: The exact answer: a dict is sent as JSON, a str as it is, a list as server-sent events (str or dict each).
        content_type: Content type of a `raw` text.
        extra: Merged into the assistant message (chat, messages, gemini) or the response object (responses).
        think: Seconds before the first byte.
        tokens_per_second: Speed of a stream; 0 is as fast as possible.
        timing: Seconds before each chunk of a stream (as recorded); overrides `tokens_per_second`.
        cut_after: Close the connection after this many chunks (0: before the first byte).
        split_bytes: Write a stream in pieces of this many bytes, to exercise readers.
        capture: Name to regular expression: what its first group last matched in the request's texts is put in for
            `{name}` in content and arguments (ids that only the request knows).
        times: How often this reply may be used; None is for ever.
        when: Only for requests that fit; such replies are picked before those that go in order.
        expect: The next request in order must look like this, or the server fails closed.

    Raises:
        ScriptError: (a ValueError) `times` is neither None nor a whole number of at least 1.
    """

    content: str | None = None
    reasoning: str | None = None
    tool_calls: tuple[Call, ...] = ()
    usage: Usage | None = Usage()
    finish: str | None = None
    model: str | None = None
    id: str | None = None
    chunks: tuple[str, ...] | None = None
    status: int = 200
    error: str | Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: Any = None
    content_type: str = "application/json"
    extra: Mapping[str, Any] = field(default_factory=dict)
    think: float = 0.0
    tokens_per_second: float = 0.0
    timing: tuple[float, ...] = ()
    cut_after: int | None = None
    split_bytes: int | None = None
    capture: Mapping[str, str] = field(default_factory=dict)
    times: int | None = 1
    when: Match | None = None
    expect: Match | None = None

    def __post_init__(self) -> None:
        if self.times == "forever":  # type: ignore[comparison-overlap]  # a mapping's word for it
            raise ScriptError("reply.times", "expected None for ever, or a whole number; only mappings say 'forever'")
        _times(self.times, "reply.times")

    @classmethod
    def read(cls, value: Any, where: str = "reply") -> Reply:
        """Read a reply from a text, a mapping or a `Reply`.

        Raises:
            ScriptError: For an unknown key or a value of the wrong shape; its `field` names the place.
        """
        if isinstance(value, Reply):
            return value
        if isinstance(value, str):
            return cls(content=value)
        if not isinstance(value, Mapping):
            raise ScriptError(where, f"a reply is a text or a mapping, got {value!r}")
        _refuse_unknown(value, {f.name for f in fields(cls)}, where)
        found = {key: _READERS[key](item, f"{where}.{key}") if key in _READERS else item for key, item in value.items()}
        return cls(**found)

    @property
    def words(self) -> tuple[str, ...]:
        """The content as a stream sends it: `chunks`, or one word (with the space after it) each."""
        if self.chunks is not None:
            return self.chunks
        return tuple(re.findall(r"\s*\S+\s*", self.content or "")) or ((self.content,) if self.content else ())

    def filled(self, request: RecordedRequest) -> Reply:
        """The same reply with what it captures from a request put in.

        Raises:
            ScriptError: When the request's texts do not match.
        """
        if not self.capture:
            return self
        texts = {}
        for name, pattern in self.capture.items():
            found = re.findall(pattern, request.text())
            if not found:
                raise ScriptError(f"capture.{name}", f"{pattern!r} matches nothing in {_short(request.text())!r}")
            texts["{" + name + "}"] = found[-1]

        def put_in(text: str) -> str:
            for mark, value in texts.items():
                text = text.replace(mark, value)
            return text

        calls = tuple(replace(call, arguments=put_in(call.arguments)) for call in self.tool_calls)
        return replace(self, content=put_in(self.content) if self.content else self.content, tool_calls=calls)

    def numbered(self, stamp: str) -> Reply:
        """The same reply with an id for every tool call that has none: `call_<stamp>_<position>`."""
        if all(call.id for call in self.tool_calls):
            return self
        return replace(
            self,
            tool_calls=tuple(c if c.id else replace(c, id=f"call_{stamp}_{k}") for k, c in enumerate(self.tool_calls)),
        )


def _text(value: Any, where: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (Mapping, list, int, float, bool)):
        return dumps_exact(value).decode()
    raise ScriptError(where, f"expected a text, a mapping or a list, got {value!r}")


def _calls(value: Any, where: str) -> tuple[Call, ...]:
    if not isinstance(value, (list, tuple)):
        raise ScriptError(where, f"expected a list of tool calls, got {value!r}")
    return tuple(Call.read(item, f"{where}[{k}]") for k, item in enumerate(value))


def _usage(value: Any, where: str) -> Usage | None:
    if value is None or isinstance(value, Usage):
        return value
    if not isinstance(value, Mapping):
        raise ScriptError(where, f"expected a mapping of token counts, got {value!r}")
    _refuse_unknown(value, {f.name for f in fields(Usage)}, where)
    return Usage(**value)


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise ScriptError(where, f"expected a number of at least 0, got {value!r}")
    return float(value)


def _times(value: Any, where: str) -> int | None:
    if value is None or value == "forever":
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ScriptError(where, f"expected a whole number of at least 1, or 'forever', got {value!r}")
    return value


def _arguments(value: Any) -> str:
    return value if isinstance(value, str) else dumps_exact(value).decode()


_READERS: dict[str, Callable[[Any, str], Any]] = {
    "content": _text,
    "tool_calls": _calls,
    "usage": _usage,
    "think": _number,
    "tokens_per_second": _number,
    "times": _times,
    "chunks": lambda value, _where: None if value is None else tuple(str(item) for item in value),
    "timing": lambda value, where: tuple(_number(item, where) for item in value),
    "when": Match.read,
    "expect": Match.read,
}


def _refuse_unknown(value: Mapping[str, Any], known: set[str], where: str) -> None:
    for key in value:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(sorted(known))}"
            raise ScriptError(f"{where}.{key}", f"unknown key {key!r}{hint}")


def _subset(wanted: Any, got: Any, where: str) -> Iterable[str]:
    if isinstance(wanted, Mapping) and isinstance(got, Mapping):
        for key, value in wanted.items():
            if key not in got:
                yield f"{where}.{key}: expected {value!r}, but the key is absent"
            else:
                yield from _subset(value, got[key], f"{where}.{key}")
    elif isinstance(wanted, (list, tuple)) and isinstance(got, list) and len(wanted) == len(got):
        for k, (one, other) in enumerate(zip(wanted, got, strict=True)):
            yield from _subset(one, other, f"{where}[{k}]")
    elif wanted != got:
        yield f"{where}: expected {_short(repr(wanted))}, got {_short(repr(got))}"


def _short(text: str, limit: int = 300) -> str:
    return text if len(text) <= limit else text[: limit - 20] + f"… (+{len(text) - limit + 20})"
