"""Parity: the same recipe on Agno and on Wherry, against the same scripted model, compared value by value.

`fixture` reads what is to be built and asked; `child` (a process of its own for each runtime) builds it and records;
`compare` judges two recordings; `run` puts them together; `command` is the command line. Only child processes import
Agno.
"""
