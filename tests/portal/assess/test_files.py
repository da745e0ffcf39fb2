"""What is looked at, and what becomes of files that cannot be judged: each a named result, never counted as fine."""

import ast
import gc
import os
import sys
import time

import pytest

from wherry_portal.assess.files import find_files, kind_of
from wherry_portal.assess.report import make_report
from wherry_portal.assess.text import MAX_BYTES

AGENT = "from agno.agent import Agent\n"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.py", "python"),
        ("a.pyi", "python"),
        ("a.ipynb", "notebook"),
        ("requirements.txt", "requirements"),
        ("requirements-dev.txt", "requirements"),
        ("constraints.in", "constraints"),
        ("pyproject.toml", "pyproject"),
        ("Dockerfile", "dockerfile"),
        ("Dockerfile.dev", "dockerfile"),
        (".env", "environment"),
        (".env.local", "environment"),
        ("docker-compose.prod.yml", "environment"),
        ("notes.txt", None),
        ("data.json", None),
    ],
)
def test_files_are_known_by_their_names(name, kind):
    assert kind_of(name) == kind


def test_a_tree_that_is_made_in_the_middle_of_another_spoils_none(assessed):
    """What the garbage collector ends may do so, and Python 3.11.7 lets the outer one fail."""
    content = AGENT + "def f():\n" + "".join(f"    a{k} = [b, c({k}, (d, [e, {k}]))]\n" for k in range(200))
    done = []

    def inside(phase, _):
        if phase == "start" and not done and sys._getframe(1).f_code.co_name == "_made":
            done.append(ast.parse("x"))

    before = gc.get_threshold()
    gc.callbacks.append(inside)
    gc.set_threshold(20)
    try:
        result = assessed({"a.py": content})
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(inside)
    assert done
    assert ([file.name for file in result.files], result.unjudged) == (["a.py"], [])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"from agno.agent import Agent\ndef broken(:\n", "syntax-error"),
        (b"from agno.agent import Agent\nprint 'two'\n", "syntax-error"),
        (b"from agno.agent import Agent\x00\n", "binary"),
        (b"# -*- coding: klingon -*-\nfrom agno.agent import Agent\n", "encoding"),
        (b"from agno.agent import Agent\nx = '\xff'\n", "encoding"),
        (b"from agno.agent import Agent\nx = " + b"(" * 5000 + b")" * 5000 + b"\n", "syntax-error"),
        (b"from agno.agent import Agent\nx = " + b"-" * 60000 + b"1\n", "too-deep"),
        (b"from agno.agent import Agent\nx = " + b"+".join([b"a"] * 30000) + b"\n", "too-deep"),
        (AGENT.encode() + b"#" * MAX_BYTES, "too-large"),
    ],
)
def test_a_file_that_cannot_be_judged_is_named(assessed, content, reason):
    result = assessed({"good.py": AGENT, "bad.py": content})
    assert [(one.file, one.reason) for one in result.unjudged] == [("bad.py", reason)]
    assert [file.name for file in result.files] == ["good.py"]
    headline = make_report(result).headline
    assert (headline.files, headline.with_agno, headline.unjudged_files) == (2, 1, 1)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"agno not json", "not-a-notebook"),
        (b'{"agno": 1}', "not-a-notebook"),
        (b'{"cells": "agno"}', "not-a-notebook"),
        (b'{"cells": ["\xff agno"]}', "encoding"),
        (b'{"cells": [], "metadata": {"kernelspec": {"language": "julia"}}, "agno": 1}', "other-language"),
        (b'{"cells": [{"cell_type": "code", "source": "import agno.agent\\ndef ("}]}', "syntax-error"),
    ],
)
def test_a_notebook_that_cannot_be_judged_is_named(assessed, content, reason):
    result = assessed({"bad.ipynb": content})
    assert [(one.file, one.reason) for one in result.unjudged] == [("bad.ipynb", reason)]


