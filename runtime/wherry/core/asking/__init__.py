"""Asking a model, for a run or beside it, and making objects of its replies."""
