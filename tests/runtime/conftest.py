"""What tests of several folders share: the reference, imported once by each process of tests."""

import pytest
from forks import forks
from processes import loopback

IMPORTED = ("agno.agent", "agno.db.sqlite")


@pytest.fixture(scope="session")
def reference(tmp_path_factory):
    """Interpreters that have imported Agno already, as `forks` makes them: `python -W ignore` and what they are told.

    For scripts that ask Agno alone. Their environment is `loopback()`, and what the script itself reads.
    """
    with forks(tmp_path_factory.mktemp("agno"), *IMPORTED, options=("-W", "ignore"), env=loopback()) as served:
        yield served
    assert served.refused == []