def test_bytes_that_hide_what_they_say_are_never_counted_as_fine(assessed):
    files = {"a.py": "import agno".encode("utf-16"), "b.ipynb": b"\x89PNG\r\n\x1a\n", "c.py": b"x = '\xe9'\n"}
    result = assessed(files)
    assert [(one.file, one.reason) for one in result.unjudged] == [("a.py", "encoding"), ("b.ipynb", "encoding")]
    assert "UTF-16" in result.unjudged[0].detail


@pytest.mark.parametrize("content", ['[project\nagno = "', "a = " + "[" * 3000 + "]" * 3000 + " # agno\n"])
def test_a_pyproject_that_cannot_be_read_is_named_and_left_alone(assessed, content):
    result = assessed({"pyproject.toml": content})
    assert [one.file for one in result.unjudged] == ["pyproject.toml"]
    assert result.files == []


def test_other_encodings_are_read_as_python_reads_them(assessed):
    code = "# -*- coding: latin-1 -*-\nname = 'é'\nfrom agno.agent import Agent\n"
    marked = "\ufefffrom agno.team import Team\n"
    result = assessed({"old.py": code.encode("latin-1"), "marked.py": marked.encode()})
    assert [(f.file, f.span.line, f.span.column) for f in result.findings] == [("marked.py", 1, 23), ("old.py", 3, 24)]


def test_a_long_sum_is_read_in_no_time(assessed):
    code = "from agno.agent import Agent\nname = " + " + ".join(["'a'", "b"] * 150) + "\nAgent(name=name, sandbox=1)\n"
    begin = time.process_time()
    assert [finding.feature for finding in assessed({"a.py": code}).findings][1:] == ["agent.sandbox"]
    assert time.process_time() - begin < 5


def test_columns_count_characters_not_bytes(assessed):
    code = "x = 'äöü'; from agno.agent import Agent\n"
    assert assessed({"a.py": code}).findings[0].span.column == code.index("Agent") + 1


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_are_those_of_any_newline(assessed, newline):
    code = newline.join(["x = 1", "y = '\u2028'", "from agno.agent import Agent", ""])
    assert assessed({"a.py": code.encode()}).findings[0].span.line == 3


def test_symlinks_end_in_names_and_never_in_a_loop(tmp_path, assessed):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "up").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")
    (tmp_path / "away").symlink_to(sys.prefix)
    result = assessed({"inner/a.py": AGENT})
    assert [file.name for file in result.files] == ["inner/a.py"]
    assert {(one.file, one.reason) for one in result.unjudged} == {
        ("inner/up", "symlink-loop"),
        ("gone.py", "broken-symlink"),
        ("away", "outside"),
    }


def test_a_file_is_judged_once_however_many_links_lead_to_it(tmp_path, assessed):
    (tmp_path / "twin.py").symlink_to("a.py")
    (tmp_path / "current.py").symlink_to("release-7")
    (tmp_path / "away.py").symlink_to(os.__file__)
    (tmp_path / "latest.py").symlink_to("release-7")
    workflows, lists = tmp_path / ".github" / "workflows", tmp_path / "requirements"
    for folder, name in ((workflows, "b.yml"), (lists, "b.txt")):
        folder.mkdir(parents=True)
        (folder / f"a.{name[2:]}").symlink_to(name)
    install = {".github/workflows/b.yml": "- run: pip install agno\n", "requirements/b.txt": "agno\n"}
    result = assessed({"a.py": AGENT, "release-7": AGENT} | install)
    names = [".github/workflows/b.yml", "a.py", "current.py", "requirements/b.txt"]
    assert [file.name for file in result.files] == names
    assert [(one.file, one.reason) for one in result.unjudged] == [("away.py", "outside")]


