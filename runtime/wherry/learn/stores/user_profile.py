"""`UserProfileStore`: fields about a user, such as a name; mirrors `agno.learn.stores.user_profile`.

One row for each user, shared by all agents. In ALWAYS a model reads the messages of each run; in AGENTIC the agent has
`update_profile`, whose parameters are the fields of the schema.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Optional

from wherry.core.messages import Message
from wherry.learn.config import LearningMode, UserProfileConfig
from wherry.learn.prompts import PROFILE_USE, profile_prompt
from wherry.learn.schemas import UserProfile
from wherry.learn.shapes.record import open_fields
from wherry.learn.stores.base import told, tool_for
from wherry.learn.stores.of_users import UserStore
from wherry.learn.twins import blocking, looping
from wherry.learn.utils import print_panel

if TYPE_CHECKING:
    from collections.abc import Callable

    from wherry.core.metrics import RunMetrics
    from wherry.core.waits import Waits

_CLOSED = frozenset({"user_id", "memories", "created_at", "updated_at", "agent_id", "team_id"})
NOTHING = "<user_profile>\nNothing is known about this user yet.\n</user_profile>"


@dataclass(repr=False)
class UserProfileStore(UserStore):
    """Keeps a profile for each user.

    Attributes:
        config: How it learns.
        debug_mode: Show debug records.
        profile_updated: Whether the model changed something when it last read messages.
    """

    _type: ClassVar[str] = "user_profile"
    _updated: ClassVar[str] = "profile_updated"
    _about: ClassVar[str] = "profile"
    config: UserProfileConfig = field(default_factory=UserProfileConfig)
    debug_mode: bool = False
    profile_updated: bool = field(default=False, init=False)
    _schema: Any = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._settle(UserProfile, (LearningMode.PROPOSE, LearningMode.HITL), "Use ALWAYS or AGENTIC.")

    def _fields(self) -> dict[str, dict[str, Any]]:
        """What the model may set."""
        own = getattr(self.schema, "get_updateable_fields", None)
        return own() if own is not None else open_fields(self.schema, _CLOSED, "User's")

    # --- a run ---
    def build_context(self, data: Any) -> str:
        """The profile as the system message shows it."""
        lines = [
            f"{name.replace('_', ' ').title()}: {value}"
            for name in self._fields()
            if data and (value := getattr(data, name, None))
        ]
        if not lines:
            return NOTHING if self._should_expose_tools else ""
        return "\n".join(["<user_profile>", *lines, "", PROFILE_USE, "</user_profile>"])

    def instructions(self) -> str:
        """When the agent uses its tool."""
        names = ", ".join(self._fields())
        if not self._should_expose_tools or not self.config.agent_can_update_profile or not names:
            return ""
        return (
            "<user_profile_instructions>\n"
            f"When the user tells you something that belongs into a field of their profile ({names}), keep it with "
            "`update_profile`.\n</user_profile_instructions>"
        )

    async def _get_agent_tools(
        self, waits: Waits, user_id: str, agent_id: str | None = None, team_id: str | None = None
    ) -> list[Callable[..., Any]]:
        """The tools for the agent, whatever the mode."""
        if not self.config.agent_can_update_profile:
            return []
        return self._tools(waits, user_id, agent_id, team_id)

    get_agent_tools, aget_agent_tools = blocking(_get_agent_tools), looping(_get_agent_tools)

    def _tools(self, waits: Waits, user_id: str, agent_id: str | None, team_id: str | None) -> list[Callable[..., Any]]:
        names = self._fields()
        if not names:
            return []

        async def update(**kwargs: Any) -> str:
            profile = await waits.wire(self.get, self.aget, user_id=user_id)
            if profile is None:
                profile = self._empty(user_id)
            changed = {name: value for name, value in kwargs.items() if value is not None and name in names}
            if not changed:
                return "No fields provided to update"
            for name, value in changed.items():
                setattr(profile, name, value)
            owner = {"agent_id": agent_id, "team_id": team_id}
            await waits.wire(self.save, self.asave, user_id=user_id, profile=profile, **owner)
            return f"Profile updated: {', '.join(f'{name}={value}' for name, value in changed.items())}"

        return [tool_for(waits, update, _update_profile(names), "The profile could not be updated")]

    # --- rows ---
    async def _save(
        self, waits: Waits, user_id: str, profile: Any, agent_id: str | None = None, team_id: str | None = None
    ) -> None:
        """Store a profile."""
        await self._keep(waits, user_id, profile, agent_id=agent_id, team_id=team_id)

    save, asave = blocking(_save), looping(_save)

    # --- learning ---
    async def _extract_and_save(
        self,
        waits: Waits,
        messages: list[Any],
        user_id: str,
        agent_id: str | None = None,
        team_id: str | None = None,
        run_metrics: RunMetrics | None = None,
    ) -> str:
        """Let the model read messages and change the profile; what it says about it."""
        if (problem := self._unable()) is not None:
            return problem
        if (text := told(messages)) is None:
            return "No updates needed"
        known = await waits.wire(self.get, self.aget, user_id=user_id)
        tools = self._tools(waits, user_id, agent_id, team_id) if self.config.enable_update_profile else []
        system = Message(role="system", content=profile_prompt(self.config, self._fields(), known))
        user = Message(role="user", content=f"Conversation, for the profile:\n\n{text}")
        return await self._read_out(waits, system, user, tools, run_metrics)

    extract_and_save, aextract_and_save = blocking(_extract_and_save), looping(_extract_and_save)

    async def _run_user_profile_update(
        self, waits: Waits, task: str, user_id: str, agent_id: str | None = None, team_id: str | None = None
    ) -> str:
        """Let the model carry out a task on the profile; what it says about it."""
        messages = [Message(role="user", content=task)]
        given = {"messages": messages, "user_id": user_id, "agent_id": agent_id, "team_id": team_id}
        return await waits.wire(self.extract_and_save, self.aextract_and_save, **given)

    run_user_profile_update = blocking(_run_user_profile_update)
    arun_user_profile_update = looping(_run_user_profile_update)

    # --- people ---
    def print(self, user_id: str, *, raw: bool = False) -> None:
        """Draw a profile in the terminal; with `raw` as it is stored."""
        profile = self.get(user_id=user_id)
        lines = [
            f"{name.replace('_', ' ').title()}: {value}"
            for name in self._fields()
            if profile and (value := getattr(profile, name, None))
        ]
        print_panel("User Profile", user_id, lines, empty_message="No profile data", raw_data=profile, raw=raw)


def _update_profile(names: dict[str, dict[str, Any]]) -> Callable[..., Any]:
    """The form of the tool: a parameter for each field."""

    def update_profile(**kwargs: Any) -> str:
        raise NotImplementedError

    shape: Any = update_profile
    shape.__signature__ = inspect.Signature(
        [
            # Optional, as in Agno: a union written with | tells the model about null.
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Optional[str])  # noqa: UP045
            for name in names
        ]
    )
    lines = "\n".join(f"        {name}: {told['description']}" for name, told in names.items())
    shape.__doc__ = (
        "Change the profile of the user. Give only what is to change.\n\n"
        f"    Args:\n{lines}\n\n    Returns:\n        What was changed.\n    "
    )
    return update_profile
