"""Are two outputs of one script the same? Volatile parts are masked; what differs between two runs on Agno is noise.

Pure functions over text; `verify` calls them.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

OWN_WORDS = (
    ("Goal marked as complete. Summary:", "The goal is marked as complete:"),
    ("Member results after human-in-the-loop resolution:", "What the members answered after a person decided:"),
)
"""Sentences of the reference's own, with Wherry's: both are masked. What else differs in words is told."""
_SPOKEN = re.compile("|".join(re.escape(text) for pair in OWN_WORDS for text in pair))
_BANNER = ("╔", "║", "╚")
"""How the lines of the reference's banner begin, when it serves."""

_MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\x1b\[[0-9;?]*[A-Za-z]"), ""),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "<uuid>"),
    (re.compile(r"\b[a-z]+-[a-z]+-[0-9a-f]{8}\b"), "<name>"),
    (re.compile(r"\b(?:0x)?[0-9a-f]{10,64}\b"), "<hex>"),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?"), "<time>"),
    (re.compile(r"\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b"), "<time>"),
    (re.compile(r"\b1[6-9]\d{8}(?:\.\d+)?\b"), "<time>"),
    (re.compile(r"\b\d+(?:\.\d+)?(?:e-\d+)?\s?(?:s|ms|seconds?|MiB|MB|KB)\b"), "<measure>"),
    (re.compile(r"(?<=[=: ])\d+\.\d{4,}(?:e-\d+)?"), "<measure>"),
    (re.compile(r"(?:/[\w.-]+)*/wherry-(?:run|cookbook)-[\w./-]*"), "<path>"),
    (re.compile(r"127\.0\.0\.1:\d+"), "<address>"),
    (re.compile(r"\bwherry\b"), "agno"),
    (re.compile(r"[─━═┄]{3,}"), "---"),
    (re.compile(r"[ \t]+"), " "),
)


def masked(text: str) -> list[str]:
    """The lines of an output with everything volatile masked; empty lines and spinner frames left out."""
    text = _SPOKEN.sub("<own words>", text)
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    lines = (line.strip(" \r") for line in text.splitlines())
    return [line for line in lines if line and not line.startswith(_BANNER) and not set(line) <= set("▰▱ .")]


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
