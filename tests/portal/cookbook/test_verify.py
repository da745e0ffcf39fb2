"""Running an example on both sides and judging it; the sides are two folders of plain scripts, and need no runtime."""

import json
import os
from pathlib import Path

import pytest

from wherry_portal.assess.judged import FileResult
from wherry_portal.assess.text import Text
from wherry_portal.cookbook.beside import files_beside
from wherry_portal.cookbook.outputs import masked
from wherry_portal.cookbook.results import Writer
from wherry_portal.cookbook.verify import Reference, Runner, Sides, Verdict, compare, fair_order
from wherry_portal.evidence.results import load_file
from wherry_portal.migrate.plan import Change

SAYS = "print('hello')\n"
ASKS = "import urllib.request\ntry:\n    urllib.request.urlopen('http://example.org')\nexcept OSError:\n    pass\n"
FAILS = "raise ValueError('no')\n"
LOOP = "import logging\nlogging.error('Event loop is closed')\n"
NOISY = "import os\nprint('one')\nprint('pid', os.getpid() % 1000003, 'x')\nprint('two')\n"
ORDERS = "import itertools, pathlib\np = pathlib.Path(__file__ + '.n')\nn = int(p.read_text()) if p.exists() else 0\n"
ORDERS += "p.write_text(str(n + 1))\nprint(*list(itertools.permutations('abc'))[n], sep='\\n')\n"
FIVE = ORDERS.replace("'abc'", "['a 1', 'b 2', 'c 3']")
SEARCH = "print('│ error sending request for url │\\n│ (https://example.org/search) │')\n"


@pytest.fixture(scope="module")
def sides(tmp_path_factory):
    """Judge one script given as (on the reference, migrated, what the migration said)."""
    folder = tmp_path_factory.mktemp("sides")
    environment = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    reference, wherry = Reference(Runner("json", environment), folder / "memory"), Runner("json", environment)
    (folder / "original").mkdir()
    (folder / "migrated").mkdir()

    def judge(name, original, migrated, outcome="migrated"):
        (folder / "original" / name).write_text(original)
        (folder / "migrated" / name).write_text(migrated)
        file = FileResult(folder / "original" / name, name, "python", Text(original))
        change = Change(file, outcome, reasons=("agent.sandbox",))
        return compare(Sides(folder / "original", folder / "migrated", {name: change}), name, reference, wherry)

    yield judge
    reference.runner.close()
    wherry.close()


@pytest.mark.parametrize(
    ("original", "migrated", "outcome", "cause"),
    [
        (SAYS, SAYS, "equal", ""),
        ("x = 1\n", "x = 2\n", "equal", ""),
        (NOISY, NOISY, "equal", ""),
        (ORDERS, "print('b', 'c', 'a', sep='\\n')\n", "equal", ""),
        (ORDERS.replace("[n], sep", "[n], *range(n, n + 2), sep"), "print(*'cab', 4, 5, sep='\\n')\n", "equal", ""),
        (ORDERS, "print('a', 'b', 'd', sep='\\n')\n", "different", "line 3: 'c' against 'd'"),
        (FIVE, "print('a 1', 'b 9', 'c 3', sep='\\n')\n", "different", "line 2: 'b 2' against 'b 9'"),
        (FIVE, "print('a 1', 'c 3', 'b 2', sep='\\n')\n", "equal", ""),
        (ORDERS, "print('c', 'b', 'a', sep='\\n')\n", "different", "line 1: 'a' against 'c'"),
        (ORDERS, "print('a', 'c', 'b', 'c', sep='\\n')\n", "different", "line 2: 'b' against 'c'"),
        (SAYS, "print('bye')\n", "different", "line 1: 'hello' against 'bye'"),
        (SAYS, FAILS, "failed_on_wherry", "ValueError: no"),
        (FAILS, FAILS, "failed_on_both", "fails: ValueError: no"),
        (FAILS, SAYS, "not_runnable", "fails: ValueError: no"),
        (FAILS, "raise KeyError('no')\n", "not_runnable", "fails: ValueError: no"),
        (ASKS, ASKS, "not_runnable", "needs the network: example.org"),
        (SEARCH, SAYS, "not_runnable", "needs the network: example.org"),
        (SAYS, "print('TIDE_API_KEY not set')\n", "not_runnable", "needs a key: TIDE_API_KEY not set"),
        (SAYS, "print('Please set TIDE: TIDE_KEY is not set')\n", "not_runnable", "needs a key: TIDE_KEY is not set"),
        (SAYS, "print('Missing credentials. Pass some.')\n", "not_runnable", "needs a key: Missing credentials"),
        ("print('│ TIDE_API_KEY │\\n│ not set │')\n", SAYS, "not_runnable", "needs a key: TIDE_API_KEY not set"),
        ("import nowhere_at_all\n", SAYS, "not_runnable", "needs a package: ModuleNotFoundError: "),
        ("raise RuntimeError('set the environment variable X')\n", SAYS, "not_runnable", "needs a key: RuntimeError: "),
        (LOOP, SAYS, "not_runnable", "fails: Event loop is closed"),
        (LOOP + SAYS, SAYS, "equal", ""),
    ],
)
def test_a_verdict_names_its_cause(sides, request, original, migrated, outcome, cause):
    verdict = sides(f"example_{abs(hash(request.node.name))}.py", original, migrated)
    assert verdict.outcome == outcome
    assert verdict.cause.startswith(cause)
    assert verdict.silent == (outcome == "equal" and "print" not in original)


