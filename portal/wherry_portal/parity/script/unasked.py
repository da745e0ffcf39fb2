"""What the recorded answers leave open: questions that nobody recorded, answers that nobody asked for.

Two sides that both asked what was not recorded were given the answer to something else, or none: that they then do the
same is no proof. Only the reference is judged by it: what Wherry alone asks otherwise is a difference anyway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry_portal.sources.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wherry_portal.parity.script.cassette import Player

HINT = (
    "Record it again as it is started here (same arguments, same input); words by the clock or by chance need fixed "
    "ones, answers that take their time --timed."
)
WIDTH = 80


def unrecorded(one: Player, again: Player) -> str:
    """Why a comparison proves nothing, in a sentence, or an empty text.

    Words that are others in each run (a nonce, a time) can be in no recording: they are answered in order, and noted.

    Args:
        one: The player of the reference's first run.
        again: That of its second.
    """
    strange = [words for words in one.strange if words in again.strange]
    found = list(dict.fromkeys([*strange, *one.unanswered, *again.unanswered]))
    if not found:
        return ""
    said = " ".join(found[0].split())
    shown = said if len(said) <= WIDTH else f"{said[: WIDTH - 1]}…"
    what = f"{counted(len(found), 'question')} of the script on Agno"
    return f"this proves nothing: {what}, such as {shown!r}, {'is' if len(found) == 1 else 'are'} not recorded. {HINT}"


def notes(player: Player) -> list[str]:
    """What a reader should know of one side's requests."""
    loose = []
    if player.loose:
        who = f"{'request' if len(player.loose) == 1 else 'requests'} {spans(player.loose)}"
        loose = [f"not among the recorded conversations, and answered by the next one in order: {who}"]
    unanswered = [f"there was no answer left for {words!r}" for words in dict.fromkeys(player.unanswered)]
    return [*loose, *unanswered, *player.unused()]


def spans(numbers: Iterable[int]) -> str:
    """Numbers as a person lists them: `1, 3-5`."""
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][-1] + 1:
            found[-1].append(number)
        else:
            found.append([number])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in found)
