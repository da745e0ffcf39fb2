"""`Workspace` and `FileTools`: what an agent may reach, what waits for a yes, how files are written."""

import asyncio
import os
import stat
import sys

import pytest
from agent_kit import agent, calls, four_ways, model, ran, system_text

from wherry.core.errors import NotMigratedError
from wherry.tools import file as file_module
from wherry.tools.file import FileTools
from wherry.tools.workspace import Workspace
from wherry.tools.workspace.places import Places

EVERYTHING = Workspace.ALL_TOOLS


@pytest.fixture
def root(tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "log.md").write_text("# Log\n\nAlbion left at nine.\n")
    (tmp_path / "root" / ".env").write_text("KEY=1\n")
    (tmp_path / "outside.md").write_text("not yours")
    return tmp_path / "root"


@four_ways
def test_an_agent_reads_and_edits_the_files_of_a_workspace(way, root):
    script = [
        calls("read_file", path="log.md"),
        calls("edit_file", path="log.md", old_str="nine", new_str="ten"),
        calls("read_file", path="log.md", start_line=3, end_line=3),
        "At ten.",
    ]
    with model(*script) as server:
        _, output = ran(way, agent(tools=[Workspace(root, allowed=["read", "edit"])]))
        assert "read_file before edit_file" in system_text(server)
    assert output.tools[0].result == "     1\t# Log\n     2\t\n     3\tAlbion left at nine."
    assert output.tools[2].result == "     3\tAlbion left at ten."
    assert (root / "log.md").read_text() == "# Log\n\nAlbion left at ten.\n"


@four_ways
def test_what_changes_something_waits_for_a_yes(way, root):
    ada = agent(tools=[Workspace(root)])
    with model(calls("write_file", path="new/page.md", content="Nine."), "Kept."):
        _, output = ran(way, ada)
        assert output.is_paused
        assert not (root / "new").exists()
        output.requirements[0].confirm()
        again = ada.continue_run(output) if way.startswith("run") else asyncio.run(ada.acontinue_run(output))
    assert again.content == "Kept."
    assert (root / "new" / "page.md").read_text() == "Nine."


@four_ways
def test_what_is_out_of_reach_is_told_to_the_agent_and_the_run_goes_on(way, root):
    script = [calls("read_file", path=path) for path in ("../outside.md", ".env", str(root.parent / "outside.md"))]
    with model(*script, "I cannot."):
        _, output = ran(way, agent(tools=[Workspace(root, allowed=["read"])]))
    assert output.content == "I cannot."
    escapes, excluded, absolute = [one.result for one in output.tools]
    assert escapes.startswith("Error: path escapes this workspace")
    assert excluded.startswith("Error: path is excluded from this workspace")
    assert absolute.startswith("Error: path escapes this workspace")


def test_a_link_neither_leads_out_nor_to_what_is_excluded(root):
    (root / "out.md").symlink_to(root.parent / "outside.md")
    (root / "up").symlink_to(root.parent)
    (root / "keys").symlink_to(root / ".env")
    kit = Workspace(root, allowed=EVERYTHING)
    for path in ("out.md", "up/outside.md", "keys", "up/root/.env"):
        assert kit.read_file(path).startswith("Error"), path
        assert kit.write_file(path, "mine").startswith("Error"), path
        assert kit.delete_file(path).startswith("Error"), path
        assert kit.move_file("log.md", path, overwrite=True).startswith("Error"), path
        assert kit.move_file(path, "mine.md").startswith("Error"), path
    assert (root.parent / "outside.md").read_text() == "not yours"
    assert (root / ".env").read_text() == "KEY=1\n"
    assert "outside" not in kit.list_files(recursive=True)
    assert '"matches_found": 0' in kit.search_content("not yours")


