"""What is known before anything runs: which examples lack a package, and which lean on one that stays on Agno."""

import pytest

from wherry_portal.assess.check import assess
from wherry_portal.cookbook.preflight import imported, needed_packages
from wherry_portal.migrate.plan import make_plan


@pytest.mark.parametrize(
    ("code", "modules"),
    [
        ("import os, agno.agent as a\nfrom agno.team import Team\n", {"os", "agno.agent", "agno.team"}),
        ("from . import near\nfrom .near import x\n", set()),
        ("def f():\n    import chromadb\n\ntry:\n    import lancedb\nexcept ImportError:\n    pass\n", set()),
        ("import (\n", set()),
        ("a\0b", set()),
    ],
)
def test_imports_at_the_top_of_a_file(code, modules):
    assert imported(code.encode()) == modules


def test_examples_that_lack_a_package_are_named_with_what_the_import_says(tmp_path):
    package = tmp_path / "library" / "agno"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "good.py").touch()
    (package / "odd.py").write_text("raise RuntimeError('only when used')\n")
    (package / "lacking.py").write_text("raise ImportError('`tides` is not installed')\n")
    examples = {
        "good.py": "import agno.good\n",
        "odd.py": "import agno.odd\n",
        "lacking.py": "from agno.lacking import Lacking\n",
        "gone.py": "from agno.gone import Gone\n",
        "stranger.py": "import a_package_that_is_nowhere.part\n",
        "beside.py": "from good import x\n",
    }
    paths = {}
    for name, code in examples.items():
        paths[name] = tmp_path / name
        paths[name].write_text(code)
    found = needed_packages(paths, {"PYTHONPATH": str(tmp_path / "library")})
    assert found == {
        "lacking.py": "needs a package: ImportError: `tides` is not installed",
        "gone.py": "fails: ModuleNotFoundError: No module named 'agno.gone'",
        "stranger.py": "needs a package: ModuleNotFoundError: No module named 'a_package_that_is_nowhere'",
    }


def test_a_script_leans_on_what_it_imports_and_not_on_what_imports_it(tmp_path):
    files = {
        "shared.py": "from agno.agent import Agent\n\nhelper = Agent()\n",
        "script.py": "from shared import helper\n\nhelper.run('x')\n",
        "blocked.py": "from agno.agent import Agent\nfrom shared import helper\n\nboss = Agent(sandbox=True)\n",
        "after.py": "from blocked import boss\n\nboss.run('x')\n",
    }
    for name, code in files.items():
        (tmp_path / name).write_text(code)
    found = assess(tmp_path)
    assert found.leaning() == {"after.py": ("blocked.py",)}
    assert set(found.held()) == {"shared.py", "script.py", "after.py"}
    outcomes = {change.file.name: change.outcome for change in make_plan(found, found.leaning()).changes}
    assert outcomes == {"shared.py": "migrated", "script.py": "untouched", "blocked.py": "blocked", "after.py": "held"}
