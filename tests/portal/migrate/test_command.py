"""`wherry migrate` as it is typed: diff, write, check, undo, dirty trees, files that cannot be written."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wherry_portal.assess.check import assess
from wherry_portal.cli import main
from wherry_portal.migrate.plan import make_plan
from wherry_portal.migrate.write import originals, write_plan

CODE = "from agno.exceptions import StopAgentRun\n\nprint(StopAgentRun)\n"


@pytest.fixture
def project(tmp_path):
    (tmp_path / "app.py").write_text(CODE, "utf-8")
    (tmp_path / "requirements.txt").write_text("agno==3.1.10\n", "utf-8")
    return tmp_path


def git(folder, *words):
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *words],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=60,
    )


def test_the_diff_is_shown_and_nothing_is_written(project, capsys):
    assert main(["migrate", str(project)]) == 0
    out = capsys.readouterr().out
    assert "-from agno.exceptions import StopAgentRun\n+from wherry.exceptions import StopAgentRun\n" in out
    assert (project / "app.py").read_text("utf-8") == CODE


def test_the_diff_applies_with_git(project, capsys):
    main(["migrate", str(project)])
    patch = capsys.readouterr().out
    subprocess.run(["git", "apply", "-p1", "-"], cwd=project, input=patch, text=True, check=True, timeout=60)
    assert "wherry" in (project / "app.py").read_text("utf-8")
    assert main(["migrate", "--check", str(project)]) == 0


def test_write_check_undo(project, capsys):
    assert main(["migrate", "--check", str(project)]) == 1
    assert f"Apply it with: wherry migrate {project} --write" in capsys.readouterr().err
    assert main(["migrate", "--write", str(project)]) == 0
    assert (project / "app.py").read_text("utf-8") == CODE.replace("agno", "wherry")
    assert (project / "requirements.txt").read_text("utf-8") == "wherry>=0.1,<0.2\n"
    assert main(["migrate", "--check", str(project)]) == 0
    assert main(["migrate", "--undo", str(project)]) == 0
    assert (project / "app.py").read_text("utf-8") == CODE
    assert sorted(path.name for path in project.iterdir()) == ["app.py", "requirements.txt"]


def test_undo_leaves_alone_what_was_edited_since(project, capsys):
    main(["migrate", "--write", str(project)])
    (project / "app.py").write_text("mine\n", "utf-8")
    assert main(["migrate", "--undo", str(project)]) == 2
    assert (project / "app.py").read_text("utf-8") == "mine\n"
    assert (project / "requirements.txt").read_text("utf-8") == "agno==3.1.10\n"
    assert "left alone app.py: was edited since" in capsys.readouterr().out


def test_every_migration_is_taken_back_after_another_the_last_one_first(project, capsys):
    main(["migrate", "--write", str(project)])
    (project / "later.py").write_text(CODE, "utf-8")
    main(["migrate", "--write", str(project)])
    assert originals(project)["app.py"].decode() == CODE  # a comparison runs all of them on Agno
    assert main(["migrate", "--undo", str(project)]) == 0
    out = capsys.readouterr().out
    assert out.endswith("restored later.py\n1 earlier migration can be taken back the same way\n")
    assert (project / "later.py").read_text("utf-8") == CODE
    assert "wherry" in (project / "app.py").read_text("utf-8")
    assert main(["migrate", "--undo", str(project)]) == 0
    assert capsys.readouterr().out == "restored app.py\nrestored requirements.txt\n"
    assert not (project / ".wherry").exists()


@pytest.mark.parametrize("name", ["../beside.txt", "{}/beside.txt", "link.txt"])
def test_a_list_that_came_with_a_folder_changes_nothing_outside_of_it(project, name, capsys):
    beside = project.parent / "beside.txt"
    beside.write_text("mine\n", "utf-8")
    (project / "link.txt").symlink_to(beside)
    kept = project / ".wherry" / "undo" / "1"
    kept.mkdir(parents=True)
    (kept / "0").write_text("theirs\n", "utf-8")
    entry = {"kept": "0", "after": hashlib.sha256(b"mine\n").hexdigest()}
    listed = {"schema": 1, "files": {name.format(project.parent): entry}}
    (kept / "undo.json").write_text(json.dumps(listed), "utf-8")
    assert main(["migrate", "--undo", str(project)]) == 2
    assert "no migration to take back" in capsys.readouterr().err
    assert beside.read_text("utf-8") == "mine\n"
    assert originals(project) == {}


def test_a_migration_that_wrote_nothing_leaves_the_one_before_it_to_be_taken_back(project, monkeypatch):
    main(["migrate", "--write", str(project)])
    (project / "later.py").write_text("from agno.team import Team\n", "utf-8")
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).endswith("later.py") and real(path, mode))
    assert main(["migrate", "--write", str(project)]) == 2
    assert main(["migrate", "--undo", str(project)]) == 0
    assert (project / "app.py").read_text("utf-8") == CODE


def test_what_a_migration_beside_this_one_keeps_is_left_alone(project, monkeypatch, capsys):
    real = Path.mkdir

    def after_another(path, *arguments, **named):
        if path.name == "1":
            real(path, parents=True)
            (path / "0").write_text("kept by another", "utf-8")
        return real(path, *arguments, **named)

    monkeypatch.setattr(Path, "mkdir", after_another)
    assert main(["migrate", "--write", str(project)]) == 2
    assert "could not write app.py: File exists" in capsys.readouterr().out
    assert (project / "app.py").read_text("utf-8") == CODE
    assert (project / ".wherry" / "undo" / "1" / "0").read_text("utf-8") == "kept by another"


def test_a_migration_that_was_cut_short_can_be_taken_back(project, monkeypatch):
    real, seen = os.access, []

    def killed(path, mode):
        seen.append(path)
        if len(seen) > 1:
            raise KeyboardInterrupt
        return real(path, mode)

    before = {path.name: path.read_bytes() for path in project.iterdir()}
    monkeypatch.setattr(os, "access", killed)
    with pytest.raises(KeyboardInterrupt):
        write_plan(make_plan(assess(project)))
    monkeypatch.undo()
    assert {path.name: path.read_bytes() for path in project.iterdir() if path.is_file()} != before
    assert main(["migrate", "--undo", str(project)]) == 0
    assert {path.name: path.read_bytes() for path in project.iterdir()} == before


def test_a_tree_that_nobody_may_write_to_stays_as_it_is(project):
    (project / "app.py").chmod(0o444)
    project.chmod(0o555)
    # Root may write anywhere, unless it gives that up.
    bare = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"] if os.geteuid() == 0 else []
    words = [str(Path(sys.executable).with_name("wherry")), "migrate", "--write", str(project)]
    done = subprocess.run([*bare, *words], capture_output=True, text=True, check=False, timeout=60)
    project.chmod(0o755)
    told = ["could not write app.py: Permission denied", "could not write requirements.txt: Permission denied"]
    assert (done.returncode, done.stdout.splitlines()) == (2, told)
    assert (project / "app.py").read_text("utf-8") == CODE
    assert not (project / ".wherry").exists()


def test_undo_without_a_migration_says_so(project, capsys):
    assert main(["migrate", "--undo", str(project)]) == 2
    assert "no migration to take back" in capsys.readouterr().err


def test_a_dirty_tree_is_refused_unless_told(project, capsys):
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "start")
    (project / "app.py").write_text(CODE + "x = 1\n", "utf-8")
    assert main(["migrate", "--write", str(project)]) == 2
    assert "uncommitted changes, in 'app.py'" in capsys.readouterr().err
    assert main(["migrate", "--write", "--allow-dirty", str(project)]) == 0


def test_a_clean_tree_is_fine_and_the_undo_folder_is_ignored(project):
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "start")
    assert main(["migrate", "--write", str(project)]) == 0
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=project, capture_output=True, text=True, check=True, timeout=60
    )
    assert status.stdout.split() == ["M", "app.py", "M", "requirements.txt"]


def test_a_file_that_cannot_be_written_is_a_named_result(project, capsys, monkeypatch):
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).endswith("app.py") and real(path, mode))
    assert main(["migrate", "--write", str(project)]) == 2
    out = capsys.readouterr().out
    assert "could not write app.py: is read-only" in out
    assert "wrote requirements.txt" in out
    assert (project / "app.py").read_text("utf-8") == CODE


def test_links_stay_links_and_what_they_point_to_is_written_once(project, capsys):
    (project / "release-7").write_text(CODE, "utf-8")
    (project / "current.py").symlink_to("release-7")
    (project / "twin.py").symlink_to("app.py")
    assert main(["migrate", str(project), "--write"]) == 0
    assert "twin.py" not in capsys.readouterr().out
    assert [(project / name).is_symlink() for name in ("current.py", "twin.py")] == [True, True]
    assert "wherry" in (project / "release-7").read_text("utf-8")
    main(["migrate", str(project), "--undo"])
    assert (project / "current.py").is_symlink()
    assert (project / "release-7").read_text("utf-8") == CODE


def test_modes_and_other_files_stay(project):
    (project / "app.py").chmod(0o755)
    (project / "data.bin").write_bytes(b"\x00agno")
    main(["migrate", "--write", str(project)])
    assert (project / "app.py").stat().st_mode & 0o777 == 0o755
    assert (project / "data.bin").read_bytes() == b"\x00agno"


def test_a_file_that_does_not_parse_ends_with_2(project, capsys):
    (project / "broken.py").write_text("import agno.agent\ndef (\n", "utf-8")
    assert main(["migrate", str(project)]) == 2
    assert "broken.py: could not be judged: syntax-error" in capsys.readouterr().err


def test_flags_that_exclude_each_other(project, capsys):
    assert main(["migrate", "--write", "--check", str(project)]) == 2
    assert "exclude each other" in capsys.readouterr().err


def test_writing_with_something_left_behind_ends_with_one(project, capsys):
    (project / "late.py").write_text("from agno.scheduler import ScheduleManager\n", "utf-8")
    assert main(["migrate", str(project)]) == 0
    assert main(["migrate", "--write", str(project)]) == 1
    assert "late.py: stays on Agno, blocked by os.scheduler" in capsys.readouterr().err
    (project / "late.py").unlink()
    assert main(["migrate", "--write", str(project)]) == 0