def test_a_link_is_judged_by_the_name_that_the_disk_has_for_it(root):
    """The ligature is two letters to whoever normalises paths, and no such file is there."""
    (root.parent / "far").mkdir()
    (root.parent / "far" / "loot.md").write_text("not yours")
    (root / "\ufb01.md").symlink_to(root.parent / "outside.md")
    (root / "\ufb02.md").symlink_to(root / ".env")
    (root / "\ufb00").symlink_to(root.parent / "far")
    for kit in (Workspace(root), FileTools(root)):
        assert '"matches_found": 0' in kit.search_content("not yours")
        assert "\\ufb01" not in kit.list_files()
    kit = Workspace(root)
    assert '"matches_found": 0' in kit.search_content("KEY")
    assert "\\ufb02" not in kit.list_files(recursive=True)
    assert "loot" not in kit.list_files(pattern="*/*")
    assert "loot" not in FileTools(root).search_files("*/*")


def test_a_link_in_the_place_of_a_file_that_is_being_written_leads_nowhere(root):
    """Agno writes to `log.md.tmp` first, and follows a link of that name."""
    (root / "log.md.tmp").symlink_to(root.parent / "outside.md")
    kit = Workspace(root, allowed=EVERYTHING)
    assert kit.write_file("log.md", "new").startswith("Wrote")
    assert (root.parent / "outside.md").read_text() == "not yours"
    assert (root / "log.md").read_text() == "new"
    assert sorted(one.name for one in root.iterdir()) == [".env", "log.md", "log.md.tmp"]


def test_the_root_itself_is_no_file(root):
    kit = Workspace(root, allowed=EVERYTHING)
    assert kit.write_file(".", "x") == "Error: . is a directory."
    assert sorted(one.name for one in root.parent.iterdir()) == ["outside.md", "root"]


def test_a_file_keeps_its_rights_when_it_is_written_and_a_pipe_is_not_read(root):
    (root / "log.md").chmod(0o751)
    kit = Workspace(root, allowed=EVERYTHING)
    kit.edit_file("log.md", "nine", "ten")
    assert stat.S_IMODE((root / "log.md").stat().st_mode) == 0o751
    os.mkfifo(root / "pipe.md")
    assert kit.read_file("pipe.md") == "Error: file not found: pipe.md"
    assert '"matches_found": 0' in FileTools(root).search_content("nine")
    assert FileTools(root).read_file("pipe.md").startswith("Error reading file: pipe.md is no plain file")


def test_a_long_file_is_read_in_parts_and_not_edited(root):
    (root / "long.md").write_text("nine\n" * 10)
    kit = Workspace(root, allowed=EVERYTHING, max_file_length=8)
    assert "50 bytes, of at most 8 characters" in kit.read_file("long.md")
    assert kit.edit_file("long.md", "nine", "ten", replace_all=True).startswith("Error: the file is too long")
    assert kit.read_file("long.md", 9) == "     9\tnine\n    10\tnine"
    (root / "mean.md").write_text("nine nine ")
    assert "10 characters, of at most 8" in kit.read_file("mean.md")
    assert "11 lines, of at most 4" in Workspace(root, max_file_lines=4).read_file("long.md")
    assert (
        FileTools(root, max_file_length=8).read_file("long.md").startswith("Error reading file: the file is too long")
    )


def test_a_file_that_was_not_read_is_not_changed_where_that_is_wanted(root):
    kit = Workspace(root, allowed=EVERYTHING, require_read_before_write=True)
    for answer in (
        kit.write_file("log.md", "x"),
        kit.edit_file("log.md", "nine", "ten"),
        kit.move_file("log.md", "old.md"),
        kit.delete_file("log.md"),
    ):
        assert "was not read yet" in answer
    assert kit.write_file("log.md", "x", overwrite=False) == "Error: log.md exists, and overwrite is false."
    kit.read_file("log.md")
    assert kit.move_file("log.md", "old.md").startswith("Moved")
    assert kit.edit_file("old.md", "nine", "ten").startswith("Edited")
    assert kit.write_file("new.md", "x").startswith("Wrote")
    assert kit.delete_file("new.md").startswith("Deleted")


