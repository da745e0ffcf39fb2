"""Environment variables of Agno.

For example::

    os.environ["AGNO_TELEMETRY"] = "false"             without effect: Wherry sends nothing
    os.environ["AGNO_MONITOR"] = "true"                read by Agno 1.x only
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wherry_portal.assess.judge import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry_portal.assess.finding import Finding
    from wherry_portal.rules.context import Context

RULE = "environment"


def check(context: Context) -> Iterator[Finding]:
    """See the module."""
    for use in context.facts.texts:
        if use.kind != "environment":
            continue
        judgement = context.judge.judge(f"env:{use.text}")
        gone = context.judge.successors.variables.get(use.text)
        if gone:
            judgement = Judgement(f"env:{use.text}", "removed", "warning", "Nothing reads it any more.", gone, 2)
            yield context.finding(RULE, use.node, judgement, f"names the environment variable {use.text}")
            continue
        if judgement.verdict in {"unknown", "removed"}:
            continue
        there = judgement.verdict == "available"
        eased = replace(judgement, level="note" if there else "warning", minutes=0 if there else 2)
        yield context.finding(RULE, use.node, eased, f"names the environment variable {use.text}")
