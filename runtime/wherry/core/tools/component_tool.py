"""The marker by which an agent, team or workflow is published as a tool. Mirrors `agno.tools.component`.

Made by `as_tool`; a server that publishes components reads it. Agents and teams refuse it among their own tools.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wherry.core.errors import ConfigurationError
from wherry.core.tools.tool_annotations import checked_annotations


@dataclass(frozen=True)
class ComponentTool:
    """A component under the name and texts that a model is to see; mirrors `agno.tools.component.ComponentTool`.

    Attributes:
        component: The agent, team or workflow.
        name: Name of the tool; by default the component's id.
        description: What the tool does; by default the component's own.
        title: Name for people; by default the component's.
        annotations: MCP's behaviour hints (`readOnlyHint`, …), laid over the server's; None removes one of those.

    Raises:
        ValueError: A hint that MCP does not know.
        TypeError: A hint of the wrong type.
    """

    component: Any
    name: str | None = None
    description: str | None = None
    title: str | None = None
    annotations: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.annotations is not None:
            checked = checked_annotations(self.annotations, "as_tool(annotations=…)")
            object.__setattr__(self, "annotations", checked)


class Publishable:
    """What agents, teams and workflows have in common here."""

    def as_tool(
        self,
        name: str | None = None,
        description: str | None = None,
        title: str | None = None,
        annotations: dict[str, Any] | None = None,
    ) -> ComponentTool:
        """Mark this component as a tool for a server that publishes components; mirrors `agno.agent.Agent.as_tool`.

        The marker is no tool of another agent: for that, make a team, or pass a function that calls `run`.

        Args:
            name: Name of the tool; by default the component's id.
            description: What it does; by default the component's own description.
            title: Name for people; by default the component's.
            annotations: MCP's behaviour hints.

        Raises:
            ValueError: A hint that MCP does not know.
            TypeError: A hint of the wrong type.
        """
        return ComponentTool(self, name, description, title, annotations)


def refuse_marker(tool: Any) -> None:
    """Refuse a marker where tools belong; mirrors `agno.tools.component.raise_if_component_tool`.

    Raises:
        ConfigurationError: (a ValueError) It is one. The component itself is not shown, its model may hold a key.
    """
    if isinstance(tool, ComponentTool):
        label = tool.name or getattr(tool.component, "id", None)
        raise ConfigurationError(
            f"tools=[...] got the as_tool() marker of {label!r}, which publishes it on a server and is no tool.",
            hint="Put the component among a team's members, or pass a function that calls its run().",
        )
