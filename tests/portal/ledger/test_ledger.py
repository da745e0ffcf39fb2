"""One row a behaviour, its state from findings and parity results only."""

import json

import pytest

from wherry_portal.assess.check import assess
from wherry_portal.assess.judge import Judge, default_judge
from wherry_portal.assess.native import Native
from wherry_portal.cli import main
from wherry_portal.ledger.command import as_json, as_markdown
from wherry_portal.ledger.proofs import Proof, find_results, read_proof
from wherry_portal.ledger.rows import STATES, make_ledger
from wherry_portal.matrix.source import load_matrix
from wherry_portal.parity.script.subject import digest, subject
from wherry_portal.sources import SourceError

FILES = {
    "agents.py": "from agno.agent import Agent\nfrom agno.tools.yfinance import YFinanceTools\n\n"
    "writer = Agent(tools=[YFinanceTools()], storage=None)\n",
    "main.py": "from agents import writer\n\nwriter.print_response('x')\n",
    "job.py": "from agno.team import Team\nfrom agno.scheduler import ScheduleManager\n",
    "env.py": "import os\nos.environ['AGNO_TELEMETRY'] = 'false'\n",
    "soft.py": "try:\n    from agno.sandbox import Sandbox\nexcept ImportError:\n    pass\n",
}


class Complete(Native):
    def home(self, path):
        return path if self._surface.resolve(path) else None


@pytest.fixture
def ledger(tmp_path):
    shipped = default_judge()
    judge = Judge(shipped.index, shipped.past, shipped.successors, Complete(shipped.surface))

    def run(*proofs, files=FILES):
        for name, code in files.items():
            (tmp_path / name).write_text(code, "utf-8")
        return {row.id: row for row in make_ledger(assess(tmp_path, judge=judge), proofs, load_matrix())}

    return run


def test_without_a_comparison_nothing_is_verified(ledger):
    states = {name: row.state for name, row in ledger().items()}
    assert states == {
        "agent.core": "unverified",
        "agent.print-response": "unverified",
        "agent.tools": "unverified",
        "agno.agent.agent.Agent(storage)": "unverified",
        "team.core": "unverified",
        "os.scheduler": "blocked",
        "toolkit.yfinance": "external-owner",
        "telemetry.phone-home": "intentional-change",
        "agent.sandbox": "not-applicable",
    }


def test_a_comparison_covers_what_its_script_reaches(ledger):
    rows = ledger(Proof("main.py", passed=True, date="2026-11-20"))
    assert rows["agent.core"].state == "verified-equivalent"
    assert rows["agent.core"].why == "Equal in main.py, 2026-11-20."
    assert rows["agno.agent.agent.Agent(storage)"].state == "verified-adapter"
    assert rows["team.core"].state == "unverified"


def test_behaviours_without_a_finding_have_rows_too(ledger):
    rows = ledger()
    assert rows["agent.print-response"].places == ["main.py:3"]
    assert rows["agent.tools"].places == ["agents.py:4"]


def test_code_that_stays_agnos_is_never_equivalent(ledger):
    rows = ledger(Proof("main.py", passed=True, date="2026-11-20"))
    assert rows["toolkit.yfinance"].state == "verified-adapter"
    assert rows["toolkit.yfinance"].why.endswith("Equal in main.py, 2026-11-20.")
    assert ledger(Proof("main.py", passed=False))["toolkit.yfinance"].state == "external-owner"


def test_files_that_were_not_there_when_it_was_compared_are_not_proven(ledger):
    known = frozenset({"main.py"})
    row = ledger(Proof("main.py", passed=True, compared=known))["agent.core"]
    assert row.state == "unverified"
    assert ledger(Proof("main.py", passed=True, compared=known))["agent.print-response"].state == "verified-equivalent"


def test_uses_that_no_comparison_reaches_are_named(ledger):
    more = FILES | {"other.py": "from agno.agent import Agent\n\nAgent()\n"}
    row = ledger(Proof("main.py", passed=True, date="2026-11-20"), files=more)["agent.core"]
    assert row.why == "Equal in main.py, 2026-11-20. No comparison reaches its use in other.py."


def test_what_a_script_loads_and_never_comes_to_is_not_verified(ledger):
    files = FILES | {
        "agents.py": FILES["agents.py"] + "\n\ndef more():\n    return Agent(\n        markdown=True,\n    )\n"
    }
    came = {"agents.py": frozenset({1, 2, 4, 7}), "main.py": frozenset({1, 3})}
    rows = ledger(Proof("main.py", passed=True, date="2026-11-20", ran=came), files=files)
    assert rows["agent.core"].state == rows["agent.print-response"].state == "verified-equivalent"
    row = rows["agent.system-message"]
    assert (row.state, row.why, row.todo) == (
        "unverified",
        "main.py loads it and never came to a line that uses it, such as agents.py:9.",
        "Run `wherry parity script` on a script that does.",
    )
    other = Proof("agents.py", passed=True, ran={"agents.py": frozenset({9})})
    assert ledger(Proof("main.py", True, ran=came), other, files=files)["agent.system-message"].state.startswith("ver")
    edited = Proof("main.py", True, ran={"agents.py": frozenset({9})}, changed=frozenset({"agents.py"}))
    files |= {"more.py": files["agents.py"], "main.py": f"from more import more\n{FILES['main.py']}"}
    assert ledger(edited, files=files)["agent.system-message"].state == "unverified"
    assert ledger(Proof("main.py", True, ran=edited.ran), files=files)["agent.system-message"].state.startswith("ver")


