"""The status of Agno's cookbook: how many examples would run, folder by folder, and what stops the others."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wherry_portal.cookbook.facts import STATUSES
from wherry_portal.pages.text import badge, bar, code, plain, table

if TYPE_CHECKING:
    from wherry_portal.cookbook.facts import Folder

_TOP = 25


def cookbook_page(folders: list[Folder]) -> str:
    """`cookbook.md`."""
    examples = [example for folder in folders for example in folder.examples]
    counts = Counter(example.status for example in examples)
    blocking = Counter(
        reason.feature
        for example in examples
        for reason in {reason.feature: reason for reason in example.reasons if reason.feature}.values()
    )
    version = plain(folders[0].cookbook) if folders else ""
    parts = [
        "# Agno's cookbook",
        (
            f"Every example of Agno's cookbook {version}, judged against the support matrix "
            f"by `wherry cookbook scan`: {len(examples)} examples. The judgement reads code; it does not run it."
        ),
        bar([(status, counts[status]) for status in STATUSES], "All examples"),
        table(("Status", "Examples"), ((badge(status, _WORDS[status]), str(counts[status])) for status in STATUSES)),
        "## By folder",
        table(
            ("Folder", *(_WORDS[status] for status in STATUSES)),
            (
                (
                    code(folder.name),
                    *(str(Counter(one.status for one in folder.examples)[status]) for status in STATUSES),
                )
                for folder in folders
            ),
        ),
        "## What the others wait for",
        table(
            ("Feature", "Examples"),
            ((f"[{plain(name)}](features/{name}.md)", str(count)) for name, count in blocking.most_common(_TOP)),
        ),
    ]
    return "\n\n".join(parts) + "\n"


_WORDS = {
    "available": "available",
    "limited": "limited",
    "planned": "planned",
    "not_migrated": "not migrated",
    "no_agno": "no Agno",
    "unjudged": "not judged",
}
