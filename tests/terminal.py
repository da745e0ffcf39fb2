"""A terminal for tests: a program behind a real pty, what is typed into it, and what its screen shows.

Only what rich writes is understood: lines, carriage returns, moving up, erasing a line. Imports no part of the project.
"""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
import unicodedata
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

_PARTS = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|\x1b\][^\x07]*\x07|([\r\n\x07\x08])|([^\x1b\r\n\x07\x08]+)")
_UNREAD = re.compile(r"\x1b[^A-Za-z]*$")


class Screen:
    """The lines that a terminal shows of what was written to it."""

    def __init__(self) -> None:
        self.lines: list[list[str]] = [[]]
        self.row = self.column = 0

    def write(self, text: str) -> None:
        for arguments, command, control, plain in _PARTS.findall(text):
            if command == "A":
                self.row = max(0, self.row - int(arguments or 1))
            elif command == "K" and arguments == "2":
                self.lines[self.row] = []
            elif control:
                self.move(control)
            for letter in plain:
                self.put(letter)

    def move(self, control: str) -> None:
        if control == "\r":
            self.column = 0
        elif control == "\n":
            self.row += 1
            if self.row == len(self.lines):
                self.lines.append([])

    def put(self, letter: str) -> None:
        line = self.lines[self.row]
        line += [" "] * (self.column + 2 - len(line))
        line[self.column] = letter
        self.column += 1
        if unicodedata.east_asian_width(letter) in "WF":
            line[self.column] = ""
            self.column += 1

    def text(self) -> str:
        return "\n".join("".join(line).rstrip() for line in self.lines).rstrip("\n")


class Terminal:
    """A Python script that runs in a terminal of its own.

    Args:
        script: The script. It has to take the terminal as its own (`TIOCSCTTY`) for Ctrl-C to reach it.
        words: Its arguments.
        env: The whole environment.
        size: Rows and columns.
    """

    def __init__(self, script: Path, *words: str, env: dict[str, str], size: tuple[int, int] = (60, 72)) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(script), *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=env | {"TERM": "xterm-256color", "PYTHONUTF8": "1"},
            start_new_session=True,
        )
        os.close(slave)
        self.written = ""
        self._looked = 0
        self._letters = codecs.getincrementaldecoder("utf-8")("replace")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(60)
        os.close(self._master)

    def type(self, text: str) -> None:
        """Press keys: a line ends with a carriage return."""
        os.write(self._master, text.encode())

    def until(self, pattern: str, seconds: float = 60) -> str:
        """Read until what was not looked at yet fits a pattern; returns it up to the end of what fits."""
        wanted, ends, start = re.compile(pattern), time.monotonic() + seconds, self._looked
        while not (found := wanted.search(self.written, start)):
            ready, _, _ = select.select([self._master], [], [], max(0, ends - time.monotonic()))
            assert ready, f"no {pattern!r} after {seconds} s in {self.written[start:]!r}"
            self.written += self.read()
        self._looked = found.end()
        return self.written[start : self._looked]

    def read(self) -> str:
        """What came; of a letter that came in part, the rest comes with the next."""
        return self._letters.decode(os.read(self._master, 65536))


def shown(text: str) -> str:
    """The screen after this was written to it, without how long anything took."""
    screen = Screen()
    screen.write(_UNREAD.sub("", text))
    timed = re.sub(r"\((\d+\.\d)s\) (━*)", lambda found: "(…)" + "━" * (len(found[0]) - 3), screen.text())
    return re.sub(r"[▰▱]+ Working\.\.\.", "Working...", timed)