def test_what_is_only_imported_asks_for_no_line(ledger):
    code = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from agno.run.agent import RunOutput\n"
    assert ledger(Proof("t.py", True, ran={"t.py": frozenset({1, 2})}), files={"t.py": code})["run.output"].state == (
        "verified-equivalent"
    )


def test_a_listed_difference_that_was_seen_was_come_to(ledger):
    seen = Proof("main.py", passed=True, features={"agent.core": ("x",)}, ran={})
    assert ledger(seen)["agent.core"].state == "intentional-change"


def test_a_suppressed_blocker_stays_blocked(ledger):
    code = "from agno.agent import Agent\n\nAgent(sandbox=True)  # wherry: ignore[agent.sandbox] next sprint\n"
    assert ledger(files={"a.py": code})["agent.sandbox"].state == "blocked"


def test_a_value_that_asks_for_nothing_is_not_applicable(ledger):
    row = ledger(files={"a.py": "from agno.agent import Agent\n\nAgent(sandbox=False)\n"})["agent.sandbox"]
    assert (row.state, row.places) == ("not-applicable", ["a.py:3"])


def test_a_place_that_could_not_be_judged_says_so(ledger):
    code = "from agno.agent import Agent\n\n\ndef make(**given):\n    return Agent(**given)\n"
    row = ledger(files={"a.py": code})["agent.core"]
    assert (row.state, row.todo) == ("unverified", "Look at it yourself, or write it so that it can be read.")


def test_places_of_notebooks_name_the_cell(ledger):
    cells = [{"cell_type": "markdown", "source": ["x"]}]
    cells += [{"cell_type": "code", "source": ["\n", "from agno.agent import Agent\n"]}]
    assert ledger(files={"n.ipynb": json.dumps({"cells": cells})})["agent.core"].places == ["n.ipynb:cell 2:2"]


def test_a_comparison_that_differs_proves_nothing(ledger):
    row = ledger(Proof("main.py", passed=False))["agent.core"]
    assert (row.state, row.why) == ("unverified", "main.py differs between the runtimes.")


def test_a_comparison_of_what_was_not_recorded_says_so(ledger):
    row = ledger(Proof("main.py", passed=False, unproven="this proves nothing: 'x' is not recorded."))["agent.core"]
    assert (row.state, row.why, row.todo) == (
        "unverified",
        "main.py: this proves nothing: 'x' is not recorded.",
        "Record and compare again.",
    )


def test_what_differs_is_named_for_each_script(ledger):
    places = ("stdout[0].name: 'a' against 'b'", "outputs[0].x: 1 against 2", "outputs[1].x: 1 against 2")
    one, other = Proof("main.py", False, unexplained=places), Proof("agents.py", False, unexplained=places[1:2])
    row = ledger(one, other)["agent.core"]
    assert row.why == (
        "main.py differs between the runtimes at stdout[0].name: 'a' against 'b', and 2 places more. "
        "agents.py differs between the runtimes at outputs[0].x: 1 against 2."
    )
    assert row.todo == "Look at the differences of those scripts."
    features = {"agent.core": ("outputs[3].stored.metadata", "outputs[4].stored.metadata")}
    row = ledger(Proof("main.py", True, "2026-11-20", features), Proof("agents.py", True, "2026-11-21"))["agent.core"]
    assert row.why.endswith("Seen in main.py, 2026-11-20 at outputs[3].stored.metadata and 1 place more.")


def test_a_listed_difference_is_an_intentional_change(ledger):
    row = ledger(Proof("main.py", passed=True, features={"agent.core": ("x",)}))["agent.core"]
    assert row.state == "intentional-change"


def test_a_file_that_could_not_be_judged_stays_open(ledger):
    rows = ledger(files={"broken.py": "import agno.agent\ndef (\n"})
    assert [(row.id, row.state) for row in rows.values()] == [("broken.py", "unverified")]


def test_open_rows_come_first_and_places_are_named(ledger):
    rows = list(ledger().values())
    assert [row.state for row in rows] == sorted((row.state for row in rows), key=STATES[::-1].index)
    assert next(row for row in rows if row.id == "agent.core").places == ["agents.py:1", "agents.py:4"]


def test_json_and_markdown(ledger):
    rows = list(ledger().values())
    data = json.loads(as_json(rows))
    assert (data["ready"], data["states"]["blocked"]) == (False, 1)
    page = as_markdown(rows)
    assert page.count("| blocked |") == 2
    assert "`os.scheduler`" in page


