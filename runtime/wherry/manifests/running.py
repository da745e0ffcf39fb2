"""`wherry run MANIFEST QUESTION`: build the agent of a manifest and ask it."""

from __future__ import annotations

import sys
from pathlib import Path

from wherry.manifests.errors import ManifestError
from wherry.manifests.reading import find_modules_here
from wherry.manifests.registry import Registry, read_agents
from wherry.stores.opening import open_store


def run_manifest(
    manifest: Path, question: str, /, *, agent: str | None = None, stream: bool = True, db: str | None = None
) -> int:
    """Ask an agent that a manifest describes.

    Args:
        manifest: YAML or JSON file with one agent, or with `agents` and `providers`.
        question: What to ask.
        agent: Id of the agent, when the file holds several; by default the first, and stderr says which that is.
        stream: Show the answer as it comes.
        db: Where agents that persist keep sessions: SQLite file, postgresql:// or redis:// URL.

    Returns:
        The exit status: 0, or 1 when the run failed or a guardrail refused the question.
    """
    from wherry.core.agent.printing import print_run
    from wherry.run.base import RunStatus

    find_modules_here()
    agents, providers = read_agents(manifest)
    chosen = agents[0] if agents and agent is None else next((one for one in agents if one.id == agent), None)
    if chosen is None:
        what = "the file has no agent" if agent is None else f"there is no agent {agent!r}"
        known = ", ".join(one.id for one in agents)
        raise ManifestError("agents", what, hint=f"Known: {known}." if known else "", source=str(manifest))
    if agent is None and len(agents) > 1:
        others = ", ".join(one.id for one in agents[1:])
        print(f"Asking {chosen.id!r}, the first of {len(agents)} agents; --agent chooses: {others}.", file=sys.stderr)  # noqa: T201 - it is a command
    store = None if db is None else open_store(str(db))
    try:
        built = Registry(providers, store).build(chosen)
    except ManifestError as error:
        raise error.of(manifest) from error
    output = print_run(built, question, {"stream": stream})
    return int(output.status == RunStatus.error)
