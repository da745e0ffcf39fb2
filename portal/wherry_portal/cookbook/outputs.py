"""Are two outputs of one script the same? Volatile parts are masked; what differs between two runs on Agno is noise.

Pure functions over text; `verify` calls them.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

OWN_WORDS = (
    (r"Goal marked as complete\. Summary:", r"The goal is marked as complete:"),
    (r"Member results after human-in-the-loop resolution:", r"What the members answered after a person decided:"),
    (
        r"Member with ID \S+ not found in the team or any subteams\. Please choose [a-z ]+:",
        r"There is no member with the id \S+\. Choose one of these members:",
    ),
    (r"Task with ID '[^']*' not found\.", r"Task '[^']*' not found\.", r"There is no task with the id '[^']*'\."),
    (r"I have tools to execute, but (?:I need|it needs)", r"Tools are ready to run but wait for"),
    (r"Error from MCP tool ('[^']*'): \[TextContent\(type='text', text=[\"']", r"MCP tool ('[^']*') failed: "),
    (
        r"Please analyze the conversation and update the session context using the availab(?:le tools\.)?",
        r"Please write the context as it is now, with `save_session_context`\.",
    ),
    # Wherry does not tell a model where on the machine a folder is.
    (r"Error [a-z ]+: \[Errno 2\] No such file or directory: '[^']*'", r"Error [a-z ]+: No such file or directory"),
    (r"Session not found\.", r"There is no session [^|.\n]*\.+"),
    (
        r" -- these results are not from the same environment \(None never matches\)",
        r"; run the baseline again in this environment\.",
    ),
)
"""Sentences of the reference's own, with Wherry's, as patterns: both are masked. What else differs in words is told.

What a pattern holds in a group of its own is compared.
"""
_SPOKEN = re.compile("|".join(pattern for pair in OWN_WORDS for pattern in pair))
_GIVEN_NAME = re.compile(r"\b[a-z]+-[a-z]+-[0-9a-f]{8}\b")
"""A name that a runtime made up, whose length differs from run to run."""
_PANEL = re.compile(r"^[ \t]*([┃│])[^\n]*\1[ \t]*$(?:\n[ \t]*\1[^\n]*\1[ \t]*$)*", re.MULTILINE)
"""The inside of one box."""
_BANNER = ("╔", "║", "╚")
"""How the lines of the reference's banner begin, when it serves."""

_MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\x1b\[[0-9;?]*[A-Za-z]"), ""),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "<uuid>"),
    (_GIVEN_NAME, "<name>"),
    (re.compile(r"\b(dec|res)_[0-9a-f]{8,10}\b"), r"<\1>"),  # decisions, and results that are kept apart
    (re.compile(r"[\"'], annotations=None, meta=None\)\]"), ""),  # how MCP's own objects end
    # Calls and answers are numbered by the model that both runtimes share.
    (re.compile(r"\b(?:fc_)?call_n\d+_\d+\b"), "<call>"),
    (re.compile(r"\b(?:resp|msg|rs|chatcmpl)[_-]n\d+\b"), "<answer>"),
    (re.compile(r"\b\d+(?:\.\d+)?(?:e-\d+)?\s?(?:s|ms|seconds?|MiB|MB|KB)\b"), "<measure>"),
    (re.compile(r"(?<=[=: ])\d+\.\d{4,}(?:e-\d+)?"), "<measure>"),
    (re.compile(r"\b(?:0x)?[0-9a-f]{10,64}\b"), "<hex>"),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?"), "<time>"),
    (re.compile(r"\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b"), "<time>"),
    (re.compile(r"\b\d\d?:\d\d [AP]M\b"), "<time>"),
    (re.compile(r"\b1[6-9]\d{8}(?:\.\d+)?\b"), "<time>"),
    (re.compile(r"(?:/[\w.-]+)*/wherry-(?:run|cookbook)-[\w./-]*"), "<path>"),
    (re.compile(r"127\.0\.0\.1:\d+"), "<address>"),
    (re.compile(r"\bwherry\b"), "agno"),
    (re.compile(r"[─━═┄]{3,}"), "---"),
    (re.compile(r"[ \t]+"), " "),
)


def masked(text: str) -> list[str]:
    """The lines of an output with everything volatile masked; empty lines and spinner frames left out."""
    text = _SPOKEN.sub(_own_words, _PANEL.sub(_unwrapped, text))
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    lines = (line.strip(" \r") for line in text.splitlines())
    return [line for line in lines if line and not line.startswith(_BANNER) and not set(line) <= set("▰▱ .")]


def _own_words(sentence: re.Match[str]) -> str:
    """The mask of a sentence, with what its pattern keeps."""
    return " ".join(["<own words>", *filter(None, sentence.groups())])


def _unwrapped(panel: re.Match[str]) -> str:
    """A box with own words or made-up names in it as one line: of different length, they wrap the rest differently."""
    lines = (line.strip(" \t┃│") for line in panel[0].splitlines())
    whole = " ".join(line for line in lines if line)
    return f"┃ {whole} ┃" if _SPOKEN.search(whole) or _GIVEN_NAME.search(whole) else panel[0]


def same(first: list[str], second: list[str], other: list[str]) -> bool:
    """Whether `other` equals what two runs of the reference have in common.

    Args:
        first: Masked output of the reference.
        second: Masked output of the reference, run again.
        other: Masked output of Wherry.

    Returns:
        True when `other` is one of the two, or holds all their common lines in order and no more lines besides than
        the noise between them explains.
    """
    if other in (first, second):
        return True
    common = _common(first, second)
    noise = max(len(first), len(second)) - len(common)
    if not noise:
        return False
    return _common(common, other) == common and len(other) - len(common) <= noise


def unordered(lines: list[str]) -> list[str]:
    """Lines in whatever order, those that are numbered included."""
    return sorted(re.sub(r"\d+", "#", line) for line in lines)


def shares(first: list[str], second: list[str], other: list[str]) -> bool:
    """Whether `other` has the lines that two runs of the reference have in whatever order, if they do have the same.

    To the letter when theirs are, else but for numbers: noise that is only of order excuses no other line.
    """
    for view in (sorted, unordered):
        if view(first) == view(second):
            return view(other) == view(first)
    return True


def _common(first: list[str], second: list[str]) -> list[str]:
    blocks = SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
    return [line for block in blocks for line in first[block.a : block.a + block.size]]


def difference(first: list[str], other: list[str]) -> str:
    """The first place where two outputs part, in one line."""
    for number, (left, right) in enumerate(zip(first, other, strict=False), start=1):
        if left != right:
            return f"line {number}: {left[:120]!r} against {right[:120]!r}"
    if len(first) == len(other):
        return "the same lines"
    longer, who = (first, "the reference") if len(first) > len(other) else (other, "Wherry")
    return f"{who} goes on with {longer[min(len(first), len(other))][:120]!r}"