def parity_result(path, script, differences=(), **more):
    """A file as `wherry parity script` writes it."""
    told = [{"agno": "1", "wherry": "2"} | one for one in differences]
    data = {"date": "2026-11-20T10:00:00Z", "outcome": "passed", "differences": told}
    path.write_text(json.dumps(data | subject(script, path) | more), "utf-8")
    return path


def test_a_result_of_parity_is_a_proof_of_unchanged_files(tmp_path):
    app = tmp_path / "app"
    app.mkdir()
    for name, code in FILES.items():
        (app / name).write_text(code, "utf-8")
    listed = [{"path": "x", "severity": "intentional", "feature": "agent.core"}, {"path": "y", "severity": "noise"}]
    beside = parity_result(app / "main.parity.json", app / "main.py", listed)
    open_one = {"path": "z", "severity": "difference", "agno": "a" * 70, "wherry": "'b'"}
    elsewhere = parity_result(tmp_path / "out.json", app / "main.py", [open_one], outcome="failed")
    told = (f"z: {'a' * 60}… against 'b'",)
    compared = frozenset(FILES)
    assert read_proof(beside, app) == Proof("main.py", True, "2026-11-20", {"agent.core": ("x",)}, compared=compared)
    assert read_proof(elsewhere, app) == Proof("main.py", False, "2026-11-20", unexplained=told, compared=compared)
    vain = parity_result(tmp_path / "vain.json", app / "main.py", outcome="failed", unproven="'x' is not recorded")
    assert read_proof(vain, app).unproven == "'x' is not recorded"
    ran = parity_result(
        tmp_path / "ran.json", app / "main.py", ran={"app/main.py": [[1, 2], [5, 5]], "gone.py": [[1, 1]]}
    )
    assert read_proof(ran, app).ran == {"main.py": {1, 2, 5}}
    (app / "agents.py").write_text(FILES["agents.py"] + "# more\n", "utf-8")
    assert read_proof(beside, app).changed == {"agents.py"}
    (app / ".venv").mkdir()
    parity_result(app / ".venv" / "x.parity.json", app / "main.py")
    assert find_results(app) == [beside]
    (app / "main.py").unlink()
    assert read_proof(beside, app).covers({"main.py"}, {"agents.py"}) is False


def test_a_migrated_file_is_proven_as_what_its_migration_made_of_it_only(tmp_path):
    migrated = tmp_path / "main.py"
    migrated.write_text("from agno.agent import Agent\n")
    path = tmp_path / "main.parity.json"
    after = b"from wherry.agent import Agent\n"
    parity_result(path, migrated, migrated=subject(migrated, path, moved={"main.py": digest(after)})["migrated"])
    migrated.write_bytes(after)
    assert read_proof(path, tmp_path).covers({"main.py"}, {"main.py"})
    migrated.write_bytes(after + b"# more\n")
    assert read_proof(path, tmp_path).changed == {"main.py"}


SHORT = {"date": "2026-11-20", "script": "a.py", "files": {}, "outcome": "failed"}


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '{"date": "x", "fixtures": {}}',
        json.dumps(SHORT | {"differences": ["x"]}),
        json.dumps(SHORT | {"differences": [{"path": "x", "severity": "difference", "agno": "1"}]}),
    ],
)
def test_another_file_is_no_proof(tmp_path, text):
    (tmp_path / "x.parity.json").write_text(text, "utf-8")
    with pytest.raises(SourceError, match="no result of `wherry parity script`"):
        read_proof(tmp_path / "x.parity.json", tmp_path)


def test_what_has_changed_since_it_was_compared_is_open_again(ledger):
    changed = frozenset({"agents.py"})
    row = ledger(Proof("main.py", passed=True, changed=changed))["agent.core"]
    assert (row.state, row.why) == ("unverified", "It has changed since main.py was compared.")
    assert ledger(Proof("main.py", True, changed=frozenset({"main.py"})))["agent.core"].state == "unverified"
    assert ledger(Proof("main.py", True, changed=frozenset({"job.py"})))["agent.core"].state == "verified-equivalent"


def test_the_command_finds_the_results_beside_the_scripts(tmp_path, capsys):
    (tmp_path / "main.py").write_text("from agno.models.openai import OpenAIChat\n\nOpenAIChat()\n", "utf-8")
    assert main(["ledger", str(tmp_path)]) == 1
    parity_result(tmp_path / "main.parity.json", tmp_path / "main.py")
    assert main(["ledger", str(tmp_path)]) == 0
    assert "Equal in main.py, 2026-11-20." in capsys.readouterr().out


def test_the_command_says_whether_the_code_can_cut_over(tmp_path, capsys):
    (tmp_path / "a.py").write_text("import os\nos.getenv('AGNO_TELEMETRY')\n", "utf-8")
    assert main(["ledger", str(tmp_path)]) == 0
    assert "can cut over" in capsys.readouterr().out
    (tmp_path / "b.py").write_text("from agno.scheduler import ScheduleManager\n", "utf-8")
    target = tmp_path / "ledger.json"
    assert main(["ledger", str(tmp_path), "--format", "json", "--output", str(target)]) == 1
    assert json.loads(target.read_text("utf-8"))["states"]["blocked"] == 1
