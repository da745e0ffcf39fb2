"""One run of a script in a copy of its folder: a process that notes what came of it (`watch`), started by `sides`."""

from __future__ import annotations

import json
import os
import re
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry_portal.parity.environment import environment
from wherry_portal.parity.forks import start
from wherry_portal.parity.script.places import python_path
from wherry_portal.parity.script.refused import ScriptRefused

if TYPE_CHECKING:
    from wherry_portal.parity.forks import Forks, Process

SECONDS = 300.0
_IMPORTED = re.compile(r"^[ \t]*(?:from|import)[ \t]+([\w.]+)", re.MULTILINE)
_MODEL = re.compile(r"""["'](\w+):\w""")
_SETS_ENVIRONMENT = re.compile(r"environ|putenv|dotenv")


@dataclass(frozen=True, slots=True)
class Script:
    """The script and how it is called.

    Attributes:
        path: The Python file.
        arguments: Its command line arguments.
        root: The folder that is copied; by default the one the script is in.
        stdin: File that it reads as its standard input; by default it reads nothing.
    """

    path: Path
    arguments: tuple[str, ...] = ()
    root: Path | None = None
    stdin: Path | None = None

    @property
    def folder(self) -> Path:
        """The folder that is copied."""
        return (self.root or self.path.parent).resolve()

    @property
    def start(self) -> Path:
        """The folder inside it that the script is started in: the one you are in, else the script's own."""
        here = Path.cwd().resolve()
        return here.relative_to(self.folder) if here.is_relative_to(self.folder) else self.relative.parent

    @property
    def relative(self) -> Path:
        """The script inside that folder."""
        return self.path.resolve().relative_to(self.folder)


def loaded(script: Script) -> list[str]:
    """What both runs on the reference load before the script begins, below its name.

    Besides what is always watched, the modules that the script and those beside it name. A script that may set the
    environment of a module before it imports it imports all by itself.
    """
    watched = ["agent", "team", "workflow"]
    texts = _texts(script)
    if any(_SETS_ENVIRONMENT.search(text) for text in texts):
        return watched
    named = {name.partition(".")[2] for text in texts for name in _IMPORTED.findall(text) if name.startswith("agno.")}
    models = {f"models.{name}" for text in texts for name in _MODEL.findall(text)}
    return [*watched, *sorted((named | models) - set(watched))]


def _texts(script: Script) -> list[str]:
    """The script and the modules and packages beside it that it imports, and those that these import."""
    texts, wanted, known = [], [script.path], set()
    while wanted:
        path = wanted.pop()
        if path in known or not path.is_file():
            continue
        known.add(path)
        texts.append(path.read_text(encoding="utf-8", errors="replace"))
        names = {name.partition(".")[0] for name in _IMPORTED.findall(texts[-1])}
        names.discard("")  # what a package names from where it lies is taken with the package
        for folder in {script.path.parent, script.folder}:
            for name in names:
                wanted += [folder / f"{name}.py", *(folder / name).rglob("*.py")]
    return texts


def run(
    folder: Path, script: Script, package: str, env: dict[str, str], *, lines: bool = False, forks: Forks | None = None
) -> tuple[dict[str, Any], str]:
    """Run a script in a copy of its folder.

    Args:
        folder: The copy.
        script: The script.
        package: The runtime.
        env: What the process finds in its environment besides.
        lines: Whether to note the lines that it comes to.
        forks: What has loaded the runtime already.

    Returns:
        What `watch` noted, and what the script printed.

    Raises:
        ScriptRefused: It ended without a result.
    """
    reader, writer = os.pipe()
    words = ["wherry_portal.parity.script.watch", package, str(writer), str(folder) if lines else ""]
    typed = script.stdin or Path(os.devnull)
    with typed.open("rb") as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        process = start(
            forks,
            [*words, str(folder / script.relative), *script.arguments],
            [given.fileno(), out.fileno(), errors.fileno()],
            writer,
            {**environment(package), **env, "PYTHONPATH": python_path(script.folder, folder)},
            folder / script.start,
        )
        os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as pipe:
            try:
                text = _read_all(pipe, process)
            finally:
                if process.poll() is None:
                    process.kill()
                process.wait()
        out.seek(0)
        errors.seek(0)
        if not text:
            last = errors.read().decode("utf-8", "replace").strip().splitlines() or [f"status {process.returncode}"]
            raise ScriptRefused(f"the run on {package} ended without a result: {last[-1]}")
        noted: dict[str, Any] = json.loads(text)
        return noted, out.read().decode("utf-8", "replace")


def _read_all(pipe: Any, process: Process) -> str:
    timer = threading.Timer(SECONDS, process.kill)
    timer.start()
    try:
        text: str = pipe.read()
    finally:
        timer.cancel()
    return text
