"""Skills of agents and teams: what a model is told of them, what it reads, which scripts run and how."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from contextlib import suppress

import pytest
from agent_kit import agent, calls, four_ways, model, ran, system_text
from team_kit import on
from team_kit import run_in as team_run_in

from wherry.skills import LocalSkills, Skill, SkillLoader, Skills, SkillValidationError
from wherry.skills.utils import get_interpreter_command, parse_shebang, run_script
from wherry.skills.validator import validate_metadata, validate_skill_directory

HEAD = "---\nname: {name}\ndescription: {about}\n---\n{body}\n"
SHELL = pytest.mark.skipif(sys.platform == "win32", reason="the scripts here are for a POSIX shell")


def written(folder, name="tides", about="How to read a tide table.", body="Read the table first.", **files):
    """A skill in a folder; `files` are put below `scripts` or `references` by their endings."""
    home = folder / name
    home.mkdir(parents=True, exist_ok=True)
    (home / "SKILL.md").write_text(HEAD.format(name=name, about=about, body=body))
    for stem, text in files.items():
        kind, ending = ("scripts", ".sh") if text.startswith("#!") else ("references", ".md")
        (home / kind).mkdir(exist_ok=True)
        (home / kind / f"{stem}{ending}").write_text(text)
    return home


@pytest.fixture
def home(tmp_path):
    return written(
        tmp_path, table="Acle: high water at nine.", sail='#!/bin/sh\necho "$1 in $PWD"; echo deep >&2; exit 3\n'
    )


@pytest.fixture
def skills(home):
    return Skills(loaders=[LocalSkills(home.parent)])


def answer(server, number):
    """What a tool answered, as the model read it."""
    role, text = server.requests[number].turns[-1]
    assert role == "tool"
    return json.loads(text)


def tool(skills, name):
    return next(each for each in skills.get_tools() if each.name == name).entrypoint


# --- in runs ---------------------------------------------------------------------------------------------------------


@four_ways
@SHELL
def test_a_model_sees_the_list_and_reads_and_runs_what_it_needs(way, home, skills):
    owner = agent(skills=skills, additional_context="It is Sunday.")
    with model(
        calls("get_skill_instructions", skill_name="tides"),
        calls("get_skill_reference", skill_name="tides", reference_path="table.md"),
        calls("get_skill_script", skill_name="tides", script_path="sail.sh"),
        calls("get_skill_script", skill_name="tides", script_path="sail.sh", execute=True, args=["Ant"]),
        "High water at nine.",
    ) as server:
        _, output = ran(way, owner)
        told = system_text(server)
        read = [answer(server, number) for number in (1, 2, 3, 4)]
    assert output.content == "High water at nine."
    assert told.index("It is Sunday.") < told.index("<skills_system>")
    assert "<name>tides</name>\n  <description>How to read a tide table.</description>" in told
    assert "<scripts>sail.sh</scripts>\n  <references>table.md</references>" in told
    assert "Read the table first." not in told
    assert read[0] == {
        "skill_name": "tides",
        "description": "How to read a tide table.",
        "instructions": "Read the table first.",
        "available_scripts": ["sail.sh"],
        "available_references": ["table.md"],
    }
    assert read[1]["content"] == "Acle: high water at nine."
    assert read[2]["content"].startswith("#!/bin/sh")
    assert read[3] == {
        "skill_name": "tides",
        "script_path": "sail.sh",
        "stdout": f"Ant in {home.resolve()}\n",
        "stderr": "deep\n",
        "returncode": 3,
    }


@four_ways
def test_a_team_has_skills_of_its_own(way, skills):
    with on([calls("get_skill_instructions", skill_name="tides"), "At nine."]) as crew:
        team = crew.team(skills=skills, additional_context="It is Sunday.", instructions="Be short.")
        _, output = team_run_in(way, team, "When?")
        told, read = crew.requests[0].turns[0][1], json.loads(crew.asked(1))
    assert output.content == "At nine."
    assert told.index("It is Sunday.") < told.index("<skills_system>")
    assert read["instructions"] == "Read the table first."


def test_without_skills_nothing_is_said_of_them(tmp_path):
    empty = Skills(loaders=[LocalSkills(tmp_path)])
    with model("Nine.", "Nine.") as server:
        ran("run", agent(instructions="Be short."))
        ran("run", agent(instructions="Be short.", skills=empty))
        assert system_text(server) == system_text(server, 1) == "Be short."
        assert "tools" not in server.requests[0].body
        assert len(server.requests[1].body["tools"]) == 3


def test_a_copy_shares_the_skills_and_other_objects_are_no_skills(skills):
    assert agent(skills=skills).deep_copy().skills is skills
    with pytest.raises(AttributeError, match=r"skills must be a Skills, not '\./skills'"):
        agent(skills="./skills")


# --- scripts ---------------------------------------------------------------------------------------------------------


@four_ways
def test_scripts_may_be_switched_off(way, home):
    owner = agent(skills=Skills(loaders=[LocalSkills(home)], run_scripts=False))
    with model(calls("get_skill_script", skill_name="tides", script_path="sail.sh"), "Read.") as server:
        ran(way, owner)
        (offered,) = [t for t in server.requests[0].body["tools"] if t["function"]["name"] == "get_skill_script"]
        assert answer(server, 1)["content"].startswith("#!/bin/sh")
        assert "not run here" in system_text(server)
    assert set(offered["function"]["parameters"]["properties"]) == {"skill_name", "script_path"}
    refused = json.loads(owner.skills._get_skill_script("tides", "sail.sh", execute=True))
    assert "not run here" in refused["error"]


@SHELL
def test_a_script_that_takes_too_long_is_ended_with_what_it_started(tmp_path):
    home = written(tmp_path, slow="#!/bin/sh\nsleep 60 &\necho $! > child\nwait\n")
    begin = time.monotonic()
    told = json.loads(
        tool(Skills([LocalSkills(home)]), "get_skill_script")("tides", "slow.sh", execute=True, timeout=1)
    )
    assert "timed out after 1 seconds" in told["error"]
    assert time.monotonic() - begin < 50
    child = int((home / "child").read_text())
    while is_running(child):
        assert time.monotonic() - begin < 50
        time.sleep(0.01)


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(status.stdout.strip()) and not status.stdout.startswith("Z")


@SHELL
def test_a_child_that_left_for_a_session_of_its_own_is_not_waited_for(tmp_path):
    leaves = "if os.fork() == 0: os.setsid(); open('child', 'w').write(str(os.getpid()))\n"
    home = written(tmp_path, left=f"#!{sys.executable}\nimport os, time\n{leaves}time.sleep(60)\n")
    begin = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired):
        run_script(home / "scripts" / "left.sh", timeout=2, cwd=home)
    assert time.monotonic() - begin < 50
    with suppress(FileNotFoundError, ValueError, ProcessLookupError):
        os.kill(int((home / "child").read_text()), signal.SIGKILL)


@SHELL
def test_a_script_that_writes_no_utf8_has_run_all_the_same(tmp_path):
    home = written(tmp_path, raw="#!/bin/sh\nprintf 'caf\\351'\nprintf '\\377' >&2\nexit 3\n")
    told = json.loads(tool(Skills([LocalSkills(home)]), "get_skill_script")("tides", "raw.sh", execute=True))
    assert (told["stdout"], told["stderr"], told["returncode"]) == ("caf\ufffd", "\ufffd", 3)


@SHELL
def test_a_script_that_cannot_run_says_why(tmp_path):
    home = written(tmp_path, gone="#!/no/such/program\n", plain="#!\necho\n")
    run = tool(Skills([LocalSkills(home)]), "get_skill_script")
    assert "is not there" in json.loads(run("tides", "gone.sh", execute=True))["error"]
    (home / "scripts" / "plain.sh").write_bytes(b"\x00\x01")
    assert "could not be run" in json.loads(run("tides", "plain.sh", execute=True))["error"]
    assert "cannot be read" not in json.loads(run("tides", "plain.sh"))


@SHELL
def test_a_script_is_made_executable(home):
    script = home / "scripts" / "sail.sh"
    assert not script.stat().st_mode & stat.S_IXUSR
    assert run_script(script, ["Bure"], cwd=home).stdout == f"Bure in {home.resolve()}\n"
    assert script.stat().st_mode & stat.S_IXUSR


@pytest.mark.parametrize(
    ("first", "program"),
    [
        ("#!/usr/bin/env python3", "python3"),
        ("#!/bin/bash", "bash"),
        ("#!/usr/bin/env -S node --trace", "node"),
        ("#!/usr/bin/env", None),
        ("#!", None),
        ("echo", None),
    ],
)
def test_the_first_line_names_the_program(first, program, tmp_path):
    script = tmp_path / "s"
    script.write_text(f"{first}\n")
    assert parse_shebang(script) == program
    assert parse_shebang(tmp_path / "none") is None
    assert get_interpreter_command("Python3") == [sys.executable]
    assert get_interpreter_command("node") == ["node"]


# --- what is refused -------------------------------------------------------------------------------------------------


def test_what_is_not_there_is_answered_with_what_is(skills):
    instructions, reference = tool(skills, "get_skill_instructions"), tool(skills, "get_skill_reference")
    script = tool(skills, "get_skill_script")
    for told in (instructions("sails"), reference("sails", "table.md"), script("sails", "sail.sh")):
        assert json.loads(told) == {"error": "A skill called 'sails' was not found", "available_skills": "tides"}
    assert "reference_path is required" in json.loads(reference("tides"))["error"]
    assert json.loads(reference("tides", "sea.md"))["available_references"] == ["table.md"]
    assert "script_path is required" in json.loads(script("tides"))["error"]
    assert json.loads(script("tides", "row.sh", execute=True))["available_scripts"] == ["sail.sh"]


@pytest.mark.parametrize(
    "path", ["../../secret.md", "/etc/hosts", "table.md/../../SKILL.md", "..\\SKILL.md", "ta\0ble"]
)
def test_no_path_leads_out_of_a_skill(path, home, skills):
    (home.parent / "secret.md").write_text("hidden")
    assert "not found" in json.loads(tool(skills, "get_skill_reference")("tides", path))["error"]
    assert "not found" in json.loads(tool(skills, "get_skill_script")("tides", path, execute=True))["error"]
    # A loader that lists such a path opens no way, either.
    loaded = skills.get_skill("tides")
    loaded.references.append(path)
    loaded.scripts.append(path)
    assert "leads out" in json.loads(tool(skills, "get_skill_reference")("tides", path))["error"]
    assert "leads out" in json.loads(tool(skills, "get_skill_script")("tides", path, execute=True))["error"]


@SHELL
@pytest.mark.parametrize("linked", ["file", "folder"])
def test_no_link_leads_out_of_a_skill(linked, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "run.sh").write_text("#!/bin/sh\ntouch ran\n")
    home = written(tmp_path / "skills")
    if linked == "folder":
        (home / "scripts").symlink_to(elsewhere)
    else:
        (home / "scripts").mkdir()
        (home / "scripts" / "run.sh").symlink_to(elsewhere / "run.sh")
    told = json.loads(tool(Skills([LocalSkills(home)]), "get_skill_script")("tides", "run.sh", execute=True))
    assert "leads out" in told["error"]
    assert not (home / "ran").exists()


# --- loading ---------------------------------------------------------------------------------------------------------


class Fixed(SkillLoader):
    def __init__(self, *skills):
        self.skills = list(skills)

    def load(self):
        return self.skills


class Broken(SkillLoader):
    def load(self):
        raise OSError("the harbour is closed")


def test_several_loaders_are_read_in_turn_and_again(caplog):
    one = Skill(name="one", description="1", instructions="old", source_path=".")
    loader = Fixed(one)
    skills = Skills([Broken(), loader, Fixed(Skill("one", "1", "new", "."))])
    assert skills.get_skill("one").instructions == "new"
    assert ["harbour" in record.message for record in caplog.records] == [True, False]
    assert "There are two skills called 'one'" in caplog.text
    loader.skills = [Skill("two", "2", "", ".")]
    skills.reload()
    assert skills.get_skill_names() == ["two", "one"]
    assert skills.get_skill("three") is None
    assert [skill.name for skill in skills.get_all_skills()] == ["two", "one"]


def test_a_skill_survives_as_a_dictionary():
    skill = Skill("one", "1", "do", "/x", scripts=["a.sh"], license="MIT", allowed_tools=["t"])
    assert Skill.from_dict({**skill.to_dict(), "unknown": 1}) == skill
    assert (
        Skill.from_dict({k: skill.to_dict()[k] for k in ("name", "description", "instructions", "source_path")}).scripts
        == []
    )
    with pytest.raises(KeyError):
        Skill.from_dict({"name": "one"})


def test_folders_without_a_head_and_hidden_ones_are_left_out(tmp_path):
    written(tmp_path, "wind")
    written(tmp_path, ".hidden")
    (tmp_path / "drafts").mkdir()
    home = written(tmp_path, "tides", table="x")
    (home / "references" / ".draft.md").write_text("x")
    (home / "references" / "old").mkdir()
    assert [(s.name, s.references) for s in LocalSkills(tmp_path).load()] == [("tides", ["table.md"]), ("wind", [])]
    with pytest.raises(FileNotFoundError, match="does not exist"):
        LocalSkills(tmp_path / "none").load()


def test_a_skill_that_breaks_the_rules_is_refused_unless_that_is_wanted(tmp_path):
    home = written(tmp_path, "Tides", about="x", body="Read.")
    with pytest.raises(SkillValidationError, match="must be in lowercase") as raised:
        Skills([LocalSkills(tmp_path)])
    assert len(raised.value.errors) == 1
    (skill,) = LocalSkills(tmp_path, validate=False).load()
    assert (skill.name, skill.instructions) == ("Tides", "Read.")
    (home / "SKILL.md").write_text("No head.")
    (skill,) = LocalSkills(home, validate=False).load()
    assert (skill.name, skill.description, skill.instructions) == ("Tides", "", "No head.")
    (home / "SKILL.md").write_text('---\nname: \'a"\ndescription: "b"\n---\nBody')
    (skill,) = LocalSkills(home, validate=False).load()
    assert (skill.name, skill.description) == ("a", "b")
    (home / "SKILL.md").write_bytes(b"\xff\xfe")
    assert LocalSkills(home, validate=False).load() == []
    assert "cannot be read" in validate_skill_directory(home)[0]


@pytest.mark.parametrize(
    ("head", "wrong"),
    [
        (
            {},
            [
                "Missing required field in the frontmatter: name",
                "Missing required field in the frontmatter: description",
            ],
        ),
        ({"name": "a" * 65, "description": "x"}, ["exceeds 64 characters: it has 65"]),
        ({"name": "-a--b-", "description": "x"}, ["must not start or end with a hyphen", "consecutive hyphens"]),
        ({"name": "a_b", "description": "x"}, ["invalid characters"]),
        (
            {"name": 7, "description": " "},
            ["'name' must be a non-empty text, not 7", "'description' must be"],
        ),
        ({"name": "a", "description": "x" * 1025}, ["exceeds 1024 characters"]),
        ({"name": "a", "description": "x", "compatibility": "x" * 501}, ["exceeds 500 characters"]),
        ({"name": "a", "description": "x", "compatibility": 1, "license": 2}, ["not 1", "not 2"]),
        ({"name": "a", "description": "x", "allowed-tools": "t"}, ["must be a list, not 't'"]),
        ({"name": "a", "description": "x", "allowed-tools": [1]}, ["list of strings"]),
        ({"name": "a", "description": "x", "metadata": "m"}, ["must be a dictionary"]),
        ({"name": "a", "description": "x", "speed": 1}, ["Unexpected fields in the frontmatter: speed"]),
        ({"name": "ﬁn", "description": "x", "license": "MIT", "metadata": {}, "allowed-tools": ["t"]}, []),
    ],
)
def test_each_broken_rule_is_told(head, wrong):
    told = validate_metadata(head)
    assert len(told) == len(wrong), told
    assert all(part in text for part, text in zip(wrong, told, strict=True))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("No head.", "begin with a YAML frontmatter"),
        ("---\nname: tides\n", "not closed"),
        ("---\n[\n---\n", "no valid YAML"),
        ("---\n- a\n---\n", "has to be a mapping, not ['a']"),
        ("---\nname: winds\ndescription: x\n---\n", "must match"),
    ],
)
def test_a_folder_is_checked(text, wrong, tmp_path):
    home = written(tmp_path)
    (home / "SKILL.md").write_text(text)
    assert wrong in validate_skill_directory(home)[0]
    assert "Not a directory" in validate_skill_directory(home / "SKILL.md")[0]
    assert "does not exist" in validate_skill_directory(tmp_path / "none")[0]
    assert "Missing required file: SKILL.md" in validate_skill_directory(tmp_path)[0]