def test_a_blocked_example_counts_as_run_only_where_the_reference_runs_it(sides):
    assert sides("blocked.py", SAYS, SAYS, "blocked").outcome == "blocked"
    assert sides("held.py", SAYS, SAYS, "held").cause == "agent.sandbox"
    assert sides("neither.py", ASKS, ASKS, "blocked").outcome == "not_runnable"


def test_what_the_reference_gave_is_remembered(sides, tmp_path):
    counting = f"open({str(tmp_path / 'count')!r}, 'a').write('x')\n"
    for _ in range(2):
        assert sides("counting.py", counting, counting).outcome == "equal"
    assert (tmp_path / "count").read_text() == "xxx"  # Wherry twice, the reference once


def test_both_sides_have_the_same_time(sides, monkeypatch):
    given = []
    once = Runner.run

    def run(self, script, *limit):
        given.append((script.parent.name, *limit))
        return once(self, script, *limit)

    monkeypatch.setattr(Runner, "run", run)
    assert sides("timed.py", SAYS, SAYS).outcome == "equal"
    assert given == [("original",), ("migrated",)]


def test_a_side_that_does_not_end_says_so(sides, monkeypatch):
    once = Runner.run
    monkeypatch.setattr(Runner, "run", lambda self, script: once(self, script, 3))
    verdict = sides("slow.py", SAYS, "import time\ntime.sleep(60)\n")
    assert (verdict.outcome, verdict.cause) == ("failed_on_wherry", "did not end in time")
    verdict = sides("both.py", "import time\ntime.sleep(60)\n", SAYS)
    assert (verdict.outcome, verdict.cause) == ("not_runnable", "did not end in time")


def test_a_runner_that_is_taken_down_starts_again():
    environment = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    runner = Runner("json", environment)
    runner._start().kill()
    assert runner.run(Path("x.py"))["error"] == "the runner ended"
    runner.close()


def test_results_are_written_and_taken_up_again(tmp_path, capsys):
    path = tmp_path / "cookbook.json"
    writer = Writer(path)
    writer.add(Verdict("a.py", "equal", key="k"), 1, 3)
    writer.add(Verdict("b.py", "different", "line 1", key="k"), 2, 3)
    writer.add(Verdict("c.py", "not_runnable", "needs a key: X", key="k"), 3, 3)
    writer.write()
    again = Writer(path)
    assert again.known == writer.all
    assert again.worse == 1
    assert "2 ran on Agno; equal on Wherry: 50.0%" in again.summary()
    assert "[2/3] different b.py: line 1" in capsys.readouterr().err
    assert set(json.loads(path.read_text())["examples"]["a.py"]) == {"outcome", "key"}


def test_a_verdict_that_a_run_leaves_alone_says_when_and_on_what_it_was_given(tmp_path):
    path = tmp_path / "cookbook.json"
    first = Writer(path)
    for name in "ab":
        first.add(Verdict(f"{name}.py", "equal", key="0" * 20), 1, 2)
    first.write()
    was = json.loads(path.read_text())
    path.write_text(json.dumps(was | {"date": "2026-01-02T03:04:05Z", "commit": "1" * 40}))
    second = Writer(path)
    second.add(Verdict("b.py", "different", "line 1", key="1" * 20), 1, 1)
    second.write()
    now = json.loads(path.read_text())
    old = {"date": "2026-01-02T03:04:05Z", "commit": "1" * 40}
    assert now["examples"]["a.py"] == {"outcome": "equal", "key": "0" * 20, **old}
    assert not now["examples"]["b.py"].keys() & old.keys()
    assert now["code"] == was["code"]
    assert second.older == 1
    assert "1 of 2 verdicts are of earlier runs" in second.summary()
    entries = load_file(path, "cookbook").entries
    assert entries["a.py"].stamp.commit == "1" * 40
    third = Writer(path)
    third.add(Verdict("b.py", "equal", key="1" * 20), 1, 1)
    third.write()
    assert json.loads(path.read_text())["examples"]["a.py"] == now["examples"]["a.py"]


