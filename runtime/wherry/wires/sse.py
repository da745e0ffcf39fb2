"""Framing of streamed replies: bytes in, complete payloads out.

Pure and incremental; decoding the payloads belongs to the wire formats. Called by `wires.transport` only.
"""

from __future__ import annotations

from typing import Protocol

DONE = b"[DONE]"


class Framing(Protocol):
    """Cuts a byte stream into payloads."""

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take the next bytes, return the payloads they complete."""
        ...

    def rest(self) -> list[bytes]:
        """Return what the end of the stream completes."""
        ...


class ServerSentEvents:
    r"""The `data` of server-sent events, one payload an event.

    Lines may end in ``\n`` or ``\r\n``; comments, `event`, `id` and `retry` lines are skipped, because every
    model service repeats the event's type inside its data.
    """

    __slots__ = ("_data", "_tail")

    def __init__(self) -> None:
        self._tail = b""
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take the next bytes, return the payloads they complete."""
        if chunk.endswith(b"\n\n") and chunk.startswith(b"data:") and not (self._tail or self._data):
            if (ends := chunk.count(b"\n")) == 2:
                return [chunk[5:-2].strip()]
            events = chunk[5:-2].split(b"\n\ndata:")
            if ends == 2 * len(events):  # whole events of one line each, as nearly always
                return [event.strip() for event in events]
        lines = (self._tail + chunk).split(b"\n") if self._tail else chunk.split(b"\n")
        self._tail = lines.pop()
        payloads: list[bytes] = []
        data = self._data
        for line in lines:
            if line.startswith(b"data:"):
                data.append(line[5:].strip())
            elif data and line in {b"", b"\r"}:
                payloads.append(data[0] if len(data) == 1 else b"\n".join(data))
                data.clear()
        return payloads

    def rest(self) -> list[bytes]:
        """Return an event that the server ended without its blank line."""
        return self.feed(b"\n\n")


class EventsOrObject(ServerSentEvents):
    """Server-sent events, or a single JSON object when a proxy does not stream: Google's SDK reads both."""

    __slots__ = ("_whole",)

    def __init__(self) -> None:
        super().__init__()
        self._whole: bytes | None = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take the next bytes, return the payloads they complete."""
        payloads = super().feed(chunk)
        if self._whole is not None:
            self._whole = None if payloads else self._whole + chunk
        return payloads

    def rest(self) -> list[bytes]:
        """Return an event without its blank line, or the object that came instead of events."""
        whole = (self._whole or b"").strip()
        return super().rest() or ([whole] if whole.startswith(b"{") else [])


class Lines:
    """One JSON document a line, as Ollama streams them."""

    __slots__ = ("_tail",)

    def __init__(self) -> None:
        self._tail = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take the next bytes, return the payloads they complete."""
        lines = (self._tail + chunk).split(b"\n")
        self._tail = lines.pop()
        return [line for line in map(bytes.strip, lines) if line]

    def rest(self) -> list[bytes]:
        """Return a last line without its newline."""
        return self.feed(b"\n")
