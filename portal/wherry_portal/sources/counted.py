"""A number with its noun, as people write it: `1 file`, `2 files`, `1,204 values`."""

from __future__ import annotations


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun.

    Args:
        number: How many.
        noun: One of them; the words after its first one stay: ``row touched`` becomes ``rows touched``.
        plural: Several of them, when that is not the first word with an s: ``entries``.
    """
    if number == 1:
        return f"1 {noun}"
    first, space, rest = noun.partition(" ")
    return f"{number:,} {plural or f'{first}s{space}{rest}'}"
