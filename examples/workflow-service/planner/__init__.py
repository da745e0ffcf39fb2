"""A planner of days on the river."""
