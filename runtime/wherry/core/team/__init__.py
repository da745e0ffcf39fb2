"""A leader that hands tasks to members."""