def test_portions_of_a_run_come_round():
    names = [f"{letter}.py" for letter in "abcdefgh"]
    known = {name: Verdict(name, "equal", date=f"2026-01-0{day}T00:00:00Z") for day, name in enumerate(names[:4], 1)}
    order = fair_order(names, known)
    assert sorted(order[:4]) == names[4:]
    assert order[4:] == names[:4]
    assert fair_order(reversed(names), {}) == fair_order(names, {}) != names


def test_a_verdict_depends_on_what_an_example_takes_from_beside_it(tmp_path):
    texts = {
        "book/a/one.py": "from two import x\nfrom .three import y\nimport json, agno\n",
        "book/a/two.py": "def f():\n    from book.b.four import z\n    from book import five\n",
        "book/a/three.py": "x = (",
        "book/b/__init__.py": "",
        "book/b/four.py": "import a.one",
        "book/five.py": "",
        "book/six.py": "",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    beside = files_beside(tmp_path / "book", "a/one.py")
    assert beside == ["a/three.py", "a/two.py", "b/__init__.py", "b/four.py", "five.py"]


def test_what_the_reference_gave_is_remembered_for_the_same_files_only(tmp_path):
    environment = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    reference = Reference(Runner("json", environment), tmp_path / "memory")
    for folder, word in (("a", "one"), ("b", "two")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "say.py").write_text("from word import word\nprint(word)\n")
        (tmp_path / folder / "word.py").write_text(f"word = {word!r}\n")
    try:
        told = [reference.run(tmp_path, f"{folder}/say.py")["output"].strip() for folder in ("a", "b")]
        (tmp_path / "a" / "word.py").write_text("word = 'three'\n")
        told.append(reference.run(tmp_path, "a/say.py")["output"].strip())
    finally:
        reference.runner.close()
    assert told == ["one", "two", "three"]


def boxed(*lines, width=70):
    return "\n".join(["┏━ Response ━┓", *(f"┃ {line:<{width}} ┃" for line in lines), "┗━━━┛", "Done."])


def test_own_words_are_masked_however_a_box_wraps_them():
    first = boxed("It says: Goal marked as complete.", "Summary: moored at Acle.")
    other = boxed("It says: The goal is marked as", "complete: moored at Acle.", width=40)
    assert (
        masked(first)
        == masked(other)
        == ["┏━ Response ━┓", "┃ It says: <own words> moored at Acle. ┃", "┗---┛", "Done."]
    )


def test_made_up_names_wrap_a_box_as_they_are_long():
    first = boxed("task(member=wise-otter-0a1b2c3d, text=moored", "at Acle)")
    other = boxed("task(member=magnificent-salamander-4e5f6a7b,", "text=moored at Acle)")
    assert masked(first) == masked(other)
    assert masked(first) != masked(other.replace("Acle", "Hull"))


def test_what_a_pause_waits_for_is_compared_whatever_the_words():
    agno = "I have tools to execute, but I need {}."
    wherry = "Tools are ready to run but wait for {}."
    assert masked(agno.format("confirmation")) == masked(wherry.format("confirmation"))
    assert masked(agno.format("confirmation")) != masked(wherry.format("user input"))


def test_what_an_mcp_server_refuses_is_compared_whatever_the_words():
    said = "[TextContent(type='text', text=\"{}\", annotations=None, meta=None)]"
    agno = f"The tools say: Error from MCP tool 'read': {said}"
    wherry = "The tools say: MCP tool 'read' failed: {}"
    assert masked(agno.format("no 'LICENSE'")) == masked(wherry.format("no 'LICENSE'"))
    assert masked(agno.format("no 'LICENSE'")) != masked(wherry.format("no 'README'"))
    assert masked(agno.format("no 'LICENSE'")) != masked(wherry.replace("'read'", "'list'").format("no 'LICENSE'"))


def test_decisions_and_results_have_ids_of_their_own():
    assert masked("<result id='res_dc9d2dc2e7'>") == masked("<result id='res_0af6b0b649'>")
    assert masked("res_dc9d2dc2e7") != masked("dec_dc9d2dc2e7")
    assert masked("logged: dec_08c92cfd") == masked("logged: dec_89cb8bee")


def test_other_words_are_compared_line_by_line():
    assert masked(boxed("moored", "at Acle")) != masked(boxed("moored at Acle"))
    assert masked(boxed("Task 't1' not found. Moored.")) != masked(boxed("There is no task with the id 't1'. Adrift."))


def test_calls_that_the_shared_model_numbers_are_masked():
    assert masked("'tool_call_id': 'fc_call_n233_0'") == masked("'tool_call_id': 'fc_call_n18_0'")


def test_answers_that_the_shared_model_numbers_are_masked():
    assert masked("{'response_id': 'resp_n8'}") == masked("{'response_id': 'resp_n2631'}")
    assert masked("resp_network") != masked("resp_nothing")


def test_seconds_of_any_length_are_measures():
    assert masked("took 0.1 s, duration: 1.23456789012") == masked("took 12.5 s, duration: 0.98765432109876")
