import pytest
import servers

from wherry.testing import ReplayServer


@pytest.fixture
def server():
    """A scripted model over HTTP that the environment names."""
    with ReplayServer([]) as made, made.environment():
        yield made


@pytest.fixture(scope="session")
def postgres():
    """A Postgres database, started when the first test asks for it."""
    with servers.postgres() as url:
        yield url
