"""What tests of several modules here share: both runtimes' wires, each in a process of its own."""

import pytest
from model_wires import Wires


@pytest.fixture(scope="session")
def compare(reference):
    """Asks Agno and Wherry alike and gives the differences. The SDKs that Agno imports for it take seconds: once."""
    wires = Wires(reference)
    yield wires.compare
    wires.close()
