"""Files that stay on Agno: with a marker, and with everything that shares their objects."""

import subprocess
import sys

import pytest

from wherry_portal.migrate.marker import find_markers, marked

BLOCKED = '"""A job."""\nfrom __future__ import annotations\n\nfrom agno.agent import Agent\nAgent(sandbox=True)\n'


def outcomes(plan):
    return {change.file.name: change.outcome for change in plan.changes}


def test_a_blocked_file_keeps_its_imports_and_gets_a_marker(migrated):
    after, outcome = migrated(BLOCKED)
    lines = after.splitlines()
    assert outcome == "blocked"
    assert lines[:3] == BLOCKED.splitlines()[:3]
    assert "from agno.agent import Agent" in lines
    assert marked(after) == ["agent.sandbox"]


@pytest.mark.parametrize(
    "code",
    [
        "m = OpenAIChat('x')\nAgent(model=m)\nAccuracyEval(model=m)\n",
        "def f(m: OpenAIChat):\n    AccuracyEval(model=m)\n",
        "import agno.models.openai as o\nAccuracyEval(model=o.OpenAIChat('x'))\n",
        "m = OpenAIChat('x')\nm = OpenAIChat('y')\nAccuracyEval(model=m)\n",
        "@tool\ndef f(): ...\nAccuracyEval(evaluator_agent=Agent(tools=[f]))\n",
        "def f():\n    return OpenAIChat('x')\nAccuracyEval(model=f())\n",
        "def f():\n  return OpenAIChat('x')\ndef g():\n  return f()\nAccuracyEval(evaluator_agent=Agent(model=g()))\n",
        "class M(OpenAIChat): ...\nAccuracyEval(model=M('x'))\n",
    ],
    ids=["shared", "parameter", "dotted", "assigned twice", "decorated", "made", "made further down", "subclass"],
)
def test_a_model_that_a_leaf_needs_of_agnos_and_that_cannot_be_followed_blocks(migrated, code):
    names = "from agno.agent import Agent\nfrom agno.eval.accuracy import AccuracyEval\n"
    names += "from agno.models.openai import OpenAIChat\nfrom agno.tools import tool\n"
    after, outcome = migrated(names + code)
    assert (outcome, marked(after)) == ("blocked", ["model.inside-leaf"])


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("from config import judge\nAccuracyEval(model=judge)\n", "judge = OpenAIChat('x')\n"),
        ("import config\nAccuracyEval(model=config.judge)\n", "judge = OpenAIChat('x')\n"),
        ("from config import make\nAccuracyEval(model=make())\n", "def make():\n    return OpenAIChat('x')\n"),
        ("from config import make\nAgent(model=AccuracyEval(model=make()).model)\n", "make = OpenAIChat\n"),
        ("m = OpenAIChat('x')\nAccuracyEval(model=m)\n", "from a import m\nAgent(model=m)\n"),
        ("m = OpenAIChat('x')\nAccuracyEval(model=m)\n", "from a import (\n    m,\n)\nAgent(model=m)\n"),
        ("m = OpenAIChat('x')\nAccuracyEval(model=m)\n", "import a\nAgent(model=a.m)\n"),
    ],
    ids=["taken", "taken by a dot", "made", "a class by another name", "lent", "lent in brackets", "lent by a dot"],
)
def test_a_model_that_a_leaf_shares_with_another_file_blocks(planned, code, given):
    names = "from agno.agent import Agent\nfrom agno.eval.accuracy import AccuracyEval\n"
    names += "from agno.models.openai import OpenAIChat\n"
    outcomes = {one.file.name: one for one in planned({"a.py": names + code, "config.py": names + given}).changes}
    assert (outcomes["a.py"].outcome, outcomes["a.py"].reasons) == ("blocked", ("model.inside-leaf",))


def test_words_and_plain_functions_of_another_file_hinder_nobody(planned):
    code = "from agno.agent import Agent\nfrom agno.eval.accuracy import AccuracyEval\n"
    code += "from config import LINES, PROMPT, look\n"
    code += "AccuracyEval(evaluator_agent=Agent(tools=[look], introduction=PROMPT, instructions=LINES))\nb = Agent()\n"
    other = "PROMPT = 'x'\nLINES = ['a', 'b']\ndef look(): ...\n"
    (change,) = (one for one in planned({"a.py": code, "config.py": other}).changes if one.file.name == "a.py")
    assert change.outcome == "migrated"
    assert b"from agno.agent import Agent as AgnoAgent" in change.after


def test_the_marker_goes_when_the_reason_is_gone(migrated):
    marked_code, _ = migrated(BLOCKED)
    after, outcome = migrated(marked_code.replace("sandbox=True", "markdown=True"))
    assert outcome == "migrated"
    assert after == BLOCKED.replace("agno", "wherry").replace("sandbox=True", "markdown=True")


def test_the_marker_follows_its_reasons(migrated):
    marked_code, _ = migrated(BLOCKED)
    more = "from agno.os import AgentOS\nAgentOS(agents=[Agent(sandbox=2)], queue=1)"
    after, _ = migrated(marked_code.replace("Agent(sandbox=True)", more))
    assert marked(after) == ["agent.sandbox", "os.queue"]
    assert after.count("_wherry_unresolved(") == 1


