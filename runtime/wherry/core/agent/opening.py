"""The start of a run: its session, state, metadata and dependencies.

Called by the lifecycle and by `continuing`.
"""

from __future__ import annotations

import inspect
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from wherry.core.callables import accepted
from wherry.core.log import log_warning
from wherry.core.sessions.overlapping_state import begin_with
from wherry.core.sessions.session_state import loaded_state, merge_into, merge_metadata, with_ids
from wherry.core.sessions.session_store import read_session

if TYPE_CHECKING:
    from wherry.core.run import Run


def merged_metadata(*layers: dict[str, Any] | None) -> dict[str, Any] | None:
    """Metadata from several layers, later ones winning; None when there is none."""
    out: dict[str, Any] | None = None
    for layer in layers:
        if layer is not None:
            out = {} if out is None else out
            merge_into(out, deepcopy(layer))
    return out


_NO_LAYERS = (None, None, None)


async def load_session(run: Run, *, again: bool = False) -> None:
    """Read or make the session; settle metadata and state."""
    owner = run.owner
    if run.session is None or again:
        run.extra["reading"] = True  # the lifecycle lets what goes wrong here through
        run.session = await read_session(run)
        del run.extra["reading"]
    session = run.session
    if not again and run.context.metadata is None:
        layers = (owner.metadata, session.metadata, run.options.get("metadata"))
        if layers != _NO_LAYERS:
            run.context.metadata = run.output.metadata = merged_metadata(*layers)
    merge_metadata(session.metadata, owner.metadata)
    context, data = run.context, session.session_data
    given = context.session_state if context.session_state is not None else {}
    stored = data.get("session_state") if data else None
    state = loaded_state(stored, given, overwrite=owner.overwrite_db_session_state)
    begin_with(run, session, stored, state, overwrite=owner.overwrite_db_session_state)
    context.session_state = with_ids(
        state, session_id=context.session_id, run_id=context.run_id, user_id=context.user_id
    )


async def resolve_dependencies(run: Run) -> None:
    """Call the dependencies that are callables; what fails stays as it is, with a warning."""
    dependencies = run.context.dependencies
    if dependencies is None:
        return
    if not isinstance(dependencies, dict):
        log_warning(f"Dependencies must be a dict, not {type(dependencies).__name__}")
        return
    kind = run.owner._kind  # noqa: SLF001 - a part of the same object
    offered = {"agent": run.owner, "run_context": run.context}
    if kind == "team":
        offered["team"] = run.owner
    else:
        offered |= {"run_input": run.output.input, "session": run.session}
    keeps = kind == "agent" and run.waits.blocking  # Agno: only then a callable that gives None stays where it is
    for key, value in list(dependencies.items()):
        if not callable(value):
            continue
        if run.waits.blocking and inspect.iscoroutinefunction(value):
            log_warning(f"Dependency {key!r} is asynchronous; use arun() or aprint_response()")
            continue
        try:
            result = await run.waits.call(value, **accepted(value, **offered))
        except Exception as error:  # noqa: BLE001 - whatever a user's code, database or provider raises must not break the run
            log_warning(f"Dependency {key!r} could not be resolved: {error!r}")
            continue
        if result is not None or not keeps:
            dependencies[key] = result