def test_a_command_that_takes_too_long_is_ended_with_what_it_started(root):
    kit = Workspace(root, allowed=["shell"])
    begin = "import subprocess, time; subprocess.Popen(['sleep', '60']); time.sleep(60)"
    assert kit.run_command([sys.executable, "-c", begin], timeout=1).startswith(
        "Error: the command timed out after 1 sec"
    )
    assert asyncio.run(kit.arun_command(["sh", "-c", "echo no >&2; exit 3"])) == "Error (exit 3): no"


def test_capitals_are_of_no_matter_where_the_disk_says_so(root):
    places = Places(root, None, [".ENV"])
    assert places.excluded(root / ".env")
    places._fold = True  # what a disk without capitals answers; Linux has none at hand
    assert not places.excluded(root / ".env")
    assert places.excluded(root / "BUILD" / "x")
    assert not Places(root.parent / "absent", None, None).folds()


def test_what_is_excluded_can_be_changed_afterwards(root):
    kit = Workspace(root, allowed=["read"])
    kit.allow_paths = [".env"]
    assert kit.read_file(".env") == "     1\tKEY=1"
    kit.allow_paths, kit.exclude_patterns = [], []
    assert kit.read_file(".env") == "     1\tKEY=1"
    kit.exclude_patterns.append("log.*")
    assert "excluded" in kit.read_file("log.md")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"allowed": "read"}, TypeError, "`allowed` must be a list"),
        ({"confirm": ["read_file"]}, ValueError, "unknown tools"),
        ({"allowed": ["read"], "confirm": ["read"]}, ValueError, "allowed as well as in confirm"),
        ({"exclude_patterns": ["a/b"]}, ValueError, "path separator"),
        ({"exclude_patterns": ["!"]}, ValueError, "'!' alone"),
        ({"allow_paths": ".env"}, TypeError, "no list"),
        ({"allow_paths": ["../x"]}, ValueError, "no path inside"),
        ({"allow_paths": ["."]}, ValueError, "the whole root"),
    ],
)
def test_a_workspace_that_cannot_be_meant_is_refused(root, options, error, message):
    with pytest.raises(error, match=message):
        Workspace(root, **options)


def test_a_failure_of_the_disk_is_told_without_the_path_on_the_machine(root):
    kit = Workspace(root, allowed=EVERYTHING)
    (root / "log.md").write_bytes(b"\xff\xfe\xff")
    assert kit.read_file("log.md").startswith("Error: could not read the file: 'utf-8' codec")
    assert str(root) not in kit.write_file("log.md/x", "y")
    assert str(root) not in FileTools(root, all=True).save_file("y", "log.md/x")


@four_ways
def test_an_agent_saves_and_finds_files_by_file_tools(way, root):
    script = [
        calls("save_file", contents="one\ntwo\n", file_name="a/b.md"),
        calls("replace_file_chunk", file_name="a/b.md", start_line=1, end_line=1, chunk="2"),
        calls("read_file_chunk", file_name="a/b.md", start_line=1, end_line=1),
        calls("save_file", contents="x", file_name="../outside.md"),
        "Done.",
    ]
    with model(*script):
        _, output = ran(way, agent(tools=[FileTools(root)]))
    assert [one.result for one in output.tools][:3] == ["a/b.md", "a/b.md", "2"]
    assert output.tools[3].result.startswith("Error saving file")
    assert (root.parent / "outside.md").read_text() == "not yours"


def test_file_tools_name_their_folder_where_that_is_wanted(root):
    assert f'"base_directory": "{root}"' in FileTools(root, expose_base_directory=True).search_files("*.md")


def test_making_documents_stays_agnos():
    with pytest.raises(NotMigratedError):
        file_module.FileGenerationTools  # noqa: B018 - the name is looked up
