import pytest

from wherry.testing import ReplayServer


@pytest.fixture
def server():
    """A scripted model over HTTP that the environment names."""
    with ReplayServer([]) as made, made.environment():
        yield made
