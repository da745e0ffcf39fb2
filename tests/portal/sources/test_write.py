import subprocess
import sys

import pytest

from wherry_portal.sources import dump_yaml, locked, write_atomic


def names(folder):
    return [path.name for path in folder.iterdir()]


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path):
    path = tmp_path / "deep" / "log.yaml"
    write_atomic(path, "a: 1\n")
    path.chmod(0o640)
    write_atomic(path, "a: 2\n")
    assert path.read_text() == "a: 2\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert names(path.parent) == ["log.yaml"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "log.yaml"
    write_atomic(path, "old\n")
    with pytest.raises(UnicodeEncodeError):
        write_atomic(path, "new \ud800\n")
    assert path.read_text() == "old\n"
    assert names(tmp_path) == ["log.yaml"]


LIMITED = """
import resource, sys
from pathlib import Path
from wherry_portal.sources import write_atomic
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    write_atomic(Path(sys.argv[1]), "x" * 101)
except OSError as error:
    print(error.filename)
"""


def test_a_disk_with_too_little_room_names_the_file_and_leaves_the_old_one(tmp_path):
    path = tmp_path / "log.yaml"
    write_atomic(path, "old\n")
    child = subprocess.run([sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=True)
    assert child.stdout == f"{path}\n"
    assert path.read_text() == "old\n"
    assert names(tmp_path) == ["log.yaml"]


def test_a_folder_in_the_place_of_the_file_is_named_as_it_was_given(tmp_path):
    (tmp_path / "log.yaml").mkdir()
    with pytest.raises(IsADirectoryError) as refusal:
        write_atomic(tmp_path / "log.yaml", "new\n")
    assert refusal.value.filename == str(tmp_path / "log.yaml")
    assert names(tmp_path) == ["log.yaml"]


def test_lines_of_output_stay_lines():
    assert dump_yaml({"shown": "one\ntwo\n"}) == "shown: |\n  one\n  two\n"


COUNT = """
import sys, time
from pathlib import Path
from wherry_portal.sources import locked, write_atomic
path = Path(sys.argv[1])
for _ in range(20):
    with locked(path.parent):
        write_atomic(path, str(int(path.read_text()) + 1))
"""


def test_two_processes_never_lose_a_change(tmp_path):
    path = tmp_path / "count"
    path.write_text("0")
    children = [subprocess.Popen([sys.executable, "-c", COUNT, str(path)]) for _ in range(3)]
    assert [child.wait(timeout=60) for child in children] == [0, 0, 0]
    assert path.read_text() == "60"


def test_the_lock_leaves_nothing_behind(tmp_path):
    with locked(tmp_path / "pilots"):
        pass
    assert names(tmp_path / "pilots") == []
