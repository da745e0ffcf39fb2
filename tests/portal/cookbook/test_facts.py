"""Scanning a cookbook into facts, reading them back, and judging outputs; small cookbooks of our own."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from wherry_portal.assess.judge import Judge, default_judge
from wherry_portal.assess.native import Native
from wherry_portal.cli import main
from wherry_portal.cookbook.command import summary
from wherry_portal.cookbook.facts import Example, Folder, Reason, read_folders, write_folder
from wherry_portal.cookbook.outputs import OWN_WORDS, difference, masked, same
from wherry_portal.cookbook.scan import scan, write_scan
from wherry_portal.matrix.source import load_matrix
from wherry_portal.matrix.symbols import SymbolIndex
from wherry_portal.sources import check, find_root, load, packaged

FILES = {
    "01_agents/plain.py": "from agno.agent import Agent\n\nAgent()\n",
    "01_agents/learns.py": "from agno.agent import Agent\n\nAgent(sandbox=True)\n",
    "01_agents/leaf.py": "from agno.tools.yfinance import YFinanceTools\n",
    "01_agents/old.py": "from agno.agent import Agent\n\nAgent(response_model=int)\n",
    "01_agents/old_for_good.py": "from agno.agent import Agent\n\nAgent(reasoning=True)\n",
    "02_more/later.py": "from agno.os import AgentOS\n\nAgentOS(queue=1)\n",
    "02_more/none.py": "print(1)\n",
    "02_more/broken.py": "import agno.agent\ndef (\n",
    "top.py": "from agno.scheduler import ScheduleManager\n",
}


class Complete(Native):
    def home(self, path):
        return path if self._surface.resolve(path) else None


@pytest.fixture
def found(tmp_path):
    for name, code in FILES.items():
        path = tmp_path / "book" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code, "utf-8")
    shipped, matrix = default_judge(), load_matrix()
    rows = [replace(row, status="planned", planned="0.2") if row.id == "os.queue" else row for row in matrix.features]
    index = SymbolIndex(replace(matrix, features=tuple(rows)), shipped.surface)
    judge = Judge(index, shipped.past, shipped.successors, Complete(shipped.surface))
    return scan(tmp_path / "book", "2.9.0", judge=judge)


def test_every_example_has_a_status(found):
    assert {example.path: (example.status, example.imports) for example in found.examples} == {
        "01_agents/plain.py": ("available", True),
        "01_agents/learns.py": ("not_migrated", True),
        "01_agents/leaf.py": ("limited", True),
        "01_agents/old.py": ("available", True),
        "01_agents/old_for_good.py": ("not_migrated", True),
        "02_more/later.py": ("planned", True),
        "02_more/none.py": ("no_agno", True),
        "02_more/broken.py": ("unjudged", False),
        "top.py": ("not_migrated", False),
    }


def test_reasons_name_line_symbol_and_row(found):
    learns = next(example for example in found.examples if example.path.endswith("learns.py"))
    assert learns.reasons == (Reason(3, "not_migrated", "agno.agent.agent.Agent(sandbox)", "agent.sandbox"),)
    assert learns.features == ("agent.core", "agent.sandbox")
    assert learns.symbols == ("agno.agent.Agent",)


def test_the_files_come_back_as_they_were_written(found, tmp_path):
    written = write_scan(found, tmp_path / "facts")
    assert [path.name for path in sorted(written)] == ["01_agents.yaml", "02_more.yaml", "top.yaml"]
    assert read_folders(tmp_path / "facts") == [found.folders[name] for name in sorted(found.folders)]


def test_files_of_folders_that_are_gone_are_removed(found, tmp_path):
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "old.yaml").write_text("x: 1\n", "utf-8")
    write_scan(found, tmp_path / "facts")
    assert not (tmp_path / "facts" / "old.yaml").exists()


def test_no_text_of_an_example_is_kept(found, tmp_path):
    text = "".join(path.read_text("utf-8") for path in write_scan(found, tmp_path / "facts"))
    assert "print(1)" not in text
    assert "response_model=int" not in text


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=20)


@given(path=WORDS, symbol=WORDS, folder=WORDS)
def test_any_name_survives_writing(tmp_path_factory, path, symbol, folder):
    facts = Folder(folder, "agno 3.1.10", "2.9.0", [])
    facts.examples.append(
        Example(path, "limited", imports=False, migrates=True, features=("agent.core",), symbols=(symbol,))
    )
    facts.examples[0].reasons = (Reason(1, "removed", symbol),)
    target = tmp_path_factory.mktemp("facts")
    write_folder(target / "a.yaml", facts)
    assert read_folders(target) == [facts]


def test_the_shipped_facts_keep_their_schema_and_speak_of_the_same_reference():
    files = sorted((find_root(packaged("support_matrix.yaml").parent) / "cookbook").glob("*.yaml"))
    assert len(files) > 20
    assert [fault for path in files for fault in check(load(path), "cookbook.schema.json")] == []


def test_the_summary_counts_what_has_nothing_of_agno_apart(found):
    lines = summary(found).splitlines()
    assert lines[0] == "9 examples, 8 with Agno"
    assert lines[-1].endswith("6 of 8 75.0%")


def test_a_checkout_without_a_cookbook_is_refused(tmp_path, capsys):
    assert main(["cookbook", "scan", str(tmp_path)]) == 2
    assert "there is no cookbook in" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("run 1b4e28ba-2fa1-11d2-883f-0016d3cca427 done", "run 6fa459ea-ee8a-3ca4-894e-db77e160355e done"),
        ("Response (0.1s)", "Response (12.3s)"),
        ("agent wise-curie-1a2b3c4d", "agent calm-noether-99aabbcc"),
        ("at 2026-11-20 10:00:00.123", "at 2026-11-21T11:30:09Z"),
        ("<agno.agent.Agent object at 0x7f12aabbccdd>", "<wherry.agent.Agent object at 0x7f99aabb0011>"),
        ("┏━ Response ━━━━━━┓", "┏━ Response ━━━━┓"),
        ("a\n\n▰▰▱▱\nb", "a\nb"),
        ("\x1b[1mbold\x1b[0m", "bold"),
    ],
)
def test_volatile_parts_are_masked(first, second):
    assert masked(first) == masked(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("the answer is 4", "the answer is 5"),
        ("a\nb", "b\na"),
        ("x", ""),
        ("high water 2026-11-20 10:00", "high water 2026-11-20 16:00"),
    ],
)
def test_what_was_said_is_not_masked(first, second):
    assert masked(first) != masked(second)


def spoken(pattern):
    """A text that a pattern of own words fits."""
    for wild in (r"\S+", "[a-z ]+", "[^']*", r"[^|.\n]*"):
        pattern = pattern.replace(wild, "word")
    plain = re.sub(r"(?<!\\)\[\\?(.).*?\]", r"\1", re.sub(r"\(\?:([^|)]*)[^)]*\)\??", r"\1", pattern))
    return re.sub(r"(?<!\\)[()+]", "", plain).replace("\\", "")


def test_words_of_a_frameworks_own_are_equal_and_its_banner_is_left_out():
    for words in OWN_WORDS:
        kept = " 'word'" if "('" in words[0] else ""
        for text in map(spoken, words):
            first, said = masked(f"a\n{text} b\n")
            assert (first, " ".join(said.split())) == ("a", f"<own words>{kept} b"), text
    assert masked("╔═══ AgentOS ═══╗\n║ here ║\n╚═══╝\n(serving)\n") == ["(serving)"]


def test_noise_of_the_reference_explains_as_much_and_no_more():
    first, second = ["a", "noise 1", "b"], ["a", "noise 2", "b"]
    assert same(first, second, ["a", "noise 3", "b"])
    assert not same(first, second, ["a", "noise 3", "c"])
    assert not same(first, second, ["a", "noise 3", "more", "b"])
    assert not same(first, first, ["a", "other", "b"])


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_the_reference_is_always_the_same_as_itself(first, second):
    assert same(first, second, first)
    assert same(first, second, second)


def test_the_first_difference_is_named():
    assert difference(["a", "b"], ["a", "c"]) == "line 2: 'b' against 'c'"
    assert difference(["a"], ["a", "more"]) == "Wherry goes on with 'more'"


def test_results_keep_their_schema():
    path = find_root(packaged("support_matrix.yaml").parent) / "results" / "cookbook.json"
    schema = json.loads(packaged("contracts/results-cookbook.schema.json").read_text("utf-8"))
    sample = {
        "schema": 1,
        "date": "2026-11-20T10:00:00Z",
        "commit": "unknown",
        "versions": {"wherry": "0.1.0", "python": "3.11", "agno": "3.1.10"},
        "examples": {"a.py": {"outcome": "equal", "silent": True, "key": "0" * 20}},
    }
    validator = Draft202012Validator(schema)
    assert list(validator.iter_errors(sample)) == []
    if path.is_file():
        assert list(validator.iter_errors(json.loads(path.read_text("utf-8")))) == []
