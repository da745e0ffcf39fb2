"""What a reader of a script's comparison should know besides the differences: why some are there, what is left out.

Sentences, no verdicts: a difference that one of them explains stays a difference. Called by `sides`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry_portal.sources.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wherry_portal.parity.compare import Comparison

WITH_PARALLEL = "with-parallel"
"""Among the options of a call: a `Parallel` is somewhere in the workflow."""
_OF_A_SERVER = "what it answered is compared as far as the script prints it, what it asked and stored in full"
_CLOSED = "Event loop is closed"
_NO_WITH = (
    "its model's client belongs to an event loop that has ended; a test client keeps one loop as "
    "`with TestClient(...) as client:`"
)
_ORDER = (
    "a streamed workflow has a Parallel: Agno lists the outputs as their steps end and hands on the one that was last, "
    "Wherry lists them in the order of the steps and hands on the last step's; a step behind it may be told another one"
)


def explained(comparison: Comparison, document: Mapping[str, Any]) -> Iterator[str]:
    """The sentences for a judged comparison.

    Args:
        comparison: What was found.
        document: The reference's.
    """
    if document["served"]:
        yield f"Agno: {counted(document['served'], 'run')} of a server in the script: {_OF_A_SERVER}"
    if any(one.agno == _CLOSED for one in comparison.differences):
        yield f"Agno: {_CLOSED!r}: {_NO_WITH}"
    calls = [call for call in document["runs"] if call["way"].endswith("stream") and WITH_PARALLEL in call["options"]]
    if comparison.differences and calls:
        yield _ORDER
