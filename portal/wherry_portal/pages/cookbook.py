"""The status of Agno's cookbook: an overview by directory, and a page a directory with every example.

Two things are told apart: what reading the code says (`cookbook/*.yaml`) and what running it showed
(`results/cookbook.json`). Shares of the latter are taken of all examples: what could not be run counts against them.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wherry_portal.cookbook.facts import STATUSES
from wherry_portal.cookbook.results import RAN_ON_AGNO
from wherry_portal.matrix.model import LABELS
from wherry_portal.pages.results import stamped
from wherry_portal.pages.text import NO_CONTENTS, badge, bar, code, folded, legend, plain, table, unsearched

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from wherry_portal.cookbook.facts import Example, Folder, Reason
    from wherry_portal.evidence.results import Entry, ResultFile
    from wherry_portal.matrix.model import Feature

_TOP = 25
_REASONS = 4
_GRAVITY = ("limited", "planned", "not_migrated", "removed", "unknown", "unjudged")
NOT_TRIED, WITHOUT = "not_tried", "no_agno"
_WORDS = {
    "available": "available",
    "limited": "limited",
    "planned": "planned",
    "not_migrated": "not migrated",
    "no_agno": "no Agno",
    "unjudged": "not judged",
    "removed": "removed from Agno",
    "unknown": "unknown to Agno",
}
_RAN = {
    "equal": "the same on both",
    "different": "different on Wherry",
    "failed_on_wherry": "fails on Wherry only",
    "blocked": "blocked: not migrated",
    "failed_on_both": "fails on both alike",
    "not_runnable": "could not run on Agno here",
    NOT_TRIED: "not tried yet",
    WITHOUT: "no Agno to run",
}
_TONES = {
    "equal": "available",
    "different": "failed",
    "failed_on_wherry": "failed",
    "blocked": "planned",
    "failed_on_both": "stale",
    "not_runnable": "unjudged",
    NOT_TRIED: "untried",
    WITHOUT: "untried",
}


def cookbook_pages(
    folders: Sequence[Folder], verified: ResultFile | None, features: Mapping[str, Feature]
) -> dict[str, str]:
    """`cookbook.md` and `cookbook/<directory>.md`.

    Args:
        folders: What reading the examples says.
        verified: What running them showed, or None.
        features: Of the support matrix, by id.
    """
    pages = {
        f"cookbook/{folder.name}.md": NO_CONTENTS + "\n\n".join(_folder(folder, verified)) + "\n" for folder in folders
    }
    return {"cookbook.md": "\n\n".join(_overview(folders, verified, features)) + "\n", **pages}


def outcomes(examples: Iterable[Example], ran: Mapping[str, Entry]) -> Counter[str]:
    """How many examples gave what when they were run; every example counts, also one without a result."""
    return Counter(_outcome(one, ran) for one in examples)


def _outcome(example: Example, ran: Mapping[str, Entry]) -> str:
    if example.path in ran:
        return ran[example.path].outcome
    return WITHOUT if example.status == "no_agno" else NOT_TRIED


def share(counts: Counter[str]) -> float:
    """Part of all examples that gave the same on both runtimes, 0 to 1.

    Of all of them: an example that is left out of the results, or called not runnable, cannot raise it.
    """
    return counts["equal"] / counts.total() if counts.total() else 0.0


def _overview(folders: Sequence[Folder], verified: ResultFile | None, features: Mapping[str, Feature]) -> Iterator[str]:
    examples = [example for folder in folders for example in folder.examples]
    counts = Counter(example.status for example in examples)
    ran = verified.entries if verified else {}
    version = plain(folders[0].cookbook) if folders else ""
    yield "# Agno's cookbook"
    yield (
        f"Every example of Agno's cookbook {version}, {len(examples)} of them, judged twice: by reading the code "
        "against the support matrix (`wherry cookbook scan`), and, where it can run here, by running it on both "
        "runtimes with one deterministic model (`wherry cookbook verify`). Examples that name a Postgres on their own "
        "machine find an empty one. "
        "Each directory has a page with its examples, their reasons and what running them showed."
    )
    yield "## What reading says"
    shares = [(status, counts[status]) for status in STATUSES]
    yield bar(shares, "All examples, read", _WORDS)
    yield legend([one for one in shares if one[1]], _WORDS)
    yield "## What running showed"
    yield from _shown(outcomes(examples, ran), verified)
    yield "## By directory"
    yield _directories(folders, ran)
    yield "## What the others wait for"
    yield (
        "Features that are limited, planned or not migrated, by the number of examples that use them. A limited one "
        "does not stop an example that keeps inside its limits."
    )
    using = Counter(name for example in examples for name in {reason.feature for reason in example.reasons} if name)
    most = max(using.values(), default=0)
    # By name among equals: they come out of sets, whose order is another in each process.
    first = sorted(using, key=lambda name: (-using[name], name))[:_TOP]
    top = [(name, using[name], most) for name in first if name in features]
    yield table(("Feature", "Status", "Examples", "How many"), (_using(features[name], *one) for name, *one in top))


def _using(feature: Feature, count: int, most: int) -> tuple[str, str, str, str]:
    """A feature that is not there whole, where it stands, and how many examples use it, as a number and drawn."""
    tone = feature.status.replace("_", "-")
    drawn = f'<span class="status-{tone}" style="width:{100 * count / most:.2f}%"></span>'
    return (
        f"[{plain(feature.title)}](features/{feature.id}.md)",
        badge(feature.status, LABELS[feature.status]),
        f"{count:,}",
        f'<div class="stack" aria-hidden="true">{drawn}</div>',
    )


def _shown(counts: Counter[str], verified: ResultFile | None) -> Iterator[str]:
    if verified is None:
        yield "No result has been recorded. `wherry cookbook verify CHECKOUT` makes one."
        return
    yield _bar(counts, "All examples, run")
    yield _outcome_legend(counts)
    here = sum(counts[name] for name in RAN_ON_AGNO)
    yield (
        f"**{counts['equal']} of all {counts.total()} examples ({share(counts):.1%}) gave the same on both.** "
        f"Agno itself could run {here} here: the others ask for a key, a package, a server or the network, which a "
        "run without secrets has not. They are counted all the same, so that leaving one out raises no share."
    )
    yield stamped(verified)
    if older := _of_earlier_runs(verified):
        yield older


def _of_earlier_runs(verified: ResultFile) -> str:
    """What of the results is of other code than the rest, by commit; empty when all are of one run."""
    commits = Counter(
        entry.stamp.commit[:9] for entry in verified.entries.values() if entry.stamp.date != verified.stamp.date
    )
    if not commits:
        return ""
    named = ", ".join(f"{count} of `{plain(commit)}`" for commit, count in sorted(commits.items()))
    return (
        f"Not all is of one run: {commits.total()} of {len(verified.entries)} results are of earlier ones, with "
        f"the code of their commits: {named}."
    )


def _directories(folders: Iterable[Folder], ran: Mapping[str, Entry]) -> str:
    rows = []
    for folder in folders:
        counts = Counter(one.status for one in folder.examples)
        seen = outcomes(folder.examples, ran)
        read = bar([(status, counts[status]) for status in STATUSES], f"{folder.name}, read", _WORDS)
        rows.append(
            (
                f"[{plain(folder.name)}](cookbook/{folder.name}.md)",
                str(len(folder.examples)),
                str(counts["available"] + counts["limited"]),
                read,
                str(seen["equal"]),
                _bar(seen, f"{folder.name}, run"),
            )
        )
    head = ("Directory", "Examples", "Would run", "As read", "Same on both", "As run")
    return table(head, rows)


def _folder(folder: Folder, verified: ResultFile | None) -> Iterator[str]:
    ran = verified.entries if verified else {}
    counts, seen = Counter(one.status for one in folder.examples), outcomes(folder.examples, ran)
    shares = [(status, counts[status]) for status in STATUSES]
    yield f"# Cookbook: {plain(folder.name)}"
    yield f"[Agno's cookbook](../cookbook.md) / {plain(folder.name)}\n{{ .crumbs }}"
    yield (
        f"{len(folder.examples)} examples of Agno's cookbook {plain(folder.cookbook)}, against "
        f"{plain(folder.reference)}. {seen['equal']} of {seen.total()} gave the same on both runtimes "
        f"({share(seen):.1%})."
    )
    yield "As read:"
    yield bar(shares, "As read", _WORDS)
    yield legend([one for one in shares if one[1]], _WORDS)
    yield "As run:"
    yield _bar(seen, "As run")
    yield _outcome_legend(seen)
    if verified is not None:
        yield stamped(verified)
    yield "## Examples"
    good = [one for one in folder.examples if _carried(one, ran)]
    rest = [one for one in folder.examples if not _carried(one, ran)]
    if rest:
        yield _examples(rest, ran)
    if good:
        said = f"{len(good)} more that are available and gave the same on both" if rest else f"All {len(good)}"
        yield folded(said, _examples(good, ran))


def _carried(example: Example, ran: Mapping[str, Entry]) -> bool:
    """Whether there is nothing to say about an example: it needs nothing, and it did the same."""
    return example.status == "available" and example.path in ran and ran[example.path].outcome == "equal"


def _examples(examples: Iterable[Example], ran: Mapping[str, Entry]) -> str:
    rows = (
        (
            _path(one.path),
            *map(unsearched, (badge(one.status, _WORDS[one.status]), _why(one), _ran(one, ran))),
        )
        for one in examples
    )
    return table(("Example", "As read", "Why", "As run"), rows)


def _outcome_legend(counts: Counter[str]) -> str:
    """The key of a bar of outcomes; two outcomes of one colour stand beside each other."""
    items = "".join(
        f'<li class="status-{_TONES[name]}"><strong>{counts[name]}</strong> {words}</li>'
        for name, words in _RAN.items()
        if counts[name]
    )
    return f'<ul class="legend">{items}</ul>'


def _path(path: str) -> str:
    return code(path.partition("/")[2] or path)


def _why(example: Example) -> str:
    """What keeps an example from being available: each thing once, with its gravest verdict and where that is met."""
    gravest: dict[str, Reason] = {}
    for reason in sorted(example.reasons, key=lambda one: (-_GRAVITY.index(one.verdict), one.line)):
        gravest.setdefault(reason.feature or reason.symbol, reason)
    reasons = list(gravest.values())
    parts = []
    for reason in reasons[:_REASONS]:
        name = reason.feature
        what = f"[{plain(name)}](../features/{name}.md)" if name else code(reason.symbol)
        parts.append(f"line {reason.line}: {what} {_WORDS.get(reason.verdict, reason.verdict)}")
    if len(reasons) > _REASONS:
        parts.append(f"and {len(reasons) - _REASONS} more")
    return "; ".join(parts)


def _ran(example: Example, ran: Mapping[str, Entry]) -> str:
    entry = ran.get(example.path)
    if entry is None:
        return _ran_badge(_outcome(example, ran))
    cause = entry.data.get("cause", "")
    silent = " (prints nothing: the exit status was compared)" if entry.data.get("silent") else ""
    return f"{_ran_badge(entry.outcome)}{silent}{f'<br>{plain(cause)}' if cause else ''}"


def _ran_badge(outcome: str) -> str:
    return badge(_TONES[outcome], _RAN[outcome])


def _bar(counts: Counter[str], label: str) -> str:
    tones: dict[str, int] = {}
    said: dict[str, list[str]] = {}
    for name, words in _RAN.items():
        if counts[name]:
            tones[_TONES[name]] = tones.get(_TONES[name], 0) + counts[name]
            said.setdefault(_TONES[name], []).append(words)
    return bar(list(tones.items()), label, {tone: " or ".join(words) for tone, words in said.items()})
