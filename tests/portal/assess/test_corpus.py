"""The labelled corpus: what the assessor finds against what a person wrote down, as precision and recall.

A snippet is labelled line by line: ``#! verdict:what``, where `what` is a row of the matrix or the last part of a
symbol. Lines without a label have to stay silent. The labels are cut off before the code is assessed.
"""

import re
from pathlib import Path

import pytest

from wherry_portal.assess.check import assess

CORPUS = Path(__file__).parent / "corpus"
PRECISION, RECALL = 0.98, 0.97
WRONG = {
    "cookbook: a class made by type",  # only those of a class statement are known
    "cookbook: a module resolved by its name and attribute",  # a name with a colon is no dotted one
    "cookbook: an agent kept in the state of an app",  # what an object of another package holds is not followed
    "cookbook: one loop over two classes",  # nor is which of them `cls is Team` leaves
    "odd: names of a module looked up in its dictionary",  # a module's dictionary is not followed
    "odd: settings of a loop over constants",  # nor are pairs in a list
    "projects: a named tuple of agents",  # its fields are known by name, not when it is unpacked
    "services: bots in an enumeration",  # the value of a member is not followed
    "services: members of a team",  # they may be agents or teams
}
"""Snippets of which the assessor does not find what is labelled; every other one has to be right by itself."""
_LABELS = re.compile(r"\s*#!(.*)$")


def snippets():
    for path in sorted(CORPUS.glob("*.txt")):
        for part in path.read_text("utf-8").split("=== ")[1:]:
            title, _, body = part.partition("\n")
            yield f"{path.stem}: {title}", body


def files_of(body):
    """File name -> (code, {line: labels})."""
    parts = re.split(r"^# file: (\S+)\n", body, flags=re.MULTILINE)
    named = list(zip(parts[1::2], parts[2::2], strict=True)) or [("main.py", parts[0])]
    files = {}
    for name, text in named:
        labels = {}
        lines = []
        for number, line in enumerate(text.splitlines(), start=1):
            match = _LABELS.search(line)
            if match:
                labels[number] = match.group(1).split()
            lines.append(_LABELS.sub("", line))
        files[name] = ("\n".join(lines) + "\n", labels)
    return files


def matches(label, finding):
    verdict, _, what = label.partition(":")
    tail = re.split(r"[.(]", finding.symbol.rstrip(")"))[-1]
    return verdict == finding.verdict and what in {finding.feature, tail, finding.symbol}


def compare(body, folder, judge):
    """Right, missing and surplus findings of a snippet, as readable lines."""
    files = files_of(body)
    for name, (code, _) in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code, "utf-8")
    found = list(assess(folder, judge=judge).findings)
    right, missing = [], []
    for name, (_, labels) in files.items():
        for line, wanted in labels.items():
            for label in wanted:
                hit = next((f for f in found if f.file == name and f.span.line == line and matches(label, f)), None)
                if hit is None:
                    missing.append(f"{name}:{line}: {label}")
                else:
                    found.remove(hit)
                    right.append(label)
    surplus = [f"{f.file}:{f.span.line}: {f.verdict}:{f.feature or f.symbol} ({f.rule})" for f in found]
    return right, missing, surplus


def test_precision_and_recall(tmp_path, judge, record_property):
    right = missing = surplus = 0
    wrong, off = [], set()
    number = 0
    for number, (title, body) in enumerate(snippets(), start=1):
        good, lost, extra = compare(body, tmp_path / str(number), judge)
        right, missing, surplus = right + len(good), missing + len(lost), surplus + len(extra)
        off |= {title} if lost or extra else set()
        wrong += [f"{title}: missing {line}" for line in lost] + [f"{title}: surplus {line}" for line in extra]
    precision, recall = right / (right + surplus), right / (right + missing)
    record_property("precision", precision)
    record_property("recall", recall)
    report = f"{number} snippets, {right} right, precision {precision:.4f}, recall {recall:.4f}"
    for line in (report, *wrong):
        record_property("corpus", line)
    assert number >= 120
    assert off == WRONG, [report, *wrong]
    assert precision >= PRECISION, [report, *wrong]
    assert recall >= RECALL, [report, *wrong]


@pytest.mark.parametrize("broken", ["surplus", "missing"])
def test_the_measure_can_fail(tmp_path, judge, broken):
    code = "from agno.agent import Agent\n\nAgent(sandbox=True)"
    labels = "  #! not_migrated:agent.sandbox" if broken == "surplus" else "  #! not_migrated:os.queue"
    _, missing, surplus = compare(code + labels + "\n", tmp_path, judge)
    assert surplus
    assert bool(missing) == (broken == "missing")
