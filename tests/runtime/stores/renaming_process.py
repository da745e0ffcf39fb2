"""A process that renames what another one runs, and runs what another one renames. Started by tests, with a Worker."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from agent_kit import agent

from wherry.models.base import Model
from wherry.models.response import ModelResponse
from wherry.team import Team
from wherry.workflow import Step, StepOutput, Workflow

CLASSES = {
    "sqlite": ("wherry.db.sqlite", "SqliteDb"),
    "async_sqlite": ("wherry.db.sqlite", "AsyncSqliteDb"),
    "json": ("wherry.db.json", "JsonDb"),
    "postgres": ("wherry.db.postgres", "PostgresDb"),
    "async_postgres": ("wherry.db.postgres", "AsyncPostgresDb"),
    "redis": ("wherry.db.redis", "RedisDb"),
}
KINDS = ("agent", "team", "workflow")


class Meanwhile(Model):
    """A model that lets something else happen, once, before it answers."""

    meanwhile: Any = None

    def _said(self) -> ModelResponse:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        return ModelResponse(role="assistant", content="Low.")

    def invoke(self, messages: Any, **_: Any) -> ModelResponse:
        return self._said()

    async def ainvoke(self, messages: Any, **_: Any) -> ModelResponse:
        return self._said()

    def invoke_stream(self, messages: Any, **_: Any) -> Any:
        yield self._said()

    async def ainvoke_stream(self, messages: Any, **_: Any) -> Any:
        yield self._said()

    _parse_provider_response = _parse_provider_response_delta = lambda self, reply, **_: reply


def store_of(kind: str, given: dict[str, str]) -> Any:
    module, cls = CLASSES[kind]
    return getattr(__import__(module, fromlist=[cls]), cls)(**given)


def owner_of(kind: str, db: Any, meanwhile: Any = None) -> Any:
    """An agent, a team or a workflow that keeps its sessions in a database.

    Args:
        kind: Which of them.
        db: The database.
        meanwhile: Happens once while it runs.
    """
    model = Meanwhile(id="m")
    model.meanwhile = meanwhile
    if kind == "agent":
        return agent(id="ada", model=model, db=db)
    if kind == "team":
        return Team(id="crew", name="Ada", members=[], model=model, db=db, telemetry=False)

    def tell(step_input: Any) -> StepOutput:
        return StepOutput(content=model._said().content)

    return Workflow(id="flow", name="Ada", steps=[Step(name="tell", executor=tell)], db=db, telemetry=False)


def main() -> None:
    stores: dict[str, Any] = {}
    for line in sys.stdin:
        job = json.loads(line)
        key = json.dumps([job["store"], job["given"]])
        if key not in stores:
            stores[key] = store_of(job["store"], job["given"])
        owner = owner_of(job["owner"], stores[key])
        if job["do"] == "rename":
            owner.rename(f"Bea {job['number']}", session_id=job["owner"])
            owner.set_session_name(session_id=job["owner"], session_name=f"Quay {job['number']}")
        else:
            owner.run("And?", session_id=job["owner"], session_state={f"run {job['number']}": True})
        sys.stdout.write('"done"\n')
        sys.stdout.flush()
    for store in stores.values():
        store.close()


if __name__ == "__main__":
    main()
