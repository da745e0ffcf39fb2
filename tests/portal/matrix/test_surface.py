"""Reading Agno's public names from source, the data file, and what is gone since earlier releases."""

import zipfile

import pytest

from wherry_portal.matrix.history import compute_history, history
from wherry_portal.matrix.inventory import InventoryError, read_inventory, write_inventory
from wherry_portal.matrix.removed import PREDECESSOR, successors
from wherry_portal.matrix.surface import Surface, read_surface, surface

PACKAGE = {
    "agno/__init__.py": "",
    "agno/agent/__init__.py": "from agno.agent.agent import Agent\n__all__ = ['Agent']\n",
    "agno/agent/agent.py": (
        "from dataclasses import dataclass\nfrom agno.base import Base\n\n"
        "@dataclass(init=False)\nclass Agent(Base):\n    name: str = 'a'\n"
        "    def __init__(self, *, name='a', retries: int = 0):\n        raise RuntimeError('never run')\n"
        "    def run(self, input, *, stream=False, **kwargs) -> 'Base':\n        ...\n"
        "    def _private(self): ...\n"
    ),
    "agno/agent/_run.py": "def go(): ...\n",
    "agno/base.py": "import os\nos.getenv('AGNO_DEBUG')\nclass Base:\n    def save(self): ...\n",
    "agno/db/base.py": "class BaseDb:\n    def __init__(self, t=None):\n        self.t = t or 'agno_sessions'\n",
    "agno/os/app.py": "router = APIRouter(prefix='/x')\n@router.get('/agents')\ndef agents(): ...\n",
    "agno/run/agent.py": "from enum import Enum\nclass RunEvent(str, Enum):\n    run_started = 'RunStarted'\n",
}


def write_package(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


@pytest.fixture
def small(tmp_path):
    return Surface(read_inventory(str(write_package(tmp_path, PACKAGE))))


def test_reading_never_runs_the_code(small):
    assert small.resolve("agno.agent.Agent") == ("class", "agno.agent.agent.Agent", "")


def test_signatures_members_and_inheritance(small):
    assert small.callable("agno.agent.agent.Agent") == ((), {"name": "'a'", "retries": "0"}, False)
    run = small.callable("agno.agent.agent.Agent.run")
    assert (run.positional, run.open) == (("input",), True)
    assert small.resolve("agno.agent.Agent.save").path == "agno.base.Base.save"
    assert small.resolve("agno.agent.Agent._private") is None
    assert small.returns("agno.agent.agent.Agent.run") == ("agno.base.Base",)


def test_private_modules_are_kept_apart(small):
    assert "agno.agent._run" in small.private_modules
    assert small.resolve("agno.agent._run.go") is None


def test_strings_that_are_interfaces(small):
    assert small.tables == ["agno_sessions"]
    assert small.endpoints == ["GET /x/agents"]
    assert small.environment == ["AGNO_DEBUG"]
    assert small.events == {"RunEvent": ["RunStarted"]}


def test_a_wheel_is_read_like_a_folder(tmp_path, small):
    wheel = tmp_path / "agno-9.9.9-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in PACKAGE.items():
            archive.writestr(name, text)
    facts = read_inventory(str(wheel))
    assert facts["version"] == "9.9.9"
    assert facts["classes"] == small.classes


def test_a_wheel_with_a_file_that_is_no_python_is_named_with_it(tmp_path):
    wheel = tmp_path / "agno.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("agno/__init__.py", "")
        archive.writestr("agno/desk.py", "def f(:")
    with pytest.raises(InventoryError, match=r"cannot read: invalid syntax \(desk\.py, line 1\)"):
        read_inventory(str(wheel))


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda path: None, "There is no wheel"),
        (lambda path: path.write_text("x", "utf-8"), "cannot be read"),
        (lambda path: path.mkdir(), "cannot be read"),
        (lambda path: zipfile.ZipFile(path, "w").close(), "holds no package 'agno'"),
    ],
)
def test_a_wheel_that_is_none_is_named(tmp_path, made, told):
    wheel = tmp_path / "agno.whl"
    made(wheel)
    with pytest.raises(InventoryError, match=told):
        read_inventory(str(wheel))


