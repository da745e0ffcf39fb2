"""The one envelope of telemetry (requirement R20), made from any event of a run."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from wherry.core.events.event_names import RunEvent, TeamRunEvent, WorkflowRunEvent
from wherry.core.events.events import PLACES
from wherry.core.ids import new_id

RUNTIME = "wherry"
KNOWN = frozenset(event.value for family in (RunEvent, TeamRunEvent, WorkflowRunEvent) for event in family)
UNKNOWN = "unknown_event"


@dataclass(slots=True)
class Envelope:
    """One event as it is stored, queried and exported.

    Attributes:
        event_id: Identity of the envelope.
        timestamp: UTC, ISO 8601 with microseconds.
        runtime: Which runtime made it.
        event_type: Name of the event; `unknown_event` for names that this version does not know.
        session_id, run_id, parent_run_id, workflow_run_id: Where it belongs.
        agent_id: Agent, team or workflow that it is about.
        provider_id: Model that it is about.
        payload: The event's own fields, without secrets.
        attachments: Media, by reference only.
        correlation: Further ids.
    """

    event_id: str
    timestamp: str
    runtime: str
    event_type: str
    session_id: str | None
    run_id: str | None
    parent_run_id: str | None
    workflow_run_id: str | None
    agent_id: str | None
    provider_id: str | None
    payload: dict[str, Any] = field(default_factory=dict)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    correlation: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON data."""
        return asdict(self)


def attachments_of(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Media of an event by reference; their bytes stay out of telemetry."""
    found = []
    for kind in ("images", "videos", "audio", "files"):
        for item in data.pop(kind, None) or ():
            if isinstance(item, dict):
                kept = {key: item.get(key) for key in ("id", "url", "mime_type", "format") if item.get(key)}
                found.append({"kind": kind, **kept})
    return found


def envelope_of(
    event: Any, redactor: Any, runtime: str = RUNTIME, version: str = "", seconds: float | None = None
) -> Envelope:
    """The envelope of an event.

    Args:
        event: An event of a run, or its fields.
        redactor: Takes secrets out of the payload.
        runtime: The runtime's label.
        version: The runtime's version, kept with events of an unknown type.
        seconds: When it happened, since the epoch; now by default.
    """
    data = event.to_dict() if hasattr(event, "to_dict") else dict(event)
    name = str(data.get("event", ""))
    attachments = attachments_of(data)
    payload = {key: value for key, value in data.items() if key not in PLACES}
    correlation = {
        key: data[key]
        for key in ("agent_name", "team_id", "team_name", "workflow_id", "workflow_name")
        if data.get(key)
    }
    kind = name
    if name not in KNOWN:
        kind = UNKNOWN
        payload = {"original_event": name, "runtime_version": version, **payload}
    ids = {name: data.get(name) for name in ("session_id", "run_id", "parent_run_id", "workflow_run_id")}
    if data.get("workflow_id") and not data.get("agent_id"):
        ids["workflow_run_id"] = ids["workflow_run_id"] or ids["run_id"]
    ids["agent_id"] = data.get("agent_id") or data.get("team_id") or data.get("workflow_id")
    ids["provider_id"] = data.get("model")
    happened = datetime.fromtimestamp(time.time() if seconds is None else seconds, UTC)
    return Envelope(
        event_id=new_id(),
        timestamp=happened.isoformat(timespec="microseconds"),
        runtime=runtime,
        event_type=kind,
        **{name: redactor.text(value) if isinstance(value, str) else value for name, value in ids.items()},
        payload=redactor.data(payload),
        attachments=redactor.data(attachments),
        correlation=redactor.data(correlation),
    )
