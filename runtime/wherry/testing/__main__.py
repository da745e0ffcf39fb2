"""`python -m wherry.testing`: the replay server as a process of its own (the benchmarks start it so)."""

from __future__ import annotations

import argparse
import queue
import signal
import sys
from pathlib import Path
from typing import Any

import orjson

from wherry.testing.deterministic import deterministic_reply
from wherry.testing.errors import ScriptError
from wherry.testing.server import ReplayServer


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; the first line printed is the base address. Exit 2: bad script or port."""
    parser = argparse.ArgumentParser(
        prog="python -m wherry.testing", description="A scripted model over HTTP on loopback."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free port")
    parser.add_argument(
        "--script", type=Path, help="YAML or JSON: a list of replies, or a mapping with model_responses"
    )
    parser.add_argument(
        "--reply",
        action="append",
        default=[],
        help="a text that answers every request (may be repeated: in order, the last for ever)",
    )
    parser.add_argument("--auto", action="store_true", help="answer what the script does not expect by rule")
    parser.add_argument("--think", type=float, default=0.0, help="seconds before the first byte (default: none)")
    parser.add_argument(
        "--tokens-per-second", type=float, default=0.0, help="of a stream (default: as fast as it goes)"
    )
    parser.add_argument("--no-record", action="store_true", help="keep no requests in memory")
    options = parser.parse_args(arguments)
    try:
        replies = read_script(options.script) if options.script else []
        replies += [{"content": text} for text in options.reply]
        if options.reply:
            replies[-1]["times"] = "forever"
        server = ReplayServer(
            replies,
            host=options.host,
            port=options.port,
            fallback=deterministic_reply if options.auto or not replies else None,
            think=options.think,
            tokens_per_second=options.tokens_per_second,
            record=not options.no_record,
        ).start()
    except (OSError, ScriptError) as error:
        told: object = error
        if isinstance(error, OSError) and error.filename:
            told = f"{str(error.filename)!r}: {error.strerror}. Check the path."
        sys.stderr.write(f"replay server: {told}\n")
        return 2
    # Before the address is told, for who reads it may send the signal at once; a queue that may be filled from within
    # a handler, for an Event's lock may just then be held by the very thread that the handler interrupts.
    stopped: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: stopped.put(number))
    sys.stdout.write(f"{server.base_url}\n")
    sys.stdout.flush()
    stopped.get()
    server.close()
    return 0


def read_script(path: Path) -> list[Any]:
    """The replies in a YAML or JSON file.

    Raises:
        ScriptError: When the file holds no list of replies.
        OSError: When it cannot be read.
    """
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        try:
            found = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise ScriptError(str(path), f"not JSON: {error}") from error
    else:
        try:
            import yaml
        except ImportError as error:
            raise ScriptError(
                str(path),
                "reading YAML needs PyYAML: install it with `pip install pyyaml`, or write the script as JSON",
            ) from error
        try:
            # The loader in Python: the one in C ends the process where a file is nested very deeply.
            found = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ScriptError(str(path), f"not YAML: {error}") from error
        except RecursionError:
            raise ScriptError(str(path), "nested too deeply") from None
    replies = found.get("model_responses") if isinstance(found, dict) else found
    if not isinstance(replies, list):
        raise ScriptError(
            str(path), f"expected a list of replies, or a mapping with `model_responses`, got {type(replies).__name__}"
        )
    return replies


if __name__ == "__main__":
    sys.exit(main())