@pytest.mark.parametrize(
    ("name", "spelled"), [(b"a\nb.py", "a\\nb.py"), (b"a\xff.py", "a\\xff.py"), (b"d\xff/b.py", "d\\xff")]
)
def test_a_name_that_no_report_can_hold_is_named(tmp_path, assessed, name, spelled):
    path = tmp_path / os.fsdecode(name)
    path.parent.mkdir(exist_ok=True)
    path.write_text(AGENT, "utf-8")
    assert [(one.file, one.reason) for one in assessed({}).unjudged] == [(spelled, "file-name")]


@pytest.mark.skipif(os.name == "nt", reason="pipes in folders are a thing of Unix")
def test_a_pipe_is_not_opened(tmp_path, assessed):
    os.mkfifo(tmp_path / "pipe.py")
    assert [one.reason for one in assessed({}).unjudged] == ["not-a-file"]


def test_folders_of_tools_and_excluded_paths_are_left_out(tmp_path, assessed):
    files = {".venv/a.py": AGENT, "node_modules/a.py": AGENT, "old/a.py": AGENT, "src/a.py": AGENT}
    result = assessed(files, exclude=("old",))
    assert [file.name for file in result.files] == ["src/a.py"]


def test_one_file_may_be_named(tmp_path):
    (tmp_path / "a.py").write_text(AGENT, "utf-8")
    assert list(find_files(tmp_path / "a.py").files) == [(tmp_path / "a.py").resolve()]


def test_files_without_agno_are_looked_at_and_have_no_findings(assessed):
    result = assessed({"a.py": "print(1)\n", "b.py": AGENT})
    headline = make_report(result).headline
    assert (headline.files, headline.with_agno) == (2, 1)


def test_a_file_that_only_takes_agno_from_another_file_is_judged(assessed):
    files = {"llm.py": AGENT, "app.py": "from llm import Agent\nAgent(sandbox=1)\n", "other.py": "import json\n"}
    assert [(f.file, f.feature) for f in assessed(files).findings if f.level == "error"] == [
        ("app.py", "agent.sandbox")
    ]


def test_progress_counts_up_to_the_total(assessed):
    seen = []
    assessed({"a.py": AGENT, "b.py": AGENT}, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]


def test_a_copy_of_agno_is_named_and_left_alone(assessed, tmp_path):
    parts = {f"lib/agno/{part}__init__.py": AGENT for part in ("", "agent/", "team/", "tools/")}
    result = assessed({"app.py": AGENT, **parts})
    assert [(one.file, one.reason) for one in result.unjudged] == [("lib/agno", "vendored")]
    assert [file.name for file in result.files] == ["app.py"]
    assert assessed({"app.py": AGENT, **parts}, exclude=["lib/agno"]).unjudged == []
    (tmp_path / "lib/agno/tools/__init__.py").unlink()
    result = assessed({"lib/agno/desk.py": AGENT})  # a team's own folder of that name
    assert result.unjudged == []
    assert "lib/agno/desk.py" in [file.name for file in result.files]


def test_what_stays_as_it_is_does_not_say_that_it_is_rewritten(assessed):
    code = (
        "import logging, os\n"
        "CLASSES = {'team': 'agno.team.Team'}\n"
        "os.environ['AGNO_TELEMETRY'] = 'false'\n"
        "logging.getLogger('agno-team')\n"
        "logging.getLogger('agno')\n"
        "logging.getLogger('agnostic')\n"
    )
    (file,) = assessed({"a.py": code}).files
    told = [(one.span.line, one.level, one.minutes, one.todo) for one in file.findings]
    assert told == [
        (
            2,
            "warning",
            5,
            "Left as it is: it may be a mere text. Where the code imports by it, write 'wherry.team.Team'.",
        ),
        (3, "note", 0, "Nothing."),
        (4, "warning", 2, "What Wherry tells goes to the logger 'wherry', whoever runs: name that one."),
        (5, "note", 0, "Nothing: `wherry migrate` rewrites it."),
    ]
    assert [one.automatic for one in file.findings] == [False, False, False, True]
