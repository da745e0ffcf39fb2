"""What runs in a parity child process: build a recipe on one runtime, run its turns, record what came of it.

`child` is the process; `runtime` names symbols of the runtime at hand, `recipe` builds, `turns` runs, `record` writes.
"""
