"""A run of an agent from its first message to its last event; teams and workflows stand on it."""
