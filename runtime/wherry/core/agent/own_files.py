"""The files of an agent: what `filesystem=` stands for, and the tools that a run has for it.

Imported by agents that set `filesystem` only, or are asked for their files; the files are `wherry.fs`. Mirrors what
`agno.agent.Agent` does with the option.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.agent.option_kinds import WrongKind
from wherry.core.errors import ConfigurationError
from wherry.fs import FileSystem
from wherry.fs.naming import told_apart
from wherry.fs.toolkit import FileSystemTools
from wherry.stores.base import AsyncBaseDb

if TYPE_CHECKING:
    from collections.abc import Iterable

_HINT = 'Give True, FileSystem(db, namespace="notes"), or a list of such.'


def stores_of(setting: Any) -> list[Any]:
    """The stores that a setting names: one, several, or True for the agent's own.

    Raises:
        WrongKind: (a TypeError) It is something else.
    """
    stores = setting if isinstance(setting, list) else [setting]
    for store in stores:
        if isinstance(store, FileSystemTools):
            hint = "Say what its tools may do there: FileSystem(db, read_only=True)."
            raise WrongKind(f"filesystem takes a FileSystem, not the tools of one: {store!r}.", hint=hint)
        if not isinstance(store, FileSystem) and (store is not True or setting is not True):
            raise WrongKind(f"filesystem must be True, a FileSystem or a list of them, not {setting!r}.", hint=_HINT)
    return stores


def settle_files(agent: Any) -> None:
    """Find out where an agent's files are, anew when its setting is another one.

    Raises:
        WrongKind: (a TypeError) The setting is none.
        ConfigurationError: (a ValueError) The agent has tools of files beside it, or it is True and the agent has no
            id, or no database to keep files in.
    """
    setting = agent.filesystem
    if not setting:
        agent._filesystem = agent._filesystem_setting = None  # noqa: SLF001 - a part of the same object, as below
        return
    stores = stores_of(setting)
    refuse_second(agent.tools)
    if agent._filesystem is None or agent._filesystem_setting is not setting:  # noqa: SLF001
        agent._filesystem = own_store(agent) if setting is True else stores[0]  # noqa: SLF001
        agent._filesystem_setting = setting  # noqa: SLF001


def own_store(agent: Any) -> FileSystem:
    """The files of an agent that has not said where they are: in its database, under its id."""
    own = 'Or say where the files are: filesystem=FileSystem(db, namespace="notes").'
    if agent.db is None:
        raise ConfigurationError(
            "filesystem=True requires a database, and the agent has none.", hint=f"Give it db=SqliteDb(...). {own}"
        )
    if isinstance(agent.db, AsyncBaseDb):
        raise ConfigurationError(
            f"filesystem=True requires a synchronous database, not {type(agent.db).__name__}.",
            hint='Use filesystem=FileSystem(db, namespace="{agent_id}") with it.',
        )
    if not agent.id:
        raise ConfigurationError(
            "filesystem=True requires an agent with an id, under which its files are kept.",
            hint=f"Give it id=... or name=.... {own}",
        )
    return FileSystem(agent.db, namespace="{agent_id}").resolve(agent_id=agent.id)


def given_kits(tools: Any) -> list[FileSystemTools]:
    """The toolkits of files among tools that were given."""
    return [tool for tool in tools if isinstance(tool, FileSystemTools)] if isinstance(tools, list) else []


def refuse_second(tools: Iterable[Any] | None) -> None:
    """Refuse tools of files beside those that `filesystem` brings: of two tools with one name the second is lost."""
    if given_kits(tools):
        raise ConfigurationError(
            "The agent has filesystem= and FileSystem.tools() among its tools, whose names are the same.",
            hint="Leave one of them out; filesystem=[one, other] tells the tools of several stores apart.",
        )


def file_kits(agent: Any, tools: list[Any]) -> list[FileSystemTools]:
    """The toolkits that a run has for an agent's files.

    Args:
        agent: The agent, ready to run.
        tools: What the run has already.

    Raises:
        ConfigurationError: (a ValueError) There are tools of files among those.
    """
    refuse_second(tools)
    setting = agent.filesystem
    if isinstance(setting, list) and len(setting) > 1:
        return [told_apart(store, place) for place, store in enumerate(setting, start=1)]
    return [agent.filesystem_instance.tools(add_instructions=True)]


def all_files(agent: Any) -> list[tuple[FileSystem, bool]]:
    """Every store that an agent has, each with whether it can only be read: those of the setting, then of tools."""
    setting = agent.filesystem
    first = agent.filesystem_instance
    stores = setting if isinstance(setting, list) else [first] if first is not None else []
    told = [(store, not store.tools().can_write) for store in stores]
    return told + [(kit.fs, not kit.can_write) for kit in given_kits(agent.tools)]
