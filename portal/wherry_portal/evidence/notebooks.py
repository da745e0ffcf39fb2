"""What a stored notebook may not hold if its result is to be believed, and what its sanitise file may not hide.

Pure: nothing is executed here. The pytest plugin of the notebook runs and the release gate call it.
"""

from __future__ import annotations

import configparser
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARKERS = re.compile(r"#\s*(NBVAL_\w+|PYTEST_VALIDATE_\w+)")  # nbval takes any number of # before it
TAGS = re.compile(r"raises-exception|nbval-.*|pytest-validate-.*|skip-execution")
UNCOMPARED = ("image/png", "image/jpeg", "application/vnd.jupyter.widget-view+json")
"""Kinds of output that nbval does not compare."""
HIDING = re.compile(r"^\s*(%%capture|%%script\b.*|%%(?:bash|sh)\s.*--no-raise-error.*|%xmode\b.*)", re.MULTILINE)
LOST = re.compile(
    r"exception was never retrieved|was never awaited|was destroyed but it is pending|Exception ignored in|"
    r"Exception in (?:callback|thread)|Traceback \(most recent call last\)"
)
# A sanitise rule that changes one of these would hide a difference that a reader can see.
TELLING = (
    "",
    "Hello, world!",
    "The answer is 42.",
    "RunCompleted",
    "['RunStarted', 'RunContent', 'RunCompleted']",
    "input_tokens=12, output_tokens=7",
    "True",
    "{'city': 'Paris', 'temperature': 21.5}",
    "gpt-5-mini",
    "| a | b |",
)


def faults(notebook: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a stored notebook, one line each.

    Args:
        notebook: A notebook in nbformat 4, as JSON.
    """
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    if not cells:
        yield "it has no code cell"
    for number, cell in enumerate(cells, 1):
        source = "".join(cell["source"])
        if not source.strip():
            yield f"code cell {number} is empty"
        if cell["execution_count"] != number:
            yield f"code cell {number} was stored with execution count {cell['execution_count']}: run all in order"
        for marker in MARKERS.findall(source):
            yield f"code cell {number} switches nbval off with {marker}"
        for magic in HIDING.findall(source):
            yield f"code cell {number} hides what happens in it with {magic.strip()!r}"
        for tag in cell["metadata"].get("tags", []):
            if TAGS.fullmatch(tag):
                yield f"code cell {number} carries the tag {tag!r}"
        for output in cell["outputs"]:
            yield from _output_faults(number, output)


def _output_faults(number: int, output: dict[str, Any]) -> Iterator[str]:
    if output["output_type"] == "error":
        yield f"code cell {number} was stored with the error {output['ename']}"
    for kind in UNCOMPARED:
        if kind in output.get("data", {}):
            yield f"code cell {number} shows {kind}, which nobody compares: show text or SVG"
    lost = LOST.search("".join(output.get("text", ())))
    if lost and output.get("name") == "stderr":
        yield f"code cell {number} was stored with a lost error on its stderr: {lost[0]!r}"


def faults_of(path: Path) -> list[str]:
    """What is wrong with a notebook file, each line with the file's name; one that cannot be read is a fault."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        if notebook["nbformat"] != 4:
            return [f"{path.name}: is nbformat {notebook['nbformat']}, not 4"]
        return [f"{path.name}: {fault}" for fault in faults(notebook)]
    except (OSError, ValueError) as error:
        return [f"{path.name}: cannot be read: {error}"]
    except (KeyError, TypeError) as error:
        return [f"{path.name}: is no notebook: {error!r} is missing or of the wrong type"]


def sanitizer_faults(text: str) -> Iterator[str]:
    """Rules of an nbval sanitise file that are broken, or so wide that they would hide real differences.

    Args:
        text: The file's text.
    """
    config = configparser.RawConfigParser()
    try:
        config.read_string(text)
    except configparser.Error as error:
        yield f"cannot be read: {error}"
        return
    for name in config.sections():
        regex, replacement = config.get(name, "regex", fallback=None), config.get(name, "replace", fallback=None)
        if regex is None or replacement is None:
            yield f"[{name}] needs both regex and replace"
            continue
        try:
            pattern = re.compile(regex)
        except re.error as error:
            yield f"[{name}] is no regular expression: {error}"
            continue
        for sample in TELLING:
            if pattern.search(sample):
                yield f"[{name}] is too wide: it would change {sample!r}"
                break