def test_the_marker_is_said_at_import_time_and_found_again(planned, tmp_path):
    change = planned(
        {"job.py": BLOCKED.replace("from agno.agent import Agent\n", "from agno.agent import Agent\n")}
    ).changes[0]
    code = change.after.decode().replace("from agno.agent import Agent\nAgent(sandbox=True)\n", "")
    (tmp_path / "job.py").write_text(code, "utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", "import job"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "job still runs on Agno, unresolved: agent.sandbox." in done.stderr
    assert [(path.name, ids) for path, ids in find_markers(tmp_path)] == [("job.py", ["agent.sandbox"])]


def test_a_file_that_shares_objects_with_a_blocked_one_is_held_back(planned):
    plan = planned(
        {
            "agents.py": "from agno.agent import Agent\n\nwriter = Agent(sandbox=True)\n",
            "team.py": "from agno.team import Team\nfrom agents import writer\n\nteam = Team(members=[writer])\n",
            "app.py": "from team import team\n\nteam.run('x')\n",
            "other.py": "from agno.agent import Agent\n",
        }
    )
    assert outcomes(plan) == {"agents.py": "blocked", "team.py": "held", "app.py": "held", "other.py": "migrated"}
    team = next(change for change in plan.changes if change.file.name == "team.py")
    assert b"from agno.team import Team" in team.after
    assert marked(team.after.decode()) == ["agents.py"]


def test_what_a_blocked_file_takes_from_others_holds_them_too(planned):
    plan = planned(
        {
            "models.py": "from agno.models.openai import OpenAIChat\n\nmodel = OpenAIChat(id='x')\n",
            "job.py": "from agno.agent import Agent\nfrom models import model\n\nAgent(model=model, sandbox=1)\n",
        }
    )
    assert outcomes(plan) == {"job.py": "blocked", "models.py": "held"}


def test_plain_data_and_leaves_do_not_hold_anything_back(planned):
    plan = planned(
        {
            "shared.py": "from agno.tools.yfinance import YFinanceTools\nLIMIT = 3\ntools = [YFinanceTools()]\n",
            "job.py": "from agno.agent import Agent\nfrom shared import LIMIT, tools\nAgent(sandbox=1, tools=tools)\n",
            "fine.py": "from agno.agent import Agent\nfrom shared import LIMIT, tools\n\nAgent(tools=tools)\n",
        }
    )
    assert outcomes(plan) == {"job.py": "blocked", "shared.py": "untouched", "fine.py": "migrated"}


def test_requirements_keep_agno_while_something_is_blocked(planned):
    plan = planned({"job.py": BLOCKED, "requirements.txt": "agno==3.1.10\n"})
    change = next(change for change in plan.changes if change.file.name == "requirements.txt")
    assert change.after.decode() == "agno==3.1.10\nwherry>=0.1,<0.2\n"


def test_objects_that_reach_a_blocked_file_from_another_package_hold_back_theirs(planned):
    files = {
        "packages/support/src/support/__init__.py": "",
        "packages/support/src/support/agents.py": "from agno.agent import Agent\n\nwriter = Agent()\n",
        "packages/api/api/__init__.py": "",
        "packages/api/api/main.py": (
            "from agno.team import Team\nfrom support.agents import writer\n\nTeam(members=[writer], sandbox=True)\n"
        ),
    }
    found = outcomes(planned(files))
    assert found["packages/api/api/main.py"] == "blocked"
    assert found["packages/support/src/support/agents.py"] == "held"


def test_a_name_that_two_packages_have_means_neither(planned):
    files = {
        f"{place}/shared/{name}": text
        for place in ("one", "two")
        for name, text in {"__init__.py": "", "made.py": "from agno.agent import Agent\n\nwriter = Agent()\n"}.items()
    }
    files["job/main.py"] = (
        "from agno.team import Team\nfrom shared.made import writer\nTeam(members=[], sandbox=True)\n"
    )
    found = outcomes(planned(files))
    assert found["job/main.py"] == "blocked"
    assert found["one/shared/made.py"] == found["two/shared/made.py"] == "migrated"


@pytest.mark.parametrize(
    "given",
    [
        "Agent(**settings.OPTIONS)",
        "Agent(**settings.made())",
        "options = {}\noptions.setdefault(settings.NAME, 1)\nAgent(**options)",
        "setattr(Agent(), settings.NAME, 1)",
        'setattr(Agent(), "stor" "age", 1)',
        "Agent(**{settings.NAME: 1})",
    ],
)
def test_what_another_file_or_no_word_spells_is_told_where_it_is_handed_over_and_left_alone(planned, given):
    settings = '# a\nOPTIONS = {"markdown": True, "storage": 1}\nNAME = "storage"\ndef made():\n    return OPTIONS\n'
    code = f'from agno.agent import Agent\nimport settings\n\n{given}\nnote = "{"long " * 40}"\n'
    plan = planned({"settings.py": settings, "bot.py": code})
    changes = {change.file.name: change for change in plan.changes}
    assert changes["bot.py"].outcome == "blocked"
    assert changes["bot.py"].after.decode().endswith(code)
    assert "settings.py" not in changes
    (told,) = [finding for finding in changes["bot.py"].file.findings if finding.verdict == "removed"]
    assert told.span.line == 3 + len(given.splitlines())
