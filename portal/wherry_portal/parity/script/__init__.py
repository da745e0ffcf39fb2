"""Parity of a user's own script: recorded once (`proxy`, `cassette`), replayed on Agno and, migrated, on Wherry.

`sides` runs both, `watch` is the child process that runs the script, `page` draws the one-file HTML, `tell` the
terminal's table; `command` is `wherry record` and `wherry parity script`.
"""
