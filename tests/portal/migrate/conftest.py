"""Migrating folders of code, judged as if every name that the matrix lists were there."""

import pytest

from wherry_portal.assess.check import assess
from wherry_portal.assess.judge import Judge, default_judge
from wherry_portal.assess.native import Native
from wherry_portal.migrate.plan import make_plan


class Complete(Native):
    """A Wherry that has everything."""

    def home(self, path):
        return path if self._surface.resolve(path) else None


@pytest.fixture(scope="session")
def judge():
    shipped = default_judge()
    return Judge(shipped.index, shipped.past, shipped.successors, Complete(shipped.surface))


@pytest.fixture
def planned(tmp_path, judge):
    """Write files (name -> text or bytes) and plan their migration."""

    def run(files):
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return make_plan(assess(tmp_path, judge=judge))

    return run


@pytest.fixture
def migrated(planned):
    """What one file of code becomes, and its outcome."""

    def run(code, name="code.py"):
        plan = planned({name: code})
        if not plan.changes:
            return code, "untouched"
        change = plan.changes[0]
        return change.after.decode(), change.outcome

    return run
