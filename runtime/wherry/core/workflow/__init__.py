"""Steps, alone and in groups, and the run that goes through them."""
