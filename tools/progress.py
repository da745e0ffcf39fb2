"""Running one step of a target: its line on the terminal, its log, and one clear sentence when it fails.

What the steps are is decided in `stages`; this module knows nothing about them.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / ".cache" / "logs"
TAIL = 60
REFRESH = 0.25
PATIENCE = 20

# What package clients say when nothing answers, whichever of them is asked.
OFFLINE = re.compile(
    r"dns error|failed to lookup address|name resolution|Name or service not known|getaddrinfo failed"
    r"|error sending request|Network is unreachable|tcp connect error|NewConnectionError|Connection refused"
    r"|No matching distribution found for uv",
    re.IGNORECASE,
)
READ_ONLY = re.compile(r"Read-only file system|Permission denied|EROFS|os error 30", re.IGNORECASE)
DISK_FULL = re.compile(r"No space left on device|os error 28", re.IGNORECASE)


class Stopped(Exception):
    """A target cannot go on; the text is all that the person sees.

    Attributes:
        output: What the command printed that failed, where one did.
    """

    def __init__(self, text: str, output: str = "") -> None:
        super().__init__(text)
        self.output = output


def explain(output: str) -> str:
    """The cause that a failed step's output shows, as a sentence, or an empty text when it shows none."""
    if DISK_FULL.search(output):
        return "The disk is full."
    if OFFLINE.search(output):
        return (
            "No package registry could be reached: connect to the network, "
            "or point pip and uv at your mirror, and try again."
        )
    if READ_ONLY.search(output):
        return f"{ROOT} cannot be written to: use a copy of the project in a folder of your own."
    return ""


@dataclass
class Progress:
    """Numbers and times the steps of one target.

    Attributes:
        total: Number of steps that will be announced.
        done: Steps announced so far.
        notes: Lines to repeat at the end of the target.
    """

    total: int
    done: int = 0
    notes: list[str] = field(default_factory=list)

    def announce(self, label: str) -> str:
        """Count a step and return the start of its line."""
        self.done += 1
        return f"[{self.done}/{self.total}] {label}"

    def skip(self, label: str, why: str) -> None:
        """Say that a step has nothing to do."""
        print(f"{self.announce(label)}: {why}", flush=True)

    def begin(self, label: str, command: list[str], env: Mapping[str, str] | None = None) -> Beside:
        """Start a command that runs beside the steps after it; the caller waits for it or stops it."""
        print(f"{self.announce(label)} ... beside the next steps", flush=True)
        return Beside(label, command, env)

    def quiet(self, label: str, commands: Iterable[list[str]], env: Mapping[str, str] | None = None) -> str:
        """Run commands with their output in a log; show its end only when one fails.

        Args:
            label: What the step does, for the person who waits.
            commands: Argument lists, run one after the other.
            env: Environment of the children; this process's own by default.

        Returns:
            Everything the commands printed.

        Raises:
            Stopped: A command failed; its last lines have been printed.
        """
        head, log = self.announce(label), _log(label)
        started = time.monotonic()
        live = sys.stdout.isatty()
        if not live:
            print(f"{head} ...", flush=True)
        with log.open("w+", encoding="utf-8", errors="replace") as output:
            for command in commands:
                code = _follow(command, output.fileno(), log, env, f"{head} ..." if live else "")
                if code:
                    _fail(label, command, code, log, live=live)
        took = f"{time.monotonic() - started:.1f} s"
        print(f"\r\033[K{head}: {took}" if live else f"      done in {took}", flush=True)
        return log.read_text(encoding="utf-8", errors="replace")

    def shown(
        self, label: str, command: list[str], env: Mapping[str, str] | None = None, running: Iterable[Beside] = ()
    ) -> str:
        """Run a command whose own output is the progress, for example pytest.

        Args:
            label: What the step does, for the person who waits.
            command: Argument list.
            env: Environment of the child; this process's own by default.
            running: What runs beside it. As soon as one of them has failed, the rest of this step is not waited for.

        Returns:
            Everything the command printed.

        Raises:
            Stopped: The command failed, or one beside it.
        """
        print(f"{self.announce(label)} ...", flush=True)
        started = time.monotonic()
        lines: list[str] = []
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as child:
            if child.stdout is None:  # never with PIPE; said for the type checker
                raise Stopped(f"{label}: no output to read")
            try:
                for line in child.stdout:
                    lines.append(line)
                    print(line, end="", flush=True)
                    for one in running:
                        one.check()
            except BaseException:
                _end(child, signal.SIGINT)
                raise
        print(f"      done in {time.monotonic() - started:.1f} s", flush=True)
        if child.returncode:
            raise Stopped(f"{label} failed: `{_spoken(command)}` ended with status {child.returncode}.")
        return "".join(lines)


