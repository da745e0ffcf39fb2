"""What is remembered between the runs of one conversation."""
