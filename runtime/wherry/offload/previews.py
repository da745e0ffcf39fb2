"""What stands in the conversation in place of a long result: its first and last lines between two tags.

Pure functions, called by `store`. Tags and attributes are Agno's, the sentences are ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry.fs.sizes import size_of

if TYPE_CHECKING:
    from wherry.offload.types import ResultRef

TAIL_LINES = 5


def head_of(output: str, lines: int, chars: int) -> str:
    """The first lines of a text, and no more characters than that."""
    return "\n".join(output.split("\n", lines)[:lines])[:chars]


def last_lines(output: str, chars: int) -> str:
    """The last lines of a text, and no more characters than that."""
    tail = "\n".join(output.split("\n")[-TAIL_LINES:])
    return tail if len(tail) <= chars else f"...{tail[-chars:]}"


def lines_between(output: str, head: str) -> int:
    """How many lines there are between the head and the last lines; less than one when they meet."""
    return output.count("\n") - head.count("\n") - TAIL_LINES


def preview_of(output: str, lines: int, chars: int) -> str:
    """Head and end of a text, and how much is between them.

    Args:
        output: The whole text.
        lines: Lines of the head.
        chars: Characters of the head, and of the end.
    """
    head = head_of(output, lines, chars)
    between = lines_between(output, head)
    if between > 0:
        return f"{head}\n[... {between} lines omitted ...]\n{last_lines(output, chars)}"
    if len(output) - len(head) <= min(len(output), chars):
        return head
    return f"{head}\n[... omitted ...]\n{output[-chars:]}"


def render_stored_envelope(ref: ResultRef, preview: str) -> str:
    """What the model reads of a result that is kept."""
    name = ref.result_id
    return (
        f'<result id="{name}" tool="{ref.tool_name}" lines="{ref.line_count}" size="{size_of(ref.size_bytes)}">\n'
        f"{preview}\n</result>\n"
        f'A part of it; for the rest call read_result("{name}") or search_result("{name}", pattern).'
    )


def render_refused_envelope(*, tool_name: str, output: str, reason: str, preview_lines: int, preview_chars: int) -> str:
    """What the model reads of a result that could not be kept."""
    head = head_of(output, preview_lines, preview_chars)
    size, count = size_of(len(output.encode())), output.count("\n") + 1
    parts = [f'<result tool="{tool_name}" lines="{count}" size="{size}" stored="false" reason="{reason}">', head]
    between = lines_between(output, head)
    if between > 0:
        parts += [f"[... {between} lines omitted ...]", last_lines(output, preview_chars)]
    lost = "This is all that is left: the result could not be kept. Call the tool again and ask it for less."
    return "\n".join([*parts, "</result>", lost])
