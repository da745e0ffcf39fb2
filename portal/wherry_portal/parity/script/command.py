"""`wherry record` and `wherry parity script`: a cassette from a user's own script, and both runtimes played on it.

What they do is in `proxy`, `cassette` and `sides`.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from wherry.core.errors import WherryError
from wherry_portal.parity.script.sides import sqlite_files
from wherry_portal.sources.counted import counted

CASSETTE = Path("cassette.json")
PASSED_BY = "A client with an address of its own (base_url=...) passes it by; leave that to the environment."
KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "GEMINI_API_KEY")


class NothingRecorded(WherryError):
    """There is nothing to record, or nothing was."""

    code = "record_nothing"


def record(
    *command: Annotated[str, Parameter(allow_leading_hyphen=True)],
    output: Annotated[Path, Parameter(name=["--output", "-o"])] = CASSETTE,
    stub: bool = False,
) -> int:
    """Run a command and keep what it asks a model and what it is told: `wherry record -- python my_agent.py`.

    The command runs as it is, behind a proxy on loopback; credentials are not written. Without a key, `--stub` answers
    by rule instead of asking a service.

    Args:
        command: The command, after `--`.
        output: The cassette to write.
        stub: Let a deterministic model answer.

    Returns:
        The command's exit status; 2 when nothing could be recorded.
    """
    from wherry.testing import ReplayServer, deterministic_reply
    from wherry_portal.evidence.stamp import header
    from wherry_portal.parity.script.cassette import write_cassette
    from wherry_portal.parity.script.proxy import ANTHROPIC, GEMINI, OPENAI, RecordingProxy

    words = [word for k, word in enumerate(command) if not (k == 0 and word == "--")]
    if not words:
        raise NothingRecorded(
            "no command was given", hint="Write it after two dashes: wherry record -- python agent.py"
        )
    if not stub and not any(os.environ.get(name) for name in KEYS):
        raise NothingRecorded(
            f"none of {', '.join(KEYS)} is set", hint="Set one, or let a model without a mind answer: --stub"
        )
    before = {path: path.stat().st_mtime_ns for path in sqlite_files(Path.cwd())}
    head = header(shlex.join(["wherry", "record", *(["--stub"] if stub else []), "--", *words]))
    with ExitStack() as stack:
        bases = {
            "openai": os.environ.get("OPENAI_BASE_URL", OPENAI),
            "anthropic": os.environ.get("ANTHROPIC_BASE_URL", ANTHROPIC),
            "gemini": os.environ.get("GOOGLE_GEMINI_BASE_URL", GEMINI),
        }
        keys: dict[str, str] = {}
        if stub:
            server = stack.enter_context(ReplayServer(fallback=deterministic_reply))
            bases = {"openai": server.base_url, "anthropic": server.url, "gemini": server.url}
            keys = {name: value for name, value in server.env().items() if name.endswith("_KEY")}
        proxy = stack.enter_context(RecordingProxy(**bases))
        status = _run(words, {**os.environ, **keys, **proxy.env()})
    for line in proxy.failures:
        print(f"wherry record: {line}", file=sys.stderr)
    if not proxy.exchanges:
        raise NothingRecorded(
            f"{shlex.join(words)} asked no model through the proxy and ended with status {status}",
            hint="Let it run through first." if status else PASSED_BY,
        )
    head["upstream"] = "deterministic" if stub else "service"
    head["created"] = _created(before)
    write_cassette(
        output, {key: head[key] for key in ("date", "command", "versions", "upstream", "created")}, proxy.exchanges
    )
    print(f"{counted(len(proxy.exchanges), 'exchange')} in {output}")
    return status


def _created(before: dict[Path, int]) -> list[str]:
    """SQLite files that the command made; one that it only changed is told: a replay begins with what it holds now."""
    made = []
    for path in sqlite_files(Path.cwd()):
        name = path.relative_to(Path.cwd()).as_posix()
        if path not in before:
            made.append(name)
        elif path.stat().st_mtime_ns != before[path]:
            print(f"wherry record: {name} was there before and has changed; a replay begins with it so")
    return made


def _run(words: list[str], env: dict[str, str]) -> int:
    try:
        return subprocess.run(words, env=env, check=False).returncode
    except OSError as error:
        raise NothingRecorded(
            f"{words[0]!r} cannot be started: {error.strerror}", hint="Give a command found on PATH."
        ) from None


def script(
    path: Path,
    /,
    *arguments: Annotated[str, Parameter(allow_leading_hyphen=True)],
    cassette: Path = CASSETTE,
    root: Path | None = None,
    stdin: Path | None = None,
    output: Path | None = None,
    page: Path | None = None,
    timed: bool = False,
    findings: int = 20,
) -> int:
    """Run your own script on Agno as it is and, migrated, on Wherry, against one cassette, and compare.

    Compared are what it prints, what it asks the model, events, outputs and the rows of its SQLite databases. Every run
    gets a copy of the script's folder.

    Args:
        path: The script.
        arguments: Its arguments, after `--`.
        cassette: What `wherry record` wrote.
        root: The folder to copy, when the script needs more than its own; it is started where you are in it.
        stdin: File with what it reads from its standard input, when it asks for something.
        output: Where to write the result as JSON; by default beside the script, `<name>.parity.json`.
        page: Where to write it as one HTML file; by default `<name>.parity.html`.
        timed: Replay streams with their recorded timing.
        findings: How many differences to print.

    Returns:
        0 when they agree, 1 on a difference or on a question that was not recorded, 2 when it could not be run.
    """
    from wherry_portal.evidence.stamp import header
    from wherry_portal.parity.intentional import Expectations, read_rules
    from wherry_portal.parity.script import page as pages
    from wherry_portal.parity.script.cassette import read_cassette
    from wherry_portal.parity.script.refused import ScriptRefused
    from wherry_portal.parity.script.running import Script
    from wherry_portal.parity.script.sides import compare_script
    from wherry_portal.parity.script.subject import subject
    from wherry_portal.parity.script.tell import tell
    from wherry_portal.sources import write_atomic

    if not path.is_file():
        raise ScriptRefused(f"there is no script {str(path)!r}", hint="Name a Python file.")
    if not cassette.is_file():
        hint = f"Record it first: wherry record --output {cassette} -- python {path} (without a key: record --stub)."
        raise ScriptRefused(f"there is no cassette {str(cassette)!r}", hint=hint)
    if stdin is not None and not stdin.is_file():
        raise ScriptRefused(f"there is no file {str(stdin)!r}", hint="--stdin names a file with what is typed.")
    words = tuple(word for k, word in enumerate(arguments) if not (k == 0 and word == "--"))
    head = header(f"wherry parity script {path.name}", root=path.parent, reference=True)
    expectations = Expectations(read_rules())
    own = Script(path, words, root, stdin)
    result = compare_script(own, read_cassette(cassette), expectations, timed=timed)
    json_file = output or path.with_suffix(".parity.json")
    head |= subject(path, json_file, own.folder, result.migrated, result.ran)
    html_file = page or path.with_suffix(".parity.html")
    write_atomic(json_file, pages.as_json(result, expectations, head))
    write_atomic(html_file, pages.page(result, expectations, title=path.name, head=head))
    tell(result, findings)
    print(f"Written: {json_file}, {html_file}")
    return 0 if result.passed else 1
