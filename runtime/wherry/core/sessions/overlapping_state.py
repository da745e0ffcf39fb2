"""The states of runs that overlap on one session in memory: each run has its own, and the session holds one of them.

Used where runs of agents, teams and workflows begin and where they are saved; there their saves take turns.
"""

from __future__ import annotations

from typing import Any

from wherry.core.sessions.session_state import TRANSIENT, copied, three_way


def begin_with(run: Any, session: Any, stored: Any, state: dict[str, Any], *, overwrite: bool) -> None:
    """Put the state of a run that begins into its session.

    Where another run of the session is just being saved, it stays out: the database would be given it as that run's.

    Args:
        run: Notes in its `extra` what it began with, where other runs may have the session.
        session: The session.
        stored: The state that it held.
        state: What the run begins with.
        overwrite: The state of a run replaces that of the session, whoever changed it.
    """
    turns, data = getattr(session, "turns", None), session.session_data
    if data is None:
        return
    if turns is None:
        data["session_state"] = state
        return
    turns.unless_saving(data, state)
    if not overwrite:
        run.extra["state_begun_with"] = copied(stored or {})


def join(run: Any, held: Any, transient: tuple[str, ...] = TRANSIENT) -> None:
    """Take over what other runs on a session in memory have changed since this one began.

    Args:
        run: Its state is changed in place; what it has changed itself stays.
        held: The state in the session, which is that of the run begun or saved last.
        transient: Keys of running runs, which are nobody's change.
    """
    mine = run.context.session_state
    if "state_begun_with" not in run.extra or mine is None:
        return
    if held is not mine and isinstance(held, dict):
        base, theirs = dict(run.extra["state_begun_with"]), dict(held)
        for name in transient:
            base.pop(name, None)
            theirs.pop(name, None)
        joined, _ = three_way(base, dict(mine), theirs)
        if joined != mine:
            mine.clear()
            mine.update(copied(joined))
    run.extra["state_begun_with"] = copied(mine)
