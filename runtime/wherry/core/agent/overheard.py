"""What a streamed team run lets pass of its members' and tools' texts: its content while the leader itself is silent.

As in Agno: texts of passing events follow what the leader has said, until it says more, which takes their place. Filled
by `toolcalls` with every event that passes; read by `loop` when the talk ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry.core.asking.structured import parses_structured

if TYPE_CHECKING:
    from wherry.core.run import Event, Run

# The contents of these sum up what was told before.
_ENDS = frozenset(f"{team}Run{end}" for team in ("", "Team") for end in ("Completed", "Cancelled", "Error"))


def overhear(run: Run, event: Event) -> None:
    """Note the text of an event that passes through a streamed team run."""
    text = getattr(event, "content", None)
    if not isinstance(text, str) or event.event in _ENDS or not getattr(run.owner, "stream_member_events", False):
        return
    if parses_structured(run) or "routed_schema" in run.extra:
        return
    said = run.output.content
    since, texts = run.extra.get("overheard") or (None, None)
    if texts is None or since is not said:  # the leader has spoken since
        run.extra["overheard"] = (said, [text])
    else:
        texts.append(text)


def settle(run: Run, *, whole: bool) -> None:
    """Give a team that ends its talk what was overheard: in place of no word, or after its last when it breaks off."""
    if "overheard" not in run.extra:
        return
    said, texts = run.extra.pop("overheard")
    content = run.output.content
    if texts and (content is None or (not whole and content is said)):
        run.output.content = (content or "") + "".join(texts)