class Beside:
    """A command that runs while other steps do, its output in a log.

    Args:
        label: What it does, for the person who waits.
        command: Argument list.
        env: Its environment; this process's own by default.
    """

    def __init__(self, label: str, command: list[str], env: Mapping[str, str] | None = None) -> None:
        self.label, self.command, self.log = label, command, _log(label)
        self.started = time.monotonic()
        self.ended: float | None = None  # when that was seen
        with self.log.open("wb") as output:
            self.child = subprocess.Popen(
                command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )

    def check(self) -> None:
        """Look whether it has ended, and how.

        Raises:
            Stopped: It has failed; what it printed has been shown.
        """
        code = self.child.poll()
        if code:
            print()
            self.wait()
        elif code == 0 and self.ended is None:
            self.ended = time.monotonic()

    def wait(self) -> None:
        """Wait for its end.

        Raises:
            Stopped: It failed; its last lines have been printed.
        """
        code = self.child.wait()
        if code:
            _fail(self.label, self.command, code, self.log, live=False)
        ended = time.monotonic() if self.ended is None else self.ended
        print(f"      {self.label}: done, {ended - self.started:.1f} s after its start", flush=True)

    def stop(self) -> None:
        """End it, unless it has ended."""
        _end(self.child, signal.SIGTERM)


def _end(child: subprocess.Popen[Any], how: signal.Signals) -> None:
    """End a child, pytest as Ctrl-C does, so that its fixtures may end what they have started, and wait for it."""
    if child.poll() is None:
        child.send_signal(how)
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _log(label: str) -> Path:
    LOGS.mkdir(parents=True, exist_ok=True)
    return LOGS / (re.sub(r"\W+", "-", label.lower()).strip("-")[:60] + ".log")


def _follow(command: list[str], sink: int, log: Path, env: Mapping[str, str] | None, live: str) -> int:
    """Wait for a child; on a terminal, keep one line up to date with the seconds and the last line it printed."""
    started = time.monotonic()
    child = subprocess.Popen(
        command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT
    )
    try:
        while live:
            try:
                return child.wait(REFRESH)
            except subprocess.TimeoutExpired:
                width = os.get_terminal_size().columns if sys.stdout.isatty() else 100
                text = f"{live} {time.monotonic() - started:.0f} s  {_last_line(log)}"
                print(f"\r\033[K{text[: width - 1]}", end="", flush=True)
        return child.wait()
    except BaseException:
        child.terminate()
        child.wait()
        raise


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return re.sub(r"\x1b\[[0-9;]*m", "", lines[-1]).strip() if lines else ""


def _spoken(command: list[str]) -> str:
    """The command as a person would type it from the project's folder."""
    return " ".join(part.removeprefix(f"{ROOT}{os.sep}") for part in command)


def _fail(label: str, command: list[str], code: int, log: Path, *, live: bool) -> None:
    if live:
        print()
    output = log.read_text(encoding="utf-8", errors="replace")
    cause = explain(output)
    if cause:
        raise Stopped(f"{label} failed. {cause}\nThe whole output is in {log.relative_to(ROOT)}.", output)
    lines = output.rstrip().splitlines()
    if len(lines) > TAIL:
        print(f"... the whole output is in {log.relative_to(ROOT)}; its last {TAIL} lines:")
    print("\n".join(lines[-TAIL:]))
    raise Stopped(f"{label} failed: `{_spoken(command)}` ended with status {code}.", output)