def test_a_folder_without_agno_is_named(tmp_path):
    with pytest.raises(InventoryError, match="no package 'agno'"):
        read_inventory(str(tmp_path))


def test_the_data_file_is_the_same_each_time(tmp_path):
    facts = read_inventory(str(write_package(tmp_path / "p", PACKAGE)))
    first, second = tmp_path / "a.json.gz", tmp_path / "b.json.gz"
    write_inventory(facts, first)
    write_inventory(facts, second)
    assert first.read_bytes() == second.read_bytes()
    assert read_surface(first).modules == facts["modules"]


@pytest.mark.parametrize("name", ["/nope", "no-such-folder", "agno==3.1.10"])
def test_what_is_no_version_is_not_asked_for_as_one(name):
    with pytest.raises(InventoryError, match="is no file, no folder and no version") as caught:
        read_inventory(name)
    assert "pip download" not in caught.value.hint
    assert "Name a wheel" in caught.value.hint


def test_another_version_than_the_installed_one_is_refused():
    with pytest.raises(InventoryError, match=r"0\.0\.1") as caught:
        read_inventory("0.0.1")
    assert "pip download --no-deps agno==0.0.1" in caught.value.hint


def test_what_is_gone_is_known_with_the_last_release_that_had_it(tmp_path, small):
    older = dict(PACKAGE)
    older["agno/agent/agent.py"] = older["agno/agent/agent.py"].replace("retries: int = 0", "storage=None")
    older["agno/storage.py"] = "class Storage: ...\n"
    before = Surface(read_inventory(str(write_package(tmp_path / "old", older))))
    before.version = "1.0"
    gone = compute_history([before], small)
    assert gone["versions"] == ["1.0"]
    assert {"agno.agent.Agent(storage)", "agno.storage", "agno.storage.Storage"} <= gone["gone"].keys()
    assert "agno.agent.Agent(name)" not in gone["gone"]


def test_the_shipped_surface_knows_agno():
    shipped = surface()
    assert len(shipped.callable("agno.agent.agent.Agent").keywords) == 110
    assert len(shipped.callable("agno.team.team.Team").keywords) == 116
    assert len(shipped.callable("agno.workflow.workflow.Workflow").keywords) == 29
    assert len(shipped.events["RunEvent"]) == 37
    assert shipped.resolve("agno.models.groq.Groq.retries").path == "agno.models.base.Model.retries"


def test_every_successor_exists_and_every_old_name_is_gone():
    known, past, table = surface(), history(), successors()
    agnos = [path for path in table.names if path.partition(".")[0] != PREDECESSOR]
    assert len(agnos) < len(table.names)
    assert [path for path in agnos if past.last_seen(path) is None] == []
    assert [entry.to for entry in table.names.values() if entry.to and known.resolve(entry.to) is None] == []
    packages = [path for path in table.packages if path.partition(".")[0] != PREDECESSOR]
    assert [path for path in packages if past.last_seen(path) is None] == []
    for path, entry in table.names.items():
        signature = known.callable(known.resolve(entry.to).path) if entry.parameters else None
        assert [new for new in entry.parameters.values() if new not in signature.keywords] == [], path


def test_every_keyword_successor_exists_and_no_living_keyword_is_called_gone():
    known = surface()
    review = known.callable(known.resolve("agno.workflow.HumanReview").path).keywords
    for path, keywords in successors().keywords.items():
        living = known.callable(known.resolve(path).path).keywords
        assert [new for new in keywords.renamed.values() if new not in living] == [], path
        gone = {*keywords.renamed, *keywords.dropped, *keywords.changed, *keywords.human_review}
        assert gone & living.keys() == set(), path
        assert [name for name in keywords.human_review.values() if name not in review] == [], path
