"""Steps of a reasoning model or tool; mirrors `agno.reasoning`."""
